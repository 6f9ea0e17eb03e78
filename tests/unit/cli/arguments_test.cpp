// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as people type it, mistyped too.
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/verbs.h"

#include <QProcess>
#include <QTest>

using namespace mainstay;
using cli::Arguments;

class ArgumentsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void verbs();
    void optionsAnywhere();
    void letters();
    void numbersAndDurations();
    void socketFromTheEnvironment();
    void help();
    void refusals_data();
    void refusals();
    void everyVerbHasHelp();

private:
    [[nodiscard]] Result<Arguments> read(const char *line) const
    {
        return cli::readArguments(QString::fromUtf8(line).split(QLatin1Char(' '), Qt::SkipEmptyParts), m_verbs);
    }
    std::vector<cli::Verb> m_verbs = cli::allVerbs();
};

void ArgumentsTest::initTestCase()
{
    qunsetenv("MAINSTAY_SOCKET");
}

void ArgumentsTest::verbs()
{
    auto arguments = read("status");
    QVERIFY(arguments);
    QCOMPARE(arguments->verb->name, QStringLiteral("status"));
    QCOMPARE(arguments->socket, QStringLiteral("/run/mainstay/control.sock"));
    QCOMPARE(arguments->timeout, Milliseconds(60'000));

    arguments = read("backend weight app/a 5");
    QVERIFY(arguments);
    QCOMPARE(arguments->verb->name, QStringLiteral("backend weight"));
    QCOMPARE(arguments->positional, QStringList({QStringLiteral("app/a"), QStringLiteral("5")}));

    QVERIFY(read("config get"));
    QVERIFY(read("config get site.shop"));
}

void ArgumentsTest::optionsAnywhere()
{
    for (const char *line :
         {"--json --socket /x config apply --reason=why", "config --json apply --reason why --socket=/x",
          "config apply --reason why --json --socket /x"}) {
        const auto arguments = read(line);
        QVERIFY2(arguments, line);
        QVERIFY(arguments->json);
        QCOMPARE(arguments->socket, QStringLiteral("/x"));
        QCOMPARE(arguments->value(QStringLiteral("reason")), std::optional(QStringLiteral("why")));
    }
    const auto dashes = read("rpc x -- --json");
    QVERIFY(dashes);
    QVERIFY(!dashes->json);
    QCOMPARE(dashes->positional.last(), QStringLiteral("--json"));
    // What follows an option that needs a value is its value, whatever it looks like.
    QCOMPARE(read("config apply --reason --json")->value(QStringLiteral("reason")),
             std::optional(QStringLiteral("--json")));
}

void ArgumentsTest::letters()
{
    for (const char *line : {"log tail -n 5 -f", "log tail -f -n5", "log tail -fn5", "log tail -fn 5"}) {
        const auto arguments = read(line);
        QVERIFY2(arguments, line);
        QVERIFY(arguments->has(QStringLiteral("follow")));
        QCOMPARE(arguments->number(QStringLiteral("lines"), 0, 100).value(), std::optional<quint64>(5));
    }
}

void ArgumentsTest::numbersAndDurations()
{
    const auto arguments = read("config apply --confirm 90s --timeout 250ms");
    QVERIFY(arguments);
    QCOMPARE(arguments->duration(QStringLiteral("confirm")).value(), std::optional(Milliseconds(90'000)));
    QCOMPARE(arguments->timeout, Milliseconds(250));
    QVERIFY(!arguments->duration(QStringLiteral("reason")).value());
    QVERIFY(!read("config apply --confirm soon")->duration(QStringLiteral("confirm")));
    for (const char *wrong : {"log tail -n x", "log tail -n -1", "log tail -n 101", "log tail -n 1.5"})
        QVERIFY2(!read(wrong)->number(QStringLiteral("lines"), 0, 100), wrong);
}

void ArgumentsTest::socketFromTheEnvironment()
{
    qputenv("MAINSTAY_SOCKET", "/somewhere/else");
    QCOMPARE(read("status")->socket, QStringLiteral("/somewhere/else"));
    QCOMPARE(read("status --socket /x")->socket, QStringLiteral("/x"));
    qunsetenv("MAINSTAY_SOCKET");
}

void ArgumentsTest::help()
{
    for (const char *line : {"--help", "-h", "help"}) {
        QVERIFY2(read(line)->help, line);
        QVERIFY(!read(line)->verb);
    }
    QCOMPARE(read("backend --help")->group, QStringLiteral("backend"));
    QCOMPARE(read("help backend")->group, QStringLiteral("backend"));
    QCOMPARE(read("help backend drain")->verb->name, QStringLiteral("backend drain"));
    QCOMPARE(read("backend weight -h")->verb->name, QStringLiteral("backend weight"));
    QVERIFY(read("--version")->version);
}

void ArgumentsTest::refusals_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *line, const char *text) {
        QTest::newRow(line) << QByteArray(line) << QString::fromUtf8(text);
    };
    row("", "no verb was given: try: mainstayctl --help");
    row("stauts", "unknown verb `stauts`: did you mean `status`?");
    row("xyzzy", "unknown verb `xyzzy`: try: mainstayctl --help");
    row("drain app/a", "unknown verb `drain`: did you mean `backend drain`?");
    row("config aply", "unknown verb `config aply`: did you mean `config apply`?");
    row("config xyzzy", "unknown verb `config xyzzy`: try: mainstayctl config --help");
    row("config", "`config` needs a second word: try: mainstayctl config --help");
    row("backend weight app/a", "`backend weight` needs N: try: mainstayctl backend weight --help");
    row("backend drain", "`backend drain` needs BACKEND/SERVER: try: mainstayctl backend drain --help");
    row("status now", "`status` does not take `now`: try: mainstayctl status --help");
    row("status --jsno", "unknown option `--jsno`: did you mean `--json`?");
    row("config apply --resaon x", "unknown option `--resaon`: did you mean `--reason`?");
    row("log tail -x", "unknown option `-x`: try: mainstayctl log tail --help");
    row("log tail -n", "`-n` needs a value: N: try: mainstayctl log tail --help");
    row("status --json=yes", "`--json` takes no value: try: mainstayctl status --help");
}

void ArgumentsTest::refusals()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, text);
    const auto arguments = read(line.constData());
    QVERIFY(!arguments);
    QCOMPARE(QString::fromStdString(arguments.error().text()), text);
    QVERIFY(arguments.error().code.starts_with("usage."));
}

void ArgumentsTest::everyVerbHasHelp()
{
    const QString whole = cli::programHelp(m_verbs);
    for (const cli::Verb &verb : m_verbs) {
        QVERIFY2(whole.contains(QStringLiteral("  ") + verb.name), qPrintable(verb.name));
        QVERIFY2(!verb.summary.isEmpty() && !verb.summary.endsWith(QLatin1Char('.')), qPrintable(verb.name));
        QVERIFY2(!verb.examples.empty(), qPrintable(verb.name));
        const QString own = cli::verbHelp(verb);
        for (const cli::Option &option : verb.options)
            QVERIFY(own.contains(QStringLiteral("--") + option.name) && !option.help.isEmpty());
        // Its examples are command lines of this very verb.
        for (const cli::Example &example : verb.examples) {
            // Qt knows no single quotes.
            QString quoted = example.command;
            if (quoted.contains(QLatin1Char('\'')))
                quoted.replace(QLatin1Char('"'), QLatin1String("\"\"\"")).replace(QLatin1Char('\''), QLatin1Char('"'));
            const auto arguments = cli::readArguments(QProcess::splitCommand(quoted), m_verbs);
            QVERIFY2(arguments, qPrintable(example.command));
            QCOMPARE(arguments->verb->name, verb.name);
        }
        for (const QString &helpLine : own.split(QLatin1Char('\n')))
            QVERIFY2(helpLine.size() <= 110, qPrintable(helpLine));
    }
}

QTEST_APPLESS_MAIN(ArgumentsTest)
#include "arguments_test.moc"
