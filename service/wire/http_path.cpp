// SPDX-License-Identifier: GPL-3.0-or-later
// See http_path.h.
#include "wire/http_path.h"

#include "wire/http_chars.h"

#include <cstddef>

namespace mainstay::wire {
namespace {

// Takes one character off the path, decoded; nothing when it may not be in one.
std::optional<char> takeCharacter(std::string_view &path) noexcept
{
    char c = path.front();
    std::size_t length = 1;
    if (c == '%') {
        if (path.size() < 3 || hexValue(path[1]) < 0 || hexValue(path[2]) < 0)
            return std::nullopt;
        c = static_cast<char>(hexValue(path[1]) * 16 + hexValue(path[2]));
        length = 3;
    }
    if (c == '\\' || c == '\0')
        return std::nullopt;
    path.remove_prefix(length);
    return c;
}

bool isDotSegment(std::string_view segment) noexcept
{
    return segment == "." || segment == "..";
}

} // namespace

bool hasEncodedSlash(std::string_view path) noexcept
{
    for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
        const std::string_view escape = path.substr(at + 1, 2);
        if (escape == "2F" || escape == "2f")
            return true;
    }
    return false;
}

// `size` bytes of `out` are the result so far, and `segment` is where its last segment starts: just after a slash.
std::optional<std::string_view> normalizePath(std::string_view path, std::span<char> out) noexcept
{
    if (!path.starts_with('/') || out.empty())
        return std::nullopt;
    path.remove_prefix(1);
    out[0] = '/';
    std::size_t size = 1;
    std::size_t segment = 1;
    bool hasEncoded = false; // slashes
    bool isReduced = false;
    while (true) {
        const bool segmentEnds = path.empty() || path.front() == '/';
        if (!segmentEnds) {
            const auto c = takeCharacter(path);
            if (!c || size == out.size())
                return std::nullopt;
            if (*c == '/') {
                const std::string_view ended(out.data() + segment, size - segment);
                if (ended.empty() || isDotSegment(ended))
                    return std::nullopt;
                hasEncoded = true;
                segment = size + 1;
            }
            out[size++] = *c;
            continue;
        }
        const std::string_view last(out.data() + segment, size - segment);
        isReduced |= isDotSegment(last) || (last.empty() && !path.empty());
        if (last == ".") {
            size = segment;
        } else if (last == "..") {
            if (segment == 1)
                return std::nullopt;
            size = std::string_view(out.data(), segment - 1).rfind('/') + 1;
        } else if (!last.empty() && !path.empty()) {
            if (size == out.size())
                return std::nullopt;
            out[size++] = '/';
        }
        segment = size;
        if (path.empty() && hasEncoded && isReduced)
            return std::nullopt;
        if (path.empty())
            return std::string_view(out.data(), size);
        path.remove_prefix(1);
    }
}

} // namespace mainstay::wire
