// SPDX-License-Identifier: GPL-3.0-or-later
// Handling files as the unprivileged user whose they are.
#pragma once

#include "guard/identity.h"

#include <optional>
#include <sys/types.h>
#include <vector>

namespace mainstay::guard {

// The one thread; not within another. As long as it lives, this process opens, makes and renames files with that user's
// rights and no others: wherever names of that user's choice lead, it is nowhere that the user could not go. Without an
// identity nothing changes.
class ActingAs {
public:
    explicit ActingAs(const std::optional<Identity> &identity);
    // Ends the process when it cannot be itself again.
    ~ActingAs();
    ActingAs(const ActingAs &) = delete;
    ActingAs &operator=(const ActingAs &) = delete;

    // When false, nothing may be done.
    [[nodiscard]] explicit operator bool() const noexcept { return m_succeeded; }

private:
    bool m_isAnother;
    bool m_hasOtherGroups = false;
    bool m_succeeded = true;
    uid_t m_user = 0;
    gid_t m_group = 0;
    std::vector<gid_t> m_groups;
};

} // namespace mainstay::guard
