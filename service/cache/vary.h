// SPDX-License-Identifier: GPL-3.0-or-later
// Which fields of a request an answer depends on (RFC 9111 section 4.1).
#pragma once

#include "wire/http1_response.h"

#include <optional>
#include <string>
#include <string_view>

namespace mainstay::cache {

// Whether the answer says that it depends on more than can be compared: "*".
[[nodiscard]] bool variesByAnything(const wire::ResponseHead &head) noexcept;
// The names in lower case and in order, each once, with commas between them; empty when there are none. Nothing when
// there are more than are worth it.
[[nodiscard]] std::optional<std::string> varyNames(const wire::ResponseHead &head);

// What the request says under the names of an answer, for the one who knows the request.
class Selector {
public:
    // The values of names as varyNames() gives them, with a line end before each.
    [[nodiscard]] virtual std::string valuesOf(std::string_view names) const = 0;

protected:
    ~Selector() = default;
};

// Accept-Encoding, in a form in which clients that take the same codings are the same. Where it names one that is not
// known it stays as it is.
[[nodiscard]] std::string plainAcceptEncoding(std::string_view field);

} // namespace mainstay::cache
