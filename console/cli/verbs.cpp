// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/verbs.h"

#include <iterator>

namespace mainstay::cli {

std::vector<Verb> allVerbs()
{
    std::vector<Verb> verbs = statusVerbs();
    verbs.insert(verbs.begin() + 1, topVerb());
    for (std::vector<Verb> group : {metricsVerbs(), configVerbs(), backendVerbs(), appVerbs(), cacheVerbs(),
                                    databaseVerbs(), logVerbs(), protocolVerbs()})
        std::move(group.begin(), group.end(), std::back_inserter(verbs));
    return verbs;
}

} // namespace mainstay::cli
