// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/user_file.h"

#include "base/regular_file.h"
#include "http/password_hash.h"

#include <cstdio>
#include <string_view>

namespace mainstay::control {

namespace {

constexpr const char *kRemedy =
    "write lines NAME:HASH, as `htpasswd -B -c FILE NAME` does, or with what `openssl passwd "
    "-6` makes of a password";

Result<std::string> readWhole(const std::string &path)
{
    const OpenedFile file = openRegularFile(path);
    if (!file)
        return fail("users.unreadable",
                    "cannot read the users in " + path + ": " + std::system_category().message(errno),
                    "make it a file that the service's user may read");
    std::string text(kMaxUserFile + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (text.size() > kMaxUserFile)
        return fail("users.unreadable", path + " is larger than 1 MiB", "leave out what is no user");
    return text;
}

} // namespace

Result<snapshot::UserTable> readUserFile(const std::string &path)
{
    auto text = readWhole(path);
    if (!text)
        return forward(std::move(text));
    snapshot::UserTable table;
    std::size_t number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++number;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (line.empty() || line.starts_with('#'))
            continue;
        const auto wrong = [&](const char *why) {
            return fail("users.malformed", path + ":" + std::to_string(number) + ": " + why, kRemedy);
        };
        const std::size_t colon = line.find(':');
        if (colon == 0 || colon == std::string_view::npos)
            return wrong("no NAME:HASH");
        const std::string hash(line.substr(colon + 1));
        if (!http::isUsableHash(hash))
            return wrong("the hash is of no kind that is known, or takes too long to check");
        if (!table.hashes.emplace(line.substr(0, colon), hash).second)
            return wrong("the same name once more");
    }
    return table;
}

} // namespace mainstay::control
