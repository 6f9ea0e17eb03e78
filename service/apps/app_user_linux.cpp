// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/app_user.h"

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace mainstay::apps {

std::optional<std::uint32_t> userNumber(const std::string &name)
{
    if (name.empty())
        return ::geteuid();
    std::array<char, 16 * 1024> texts{};
    passwd entry{};
    passwd *found = nullptr;
    if (::getpwnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found) != 0 || !found)
        return std::nullopt;
    return found->pw_uid;
}

bool runsAsAnotherUser(const config::AppConfig &app)
{
    return userNumber(app.user) != ::geteuid();
}

} // namespace mainstay::apps
