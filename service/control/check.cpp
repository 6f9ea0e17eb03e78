// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/check.h"

#include <system_error>

namespace mainstay::control {

Problems check(const ConfigFolders &folders, bool isNamed)
{
    Problems problems = check(readDisk(folders), folders.state, {});
    // A service may start with nothing. To look for a configuration where there is none is a mistake of who looks.
    std::error_code ignored;
    if (!isNamed && std::filesystem::exists(folders.config, ignored))
        return problems;
    for (Problem &problem : problems) {
        if (problem.code == kNoConfiguration)
            problem.severity = Severity::error;
    }
    return problems;
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
