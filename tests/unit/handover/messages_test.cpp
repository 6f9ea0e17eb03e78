// SPDX-License-Identifier: GPL-3.0-or-later
// What guard and core say survives the wire; everything else is refused.
#include "handover/messages.h"

#include <QDir>
#include <QTest>

#include <set>

using namespace mainstay;
using namespace mainstay::handover;

namespace {

const ListenAddress kWeb{Transport::tcp, Endpoint::parse("[2001:db8::1]:443").value(), "listener.web"};
const ListenAddress kDns{Transport::udp, Endpoint::parse("127.0.0.1:5300").value(), ""};

const std::vector<Message> kEvery{
    Hello{4711},
    Drain{5000},
    Reload{},
    Bind{kWeb, 64},
    Bind{kDns, kMaxSocketsPerAddress},
    Release{kDns},
    Ready{},
    Status{"serving 3 sites"},
    Stopping{},
    Bound{kDns.endpoint, 130},
    StartApp{"shop/1.3", "{\"run\":3}"},
    StopApp{"shop/1.3"},
    AppLine{"shop/1.3", "PHP Warning:  Undefined variable $x"},
    AppReady{"shop/1.3"},
    AppOutdated{"shop/1.3"},
    AppReport{"shop/1.3", "{\"run\":3}", AppPhase::waiting, 4711, 3, 1, 1, 1, 1'700'000'000'123, "exited with code 3"},
    AppsReported{},
    Failed{{"socket.address-in-use", "127.0.0.1:80: address already in use by another program", "stop it"}},
};

} // namespace

class MessagesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyMessageSurvives()
    {
        std::set<std::size_t> kinds;
        for (const Message &message : kEvery) {
            const auto decoded = decode(encode(message));
            QVERIFY(decoded.has_value());
            QVERIFY(*decoded == message);
            kinds.insert(message.index());
        }
        QCOMPARE(kinds.size(), std::variant_size_v<Message>);
    }

    void everyTruncationAndExtensionIsRefused()
    {
        for (const Message &message : kEvery) {
            auto packet = encode(message);
            for (std::size_t length = 0; length < packet.size(); ++length)
                QCOMPARE(decode(std::span(packet).first(length)).error(), DecodeError::malformed);
            packet.push_back(0);
            QCOMPARE(decode(packet).error(), DecodeError::malformed);
        }
    }

    void wireFormat()
    {
        const std::vector<std::uint8_t> expected{
            3,    16,                                                    // version, Bind
            1,                                                           // udp
            0,    127,  0,   0,   1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // IPv4 127.0.0.1
            0xb4, 0x14,                                                  // port 5300
            2,    0,    'n', 's',                                        // name
            3,    0,                                                     // count
        };
        QVERIFY(encode(Bind{{Transport::udp, kDns.endpoint, "ns"}, 3}) == expected);
    }

    void valuesOutOfRangeAreRefused_data()
    {
        QTest::addColumn<int>("position");
        QTest::addColumn<int>("value");
        QTest::newRow("type zero") << 1 << 0;
        QTest::newRow("type unknown") << 1 << 99;
        QTest::newRow("transport") << 2 << 2;
        QTest::newRow("family") << 3 << 2;
        QTest::newRow("rest of an IPv4 address") << 9 << 1;
        QTest::newRow("name longer than the packet") << 22 << 200;
        QTest::newRow("count zero") << 24 << 0;
        QTest::newRow("count too large") << 25 << 3;
    }
    void valuesOutOfRangeAreRefused()
    {
        QFETCH(int, position);
        QFETCH(int, value);
        auto packet = encode(Bind{kDns, 2});
        QCOMPARE(packet.size(), std::size_t(26));
        QVERIFY(decode(packet).has_value());
        packet[position] = static_cast<std::uint8_t>(value);
        QCOMPARE(decode(packet).error(), DecodeError::malformed);
    }

    void anotherVersionIsTold()
    {
        auto packet = encode(Ready{});
        packet[0] = kProtocolVersion + 1;
        QCOMPARE(decode(packet).error(), DecodeError::otherVersion);
    }

    // What the fuzzer begins with: of another version, it would never get beyond the first byte.
    void theCorpusIsOfThisVersion()
    {
        const QStringList wrong{QStringLiteral("bind_cut"), QStringLiteral("name_too_long"),
                                QStringLiteral("other_version")};
        const QFileInfoList files = QDir(QFINDTESTDATA("../../fuzz/corpus/handover")).entryInfoList(QDir::Files);
        QVERIFY(files.size() > wrong.size());
        for (const QFileInfo &info : files) {
            QFile file(info.filePath());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray bytes = file.readAll();
            const auto *first = reinterpret_cast<const std::uint8_t *>(bytes.data());
            const auto decoded = decode({first, static_cast<std::size_t>(bytes.size())});
            QVERIFY2(decoded.has_value() != wrong.contains(info.fileName()), qPrintable(info.fileName()));
        }
    }

    void longTextIsCut()
    {
        const std::string longText(100'000, 'x');
        const auto failed = encode(Failed{{longText, longText, longText}});
        QVERIFY(failed.size() <= kMaxMessageBytes);
        const auto decoded = decode(failed);
        QVERIFY(decoded.has_value());
        QCOMPARE(std::get<Failed>(*decoded).error.message.size(), kMaxTextBytes);
    }

    void portZeroIsToldApartByName()
    {
        const Endpoint any = Endpoint::parse("127.0.0.1:0").value();
        QVERIFY(!(ListenAddress{Transport::tcp, any, "a"} == ListenAddress{Transport::tcp, any, "b"}));
        QVERIFY(
            (ListenAddress{Transport::tcp, kWeb.endpoint, "a"} == ListenAddress{Transport::tcp, kWeb.endpoint, "b"}));
        QVERIFY(
            !(ListenAddress{Transport::tcp, kWeb.endpoint, "a"} == ListenAddress{Transport::udp, kWeb.endpoint, "a"}));
    }
};

QTEST_APPLESS_MAIN(MessagesTest)
#include "messages_test.moc"
