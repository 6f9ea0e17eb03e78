// SPDX-License-Identifier: GPL-3.0-or-later
// $GENERATE as BIND does it.
#include "zones/generate_directive.h"

#include <QTest>

#include <string>

using namespace mainstay;
using namespace std::string_literals;

namespace {

std::string expand(std::string_view line)
{
    const auto directive = zones::GenerateDirective::parse(line);
    if (!directive)
        return directive.error().code;
    std::string out;
    for (std::uint64_t i = 0; i < directive->count(); ++i) {
        if (!directive->appendLine(i, out))
            return "below zero";
    }
    return out;
}

} // namespace

class GenerateDirectiveTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void lines_data()
    {
        QTest::addColumn<std::string>("directive");
        QTest::addColumn<std::string>("expected");
        const auto row = [](const char *what, const std::string &directive, const std::string &expected) {
            QTest::newRow(what) << "$GENERATE " + directive + "\n" << expected;
        };
        row("plain", "1-3 host-$ A 10.0.0.$", "host-1 A 10.0.0.1\nhost-2 A 10.0.0.2\nhost-3 A 10.0.0.3\n");
        row("step", "0-5/2 $ PTR h$.", "0 PTR h0.\n2 PTR h2.\n4 PTR h4.\n");
        row("TTL and class", "1-1 a 1h IN A 10.0.0.1", "a 1h IN A 10.0.0.1\n");
        row("class and TTL", "1-1 a in 60 A 10.0.0.1", "a in 60 A 10.0.0.1\n");
        row("offset", "5-5 a${-4} A 10.0.0.${10}", "a1 A 10.0.0.15\n");
        row("width", "7-7 a${0,3} A 10.0.0.${0,0}", "a007 A 10.0.0.7\n");
        row("hexadecimal", "171-171 a${0,4,x}-${0,4,X} A 10.0.0.1", "a00ab-00AB A 10.0.0.1\n");
        row("octal", "8-8 a${0,3,o} A 10.0.0.1", "a010 A 10.0.0.1\n");
        row("nibbles", "171-171 ${0,8,n}.x PTR a${0,3,N}.", "b.a.0.0..x PTR aB.A.\n");
        row("dollars", "1-1 a$$b TXT \\$$", "a\\$b TXT \\$1\n");
        row("quoted data", "1-2 a MX \"$0 mail\" ; comment", "a MX 10 mail\na MX 20 mail\n");
        row("data of several words", "1-1 a TXT \"x ; $\" \"y\" ; comment", "a TXT \"x ; 1\" \"y\"\n");
        row("below zero", "1-1 a${-2} A 10.0.0.1", "below zero");
        for (const char *malformed : {"", "1", "1- a A b", "3-1 a A b", "1-3/0 a A b", "1-3/ a A b", "1-3x a A b",
                                      "1-2147483648 a A b", "1-3 a", "1-3 a A", "1-3 a IN", "1-3 a${ A b",
                                      "1-3 a${x} A b", "1-3 a${1,2,z} A b", "1-3 a${1,999} A b", "1-3 a A ${1"})
            row(malformed, malformed, "zone.generate-malformed");
    }
    void lines()
    {
        QFETCH(const std::string, directive);
        QFETCH(const std::string, expected);
        QCOMPARE(expand(directive), expected);
    }
};

QTEST_APPLESS_MAIN(GenerateDirectiveTest)
#include "generate_directive_test.moc"
