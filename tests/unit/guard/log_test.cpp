// SPDX-License-Identifier: GPL-3.0-or-later
// The log never waits for its reader, and says so where lines are missing.
#include "guard/log.h"

#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::guard;

class LogTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        std::array<int, 2> ends{};
        QCOMPARE(::pipe(ends.data()), 0);
        m_reading = ends[0];
        m_writing = ends[1];
    }
    void cleanup()
    {
        if (m_reading >= 0)
            ::close(m_reading);
        ::close(m_writing);
    }

    void linesCarryTheirSpeaker()
    {
        EventLoop loop;
        Log log(loop, m_writing);
        log.line("core", "hello");
        log.say("bye");
        QCOMPARE(readSome(), QByteArray("core: hello\nmainstayd: bye\n"));
    }

    void aReaderThatSleepsIsNotWaitedFor()
    {
        EventLoop loop;
        Log log(loop, m_writing);
        constexpr int kLines = 20'000;
        const auto start = SteadyClock::now();
        for (int i = 0; i < kLines; ++i)
            log.line("core", "a line of forty bytes, the number is " + std::to_string(i));
        QVERIFY(SteadyClock::now() - start < Seconds(10));

        // The reader wakes up.
        QByteArray text;
        ::fcntl(m_reading, F_SETFL, O_NONBLOCK);
        const auto reading = loop.whenReadable(m_reading, [&] { text += readSome(); });
        const auto end = loop.after(Milliseconds(300), [&] { loop.quit(); });
        loop.run();
        log.say("and on");
        text += readSome();
        const int dropped = kLines - int(text.count("core: "));
        QVERIFY(dropped > 0);
        QVERIFY(text.contains("mainstayd: " + QByteArray::number(dropped) + " lines are missing here"));
        QVERIFY(text.contains("is 0\n"));
        QVERIFY(text.endsWith("mainstayd: and on\n"));
    }

    void aReaderThatIsGoneIsForgotten()
    {
        (void)std::signal(SIGPIPE, SIG_IGN);
        EventLoop loop;
        Log log(loop, m_writing);
        ::close(std::exchange(m_reading, -1));
        for (int i = 0; i < 100'000; ++i)
            log.say("nobody hears this");
        log.flush(Seconds(10));
    }

private:
    [[nodiscard]] QByteArray readSome() const
    {
        QByteArray bytes(1 << 20, '\0');
        const auto length = ::read(m_reading, bytes.data(), static_cast<std::size_t>(bytes.size()));
        bytes.truncate(std::max<qsizetype>(length, 0));
        return bytes;
    }

    int m_reading = -1;
    int m_writing = -1;
};

QTEST_APPLESS_MAIN(LogTest)
#include "log_test.moc"
