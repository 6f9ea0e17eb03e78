// SPDX-License-Identifier: GPL-3.0-or-later
// The same zone and the same questions to Knot DNS, NSD and us: the answers must say the same.
#include "dns/answerer.h"
#include "unit/dns/dns_text.h"
#include "zones/zone_loader.h"

#include <QElapsedTimer>
#include <QNetworkProxy>
#include <QProcess>
#include <QRandomGenerator>
#include <QScopeGuard>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QUdpSocket>

#include <csignal>
#include <sys/prctl.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace mainstay;
using namespace std::string_literals;
using tests::makeQuery;
using tests::Message;
using tests::ResponseText;

namespace {

constexpr int kQuestions = 4000;

constexpr const char *kFixed = R"($TTL 300
@ SOA ns1 admin 1 7200 900 1209600 60
@ NS ns1
@ NS ns2
@ MX 10 mail
ns1 A 192.0.2.1
ns2 AAAA 2001:db8::2
mail A 192.0.2.3
Mixed.Case A 192.0.2.4
alias CNAME mixed.CASE
chain CNAME alias
dangling CNAME nothing
out CNAME www.example.com.
*.wild A 192.0.2.5
*.wild TXT "wild"
exact.wild MX 5 mail
below.exact.wild A 192.0.2.6
*.cwild CNAME mail
*.loose.wild CNAME nothing
sub NS ns.sub
sub NS ns1
sub DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
ns.sub A 192.0.2.7
bare NS ns.example.net.
old DNAME new
x.new A 192.0.2.8
*.new TXT "new"
dnameout DNAME example.net.
a.b.c.d TXT "deep"
_sip._tcp SRV 1 2 5060 mail
caa CAA 0 issue "ca.example.net"
unknown TYPE4711 \# 3 abcdef
)";

// More names under few labels, so that questions meet empty non-terminals, wildcards and cuts in all combinations.
std::string makeZone(std::mt19937 &random)
{
    static const char *labels[] = {"a", "b", "c", "*"};
    std::string text = kFixed;
    std::set<std::string> taken;
    for (int i = 0; i < 60; ++i) {
        std::string name;
        for (std::size_t depth = 1 + random() % 3; depth > 0; --depth)
            name += labels[random() % std::size(labels)] + "."s;
        name += "r";
        if (taken.insert(name).second)
            text += name + (random() % 4 == 0 ? " CNAME mail\n" : random() % 2 == 0 ? " A 192.0.2.9\n" : " TXT t\n");
    }
    return text;
}

Message randomQuestion(std::mt19937 &random)
{
    static const char *ends[] = {"r",       "wild",       "exact.wild", "cwild", "loose.wild", "sub",
                                 "bare",    "old",        "new",        "d",     "c.d",        "alias",
                                 "chain",   "mail",       "dangling",   "out",   "_sip._tcp",  "caa",
                                 "unknown", "mixed.case", "dnameout",   "ns1"};
    static const char *labels[] = {"a", "b", "c", "x", "*", "ns", "A"};
    static const std::uint16_t types[] = {1, 1, 2, 5, 6, 15, 16, 28, 33, 39, 43, 257, 4711};
    std::string name;
    for (std::size_t depth = random() % 4; depth > 0; --depth)
        name += labels[random() % std::size(labels)] + "."s;
    if (random() % 16 != 0)
        name += ends[random() % std::size(ends)] + "."s;
    tests::QueryOptions options;
    if (random() % 2 == 0)
        options.edns = 1232;
    return makeQuery(name + "example.org.", types[random() % std::size(types)], options);
}

std::vector<std::string> asSet(std::vector<std::string> records)
{
    for (std::string &record : records)
        std::transform(record.begin(), record.end(), record.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    std::sort(records.begin(), records.end());
    records.erase(std::unique(records.begin(), records.end()), records.end());
    return records;
}

std::string describe(const ResponseText &response)
{
    std::string out = "rcode " + std::to_string(response.rcode) +
                      (response.has(wire::kFlagAuthoritative) ? " aa" : "") +
                      (response.has(wire::kFlagTruncated) ? " tc" : "") + (response.edns ? " edns" : "") + "\n";
    for (const std::string &record : asSet(response.answer))
        out += "answer " + record + "\n";
    for (const std::string &record : asSet(response.authority))
        out += "authority " + record + "\n";
    // In referrals additional data are part of the answer; elsewhere servers may differ.
    if (!response.has(wire::kFlagAuthoritative) && response.rcode == 0) {
        for (const std::string &record : asSet(response.additional)) {
            if (record.find(".sub.example.org. ") != std::string::npos)
                out += "glue " + record + "\n";
        }
    }
    return out;
}

} // namespace

class PeersTest : public QObject {
    Q_OBJECT

    std::string m_text;
    snapshot::ZoneTable m_zones;
    QTemporaryDir m_folder;

    // Free for UDP and TCP, and outside the range of outgoing connections, which other tests open meanwhile.
    static quint16 freePort()
    {
        for (;;) {
            const auto port = static_cast<quint16>(QRandomGenerator::global()->bounded(10000, 32000));
            QUdpSocket udp;
            QTcpServer tcp;
            if (udp.bind(QHostAddress::LocalHost, port) && tcp.listen(QHostAddress::LocalHost, port))
                return port;
        }
    }
    void write(const char *name, const QString &text) { std::ofstream(path(name).toStdString()) << text.toStdString(); }
    QString path(const char *name) const { return m_folder.filePath(QString::fromLatin1(name)); }

