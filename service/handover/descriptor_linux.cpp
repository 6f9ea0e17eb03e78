// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace mainstay::handover {

void Descriptor::reset(int number) noexcept
{
    if (m_number != kNone)
        ::close(m_number);
    m_number = number;
}

Result<Descriptor> Descriptor::duplicate() const
{
    const int copy = ::fcntl(m_number, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return fail("descriptor.exhausted", "cannot duplicate a descriptor: " + std::generic_category().message(errno),
                    "raise the limit of open files (LimitNOFILE= in the unit, ulimit -n in a shell)");
    return Descriptor(copy);
}

} // namespace mainstay::handover
