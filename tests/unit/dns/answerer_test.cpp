// SPDX-License-Identifier: GPL-3.0-or-later
// Answers, case by case as the RFCs have them.
#include "dns/answerer.h"
#include "dns_text.h"
#include "zones/zone_loader.h"

#include <QTest>

#include <string>
#include <vector>

using namespace mainstay;
using namespace std::string_literals;
using tests::makeQuery;
using tests::Message;
using tests::QueryOptions;
using tests::ResponseText;

namespace {

enum Type : std::uint16_t {
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    HINFO = 13,
    MX = 15,
    TXT = 16,
    AAAA = 28,
    SRV = 33,
    DNAME = 39,
    OPT = 41,
    DS = 43,
    HTTPS = 65,
    TSIG = 250,
    IXFR = 251,
    AXFR = 252,
    MAILB = 253,
    ANY = 255
};

constexpr const char *kOrg = R"($TTL 300
@ SOA ns1 admin 1 2 3 4 60
@ NS ns1
@ NS ns.other.example.
@ MX 10 mail
ns1 A 192.0.2.1
    AAAA 2001:db8::1
mail A 192.0.2.2
WWW A 192.0.2.3
www A 192.0.2.4
alias CNAME www
chain CNAME alias
out CNAME www.example.com.
away CNAME www.nowhere.test.
toNothing CNAME nothing
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
a.b.c TXT x
*.wild A 192.0.2.5
*.wild MX 5 mail
sub.wild TXT below
*.cwild CNAME www
*.lwild CNAME x.lwild
sub NS ns.sub
sub NS ns1
sub NS ns.sibling
sub NS ns.elsewhere.test.
sub DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
ns.sub A 192.0.2.6
ns.sub AAAA 2001:db8::6
sibling NS ns.sibling
ns.sibling A 192.0.2.7
old DNAME new
x.new A 192.0.2.8
back.new CNAME x.old
long DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test.
round DNAME round.round
_sip._tcp SRV 1 2 5060 mail
_many._tcp SRV 1 2 5060 mail
_many._tcp SRV 2 2 5061 mail
_many._tcp SRV 3 2 5062 ns1
svc HTTPS 1 .
svc A 192.0.2.9
unknown TYPE4711 \# 2 abcd
many TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
many TXT "1123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
many TXT "2123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
many TXT "3123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
many TXT "4123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
toMany CNAME many
$GENERATE 1-13 deleg NS ns$.deleg
$GENERATE 1-13 ns$.deleg A 192.0.2.$
$GENERATE 1-13 ns$.deleg AAAA 2001:db8::$
)";
constexpr const char *kCom = "$TTL 300\n@ SOA ns1 admin 1 2 3 4 900\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.10\n";
constexpr const char *kChild = "$TTL 300\n@ SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\nwww A 192.0.2.11\n";

std::shared_ptr<const snapshot::Zone> zone(const char *apex, const char *text)
{
    zones::ZoneLoader loader({.apex = wire::Name::parse(apex).value(), .path = apex});
    loader.readText(text, apex);
    const auto loaded = loader.finish();
    if (!loaded.zone)
        qFatal("%s", loaded.problems[0].text().c_str());
    return loaded.zone;
}

const std::string kSoa =
    "example.org. 60 6 ns1.example.org. admin.example.org. 000000010000000200000003000000040000003c";

using Lines = std::vector<std::string>;

} // namespace

class AnswererTest : public QObject {
    Q_OBJECT

    snapshot::ZoneTable m_zones;

    struct Answer {
        dns::Outcome outcome;
        Message bytes;
        ResponseText text;
    };

    Answer ask(const Message &query, const dns::Transport &transport = {}) const
    {
        Message out(transport.isStream ? 65535 : std::max<std::size_t>(512, transport.udpSize));
        const dns::Outcome outcome = dns::answer(query, m_zones, transport, out);
        out.resize(outcome.size);
        return {outcome, out, tests::parseResponse(out)};
    }
    ResponseText ask(std::string_view name, std::uint16_t type, const QueryOptions &options = {}) const
    {
        const Answer answer = ask(makeQuery(name, type, options));
        if (!answer.text.ok)
            qFatal("malformed response");
        return answer.text;
    }
    static bool isAuthoritative(const ResponseText &response) { return response.has(wire::kFlagAuthoritative); }

private Q_SLOTS:
    void initTestCase() { m_zones = m_zones.with(zone("example.org.", kOrg)).with(zone("example.com.", kCom)); }