    static std::optional<Message> ask(QUdpSocket &socket, quint16 port, const Message &query)
    {
        socket.writeDatagram(reinterpret_cast<const char *>(query.data()), static_cast<qint64>(query.size()),
                             QHostAddress::LocalHost, port);
        if (!socket.waitForReadyRead(500))
            return std::nullopt;
        Message response(65535);
        const qint64 size = socket.readDatagram(reinterpret_cast<char *>(response.data()), 65535);
        response.resize(static_cast<std::size_t>(std::max<qint64>(size, 0)));
        return response;
    }

    void compareWith(const QString &program, const QStringList &arguments, quint16 port)
    {
        QProcess peer;
        // Asked to end, a peer takes its own children along.
        const auto stop = qScopeGuard([&peer] {
            peer.terminate();
            if (!peer.waitForFinished(5000))
                peer.kill();
        });
        peer.setProcessChannelMode(QProcess::MergedChannels);
        peer.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGTERM); });
        peer.start(program, arguments);
        QVERIFY(peer.waitForStarted());
        QElapsedTimer timer;
        timer.start();
        std::optional<Message> first;
        while (!first && timer.elapsed() < 30000 && peer.state() == QProcess::Running) {
            // Each with a socket of its own: one that was refused once may hear no more.
            QUdpSocket early;
            QVERIFY(early.bind(QHostAddress::LocalHost, 0));
            first = ask(early, port, makeQuery("example.org.", 6));
            if (first && tests::parseResponse(*first).rcode != 0)
                first.reset();
        }
        peer.waitForReadyRead(1);
        QVERIFY2(first, peer.readAll().constData());
        QUdpSocket socket;
        QVERIFY(socket.bind(QHostAddress::LocalHost, 0));

        std::mt19937 random(7);
        int different = 0;
        for (int i = 0; i < kQuestions && different < 5; ++i) {
            const Message query = randomQuestion(random);
            const auto theirs = ask(socket, port, query);
            QVERIFY2(theirs, tests::parseResponse(query).question.c_str());
            Message ours(1232);
            ours.resize(dns::answer(query, m_zones, {}, ours).size);
            const auto mine = tests::parseResponse(ours);
            QVERIFY(mine.ok);
            const std::string expected = describe(tests::parseResponse(*theirs));
            if (describe(mine) == expected)
                continue;
            ++different;
            qWarning("%s\n--- peer\n%s--- ours\n%s", mine.question.c_str(), expected.c_str(), describe(mine).c_str());
        }
        QCOMPARE(different, 0);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QNetworkProxyFactory::setUseSystemConfiguration(false); // whose thread is not ours to watch
        std::mt19937 random(11);
        m_text = makeZone(random);
        zones::ZoneLoader loader({.apex = wire::Name::parse("example.org.").value(), .path = "zone"});
        loader.readText(m_text, "zone");
        const auto loaded = loader.finish();
        QVERIFY2(loaded.zone, loaded.problems.empty() ? "" : loaded.problems[0].text().c_str());
        m_zones = m_zones.with(loaded.zone);
        std::ofstream(path("example.org.zone").toStdString()) << "$ORIGIN example.org.\n" << m_text;
    }

    void knot()
    {
        const QString program = QStandardPaths::findExecutable(QStringLiteral("knotd"), {QStringLiteral("/usr/sbin")});
        QVERIFY2(!program.isEmpty(), "knotd is not installed: ./dev deps test");
        const quint16 port = freePort();
        write("knot.conf", QStringLiteral("server:\n  rundir: %1\n  listen: 127.0.0.1@%2\n  udp-workers: 1\n"
                                          "  tcp-workers: 1\n  background-workers: 1\n"
                                          "log:\n- target: stderr\n  any: warning\n"
                                          "database:\n  storage: %1/knot\n"
                                          "template:\n- id: default\n  storage: %1\n  semantic-checks: off\n"
                                          "  zonefile-load: whole\n  journal-content: none\n"
                                          "zone:\n- domain: example.org\n  file: example.org.zone\n")
                               .arg(m_folder.path())
                               .arg(port));
        compareWith(program, {QStringLiteral("-c"), path("knot.conf")}, port);
    }

    void nsd()
    {
        const QString program = QStandardPaths::findExecutable(QStringLiteral("nsd"), {QStringLiteral("/usr/sbin")});
        QVERIFY2(!program.isEmpty(), "nsd is not installed: ./dev deps test");
        const quint16 port = freePort();
        write("nsd.conf", QStringLiteral("server:\n  ip-address: 127.0.0.1@%2\n  username: \"\"\n  chroot: \"\"\n"
                                         "  zonesdir: %1\n  database: \"\"\n  pidfile: %1/nsd.pid\n"
                                         "  xfrdfile: %1/nsd.xfrd\n  zonelistfile: %1/nsd.zones\n  xfrdir: %1\n"
                                         "  server-count: 1\n  minimal-responses: yes\n  verbosity: 1\n"
                                         "  rrl-ratelimit: 0\n"
                                         "remote-control:\n  control-enable: no\n"
                                         "zone:\n  name: example.org\n  zonefile: example.org.zone\n")
                              .arg(m_folder.path())
                              .arg(port));
        compareWith(program, {QStringLiteral("-d"), QStringLiteral("-c"), path("nsd.conf")}, port);
    }
};

QTEST_GUILESS_MAIN(PeersTest)
#include "peers_test.moc"
