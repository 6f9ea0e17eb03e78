// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/site.h"

namespace mainstay::snapshot {

Site::Site(std::string name, config::SiteConfig config, std::vector<Route> routes,
           std::shared_ptr<shared_state::SiteCell> cell, std::uint32_t workers, std::uint16_t httpsPort,
           engine::TlsClientTrust::Pointer clientTrust, std::vector<std::shared_ptr<const logs::RequestLog>> logs,
           std::vector<config::FieldEdit> responseEdits)
    : Pinnable(workers), m_name(std::move(name)), m_config(std::move(config)), m_routes(std::move(routes)),
      m_cell(std::move(cell)), m_httpsPort(httpsPort), m_clientTrust(std::move(clientTrust)), m_logs(std::move(logs)),
      m_responseEdits(std::move(responseEdits))
{}

} // namespace mainstay::snapshot
