// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/offline_check.h"

#include "rpc/json_value.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>

namespace mainstay::cli {
namespace {

// In a build folder all programs are in one place; installed, the core is no program to be started by hand.
QString coreProgram()
{
    const QString here = QCoreApplication::applicationDirPath();
    for (const char *place : {"/mainstay-core", "/../libexec/mainstay/mainstay-core", "/../lib/mainstay/mainstay-core",
                              "/../sbin/mainstay-core"}) {
        QString path = here + QLatin1String(place);
        if (QFileInfo(path).isExecutable())
            return path;
    }
    return {};
}

tl::unexpected<Error> unavailable(const QString &what)
{
    return fail("check.unavailable", "cannot check without the service: " + what.toStdString(),
                "is Mainstay installed whole?");
}

} // namespace

Result<rpc::ConfigCheck> checkOffline(const QString &folder)
{
    const QString program = coreProgram();
    if (program.isEmpty())
        return unavailable(
            QStringLiteral("mainstay-core is not beside %1").arg(QCoreApplication::applicationFilePath()));
    QStringList arguments{QStringLiteral("--check"), QStringLiteral("--json")};
    if (!folder.isEmpty()) // which need not be the installed service's: what that keeps is not part of it
        arguments << QStringLiteral("--config") << folder << QStringLiteral("--state") << QString();
    QProcess core;
    core.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    core.start(program, arguments);
    core.closeWriteChannel();
    if (!core.waitForFinished(-1))
        return unavailable(QStringLiteral("%1: %2").arg(program, core.errorString()));
    const QJsonDocument document = QJsonDocument::fromJson(core.readAllStandardOutput());
    if (core.exitStatus() != QProcess::NormalExit || !document.isObject())
        return unavailable(
            QStringLiteral("%1 ended without an answer (exit code %2)").arg(program).arg(core.exitCode()));
    return rpc::readAnswer<rpc::ConfigCheck>(document.object());
}

} // namespace mainstay::cli
