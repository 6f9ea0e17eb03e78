// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/password_hash.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <crypt.h>
#include <cstring>
#include <memory>
#include <string_view>

namespace mainstay::http {

namespace {

constexpr unsigned kMostCost = 14;
constexpr unsigned kMostRounds = 1'000'000;

unsigned numberAt(std::string_view text)
{
    unsigned number = ~0U;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

struct Wipe {
    void operator()(crypt_data *data) const noexcept
    {
        OPENSSL_cleanse(data, sizeof *data);
        delete data;
    }
};

} // namespace

bool isUsableHash(const std::string &hash)
{
    const std::string_view text = hash;
    const bool isPlain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!isPlain)
        return false;
    for (const std::string_view kind : {"$2y$", "$2b$", "$2a$"}) {
        if (text.starts_with(kind))
            return text.size() == 60 && numberAt(text.substr(4, 2)) <= kMostCost;
    }
    for (const std::string_view kind : {"$5$", "$6$"}) {
        constexpr std::string_view kRounds = "rounds=";
        if (!text.starts_with(kind))
            continue;
        const std::string_view rest = text.substr(kind.size());
        const bool isFast = !rest.starts_with(kRounds) || numberAt(rest.substr(kRounds.size())) <= kMostRounds;
        return isFast && text.size() - text.rfind('$') > (kind == "$5$" ? 43U : 86U);
    }
    return text.starts_with("$y$j9T$");
}

bool verifyPassword(const std::string &password, const std::string &hash)
{
    const std::unique_ptr<crypt_data, Wipe> data(new crypt_data{});
    const char *made = crypt_r(password.c_str(), hash.c_str(), data.get());
    return made && std::strlen(made) == hash.size() && CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
}

} // namespace mainstay::http
