// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/configuration.h"

#include "schema/writer.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

namespace mainstay::apphost {
namespace {

constexpr qsizetype kMaxConfiguration = 64 << 20;
constexpr std::size_t kShortestToken = 16;

auto unusable(const std::string &why)
{
    return fail("apphost.configuration", "the configuration handed over is no good: " + why);
}

std::string text(const QJsonObject &json, const char *name)
{
    return json.value(QLatin1String(name)).toString().toStdString();
}

} // namespace

Result<HostConfiguration> readHostConfiguration(const QByteArray &json)
{
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(json, &error).object();
    if (error.error != QJsonParseError::NoError)
        return unusable(error.errorString().toStdString());
    HostConfiguration host;
    host.app = text(object, "app");
    host.instance = text(object, "instance");
    host.token = text(object, "token");
    host.dataFolder = text(object, "data");
    const qint64 port = object.value(QLatin1String("port")).toInteger(-1);
    if (port < 0 || port > 65535)
        return unusable("`port` must be from 0 to 65535");
    host.port = static_cast<std::uint16_t>(port);
    if (host.token.size() < kShortestToken)
        return unusable("`token` must have at least " + std::to_string(kShortestToken) + " characters");
    const schema::Loaded loaded = schema::readJson(object.value(QLatin1String("configuration")).toObject());
    for (const Problem &problem : loaded.problems)
        if (problem.severity == Severity::error)
            return unusable(problem.text());
    const auto app = loaded.configuration.apps.find(host.app);
    if (app == loaded.configuration.apps.end())
        return unusable("there is no app `" + host.app + "` in it");
    host.config = app->second;
    if (const auto database = loaded.configuration.databases.find(host.config.database.name);
        database != loaded.configuration.databases.end())
        host.database = database->second;
    return host;
}

Result<QByteArray> readDescriptor(int descriptor)
{
    QFile file;
    if (!file.open(descriptor, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
        return unusable("descriptor " + std::to_string(descriptor) + " cannot be read");
    QByteArray bytes;
    while (bytes.size() <= kMaxConfiguration) {
        const QByteArray more = file.read(1 << 16);
        if (more.isEmpty())
            return bytes;
        bytes += more;
    }
    return unusable("it is too long");
}

} // namespace mainstay::apphost
