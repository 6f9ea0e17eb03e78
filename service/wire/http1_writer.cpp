// SPDX-License-Identifier: GPL-3.0-or-later
// See http1_writer.h.
#include "wire/http1_writer.h"

#include "base/http_status.h"

#include <array>
#include <charconv>

namespace mainstay::wire {

void HeadWriter::statusLine(unsigned status, std::string_view reason) noexcept
{
    append("HTTP/1.1 ");
    number(status);
    append(" ");
    append(reason.empty() ? reasonPhrase(status) : reason);
    append("\r\n");
}

void HeadWriter::requestLine(std::string_view method, std::string_view target) noexcept
{
    append(method);
    append(" ");
    if (target.empty() || target.front() == '?')
        append("/");
    append(target);
    append(" HTTP/1.1\r\n");
}

void HeadWriter::field(std::string_view name, std::uint64_t value) noexcept
{
    append(name);
    append(": ");
    number(value);
    append("\r\n");
}

void HeadWriter::number(std::uint64_t value) noexcept
{
    std::array<char, 20> digits;
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

std::size_t writeChunkSize(std::uint64_t size, char *out) noexcept
{
    char *end = std::to_chars(out, out + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return static_cast<std::size_t>(end - out);
}

} // namespace mainstay::wire
