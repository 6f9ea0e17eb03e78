// SPDX-License-Identifier: GPL-3.0-or-later
// Errors of an operator or of the surroundings, as values. Network input uses the parsers' own enums instead.
#pragma once

#include "base/printable.h"

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mainstay {

// Immutable. `code` is stable English in dotted lower case ("socket.address-in-use") and is what programs compare;
// `message` says what happened to which object and where; `remedy` says what to do next and may be empty.
struct Error {
    std::string code;
    std::string message;
    std::string remedy;

    // One line for a terminal or a log: the message, then the remedy.
    [[nodiscard]] std::string text() const { return printable(remedy.empty() ? message : message + ": " + remedy); }

    friend bool operator==(const Error &, const Error &) = default;
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::string code, std::string message, std::string remedy = {})
{
    return tl::unexpected<Error>(Error{std::move(code), std::move(message), std::move(remedy)});
}

// The same failure on its way out through a function of another result type.
template <class T>
[[nodiscard]] tl::unexpected<Error> forward(Result<T> &&failed)
{
    return tl::unexpected<Error>(std::move(failed).error());
}

} // namespace mainstay
