// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/site.h"

namespace mainstay::snapshot {

Site::Site(std::string name, config::SiteConfig config, std::vector<Route> routes,
           std::shared_ptr<shared_state::SiteCell> cell, std::uint32_t workers, std::uint16_t httpsPort,
           engine::TlsClientTrust::Pointer clientTrust)
    : Pinnable(workers), m_name(std::move(name)), m_config(std::move(config)), m_routes(std::move(routes)),
      m_cell(std::move(cell)), m_httpsPort(httpsPort), m_clientTrust(std::move(clientTrust))
{}

} // namespace mainstay::snapshot
