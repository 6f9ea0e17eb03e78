// SPDX-License-Identifier: GPL-3.0-or-later
// A small described configuration and a small method, and what the manual says of them; and the manual's examples.
#include "reference/describe_configuration.h"
#include "reference/describe_protocol.h"
#include "reference/documents.h"
#include "schema/reader.h"

#include <QRegularExpression>
#include <QTest>

#include <array>
#include <map>
#include <optional>

using namespace mainstay;
using namespace mainstay::config;

namespace {

enum class Mode : std::uint8_t { atOnce, later };

constexpr auto enumerators(Mode)
{
    return std::array{
        Enumerator{Mode::atOnce, "at_once", "At once"},
        Enumerator{Mode::later, "later", "When all is quiet"},
    };
}

struct Step {
    std::string text;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Step::text, "text", {.help = "What is done", .required = true});
    }
};

struct Job;

struct Plan {
    std::vector<Reference<Job>> after;
    std::vector<UrlPath> urls;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Plan::after, "after", {.help = "Jobs before it"});
        v(&Plan::urls, "urls", {.help = "Paths", .required = true});
    }
};

struct Job {
    Mode mode = Mode::later;
    bool enabled = true;
    std::uint16_t port = 0;
    std::uint32_t tries = 3;
    std::uint32_t size = 512;
    Duration wait = Seconds(30);
    ByteSize room = mebibytes(1);
    FilePath log;
    std::string shell{"a|b"};
    std::string password;
    Reference<Job> next;
    std::map<std::string, Plan> plans;
    std::vector<Step> steps;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Job::mode, "mode", {.help = "When it runs"});
        v(&Job::enabled, "enabled", {.help = "Whether it runs.", .restart = true});
        v(&Job::port, "port", {.help = "Port"});
        v(&Job::tries, "tries", {.help = "Tries", .min = 1});
        v(&Job::size, "size", {.help = "Size", .unit = "bytes", .min = 512, .max = 4096});
        v(&Job::wait, "wait", {.help = "Pause", .min = 1, .max = kHour});
        v(&Job::room, "room", {.help = "Room", .max = 1LL << 30});
        v(&Job::log, "log", {.help = "Log", .base = PathBase::logs});
        v(&Job::shell, "shell", {.help = "As \"a|b\" or *"});
        v(&Job::password, "password", {.help = "Password.", .secret = true});
        v(&Job::next, "next", {.help = "What follows"});
        v(&Job::plans, "plan", {.label = "Plans", .help = "When."});
        v(&Job::steps, "step", {.label = "Steps", .help = "What."});
    }
};

struct Root {
    Plan defaults;
    std::map<std::string, Job> jobs;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Root::defaults, "defaults", {.label = "Defaults"});
        v(&Root::jobs, "job", {.label = "Jobs", .help = "What is *done*."});
    }
};

struct Answer {
    std::optional<WallTime> done;
    std::vector<Step> steps;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Answer::done, "done", {.help = "When it was done"});
        v(&Answer::steps, "steps", {.help = "What was done"});
    }
};

struct RunJob {
    static constexpr rpc::MethodInfo kMethod{"job.run", rpc::Access::change, "Run a job"};
    using Result = Answer;

    std::string job;
    Mode mode = Mode::atOnce;
    std::optional<std::uint64_t> tries;
    std::uint32_t limit = 50;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RunJob::job, "job", {.help = "Name", .required = true});
        v(&RunJob::mode, "mode", {.help = "When"});
        v(&RunJob::tries, "tries", {.help = "Tries"});
        v(&RunJob::limit, "limit", {.help = "Most", .min = 1, .max = 100});
    }
};

std::vector<reference::Section> sections()
{
    return reference::SectionVisitor<Root>().take();
}

std::string lines(const std::vector<reference::SettingRow> &rows)
{
    std::string text;
    for (const reference::SettingRow &row : rows)
        text += row.name + ": " + row.type + "; " + row.fallback + "; " + row.meaning + "\n";
    return text;
}

} // namespace

class SectionsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contents()
    {
        QCOMPARE(reference::contentsText(sections()),
                 std::string("- [`[defaults]`](#defaults) Defaults\n"
                             "- [`[job.NAME]`](#jobname) Jobs\n"
                             "  - [`[job.NAME.plan.NAME]`](#jobnameplanname) Plans\n"
                             "  - [`[[job.NAME.step]]`](#jobnamestep) Steps\n"
                             "\n"));
    }

    void section()
    {
        QCOMPARE(
            QString::fromStdString(reference::sectionText(sections().at(1), "[job.a]\n")),
            QString::fromUtf8(
                "## `[job.NAME]`\n"
                "\n"
                "What is \\*done\\*.\n"
                "\n"
                "```toml\n"
                "[job.a]\n"
                "```\n"
                "\n"
                "| setting | type | default | meaning |\n"
                "| --- | --- | --- | --- |\n"
                "| `mode` | `\"at_once\"`<br>`\"later\"` When all is quiet | `\"later\"` | When it runs |\n"
                "| `enabled` | true or false | `true` | Whether it runs. A change takes effect when the service starts "
                "again. |\n"
                "| `port` | whole number, up to 65535 | `0` | Port |\n"
                "| `tries` | whole number, at least 1 | `3` | Tries |\n"
                "| `size` | whole number, 512 to 4096 bytes | `512` | Size |\n"
                "| `wait` | duration, 1 ms to 1 h | 30 s | Pause |\n"
                "| `room` | size, up to 1 GiB | 1 MiB | Room |\n"
                "| `log` | path | empty | Log |\n"
                "| `shell` | text | `\"a\\|b\"` | As `\"a\\|b\"` or \\* |\n"
                "| `password` | text | empty | Password. Secret: never shown. |\n"
                "| `next` | name of a [job](#jobname) | empty | What follows |\n"
                "| `plan` | objects [`[job.NAME.plan.NAME]`](#jobnameplanname) | none | When. |\n"
                "| `step` | list of [`[[job.NAME.step]]`](#jobnamestep) | none | What. |\n"
                "\n"));
    }

    void nestedSections()
    {
        const auto all = sections();
        QCOMPARE(all.size(), std::size_t(4));
        QVERIFY(reference::sectionText(all[2], {}).starts_with("### `[job.NAME.plan.NAME]`\n\nWhen.\n\n| setting "));
        QCOMPARE(lines(all[2].settings), std::string("after: list of names of [job](#jobname)s; empty; Jobs before it\n"
                                                     "urls: list of URL paths; **required**; Paths\n"));
        QCOMPARE(all[3].header, std::string("[[job.NAME.step]]"));
        QCOMPARE(lines(all[3].settings), std::string("text: text; **required**; What is done\n"));
    }

    void methods()
    {
        reference::ProtocolVisitor visitor;
        QCOMPARE(lines(visitor.parameters<RunJob>()),
                 std::string("job: text; **required**; Name\n"
                             "mode: `\"at_once\"`, `\"later\"`; `\"at_once\"`; When\n"
                             "tries: whole number, or null; none; Tries\n"
                             "limit: whole number, 1 to 100; `50`; Most\n"));
        QVERIFY(visitor.values().empty());
        QCOMPARE(visitor.type<RunJob::Result>(), std::string("[Answer](#answer-object)"));
        QCOMPARE(visitor.values().size(), std::size_t(2));
        QCOMPARE(lines(visitor.values().at("Answer")),
                 std::string("done: time, or null; ; When it was done\n"
                             "steps: list of [Step](#step-object); ; What was done\n"));
        QCOMPARE(lines(visitor.values().at("Step")), std::string("text: text; ; What is done\n"));
    }

    // Each kind has an example, its own or that of the object it stands in; together they are a configuration.
    void examples()
    {
        std::string together;
        std::string_view example;
        for (const reference::Section &section : reference::configurationSections()) {
            const std::string_view own = reference::exampleOf(section.header);
            QVERIFY2(!own.empty() || section.depth > 0, section.header.c_str());
            together += own;
            example = own.empty() ? example : own;
            const QString header = QRegularExpression::escape(QString::fromStdString(section.header))
                                       .replace(QLatin1String("NAME"), QLatin1String("(\\w+|\"[^\"]+\")"));
            QVERIFY2(QString::fromStdString(std::string(example)).contains(QRegularExpression(header)),
                     section.header.c_str());
        }
        const std::vector<schema::SourceFile> files{{"/any/where.toml", together, schema::Owner::files}};
        for (const Problem &problem : schema::readConfiguration(files).problems)
            QFAIL((problem.path + ": " + problem.message).c_str());
    }
};

QTEST_APPLESS_MAIN(SectionsTest)
#include "sections_test.moc"
