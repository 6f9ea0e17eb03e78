// SPDX-License-Identifier: GPL-3.0-or-later
// Requests to PHP-FPM itself, over a Unix socket.
#include "http_service.h"

#include <QCryptographicHash>
#include <QDir>
#include <QProcess>
#include <QStandardPaths>

#include <csignal>
#include <sys/prctl.h>

using namespace mainstay;
using tests::Client;
using tests::Service;

namespace {

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class PhpTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_state;
    QProcess m_fpm;
    std::unique_ptr<Service> m_service;
    std::vector<std::string> m_errors;

    void script(const char *name, const char *text)
    {
        std::ofstream(m_service->folder.filePath(QString::fromLatin1(name)).toStdString()) << text;
    }
    std::string ask(const std::string &request, int patience = 1)
    {
        Client client(*m_service);
        client.send(request);
        for (int i = 0; i < 2000 && !client.isEnded(); ++i) {
            client.receive(patience);
            QTest::qSleep(1);
        }
        return client.receive(1);
    }
    std::string get(const std::string &path, const std::string &fields = {})
    {
        return ask("GET " + path + " HTTP/1.1\r\nHost: www.test\r\nConnection: close\r\n" + fields + "\r\n");
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QString program = QStandardPaths::findExecutable(
            QStringLiteral("php-fpm8.2"), {QStringLiteral("/usr/sbin"), QStringLiteral("/usr/bin")});
        QVERIFY2(!program.isEmpty(), "php-fpm8.2 is not there: ./dev deps test installs it");
        if (::geteuid() == 0)
            QSKIP("PHP-FPM is not to run as root");
        const std::string socket = m_state.filePath(QStringLiteral("php.sock")).toStdString();
        std::ofstream(m_state.filePath(QStringLiteral("fpm.conf")).toStdString())
            << "[global]\nerror_log = " << m_state.path().toStdString()
            << "/fpm.log\ndaemonize = no\n[www]\nlisten = " << socket
            << "\npm = static\npm.max_children = 2\nclear_env = yes\nphp_admin_value[display_errors] = 0\n"
               "php_admin_value[log_errors] = 1\n";
        m_fpm.setWorkingDirectory(m_state.path());
        m_fpm.setProcessChannelMode(QProcess::ForwardedChannels);
        m_fpm.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
        m_fpm.start(program, {QStringLiteral("-n"), QStringLiteral("-F"), QStringLiteral("-y"),
                              m_state.filePath(QStringLiteral("fpm.conf"))});
        QTRY_VERIFY(QFile::exists(QString::fromStdString(socket)));

        m_service = std::make_unique<Service>();
        m_service->backend.protocol = config::AppProtocol::fastcgi;
        m_service->backend.servers.push_back(
            {"0", {}, PeerAddress(UnixAddress{socket}), std::make_shared<shared_state::ServerCell>("app", "0", 0, 1)});
        m_service->appRoute.stripPrefix = true;
        m_service->appRoute.root = {m_service->folder.path().toStdString()};
        m_service->appRoute.index = "index.php";
        m_service->publish();
        m_service->server.setScriptErrors([this](const snapshot::Backend &, const snapshot::Server &,
                                                 std::string_view line) { m_errors.emplace_back(line); });
        script("index.php", "<?php echo 'index ', $_SERVER['PATH_INFO'] ?? '-', ' ', $_SERVER['SCRIPT_NAME'];");
        script("all.php",
               "<?php foreach ($_SERVER as $name => $value) if (is_string($value)) echo \"$name=$value\\n\";");
        script("post.php", "<?php echo strlen(file_get_contents('php://input')), ' ', md5(file_get_contents("
                           "'php://input')), ' ', $_POST['a'] ?? '-';");
        script("large.php", "<?php for ($i = 0; $i < 2000; ++$i) { echo str_repeat('x', 1000); }");
        script("status.php", "<?php http_response_code(418); header('X-Own: 1'); setcookie('a', 'b'); echo 'tea';");
        script("goto.php", "<?php header('Location: /elsewhere');");
        script("error.php", "<?php error_log('something is wrong'); echo 'still';");
        script("auth.php", "<?php echo $_SERVER['PHP_AUTH_USER'], ':', $_SERVER['PHP_AUTH_PW'];");
        script("pid.php", "<?php echo getmypid();");
        script("upload.jpg", "<?php echo 'never run';");
    }
    void cleanupTestCase()
    {
        m_service = nullptr;
        if (m_fpm.state() != QProcess::NotRunning) {
            m_fpm.terminate();
            QVERIFY(m_fpm.waitForFinished());
        }
    }

