// SPDX-License-Identifier: GPL-3.0-or-later
// Conditional requests: whether what the client has is still good (RFC 9110 section 13).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::wire {

// What the server knows of the selected representation. The entity tag is quoted, perhaps with W/ before it; empty
// when there is none.
struct Validators {
    std::string_view etag;
    std::optional<std::int64_t> lastModified; // seconds since 1970
};

// The fields of the request that matter, as they came.
struct Conditions {
    std::optional<std::string_view> ifMatch;
    std::optional<std::string_view> ifUnmodifiedSince;
    std::optional<std::string_view> ifNoneMatch;
    std::optional<std::string_view> ifModifiedSince;
};

enum class Precondition : std::uint8_t {
    proceed,
    notModified, // 304, of GET and HEAD
    failed,      // 412
};

// In the order of RFC 9110 section 13.2.2. `getOrHead`: of other methods a matching If-None-Match fails.
[[nodiscard]] Precondition evaluate(const Conditions &conditions, const Validators &validators, bool getOrHead,
                                    std::int64_t now) noexcept;

// If-Range: whether the Range field counts (section 13.1.5). Compares strongly.
[[nodiscard]] bool rangeApplies(std::string_view ifRange, const Validators &validators, std::int64_t now) noexcept;

enum class EtagComparison : std::uint8_t { weak, strong };

// Whether a list of entity tags, or "*", holds this one (section 8.8.3.2).
[[nodiscard]] bool etagListed(std::string_view list, std::string_view etag, EtagComparison comparison) noexcept;

} // namespace mainstay::wire
