// SPDX-License-Identifier: GPL-3.0-or-later
// What the guard is told of a program arrives as it was; memory that holds something else is refused.
#include "handover/app_spec.h"

#include <QTest>

#include <unistd.h>

using namespace mainstay;
using namespace mainstay::handover;

class AppSpecTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void survives()
    {
        const AppSpec spec{"node",
                           {"server.js", "", "--x=y z"},
                           {"A=b", "C="},
                           "/srv/app",
                           "daemon",
                           "/run/shop.sock",
                           "app-shop.log",
                           1ULL << 33,
                           150,
                           2500};
        const auto memory = store(spec);
        QVERIFY(memory);
        for (int i = 0; i < 2; ++i) // it can be read again
            QVERIFY(loadAppSpec(*memory).value() == spec);
        QCOMPARE(::write(memory->number(), "x", 1), ssize_t{-1}); // and not be changed
        QVERIFY(loadAppSpec(store(AppSpec{}).value()).value() == AppSpec{});
    }

    void whatIsTooLongIsRefusedAndNotCut()
    {
        AppSpec spec;
        spec.arguments = {std::string(AppSpec::kMaxTextBytes, 'a')};
        spec.environment.resize(AppSpec::kMaxTexts, "A=b");
        QVERIFY(loadAppSpec(store(spec).value()).value() == spec);
        spec.arguments.front() += 'a';
        QCOMPARE(store(spec).error().code, std::string("app-spec.too-long"));
        spec.arguments.clear();
        spec.environment.emplace_back("C=d");
        QCOMPARE(store(spec).error().code, std::string("app-spec.too-long"));
        spec.environment.assign(200, std::string(AppSpec::kMaxTextBytes, 'a'));
        QCOMPARE(store(spec).error().code, std::string("app-spec.too-long"));
    }

    void otherMemoryIsRefused()
    {
        for (const std::string &bytes :
             {std::string(), std::string("x"), std::string(1000, '\xff'), std::string(5 << 20, 'a')})
            QCOMPARE(loadAppSpec(storeBytes(bytes).value()).error().code, std::string("app-spec.malformed"));
        int ends[2];
        QCOMPARE(::pipe(ends), 0);
        const Descriptor reading(ends[0]);
        const Descriptor writing(ends[1]);
        QVERIFY(!loadAppSpec(reading));
    }
};

QTEST_APPLESS_MAIN(AppSpecTest)
#include "app_spec_test.moc"
