// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/app_user.h"

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace mainstay::apps {

bool runsAsAnotherUser(const config::AppConfig &app)
{
    if (app.user.empty())
        return false;
    std::array<char, 16 * 1024> texts{};
    passwd entry{};
    passwd *found = nullptr;
    return ::getpwnam_r(app.user.c_str(), &entry, texts.data(), texts.size(), &found) != 0 || !found ||
           found->pw_uid != ::geteuid();
}

} // namespace mainstay::apps
