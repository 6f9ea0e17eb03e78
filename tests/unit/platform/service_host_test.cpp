// SPDX-License-Identifier: GPL-3.0-or-later
// What systemd hears, as sd_notify(3) has it.
#include "platform/service_host.h"

#include <QTest>

#include <cstddef>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::platform;

class ServiceHostTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup()
    {
        for (const auto *name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }

    void everyWord_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("path") << m_folder.filePath(QStringLiteral("notify")).toUtf8();
        QTest::newRow("abstract") << QByteArray("@mainstay-test-") + QByteArray::number(::getpid());
    }
    void everyWord()
    {
        QFETCH(QByteArray, path);
        const int systemd = listen(path);
        ::setenv("NOTIFY_SOCKET", path.constData(), 1);
        const auto host = connectServiceHost();
        QVERIFY(!std::getenv("NOTIFY_SOCKET"));
        host->ready();
        host->reloading();
        host->status("serving 3 sites\nand more");
        host->alive();
        host->stopping();
        QCOMPARE(next(systemd), QByteArray("READY=1"));
        const QByteArray reloading = next(systemd);
        QVERIFY(reloading.startsWith("RELOADING=1\nMONOTONIC_USEC="));
        QVERIFY(reloading.mid(reloading.lastIndexOf('=') + 1).toLongLong() > 0);
        QCOMPARE(next(systemd), QByteArray("STATUS=serving 3 sites"));
        QCOMPARE(next(systemd), QByteArray("WATCHDOG=1"));
        QCOMPARE(next(systemd), QByteArray("STOPPING=1"));
        ::close(systemd);
    }

    void watchdog_data()
    {
        QTest::addColumn<QByteArray>("microseconds");
        QTest::addColumn<QByteArray>("process");
        QTest::addColumn<int>("milliseconds");
        QTest::newRow("for us") << QByteArray("30000000") << QByteArray::number(::getpid()) << 30'000;
        QTest::newRow("for whoever reads it") << QByteArray("30000000") << QByteArray() << 30'000;
        QTest::newRow("for another") << QByteArray("30000000") << QByteArray("1") << 0;
        QTest::newRow("not a number") << QByteArray("30s") << QByteArray() << 0;
        QTest::newRow("none") << QByteArray() << QByteArray() << 0;
    }
    void watchdog()
    {
        QFETCH(QByteArray, microseconds);
        QFETCH(QByteArray, process);
        QFETCH(int, milliseconds);
        ::setenv("NOTIFY_SOCKET", "/nonexistent", 1);
        ::setenv("WATCHDOG_USEC", microseconds.constData(), 1);
        if (!process.isEmpty())
            ::setenv("WATCHDOG_PID", process.constData(), 1);
        const auto host = connectServiceHost();
        QCOMPARE(host->watchdogPeriod().value_or(Milliseconds(0)).count(), Milliseconds::rep(milliseconds));
        host->alive(); // to nobody
        QVERIFY(!std::getenv("WATCHDOG_USEC"));
    }

    void withoutAServiceManager()
    {
        for (const auto *path : {"", "/", "relative", "@"}) {
            ::setenv("NOTIFY_SOCKET", path, 1);
            const auto host = connectServiceHost();
            host->ready();
            QVERIFY(!host->watchdogPeriod());
        }
        ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
        connectServiceHost()->ready();
    }

private:
    static int listen(QByteArray path)
    {
        const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.constData(), static_cast<std::size_t>(path.size()));
        if (path.startsWith('@'))
            address.sun_path[0] = '\0';
        const auto size =
            static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + static_cast<std::size_t>(path.size()));
        if (::bind(socket, reinterpret_cast<sockaddr *>(&address), size) != 0)
            qFatal("cannot bind");
        return socket;
    }
    static QByteArray next(int socket)
    {
        std::array<char, 256> text{};
        const ssize_t length = ::recv(socket, text.data(), text.size(), MSG_DONTWAIT);
        return {text.data(), std::max<qsizetype>(length, 0)};
    }

    QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(ServiceHostTest)
#include "service_host_test.moc"
