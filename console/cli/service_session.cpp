// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/service_session.h"

#include "config/values.h"

namespace mainstay::cli {

rpc::Client &ServiceSession::client()
{
    if (!std::exchange(m_opened, true))
        m_client.open(m_path);
    return m_client;
}

Result<QJsonValue> ServiceSession::callByName(const QString &method, const QJsonObject &params)
{
    return wait<QJsonValue>(
        [&](QEventLoop &loop, auto take) { client().callByName(method, params, &loop, std::move(take)); });
}

Error ServiceSession::noAnswer() const
{
    return {"service.no-answer",
            "the service at " + m_path.toStdString() + " did not answer within " + config::Duration(m_patience).text(),
            "--timeout waits longer; its log: journalctl -u mainstay"};
}

bool isUnreachable(const Error &error)
{
    return error.code == "service.unreachable" || error.code == "service.closed" || error.code == "service.no-answer";
}

} // namespace mainstay::cli