    void positive()
    {
        const auto response = ask("www.example.org.", A);
        QCOMPARE(response.rcode, 0u);
        QVERIFY(isAuthoritative(response));
        QVERIFY(response.has(wire::kFlagResponse));
        QVERIFY(response.has(wire::kFlagRecursionDesired)); // as asked
        QVERIFY(!response.has(0x80));                       // RA
        QCOMPARE(response.answer, (Lines{"www.example.org. 300 1 c0000203", "www.example.org. 300 1 c0000204"}));
        QVERIFY(response.authority.empty() && response.additional.empty() && !response.edns);
        QVERIFY(!ask("www.example.org.", A, {.flags = 0}).has(wire::kFlagRecursionDesired));
    }

    void theQuestionsCaseIsKept()
    {
        const Message query = makeQuery("wWw.ExAmPlE.oRg.", A);
        const Answer answer = ask(query);
        QVERIFY(std::equal(query.begin() + 12, query.end(), answer.bytes.begin() + 12));
        QCOMPARE(answer.text.answer[0], "wWw.ExAmPlE.oRg. 300 1 c0000203"s);
        // Owners are pointers to the question.
        QCOMPARE(answer.bytes.size(), query.size() + 2 * 16);
        // Names in data keep theirs.
        QCOMPARE(ask("EXAMPLE.ORG.", MX).answer[0], "EXAMPLE.ORG. 300 15 000a mail.example.org."s);
    }

    void noData()
    {
        for (const char *name : {"www.example.org.", "c.example.org.", "b.c.example.org."}) {
            const auto response = ask(name, TXT);
            QCOMPARE(response.rcode, 0u);
            QVERIFY(isAuthoritative(response));
            QVERIFY(response.answer.empty());
            QCOMPARE(response.authority, Lines{kSoa});
        }
    }

    void nameError()
    {
        for (const char *name :
             {"nothing.example.org.", "x.www.example.org.", "x.a.b.c.example.org.", "d.c.example.org."}) {
            const auto response = ask(name, A);
            QCOMPARE(response.rcode, 3u);
            QVERIFY(isAuthoritative(response));
            QCOMPARE(response.authority, Lines{kSoa});
        }
        // The SOA's own TTL is the smaller one here.
        QVERIFY(ask("x.example.com.", A).authority[0].starts_with("example.com. 300 "));
    }

    void wildcards()
    {
        QCOMPARE(ask("x.wild.example.org.", A).answer, Lines{"x.wild.example.org. 300 1 c0000205"});
        QCOMPARE(ask("y.x.wild.example.org.", A).answer, Lines{"y.x.wild.example.org. 300 1 c0000205"});
        QCOMPARE(ask("*.wild.example.org.", A).answer, Lines{"*.wild.example.org. 300 1 c0000205"});
        const auto noData = ask("x.wild.example.org.", TXT);
        QCOMPARE(noData.rcode, 0u);
        QCOMPARE(noData.authority, Lines{kSoa});
        // A name that is there is not covered, and nothing below it (RFC 4592 2.2.1).
        QCOMPARE(ask("sub.wild.example.org.", A).rcode, 0u);
        QVERIFY(ask("sub.wild.example.org.", A).answer.empty());
        QCOMPARE(ask("x.sub.wild.example.org.", A).rcode, 3u);
        QCOMPARE(ask("wild.example.org.", A).rcode, 0u);
        QVERIFY(ask("wild.example.org.", A).answer.empty());
        QCOMPARE(ask("x.cwild.example.org.", A).answer,
                 (Lines{"x.cwild.example.org. 300 5 www.example.org.", "www.example.org. 300 1 c0000203",
                        "www.example.org. 300 1 c0000204"}));
    }

