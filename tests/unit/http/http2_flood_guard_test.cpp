// SPDX-License-Identifier: GPL-3.0-or-later
// Who asks for something is never stopped; who sends frames for their own sake is.
#include "http/http2_flood_guard.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::http;

namespace {

nghttp2_frame_hd frame(std::uint8_t type, std::size_t length = 4, std::uint8_t flags = 0)
{
    return {length, 1, type, flags, 0};
}

// How many of these are admitted in one go.
int admitted(Http2FloodGuard &guard, const nghttp2_frame_hd &header, SteadyTime now, int most = 100'000)
{
    for (int count = 0; count < most; ++count)
        if (!guard.admits(header, now))
            return count;
    return most;
}

} // namespace

class Http2FloodGuardTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void floodsEnd_data()
    {
        QTest::addColumn<int>("type");
        for (const int type :
             {NGHTTP2_PING, NGHTTP2_SETTINGS, NGHTTP2_PRIORITY, NGHTTP2_RST_STREAM, NGHTTP2_WINDOW_UPDATE})
            QTest::addRow("%d", type) << type;
    }
    void floodsEnd()
    {
        QFETCH(int, type);
        Http2FloodGuard guard(m_now);
        QCOMPARE(admitted(guard, frame(static_cast<std::uint8_t>(type)), m_now), 1000);
    }

    void requestsAreNone()
    {
        Http2FloodGuard guard(m_now);
        QCOMPARE(admitted(guard, frame(NGHTTP2_HEADERS), m_now), 100'000);
        QCOMPARE(admitted(guard, frame(NGHTTP2_DATA, 1), m_now), 100'000);
        QCOMPARE(admitted(guard, frame(NGHTTP2_DATA, 0), m_now), 1000);
    }

    // Of the connection and of the stream for each piece, as a library for Python does; each 4 KiB, as one for Go does.
    void whoReadsAnAnswerMayOpenItsWindow()
    {
        Http2FloodGuard guard(m_now);
        for (int i = 0; i < 10'000; ++i) {
            guard.sent(frame(NGHTTP2_HEADERS, 40));
            guard.sent(frame(NGHTTP2_DATA, 16'384));
            guard.sent(frame(NGHTTP2_DATA, 10));
            for (int update = 0; update < 8; ++update)
                QVERIFY(guard.admits(frame(NGHTTP2_WINDOW_UPDATE), m_now));
        }
        // What was not used is not kept for ever.
        QVERIFY(admitted(guard, frame(NGHTTP2_WINDOW_UPDATE), m_now) < 100'000);
        // It is for windows alone.
        Http2FloodGuard other(m_now);
        for (int i = 0; i < 10'000; ++i)
            other.sent(frame(NGHTTP2_DATA, 16'384));
        QCOMPARE(admitted(other, frame(NGHTTP2_SETTINGS), m_now), 1000);
    }

    // As a library for Go does, with each piece that comes.
    void whoGetsAnythingMayMeasureTheWay()
    {
        Http2FloodGuard guard(m_now);
        for (int i = 0; i < 10'000; ++i) {
            guard.sent(frame(NGHTTP2_DATA, 10));
            QVERIFY(guard.admits(frame(NGHTTP2_PING), m_now));
        }
        for (int i = 0; i < 10'000; ++i)
            guard.sent(frame(NGHTTP2_DATA, 10));
        QVERIFY(admitted(guard, frame(NGHTTP2_PING), m_now) <= 3000);
    }

    void unknownKindsAreForNothing()
    {
        Http2FloodGuard guard(m_now);
        QCOMPARE(admitted(guard, frame(0x5b), m_now), 1000);
        QVERIFY(!guard.charge(m_now));
    }

private:
    const SteadyTime m_now = SteadyClock::now();
};

QTEST_APPLESS_MAIN(Http2FloodGuardTest)
#include "http2_flood_guard_test.moc"
