// SPDX-License-Identifier: GPL-3.0-or-later
// The application's side of FastCGI: requests out of records, and records for an answer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::tests::fastcgi {

enum Type : unsigned char {
    kBegin = 1,
    kAbort = 2,
    kEnd = 3,
    kParams = 4,
    kStdin = 5,
    kStdout = 6,
    kStderr = 7,
    kGetValues = 9,
    kUnknown = 11,
};

inline std::string record(Type type, std::string_view content, std::size_t padding = 0, unsigned id = 1)
{
    std::string out{'\1', static_cast<char>(type), static_cast<char>(id >> 8), static_cast<char>(id)};
    out += {static_cast<char>(content.size() >> 8), static_cast<char>(content.size()), static_cast<char>(padding), 0};
    out += content;
    return out + std::string(padding, '\0');
}

inline std::string endRecord(char protocolStatus = 0)
{
    return record(kEnd, std::string{0, 0, 0, 0, protocolStatus, 0, 0, 0});
}

// The whole answer to a request: CGI head and body.
inline std::string answer(std::string_view output)
{
    std::string out;
    for (; !output.empty(); output.remove_prefix(std::min<std::size_t>(output.size(), 65535)))
        out += record(kStdout, output.substr(0, 65535), output.size() % 8);
    return out + record(kStdout, {}) + endRecord();
}

// Takes one length (section 3.4) off the front; nothing when it is cut off.
inline std::optional<std::size_t> takeLength(std::string_view &pairs)
{
    if (pairs.empty())
        return std::nullopt;
    const auto byte = [&pairs](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(pairs[i]));
    };
    const bool isLong = byte(0) >= 128;
    if (isLong && pairs.size() < 4)
        return std::nullopt;
    const std::size_t length = isLong ? (byte(0) & 127) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3) : byte(0);
    pairs.remove_prefix(isLong ? 4 : 1);
    return length;
}

using Params = std::map<std::string, std::string>;

// Nothing when they are no pairs or a name occurs twice.
inline std::optional<Params> paramsOf(std::string_view pairs)
{
    Params params;
    while (!pairs.empty()) {
        const auto name = takeLength(pairs);
        const auto value = takeLength(pairs);
        if (!name || !value || *name > pairs.size() || *value > pairs.size() - *name)
            return std::nullopt;
        const bool isNew = params.emplace(pairs.substr(0, *name), pairs.substr(*name, *value)).second;
        if (!isNew)
            return std::nullopt;
        pairs.remove_prefix(*name + *value);
    }
    return params;
}

struct Request {
    Params params;
    std::string body;
    std::size_t size = 0; // bytes of its records

    [[nodiscard]] std::string param(const std::string &name) const
    {
        const auto place = params.find(name);
        return place == params.end() ? "(none)" : place->second;
    }
};

// The first whole request in these bytes. Nothing when its end has not come; a request without params when the records
// are not as they should be.
inline std::optional<Request> requestIn(std::string_view bytes)
{
    Request request;
    std::string pairs;
    bool begun = false;
    bool paramsEnded = false;
    for (std::string_view rest = bytes; rest.size() >= 8;) {
        const auto byte = [&rest](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(rest[i]));
        };
        const std::size_t content = byte(4) << 8 | byte(5);
        const std::size_t whole = 8 + content + byte(6);
        if (rest.size() < whole)
            return std::nullopt;
        const std::string_view data = rest.substr(8, content);
        const bool first = !begun;
        begun = true;
        request.size += whole;
        // A responder whose connection is kept.
        const bool begins = byte(1) == kBegin && data == std::string_view("\0\1\1\0\0\0\0\0", 8);
        const bool fits = byte(0) == 1 && byte(2) == 0 && byte(3) == 1 &&
                          (first ? begins : byte(1) == (paramsEnded ? kStdin : kParams));
        if (!fits)
            return Request{{}, {}, bytes.size()};
        rest.remove_prefix(whole);
        if (first)
            continue;
        if (!paramsEnded) {
            pairs += data;
            paramsEnded = data.empty();
        } else if (data.empty()) {
            request.params = paramsOf(pairs).value_or(Params());
            return request;
        } else {
            request.body += data;
        }
    }
    return std::nullopt;
}

} // namespace mainstay::tests::fastcgi
