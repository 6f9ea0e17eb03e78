// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts of sites whose certificate is for others: clients refuse it there.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "engine/tls_certificate.h"
#include "schema/origins.h"

#include <map>
#include <string>

namespace mainstay::control {

// Any thread. A warning "certificate.unnamed-host" for each site with a certificate of its own and a host on HTTPS that
// neither this nor another certificate of the listener names. `certificates` are those prepared; of one that is not,
// the names it is to be issued for count.
[[nodiscard]] Problems findUnnamedHosts(const config::Configuration &configuration, const schema::Origins &origins,
                                        const std::map<std::string, engine::TlsCertificate::Pointer> &certificates);

} // namespace mainstay::control
