// SPDX-License-Identifier: GPL-3.0-or-later
#include "rpc/socket_path.h"

#include <QtGlobal>

namespace mainstay::rpc {

QString defaultSocketPath()
{
    const QString path = qEnvironmentVariable("MAINSTAY_SOCKET");
    return path.isEmpty() ? QStringLiteral("/run/mainstay/") + QLatin1String(kSocketName) : path;
}

} // namespace mainstay::rpc
