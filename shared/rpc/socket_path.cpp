// SPDX-License-Identifier: GPL-3.0-or-later
#include "rpc/socket_path.h"

#include <QtGlobal>

namespace mainstay::rpc {

QString installedSocketPath()
{
    return QStringLiteral("/run/mainstay/") + QLatin1String(kSocketName);
}

QString defaultSocketPath()
{
    const QString path = qEnvironmentVariable("MAINSTAY_SOCKET");
    return path.isEmpty() ? installedSocketPath() : path;
}

} // namespace mainstay::rpc
