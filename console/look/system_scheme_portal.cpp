// SPDX-License-Identifier: GPL-3.0-or-later
// The desktop portal's setting org.freedesktop.appearance color-scheme: 1 is dark, 2 is light, 0 is neither.
#include "look/system_scheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>

namespace mainstay::look {
namespace {

const QString kService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString kPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString kInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString kGroup = QStringLiteral("org.freedesktop.appearance");
const QString kName = QStringLiteral("color-scheme");

// A variant, which older portals put into another one.
std::optional<bool> darkOf(QVariant value)
{
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    const uint scheme = value.toUInt();
    return scheme == 1 ? std::optional(true) : scheme == 2 ? std::optional(false) : std::nullopt;
}

} // namespace

void SystemScheme::listen()
{
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return; // without it, Qt would start a bus and wait for it
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this,
                SLOT(settingChanged(QString, QString, QVariant)));
    QDBusMessage question = QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
    question << kGroup << kName;
    auto *answer = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
    connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
        const QDBusPendingReply<QVariant> reply = *answer;
        answer->deleteLater();
        if (reply.isValid())
            take(darkOf(reply.value()));
    });
}

void SystemScheme::settingChanged(const QString &group, const QString &name, const QVariant &value)
{
    if (group == kGroup && name == kName)
        take(darkOf(value));
}

} // namespace mainstay::look