    void aliases()
    {
        QCOMPARE(ask("chain.example.org.", A).answer,
                 (Lines{"chain.example.org. 300 5 alias.example.org.", "alias.example.org. 300 5 www.example.org.",
                        "www.example.org. 300 1 c0000203", "www.example.org. 300 1 c0000204"}));
        QCOMPARE(ask("alias.example.org.", CNAME).answer, Lines{"alias.example.org. 300 5 www.example.org."});

        const auto noData = ask("alias.example.org.", TXT);
        QCOMPARE(noData.answer, Lines{"alias.example.org. 300 5 www.example.org."});
        QCOMPARE(noData.authority, Lines{kSoa});
        const auto nameError = ask("toNothing.example.org.", A); // RFC 6604 2.1
        QCOMPARE(nameError.rcode, 3u);
        QCOMPARE(nameError.authority, Lines{kSoa});

        QCOMPARE(ask("out.example.org.", A).answer,
                 (Lines{"out.example.org. 300 5 www.example.com.", "www.example.com. 300 1 c000020a"}));
        const auto away = ask("away.example.org.", A);
        QCOMPARE(away.rcode, 0u);
        QVERIFY(isAuthoritative(away));
        QCOMPARE(away.answer, Lines{"away.example.org. 300 5 www.nowhere.test."});
    }

    void loopsEnd()
    {
        QCOMPARE(ask("loop1.example.org.", A).answer.size(), std::size_t{2});
        QCOMPARE(ask("self.example.org.", A).answer.size(), std::size_t{1});
        QCOMPARE(ask("y.lwild.example.org.", A).answer.size(), std::size_t{2});
        QVERIFY(ask("x.round.example.org.", A, {.edns = 1232}).answer.size() <= 12);
    }

    void dname()
    {
        const auto response = ask("x.old.example.org.", A);
        QCOMPARE(response.rcode, 0u);
        QVERIFY(isAuthoritative(response));
        QCOMPARE(response.answer,
                 (Lines{"old.example.org. 300 39 new.example.org.", "x.old.example.org. 300 5 x.new.example.org.",
                        "x.new.example.org. 300 1 c0000208"}));
        QCOMPARE(ask("y.old.example.org.", A).rcode, 3u);
        // Not the name itself.
        QCOMPARE(ask("old.example.org.", A).answer, Lines{});
        QCOMPARE(ask("old.example.org.", DNAME).answer, Lines{"old.example.org. 300 39 new.example.org."});
        QCOMPARE(ask("x.old.example.org.", CNAME).answer.size(), std::size_t{2});
        // Followed twice, and told once (RFC 2181 section 5).
        QCOMPARE(ask("back.old.example.org.", A).answer,
                 (Lines{"old.example.org. 300 39 new.example.org.", "back.old.example.org. 300 5 back.new.example.org.",
                        "back.new.example.org. 300 5 x.old.example.org.", "x.old.example.org. 300 5 x.new.example.org.",
                        "x.new.example.org. 300 1 c0000208"}));
    }

    void dnameTooLong()
    {
        const std::string label(63, 'b');
        const auto fits = ask(label + ".long.example.org.", A);
        QCOMPARE(fits.rcode, 0u);
        const auto response = ask(label + "." + label + ".long.example.org.", A);
        QCOMPARE(response.rcode, 6u);
        QCOMPARE(response.answer.size(), std::size_t{1});
    }

    void delegation()
    {
        for (const char *name : {"sub.example.org.", "x.sub.example.org.", "ns.sub.example.org."}) {
            const auto response = ask(name, A);
            QCOMPARE(response.rcode, 0u);
            QVERIFY(!isAuthoritative(response));
            QVERIFY(response.answer.empty());
            QCOMPARE(
                response.authority,
                (Lines{"sub.example.org. 300 2 ns.sub.example.org.", "sub.example.org. 300 2 ns.sibling.example.org.",
                       "sub.example.org. 300 2 ns.elsewhere.test.", "sub.example.org. 300 2 ns1.example.org."}));
            QCOMPARE(response.additional.size(), std::size_t{5});
            // What is needed comes first.
            QCOMPARE(response.additional[0], "ns.sub.example.org. 300 1 c0000206"s);
        }
    }

