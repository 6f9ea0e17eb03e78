// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_id.h"

#include "engine/tls_handles.h"
#include "wire/http_chars.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mainstay::http {

namespace {

constexpr std::size_t kLongest = 128;

// What can stand in a log and in other programs' fields as it is.
bool isPlain(std::string_view id)
{
    return !id.empty() && id.size() <= kLongest && std::all_of(id.begin(), id.end(), [](char c) {
        return wire::isOneOf(c, wire::kTokenChar) || c == ':' || c == '=' || c == '/' || c == '@';
    });
}

std::string madeUp()
{
    std::array<unsigned char, 16> random{};
    (void)RAND_bytes(random.data(), static_cast<int>(random.size())); // fails where nothing else would work either
    return engine::hexadecimal(random);
}

} // namespace

void giveRequestId(Exchange &exchange)
{
    Admission &admission = exchange.admitting();
    const std::string_view given = exchange.head.find(wire::KnownField::xRequestId).value_or("");
    admission.requestId = exchange.fromProxy && isPlain(given) ? std::string(given) : madeUp();
    admission.answerFields += "X-Request-ID: " + admission.requestId + "\r\n";
}

} // namespace mainstay::http
