// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with servers is told once, not with every request.
#include "control/upstream_failures.h"

#include <QTest>

#include <vector>

using namespace mainstay;
using namespace mainstay::control;

class UpstreamFailuresTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSameIsToldOnceAMinute()
    {
        SteadyTime now{};
        std::vector<std::string> told;
        UpstreamFailures failures(
            [&told](const std::string &path, std::string_view reason) {
                told.push_back(path + ": " + std::string(reason));
            },
            [&now] { return now; });
        const auto taken = [&told] { return std::exchange(told, {}); };
        using All = std::vector<std::string>;

        failures.add("app", "s0", "expired");
        failures.add("app", "s0", "expired");
        QCOMPARE(taken(), All{"backend.app.server.s0: expired"});
        // Another server and another reason are news.
        failures.add("app", "s1", "expired");
        failures.add("app", "s0", "no TLS");
        QCOMPARE(taken(), (All{"backend.app.server.s1: expired", "backend.app.server.s0: no TLS"}));
        now += UpstreamFailures::kSilence - Milliseconds{1};
        failures.add("app", "s0", "no TLS");
        QCOMPARE(taken(), All{});
        now += Milliseconds{1};
        failures.add("app", "s0", "no TLS");
        QCOMPARE(taken(), All{"backend.app.server.s0: no TLS"});
    }
};

QTEST_APPLESS_MAIN(UpstreamFailuresTest)
#include "upstream_failures_test.moc"