    void dsIsTheParents()
    {
        const auto atCut = ask("sub.example.org.", DS);
        QVERIFY(isAuthoritative(atCut));
        QCOMPARE(atCut.answer.size(), std::size_t{1});
        const auto none = ask("sibling.example.org.", DS);
        QCOMPARE(none.authority, Lines{kSoa});
        QVERIFY(!isAuthoritative(ask("x.sub.example.org.", DS)));

        // With the child here as well, DS still comes from the parent, all else from the child.
        const auto before = m_zones;
        m_zones = m_zones.with(zone("sub.example.org.", kChild));
        QCOMPARE(ask("sub.example.org.", DS).answer.size(), std::size_t{1});
        QCOMPARE(ask("www.sub.example.org.", A).answer, Lines{"www.sub.example.org. 300 1 c000020b"});
        QVERIFY(ask("sub.example.org.", TXT).authority[0].starts_with("sub.example.org. "));
        // The child alone says that there is none.
        m_zones = m_zones.without(wire::Name::parse("example.org.").value());
        QVERIFY(ask("sub.example.org.", DS).authority[0].starts_with("sub.example.org. "));
        m_zones = before;
    }

    void gluesThatDoNotFitSetTc()
    {
        const auto small = ask("deleg.example.org.", A);
        QVERIFY(small.has(wire::kFlagTruncated));
        QCOMPARE(small.authority.size(), std::size_t{13});
        const auto large = ask("deleg.example.org.", A, {.edns = 1232});
        QVERIFY(!large.has(wire::kFlagTruncated));
        QCOMPARE(large.additional.size(), std::size_t{26});
    }

    void truncation()
    {
        const auto small = ask("many.example.org.", TXT);
        QVERIFY(small.has(wire::kFlagTruncated));
        QVERIFY(small.answer.empty());
        QVERIFY(!ask("many.example.org.", TXT, {.edns = 1232}).has(wire::kFlagTruncated));
        const auto alias = ask("toMany.example.org.", TXT, {.edns = 600});
        QVERIFY(alias.has(wire::kFlagTruncated));
        QCOMPARE(alias.answer.size(), std::size_t{1});
        QVERIFY(alias.edns.has_value()); // its place was kept
        QVERIFY(!ask(makeQuery("many.example.org.", TXT), {.isStream = true}).text.has(wire::kFlagTruncated));
        // Ours is the smaller limit.
        const Answer ours = ask(makeQuery("many.example.org.", TXT, {.edns = 4096}), {.udpSize = 512});
        QVERIFY(ours.outcome.isTruncated);
        QCOMPARE(ours.text.edns->udpSize, std::uint16_t{512});
    }

    void edns()
    {
        QVERIFY(!ask("www.example.org.", A).edns);
        const auto plain = ask("www.example.org.", A, {.edns = 4096});
        QCOMPARE(plain.edns->udpSize, std::uint16_t{1232});
        QVERIFY(!plain.edns->dnssecOk);
        QVERIFY(ask("www.example.org.", A, {.edns = 1232, .dnssecOk = true}).edns->dnssecOk);
        QVERIFY(!ask("www.example.org.", A, {.edns = 0}).has(wire::kFlagTruncated)); // less than 512 means 512
        const auto version = ask("www.example.org.", A, {.edns = 1232, .version = 1});
        QCOMPARE(version.rcode, 16u);
        QCOMPARE(version.edns->version, std::uint8_t{0});
        QVERIFY(version.answer.empty());
        // The same with an error.
        QCOMPARE(ask("www.nowhere.test.", A, {.edns = 1232}).edns->udpSize, std::uint16_t{1232});
    }

    void any()
    {
        QCOMPARE(ask("www.example.org.", ANY).answer, Lines{"www.example.org. 3600 13 075246433834383200"});
        QCOMPARE(ask("x.wild.example.org.", ANY).answer.size(), std::size_t{1});
        QCOMPARE(ask("alias.example.org.", ANY).answer, Lines{"alias.example.org. 300 5 www.example.org."});
        QCOMPARE(ask("c.example.org.", ANY).authority, Lines{kSoa});
        QCOMPARE(ask("nothing.example.org.", ANY).rcode, 3u);
        QVERIFY(!isAuthoritative(ask("sub.example.org.", ANY)));
    }

