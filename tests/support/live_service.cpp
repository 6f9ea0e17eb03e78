// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/live_service.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QUdpSocket>

#include <csignal>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <random>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mainstay::tests {
namespace {

// The same names as tests/integration/mainstay.py gives: a port is held until this process ends.
bool reserve(quint16 port)
{
    const std::string name = "mainstay-test-" + std::to_string(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size()); // abstract: begins with a zero
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    const int handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(handle, reinterpret_cast<const sockaddr *>(&address), size) == 0)
        return true;
    ::close(handle);
    return false;
}

} // namespace

void leaveRoot()
{
    if (::geteuid() != 0)
        return;
    const passwd *nobody = ::getpwnam("nobody");
    if (nobody == nullptr || ::setgroups(0, nullptr) != 0 || ::setgid(nobody->pw_gid) != 0 ||
        ::setuid(nobody->pw_uid) != 0)
        qFatal("cannot become nobody");
}

quint16 freePort()
{
    std::random_device random;
    std::uniform_int_distribution<int> ports(10'000, 31'999); // outside the range of outgoing connections
    for (;;) {
        const auto port = static_cast<quint16>(ports(random));
        QTcpServer tcp;
        QUdpSocket udp;
        if (reserve(port) && tcp.listen(QHostAddress::LocalHost, port) && udp.bind(QHostAddress::LocalHost, port))
            return port;
    }
}

void Child::start(const QStringList &words, const QString &outputFile)
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.setStandardOutputFile(outputFile, QIODevice::Append);
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
    m_process.start(words.first(), words.mid(1));
    if (!m_process.waitForStarted())
        qFatal("cannot start %s", qPrintable(words.first()));
}

void Child::end()
{
    if (!isRunning())
        return;
    m_process.terminate();
    if (!m_process.waitForFinished(15'000)) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

LiveService::LiveService(const std::map<QString, QByteArray> &files)
{
    const QDir folder(m_folder.path());
    for (const auto *name : {"config", "state", "run"})
        folder.mkdir(QLatin1String(name));
    for (const auto &[name, text] : files) {
        const QString path = folder.filePath(QStringLiteral("config/") + name);
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(path));
    }
}

bool LiveService::start()
{
    const auto path = [&](const char *name) { return m_folder.filePath(QLatin1String(name)); };
    m_process.start({QCoreApplication::applicationDirPath() + QStringLiteral("/mainstayd"), QStringLiteral("--config"),
                     path("config"), QStringLiteral("--state"), path("state"), QStringLiteral("--runtime"),
                     path("run")},
                    path("output"));
    return QTest::qWaitFor([&] { return !m_process.isRunning() || QFile::exists(socket()); }, kPatience) &&
           QTest::qWaitFor([&] { return status().state == rpc::ServiceState::serving; }, kPatience);
}

QString LiveService::output() const
{
    QFile file(m_folder.filePath(QStringLiteral("output")));
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

rpc::Status LiveService::status()
{
    Result<rpc::Status> status = ask(rpc::GetStatus{});
    return status ? std::move(*status) : rpc::Status();
}

} // namespace mainstay::tests
