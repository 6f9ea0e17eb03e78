// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of mainstayd.
#include "guard/options.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::guard;

namespace {

Result<Options> parse(std::vector<const char *> arguments)
{
    return Options::parse(arguments, "/home/anna", "/usr/sbin");
}

} // namespace

class OptionsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void defaults()
    {
        const auto options = parse({}).value();
        QCOMPARE(options.config, std::string("/etc/mainstay"));
        QCOMPARE(options.state, std::string("/var/lib/mainstay"));
        QCOMPARE(options.runtime, std::string("/run/mainstay"));
        QCOMPARE(options.core, std::string("/usr/sbin/mainstay-core"));
        QVERIFY(!options.user);
        QVERIFY(options.drain == Seconds(5));
    }

    void valuesInBothForms()
    {
        const auto options = parse({"--config", "conf", "--state=../s", "--runtime", "/tmp/r", "--user=www", "--drain",
                                    "30", "--core", "./core"})
                                 .value();
        QCOMPARE(options.config, std::string("/home/anna/conf"));
        QCOMPARE(options.state, std::string("/home/s"));
        QCOMPARE(options.runtime, std::string("/tmp/r"));
        QCOMPARE(options.core, std::string("/home/anna/core"));
        QCOMPARE(options.user.value(), std::string("www"));
        QVERIFY(options.drain == Seconds(30));
    }

    void mistakesNameTheOption_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("unknown") << QByteArray("--stat") << QByteArray("/x") << QByteArray("unknown option \"--stat\"");
        QTest::newRow("stray word") << QByteArray("start") << QByteArray("now")
                                    << QByteArray("unknown option \"start\"");
        QTest::newRow("no value") << QByteArray("--user=x") << QByteArray("--state")
                                  << QByteArray("option --state needs a value");
        QTest::newRow("empty value") << QByteArray("--state=") << QByteArray("--help")
                                     << QByteArray("option --state needs a value");
        QTest::newRow("not a number") << QByteArray("--drain") << QByteArray("5s")
                                      << QByteArray("--drain: \"5s\" is not a number of seconds");
        QTest::newRow("too long") << QByteArray("--drain") << QByteArray("3601")
                                  << QByteArray("--drain: \"3601\" is not a number of seconds");
    }
    void mistakesNameTheOption()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QByteArray, message);
        const auto options = parse({first.constData(), second.constData()});
        QVERIFY(!options);
        QCOMPARE(options.error().message, message.toStdString());
        QVERIFY(!options.error().remedy.empty());
    }

    void helpNamesEveryOption()
    {
        QVERIFY(parse({"--help"})->help);
        QVERIFY(parse({"--version"})->version);
        for (const auto *name :
             {"--config", "--state", "--runtime", "--user", "--drain", "--core", "--help", "--version"})
            QVERIFY(kHelp.find(name) != std::string_view::npos);
    }
};

QTEST_APPLESS_MAIN(OptionsTest)
#include "options_test.moc"
