// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/check.h"

#include "control/preparation.h"

namespace mainstay::control {

Problems check(const ConfigFolders &folders)
{
    const Candidate candidate = readDisk(folders);
    Problems problems = candidate.loaded.problems;
    const Prepared prepared =
        prepare(candidate.loaded.configuration, candidate.loaded.origins, {folders.state, {}, true}, {});
    problems.insert(problems.end(), prepared.problems.begin(), prepared.problems.end());
    return problems;
}

} // namespace mainstay::control