    void additionalAddresses()
    {
        QCOMPARE(ask("example.org.", MX).additional, Lines{"mail.example.org. 300 1 c0000202"});
        QCOMPARE(ask("_sip._tcp.example.org.", SRV).additional, Lines{"mail.example.org. 300 1 c0000202"});
        QCOMPARE(ask("_many._tcp.example.org.", SRV).additional.size(), std::size_t{3}); // each host once
        QCOMPARE(ask("svc.example.org.", HTTPS).additional, Lines{"svc.example.org. 300 1 c0000209"});
        QCOMPARE(ask("example.org.", NS).additional.size(), std::size_t{2});
        QVERIFY(ask("example.org.", NS).authority.empty());
    }

    void unknownTypes()
    {
        QCOMPARE(ask("unknown.example.org.", 4711).answer, Lines{"unknown.example.org. 300 4711 abcd"});
    }

    void outsideOurZones()
    {
        const Answer answer = ask(makeQuery("www.nowhere.test.", A));
        QCOMPARE(answer.text.rcode, 5u);
        QVERIFY(!isAuthoritative(answer.text));
        QCOMPARE(answer.text.question, "www.nowhere.test. 1"s);
        QVERIFY(!answer.outcome.zone);
        QCOMPARE(ask(".", NS).rcode, 5u);
        QCOMPARE(ask("org.", NS).rcode, 5u);
        m_zones = m_zones.with(zone(".", "@ 60 SOA a. b. 1 2 3 4 5\n@ 60 NS ns1.example.org.\n"));
        QCOMPARE(ask(".", NS).answer, Lines{". 60 2 ns1.example.org."});
        QCOMPARE(ask("test.", NS).rcode, 3u);
        QCOMPARE(ask("www.example.org.", A).answer.size(), std::size_t{2});
        m_zones = m_zones.without(wire::NameView());
    }

    void refusals()
    {
        QCOMPARE(ask("example.org.", AXFR).rcode, 5u);
        QCOMPARE(ask("example.org.", IXFR).rcode, 5u);
        QCOMPARE(ask(makeQuery("example.org.", AXFR), {.isStream = true}).text.rcode, 5u);
        QCOMPARE(ask("example.org.", MAILB).rcode, 4u);
        QCOMPARE(ask("example.org.", OPT).rcode, 1u);
        QCOMPARE(ask("example.org.", TSIG).rcode, 1u);
        QCOMPARE(ask("example.org.", A, {.recordClass = 3}).rcode, 5u);
        QCOMPARE(ask("example.org.", A, {.recordClass = 255}).rcode, 5u);
        const auto notify = ask("example.org.", SOA, {.flags = 0x2400});
        QCOMPARE(notify.rcode, 4u);
        QCOMPARE(notify.flags & 0x7800, 0x2000);
        QVERIFY(!notify.edns);
        // Who speaks EDNS is answered in it (RFC 6891 section 6.1.1).
        const auto status = ask("example.org.", SOA, {.edns = 1232, .flags = 0x1000});
        QCOMPARE(status.rcode, 4u);
        QCOMPARE(status.flags & 0x7800, 0x1000);
        QVERIFY(status.edns && status.ok);
        Message update = makeQuery("example.org.", SOA, {.edns = 1232, .flags = 0x2800});
        update.push_back(0); // which is no message at all
        QCOMPARE(ask(update).bytes.size(), std::size_t{12});
    }

    void garbage()
    {
        Message query = makeQuery("www.example.org.", A);
        query.push_back(0);
        const Answer trailing = ask(query);
        QCOMPARE(trailing.text.rcode, 1u);
        QCOMPARE(trailing.text.id, std::uint16_t{0x4d53});
        QCOMPARE(trailing.bytes.size(), std::size_t{12});
        QVERIFY(trailing.text.ok);
        QCOMPARE(ask(makeQuery("www.example.org.", A, {.flags = 0x8000})).bytes.size(), std::size_t{0});
        QCOMPARE(ask(Message(11)).bytes.size(), std::size_t{0});
        QCOMPARE(ask(Message()).bytes.size(), std::size_t{0});
    }

    void zoneOfTheOutcome()
    {
        const Answer answer = ask(makeQuery("out.example.org.", A));
        QCOMPARE(answer.outcome.zone->name().text(), "example.org."s);
    }
};

QTEST_APPLESS_MAIN(AnswererTest)
#include "answerer_test.moc"
