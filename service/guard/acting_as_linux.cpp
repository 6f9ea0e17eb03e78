// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/acting_as.h"

#include <algorithm>
#include <cstdlib>
#include <grp.h>
#include <unistd.h>

namespace mainstay::guard {

ActingAs::ActingAs(const std::optional<Identity> &identity) : m_isAnother(identity.has_value())
{
    if (!identity)
        return;
    m_user = ::geteuid();
    m_group = ::getegid();
    m_groups.resize(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    m_hasOtherGroups = ::getgroups(static_cast<int>(m_groups.size()), m_groups.data()) >= 0 &&
                       ::setgroups(identity->groups.size(), identity->groups.data()) == 0;
    m_succeeded = m_hasOtherGroups && ::setegid(identity->group) == 0 && ::seteuid(identity->user) == 0;
}

ActingAs::~ActingAs()
{
    if (m_isAnother && (::seteuid(m_user) != 0 || ::setegid(m_group) != 0 ||
                        (m_hasOtherGroups && ::setgroups(m_groups.size(), m_groups.data()) != 0)))
        std::abort();
}

} // namespace mainstay::guard
