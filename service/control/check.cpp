// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/check.h"

namespace mainstay::control {

Problems check(const ConfigFolders &folders)
{
    return check(readDisk(folders), folders.state, {});
}

Problems check(const Candidate &candidate, const std::filesystem::path &stateFolder, const Prepared &before)
{
    const schema::Loaded &loaded = candidate.loaded;
    Problems problems = loaded.problems;
    const Prepared prepared =
        prepare(loaded.configuration, loaded.origins, {.state = stateFolder, .hostName = {}, .readOnly = true}, before);
    problems.insert(problems.end(), prepared.problems.begin(), prepared.problems.end());
    return problems;
}

} // namespace mainstay::control
