// SPDX-License-Identifier: GPL-3.0-or-later
// Scripts that complain without end are cut short, each app for itself.
#include "control/script_log.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::control;

class ScriptLogTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linesPass()
    {
        m_log.add("app:php", "1.1", "PHP Warning");
        QCOMPARE(m_lines, std::vector<std::string>{"app:php 1.1 PHP Warning"});
    }
    void tooManyAreCountedAndTold()
    {
        for (std::uint32_t i = 0; i < ScriptLog::kMostLines + 5; ++i)
            m_log.add("app:flood", "1.1", "again");
        QCOMPARE(m_lines.size(), std::size_t{ScriptLog::kMostLines});
        m_log.add("app:php", "1.1", "another app");
        QCOMPARE(m_lines.back(), std::string("app:php 1.1 another app"));
        m_lines.clear();
        m_now += Milliseconds(999);
        m_log.add("app:flood", "1.1", "again");
        QVERIFY(m_lines.empty());
        m_now += Milliseconds(1);
        m_log.add("app:flood", "1.2", "again");
        m_log.add("app:flood", "1.2", "and again");
        QCOMPARE(m_lines, (std::vector<std::string>{
                              "app:flood 1.2 6 lines of scripts were dropped, there were too many at once",
                              "app:flood 1.2 again",
                              "app:flood 1.2 and again",
                          }));
    }
    void fewerWhereTheyAreEvents()
    {
        for (std::uint32_t i = 0; i < ScriptLog::kMostEvents + 5; ++i)
            m_log.add("fpm", "a", "again", ScriptLog::kMostEvents);
        QCOMPARE(m_lines.size(), std::size_t{ScriptLog::kMostEvents});
    }
    void cleanup()
    {
        m_lines.clear();
        m_now += Seconds(10);
    }

private:
    std::vector<std::string> m_lines;
    SteadyTime m_now = SteadyClock::now();
    ScriptLog m_log{[this](const std::string &backend, const std::string &server, std::string_view line) {
                        m_lines.push_back(backend + " " + server + " " + std::string(line));
                    },
                    [this] { return m_now; }};
};

QTEST_APPLESS_MAIN(ScriptLogTest)
#include "script_log_test.moc"