    void answers()
    {
        const std::string answer = get("/app/");
        QVERIFY2(answer.starts_with("HTTP/1.1 200 OK\r\n"), answer.c_str());
        QVERIFY(contains(answer, "index - /app/index.php"));
        QVERIFY(contains(get("/app/index.php/more/info"), "index /more/info /app/index.php"));
        QVERIFY(contains(get("/app/any/route"), "index /any/route /app/index.php"));
        QVERIFY(contains(get("/app/a.txt"), "\r\n\r\nhello"));
    }
    void variables()
    {
        const std::string answer =
            get("/app/all.php/i?b=c", "X-Own: 1\r\nProxy: evil\r\nX_Own: 2\r\nX.Own: 3\r\nCookie: d=e\r\n");
        for (const char *part :
             {"REQUEST_METHOD=GET\n", "REQUEST_URI=/app/all.php/i?b=c\n", "SCRIPT_NAME=/app/all.php\n",
              "PATH_INFO=/i\n", "QUERY_STRING=b=c\n", "HTTP_X_OWN=1\n", "HTTP_COOKIE=d=e\n", "REMOTE_ADDR=127.0.0.1\n",
              "SERVER_NAME=www.test\n", "SERVER_ADDR=127.0.0.1\n", "DOCUMENT_URI=/app/all.php/i\n",
              "PHP_SELF=/app/all.php/i\n"})
            QVERIFY2(contains(answer, part), (part + ("\nin\n" + answer)).c_str());
        QVERIFY(contains(answer, "SERVER_PORT=" + std::to_string(m_service->port()) + "\n"));
        QVERIFY(contains(answer, "DOCUMENT_ROOT=" + m_service->folder.path().toStdString() + "\n"));
        QVERIFY(!contains(answer, "HTTP_PROXY"));
    }
    void bodies()
    {
        QVERIFY(contains(ask("POST /app/post.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                             "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"),
                         "3 " + QCryptographicHash::hash("a=b", QCryptographicHash::Md5).toHex().toStdString() + " b"));
        const std::string body(2'000'000, 'y');
        Client client(*m_service);
        client.send("POST /app/post.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n");
        for (std::size_t sent = 0; sent < body.size(); sent += 20'000) {
            client.send(std::string_view(body).substr(sent, 20'000));
            client.receive(5);
            QTest::qSleep(1);
        }
        QTRY_VERIFY((client.receive(5), client.isEnded()));
        QVERIFY(contains(
            client.receive(1),
            "2000000 " +
                QCryptographicHash::hash(QByteArray(2'000'000, 'y'), QCryptographicHash::Md5).toHex().toStdString()));
    }
    void largeAnswers()
    {
        const std::string answer = get("/app/large.php");
        QCOMPARE(std::count(answer.begin() + static_cast<std::ptrdiff_t>(answer.find("\r\n\r\n")), answer.end(), 'x'),
                 std::ptrdiff_t{2'000'000});
        QVERIFY(answer.ends_with("0\r\n\r\n"));
    }
    void heads()
    {
        const std::string answer = get("/app/status.php");
        QVERIFY2(answer.starts_with("HTTP/1.1 418 "), answer.c_str());
        for (const char *part : {"\r\nX-Own: 1\r\n", "\r\nSet-Cookie: a=b\r\n", "tea"})
            QVERIFY2(contains(answer, part), answer.c_str());
        QVERIFY(!contains(answer, "\r\nStatus:"));
        const std::string elsewhere = get("/app/goto.php");
        QVERIFY(elsewhere.starts_with("HTTP/1.1 302 "));
        QVERIFY(contains(elsewhere, "\r\nLocation: /elsewhere\r\n"));
        const std::string head = ask("HEAD /app/large.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        QVERIFY(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"));
        QVERIFY(contains(get("/app/auth.php", "Authorization: Basic dXNlcjpwYXNz\r\n"), "user:pass"));
    }
    void errors()
    {
        m_errors.clear();
        QVERIFY(contains(get("/app/error.php"), "still"));
        QVERIFY(!m_errors.empty());
        QVERIFY2(contains(m_errors.front(), "something is wrong"), m_errors.front().c_str());
    }
    void onlyScriptsRun()
    {
        QVERIFY(contains(get("/app/upload.jpg/x.php"), "index /upload.jpg/x.php"));
        QVERIFY(contains(get("/app/upload.jpg"), "<?php")); // a file like others
        QVERIFY(!contains(get("/app/index.php"), "<?php"));
    }
    // Many more than there are processes.
    void manyAtOnce()
    {
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 40; ++i) {
            clients.push_back(std::make_unique<Client>(*m_service));
            m_service->turn();
            for (int j = 0; j < 5; ++j)
                clients.back()->send("GET /app/pid.php HTTP/1.1\r\nHost: a\r\n\r\n");
            clients.back()->send("GET /app/pid.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        }
        for (const auto &client : clients) {
            QTRY_VERIFY((client->receive(2), client->isEnded()));
            const std::string answers = client->receive(1);
            std::size_t count = 0;
            for (std::size_t at = answers.find("200 OK"); at != std::string::npos; at = answers.find("200 OK", at + 1))
                ++count;
            QCOMPARE(count, std::size_t{6});
        }
    }
    void connectionsAreKept()
    {
        Client client(*m_service);
        QTest::qWait(10);
        for (int i = 0; i < 20; ++i) {
            client.send("GET /app/pid.php HTTP/1.1\r\nHost: a\r\n\r\n");
            const std::size_t before = client.receive(1).size();
            QTRY_VERIFY(client.receive(5).size() > before || client.receive(5).ends_with("0\r\n\r\n"));
        }
        QTRY_VERIFY((client.receive(5), m_service->backend.servers[0].cell->heldIdle.load()));
    }
};

QTEST_GUILESS_MAIN(PhpTest)
#include "php_test.moc"
