// SPDX-License-Identifier: GPL-3.0-or-later
#include "live_setting.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkReply>
#include <QNetworkRequest>

#include <algorithm>

namespace mainstay::tests {
namespace {

const char kConfiguration[] = R"toml(
[service]
workers = 1
[listener.web]
address = ["127.0.0.1:@web"]
[listener.dns]
address = ["127.0.0.1:@dns"]
protocol = "dns"

[site.live]
hosts = ["*"]
[[site.live.route]]
path = "/"
root = "site"
[[site.live.route]]
path = "/balanced/"
backend = "pair"
[[site.live.route]]
path = "/broken/"
backend = "nobody"
[[site.live.route]]
path = "/clock/"
app = "clock"
[[site.live.route]]
path = "/api/"
app = "guestbook"

[backend.pair]
health_path = "/health"
[backend.pair.server.a]
address = "127.0.0.1:@a"
[backend.pair.server.b]
address = "127.0.0.1:@b"
[backend.nobody.server.none]
address = "127.0.0.1:1"

[app.clock]
command = "node"
arguments = ["clock.js"]
folder = "clock"

[app.guestbook]
kind = "handlers"
database = "main"
instances = 2
[[app.guestbook.handler]]
path = "/api/guestbook"
sql = ["SELECT who, said FROM entries ORDER BY id"]
[[app.guestbook.handler]]
path = "/api/guestbook"
method = "POST"
read_only = false
sql = ["INSERT INTO entries (who, said) VALUES (:who, :said)"]
result = "none"
[[app.guestbook.handler.parameter]]
name = "who"
in = "body"
[[app.guestbook.handler.parameter]]
name = "said"
in = "body"

[database.main]
file = "main.db"
migrations = "migrations"

[zone."live.test"]
file = "live.test.zone"
)toml";

const char kClock[] = R"('use strict';
let ticks = 0;
require('http').createServer((request, response) => response.end('clock\n')).listen(process.env.PORT, '127.0.0.1');
setInterval(() => console.log(`tick ${++ticks}`), 100);
)";

const char kMigration[] = "CREATE TABLE entries (id INTEGER PRIMARY KEY, who TEXT NOT NULL, said TEXT NOT NULL);\n";
const char kZone[] = "@ 300 SOA ns hostmaster 7 3600 900 86400 300\n@ NS ns\nns A 127.0.0.1\n";

// For the A record of ns.live.test.
QByteArray question()
{
    return QByteArray::fromHex("000101000001000000000000") + QByteArray("\2ns\4live\4test\0\0\1\0\1", 18);
}

} // namespace

LiveSetting::LiveSetting() : service(files())
{
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] { turn(); });
    m_timer.setInterval(20);
    m_dns.bind(QHostAddress::LocalHost);
}

std::map<QString, QByteArray> LiveSetting::files() const
{
    QByteArray configuration = kConfiguration;
    configuration.replace("@web", QByteArray::number(web))
        .replace("@dns", QByteArray::number(dns))
        .replace("@a", QByteArray::number(m_a))
        .replace("@b", QByteArray::number(m_b));
    return {{QStringLiteral("mainstay.toml"), configuration},
            {QStringLiteral("live.test.zone"), kZone},
            {QStringLiteral("site/index.html"), "hello\n"},
            {QStringLiteral("clock/clock.js"), kClock},
            {QStringLiteral("migrations/001-entries.sql"), kMigration}};
}

bool LiveSetting::start()
{
    const QString script = QStringLiteral(MAINSTAY_TREE "/tests/integration/backend.js");
    const QString output = service.folder() + QStringLiteral("/servers");
    m_servers[0].start({QStringLiteral("node"), script, QStringLiteral("a"), QString::number(m_a)}, output);
    m_servers[1].start({QStringLiteral("node"), script, QStringLiteral("b"), QString::number(m_b)}, output);
    if (!service.start() || !QTest::qWaitFor([this] { return isReady(); }, LiveService::kPatience))
        return false;
    m_timer.start();
    return sign("Ada", "First!") && sign("Grace", "O'Hara; --");
}

bool LiveSetting::isReady()
{
    const rpc::Status status = service.status();
    return server("pair", "a").health == rpc::ServerHealth::up && server("pair", "b").health == rpc::ServerHealth::up &&
           std::all_of(status.apps.begin(), status.apps.end(),
                       [](const rpc::AppStatus &app) { return app.ready == app.wanted; }) &&
           status.databases.size() == 1 && status.databases[0].migrationsApplied == 1;
}

bool LiveSetting::sign(const char *who, const char *said)
{
    QNetworkRequest request(QUrl(QStringLiteral("http://127.0.0.1:%1/api/guestbook").arg(web)));
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("application/json"));
    const QJsonObject entry{{QStringLiteral("who"), QString::fromUtf8(who)},
                            {QStringLiteral("said"), QString::fromUtf8(said)}};
    const std::unique_ptr<QNetworkReply> reply(m_http.post(request, QJsonDocument(entry).toJson()));
    return QTest::qWaitFor([&] { return reply->isFinished(); }, LiveService::kPatience) &&
           reply->error() == QNetworkReply::NoError;
}

void LiveSetting::turn()
{
    static const char *const kPaths[] = {"/", "/balanced/", "/balanced/", "/api/guestbook"};
    const QString path = QString::fromLatin1(kPaths[static_cast<std::size_t>(++m_turn) % std::size(kPaths)]);
    QNetworkReply *reply =
        m_http.get(QNetworkRequest(QUrl(QStringLiteral("http://127.0.0.1:%1%2").arg(web).arg(path))));
    QObject::connect(reply, &QNetworkReply::finished, reply, &QObject::deleteLater);
    m_dns.writeDatagram(question(), QHostAddress::LocalHost, dns);
    while (m_dns.hasPendingDatagrams())
        m_dns.readDatagram(nullptr, 0);
}

void LiveSetting::askBroken()
{
    QNetworkReply *reply = m_http.get(QNetworkRequest(QUrl(QStringLiteral("http://127.0.0.1:%1/broken/").arg(web))));
    QObject::connect(reply, &QNetworkReply::finished, reply, &QObject::deleteLater);
}

void LiveSetting::editConfiguration(bool edited)
{
    QFile file(service.folder() + QStringLiteral("/config/mainstay.toml"));
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        qFatal("cannot write the configuration");
    file.write(files().at(QStringLiteral("mainstay.toml")) + (edited ? "# edited\n" : ""));
}

rpc::ServerStatus LiveSetting::server(const char *backend, const char *name)
{
    const rpc::Status status = service.status();
    for (const rpc::BackendStatus &each : status.backends) {
        for (const rpc::ServerStatus &found : each.servers) {
            if (each.name == backend && found.name == name)
                return found;
        }
    }
    return {};
}

std::vector<std::int64_t> LiveSetting::processes(const char *app)
{
    std::vector<std::int64_t> processes;
    const rpc::Status status = service.status();
    for (const rpc::AppStatus &each : status.apps) {
        for (const rpc::InstanceStatus &instance : each.instances) {
            if (each.name == app)
                processes.push_back(instance.pid);
        }
    }
    return processes;
}

} // namespace mainstay::tests
