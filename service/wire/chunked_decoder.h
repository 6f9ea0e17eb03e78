// SPDX-License-Identifier: GPL-3.0-or-later
// Takes the chunked transfer coding off a body, in constant memory (RFC 9112 section 7.1).
#pragma once

#include "wire/http1_head.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::wire {

// Worker thread. Chunk extensions are checked and dropped, trailer fields are checked and kept.
class ChunkedDecoder {
public:
    static constexpr std::size_t kMaxSizeDigits = 16;
    static constexpr std::uint32_t kMaxExtensionBytes = 256; // of one chunk
    static constexpr std::uint32_t kMaxExtensionBytesInBody = 16 * 1024;
    static constexpr std::uint32_t kMaxTrailerBytes = 8 * 1024;

    // `consumed` bytes are done with; `data`, a part of them, is content. `complete`: the body ends there, and what
    // follows belongs to the next message. `needMore` with bytes left means: call again with the rest.
    struct Step {
        ParseStatus status = ParseStatus::needMore;
        std::size_t consumed = 0;
        std::string_view data;
    };

    // Reads up to and with the next run of content. Consumes everything unless it returns content, the end or an
    // error; after one of the last two it must not be called again.
    [[nodiscard]] Step feed(std::string_view bytes) noexcept;

    [[nodiscard]] Http1Error error() const noexcept { return m_error; }
    // The trailer section as it came, lines "Name: value" each with its CRLF. Whole once the body is.
    [[nodiscard]] const std::string &trailers() const noexcept { return m_trailers; }
    // Content of the current chunk that is still to come, for who moves it without looking at it ...
    [[nodiscard]] std::uint64_t remainingInChunk() const noexcept { return m_state == State::data ? m_remaining : 0; }
    // ... and says here how much was moved, at most remainingInChunk().
    void skip(std::uint64_t bytes) noexcept;

private:
    enum class State : std::uint8_t {
        sizeStart,
        size,
        blankBeforeExtension,
        extension,
        sizeLineFeed,
        data,
        dataCarriageReturn,
        dataLineFeed,
        trailerStart,
        trailerName,
        trailerValue,
        trailerLineFeed,
        lastLineFeed,
    };

    // Each takes one byte of framing; false when it is refused.
    [[nodiscard]] bool readFraming(char c) noexcept;
    [[nodiscard]] bool readSize(char c) noexcept;
    [[nodiscard]] bool readExtension(char c) noexcept;
    [[nodiscard]] bool readTrailer(char c) noexcept;
    [[nodiscard]] bool expect(char c, char wanted, State next, Http1Error error) noexcept;
    [[nodiscard]] bool refuse(Http1Error error) noexcept;

    State m_state = State::sizeStart;
    Http1Error m_error = Http1Error::none;
    std::uint8_t m_sizeDigits = 0;
    std::uint32_t m_extensionBytes = 0;
    std::uint32_t m_extensionBytesInBody = 0;
    std::uint32_t m_trailerBytes = 0;
    std::uint64_t m_remaining = 0;
    std::string m_trailers;
};

} // namespace mainstay::wire
