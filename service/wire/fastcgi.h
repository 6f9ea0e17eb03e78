// SPDX-License-Identifier: GPL-3.0-or-later
// The records of FastCGI 1.0, towards an application in the role of a responder: one request at a time on a connection,
// which stays open behind it.
#pragma once

#include "wire/http1_head.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mainstay::wire {

namespace fastcgi {

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kMaxContent = 65535; // of one record

// The header of a record with content of the request's body. Its content follows, without padding.
[[nodiscard]] std::array<char, kHeaderSize> bodyHeader(std::size_t size) noexcept;
// The record that ends the body.
[[nodiscard]] std::string_view bodyEnd() noexcept;

} // namespace fastcgi

// Worker thread. Writes what goes before a request's body: BEGIN_REQUEST and PARAMS. Remembers when something did not
// fit: check ok() once, at the end.
class FastcgiWriter {
public:
    explicit FastcgiWriter(std::span<char> out) noexcept;

    void param(std::string_view name, std::string_view value) noexcept
    {
        beginParam(name.size(), value.size());
        append(name);
        append(value);
    }
    // For a name or a value in parts: announces the sizes of both, which the append()s that follow add up to.
    void beginParam(std::size_t nameSize, std::size_t valueSize) noexcept;
    void append(std::string_view text) noexcept;
    // Closes the PARAMS.
    void endParams() noexcept;

    [[nodiscard]] bool ok() const noexcept { return m_ok; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }

private:
    void appendLength(std::size_t length) noexcept;

    std::span<char> m_out;
    std::size_t m_size = 0;
    std::size_t m_paramsAt = 0; // the header of their record
    bool m_ok = true;
};

// Worker thread. Reads one response, in constant memory. Records of types that are not known, and those that manage the
// connection, are skipped.
class FastcgiDecoder {
public:
    enum class Stream : std::uint8_t { none, output, errors };
    // How the application ended the request (section 5.5 of the specification).
    enum class Ending : std::uint8_t { requestComplete, cannotMultiplex, overloaded, unknownRole };

    // `consumed` bytes are done with; `data`, a part of them, belongs to the stream. `complete`: the request has ended.
    // `needMore` with bytes left means: call again with the rest.
    struct Step {
        ParseStatus status = ParseStatus::needMore;
        std::size_t consumed = 0;
        Stream stream = Stream::none;
        std::string_view data;
    };

    // Reads up to and with the next data. Consumes everything unless it returns data, the end or `malformed`; after one
    // of the last two it must not be called again.
    [[nodiscard]] Step feed(std::string_view bytes) noexcept;

    // Once complete.
    [[nodiscard]] Ending ending() const noexcept;

private:
    // False when the record cannot belong to this response.
    [[nodiscard]] bool readHeader() noexcept;
    // Takes from the front of the record's content.
    [[nodiscard]] Stream takeContent(std::string_view part) noexcept;

    std::array<char, fastcgi::kHeaderSize> m_header{};
    std::array<char, 8> m_end{}; // content of END_REQUEST
    std::uint8_t m_headerSize = 0;
    std::uint8_t m_endSize = 0;
    std::uint8_t m_type = 0;
    std::uint8_t m_padding = 0;  // still to come
    std::uint16_t m_content = 0; // likewise
};

} // namespace mainstay::wire
