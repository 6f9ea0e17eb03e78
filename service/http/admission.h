// SPDX-License-Identifier: GPL-3.0-or-later
// What has been found out of a request on its way to its route's action.
#pragma once

#include "shared_state/client_counts.h"

#include <string>

namespace mainstay::http {

// Worker thread. Belongs to an exchange, which has none where nothing stands in the way.
struct Admission {
    std::string requestId;      // empty for none
    std::string user;           // who has signed in
    std::string answerFields;   // for every answer: lines, each with its CRLF
    std::string grantedFields;  // for the server, from the authority: the same
    bool sharesAnswers = false; // what a server says of CORS is not passed on
    shared_state::ClientCounts::Hold underWay;
};

} // namespace mainstay::http
