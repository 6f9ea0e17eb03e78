// SPDX-License-Identifier: GPL-3.0-or-later
// Content put into a coding, piece by piece.
#pragma once

#include "wire/http_accept.h"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread. Up to about 300 KiB of memory each.
class Compressor {
public:
    enum class Flush : std::uint8_t {
        none,    // as it is best for the size
        all,     // whatever has come so far can be read by the client
        finally, // nothing follows
    };
    struct Step {
        std::size_t consumed = 0;
        std::size_t produced = 0;
        bool isDone = false; // nothing is left to consume, and of what `flush` asks for nothing to produce
    };

    virtual ~Compressor() = default;

    // Takes of `in` and writes to `out`, which is not empty, as far as either goes. To be called again until it is
    // done.
    virtual Step run(std::string_view in, std::span<char> out, Flush flush) = 0;

    // Null for identity.
    [[nodiscard]] static std::unique_ptr<Compressor> make(wire::Coding coding);
};

// The codings there are, those that make text shortest first.
inline constexpr std::array kCompressedCodings{wire::Coding::brotli, wire::Coding::zstd, wire::Coding::gzip};

// All at once. Empty when that would not be shorter.
[[nodiscard]] std::string compressed(wire::Coding coding, std::string_view content);

// Whether content of that type becomes shorter: text, JSON, scripts, SVG, and not what is compressed already.
[[nodiscard]] bool isCompressible(std::string_view mediaType) noexcept;

// Below so many bytes it is not worth it.
inline constexpr std::size_t kLeastCompressed = 1024;

} // namespace mainstay::http
