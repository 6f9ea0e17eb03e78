// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/instance.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace mainstay::apps {

std::string InstanceIdentity::label() const
{
    QJsonObject json{{QLatin1String("app"), QString::fromStdString(app)},
                     {QLatin1String("number"), static_cast<qint64>(number)},
                     {QLatin1String("run"), static_cast<qint64>(run)},
                     {QLatin1String("fingerprint"), QString::fromStdString(fingerprint)},
                     {QLatin1String("token"), QString::fromStdString(token)}};
    if (const UnixAddress *socket = address.unixAddress())
        json.insert(QLatin1String("socket"), QString::fromStdString(socket->path));
    else
        json.insert(QLatin1String("endpoint"), QString::fromStdString(address.endpoint()->text()));
    return QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString();
}

std::optional<InstanceIdentity> InstanceIdentity::fromLabel(const std::string &label)
{
    const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(label)).object();
    const auto text = [&json](const char *name) { return json.value(QLatin1String(name)).toString().toStdString(); };
    InstanceIdentity identity;
    identity.app = text("app");
    identity.number = static_cast<std::uint32_t>(json.value(QLatin1String("number")).toInteger());
    identity.run = static_cast<std::uint32_t>(json.value(QLatin1String("run")).toInteger());
    identity.fingerprint = text("fingerprint");
    identity.token = text("token");
    if (const std::string socket = text("socket"); !socket.empty()) {
        identity.address = UnixAddress{socket};
    } else {
        const auto endpoint = Endpoint::parse(text("endpoint"));
        if (!endpoint)
            return std::nullopt;
        identity.address = *endpoint;
    }
    if (identity.app.empty() || identity.number == 0 || identity.run == 0)
        return std::nullopt;
    return identity;
}

} // namespace mainstay::apps
