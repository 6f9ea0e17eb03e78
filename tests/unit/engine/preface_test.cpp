// SPDX-License-Identifier: GPL-3.0-or-later
// What is taken off a connection before all else, and what is left on it.
#include "engine/preface.h"
#include "loopback.h"

#include <QTest>

#include <algorithm>
#include <memory>
#include <optional>

using namespace mainstay;
using namespace mainstay::engine;
using namespace std::chrono_literals;
using mainstay::test::runUntil;
using mainstay::test::writeAll;

namespace {

// "hello" and nothing else is right.
Preface::Judgement judge(std::string_view bytes)
{
    constexpr std::string_view kRight = "hello";
    const std::size_t size = std::min(bytes.size(), kRight.size());
    if (bytes.substr(0, size) != kRight.substr(0, size))
        return {Preface::Verdict::refused};
    return size < kRight.size() ? Preface::Judgement{Preface::Verdict::more}
                                : Preface::Judgement{Preface::Verdict::whole, kRight.size()};
}

struct Fixture {
    Loop loop;
    test::Connected pair;
    std::optional<NativeSocket> ended; // with it, or with none
    std::unique_ptr<Preface> preface;

    explicit Fixture(Milliseconds patience = 10s)
    {
        preface = std::make_unique<Preface>(loop, std::move(pair.ours), patience, judge, [this](NativeSocket socket) {
            ended = std::move(socket);
            preface.reset(); // as its owner does
        });
    }
    void say(std::string_view bytes)
    {
        QVERIFY(writeAll(pair.peer.handle(), bytes));
        for (int i = 0; i < 3; ++i)
            loop.turn(Milliseconds(1));
    }
    bool ends()
    {
        return runUntil(loop, [this] { return ended.has_value(); });
    }
};

} // namespace

class PrefaceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesThatAndNoMore()
    {
        Fixture f;
        f.say("hello world");
        QVERIFY(f.ends() && f.ended->isOpen());
        QCOMPARE(test::readAvailable(f.ended->handle()), std::string(" world"));
    }

    void byteByByte()
    {
        Fixture f;
        for (const char c : std::string_view("hell")) {
            f.say({&c, 1});
            QVERIFY(!f.ended);
        }
        f.say("o!");
        QVERIFY(f.ends() && f.ended->isOpen());
        QCOMPARE(test::readAvailable(f.ended->handle()), std::string("!"));
    }

    void whatIsNone()
    {
        const int before = test::openDescriptors();
        {
            Fixture refused;
            refused.say("help");
            QVERIFY(refused.ends() && !refused.ended->isOpen());
            Fixture cut;
            cut.say("hell");
            ::shutdown(cut.pair.peer.handle(), SHUT_WR);
            QVERIFY(cut.ends() && !cut.ended->isOpen());
            Fixture late(30ms);
            late.say("hell");
            QVERIFY(late.ends() && !late.ended->isOpen());
            Fixture silent(30ms);
            QVERIFY(silent.ends() && !silent.ended->isOpen());
        }
        QCOMPARE(test::openDescriptors(), before);
    }

    void settled()
    {
        Fixture come;
        QVERIFY(writeAll(come.pair.peer.handle(), "hello"));
        QTest::qWait(10);
        come.preface->settle(); // before the loop has told of it
        QVERIFY(come.ended && come.ended->isOpen());
        Fixture begun;
        begun.say("hell");
        begun.preface->settle();
        QVERIFY(begun.ended && !begun.ended->isOpen());
        Fixture silent;
        silent.preface->settle();
        QVERIFY(silent.ended && !silent.ended->isOpen());
    }
};

QTEST_GUILESS_MAIN(PrefaceTest)
#include "preface_test.moc"
