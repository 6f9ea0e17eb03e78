// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/app_table.h"

#include "base/clock.h"
#include "guard/acting_as.h"
#include "guard/app_log.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace mainstay::guard {

namespace {

constexpr Milliseconds kKillMargin{3000}; // for the attendant, which kills by itself
constexpr Milliseconds kLook{1000};
constexpr std::size_t kMostOutput = std::size_t{4} << 20;
constexpr const char *kUsualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::string_view kAttendant = "mainstay-attendant: ";

std::uint64_t wallMilliseconds()
{
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<Milliseconds>(WallClock::now().time_since_epoch()).count());
}

std::string variable(const char *name, const std::string &otherwise)
{
    const char *value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): there is one thread
    return value && *value ? value : otherwise;
}

// Of variables that are there more than once, the last.
std::vector<std::string> lastOfEach(const std::vector<std::string> &variables)
{
    std::map<std::string, std::string> byName;
    for (const std::string &variable : variables)
        byName[variable.substr(0, variable.find('='))] = variable;
    std::vector<std::string> last;
    for (auto &[name, variable] : byName)
        last.push_back(std::move(variable));
    return last;
}

} // namespace

// One thread. Its child is in the table of children as long as this lives.
class AppTable::App final : public ChildEvents {
public:
    App(const AppTable &table, const handover::StartApp &order, handover::Descriptor inherited)
        : m_table(table), m_inherited(std::move(inherited))
    {
        m_report.name = order.name;
        m_report.label = order.label;
    }
    ~App() override
    {
        if (m_child)
            m_table.m_children.remove(*m_child);
    }
    App(const App &) = delete;
    App &operator=(const App &) = delete;

    Result<std::vector<handover::Descriptor>> prepare() override
    {
        m_log->begin();
        std::vector<handover::Descriptor> descriptors;
        if (!m_inherited.isOpen())
            return descriptors;
        // Opened anew, so that each run reads it from its beginning; with the rights of whom it came from.
        const std::string path = "/proc/self/fd/" + std::to_string(m_inherited.number());
        if (const ActingAs owner(m_table.m_surroundings.identity); owner)
            descriptors.emplace_back(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (descriptors.empty() || !descriptors.back().isOpen())
            return fail("descriptor.exhausted", "cannot open what " + m_report.name + " is to inherit",
                        "raise the limit of open files");
        return descriptors;
    }
    void started(ProcessId process) override
    {
        if (m_hasStarted)
            ++m_report.restarts;
        m_hasStarted = true;
        m_report.phase = handover::AppPhase::running;
        m_report.wasReady = 0;
        m_report.process = static_cast<std::uint32_t>(process);
        m_report.startedAt = wallMilliseconds();
        m_table.tell(m_report);
    }
    AfterExit ended(const Exit &exit) override
    {
        m_report.phase = m_isStopping ? handover::AppPhase::ended : handover::AppPhase::waiting;
        m_report.process = 0;
        m_report.floods = 0;
        m_look.cancel();
        m_report.reason = reasonOf(exit);
        m_table.tell(m_report);
        return AfterExit::restart;
    }
    void notStarted(const Error &error) override
    {
        ++m_report.restarts;
        m_report.reason = error.text();
        m_table.tell(m_report);
    }
    Result<> start(Child::Spec spec, std::shared_ptr<LogFile> file)
    {
        m_log.emplace(std::move(file));
        spec.output = [this](std::string_view line) { log(line); };
        m_child = &m_table.m_children.add(std::move(spec), *this);
        return m_child->start();
    }
    void stop()
    {
        m_isStopping = true;
        m_child->stop();
        // One that was waiting for its next start has ended now.
        const bool isOver = m_child->state() == Child::State::ended;
        m_report.phase = isOver ? handover::AppPhase::ended : handover::AppPhase::ending;
        m_table.tell(m_report);
    }
    void log(std::string_view line)
    {
        m_log->line(line);
        if (m_log->isFlooded() && m_report.floods == 0)
            tellOfFlood();
    }
    void noteReady() noexcept { m_report.wasReady = m_report.phase == handover::AppPhase::running ? 1 : 0; }
    void noteOutdated() noexcept { m_report.isOutdated = 1; }
    void failed(const Error &error)
    {
        m_report.phase = handover::AppPhase::ended;
        m_report.reason = error.text();
        m_table.tell(m_report);
    }
    [[nodiscard]] const handover::AppReport &report() const noexcept { return m_report; }
    [[nodiscard]] bool isOver() const noexcept { return m_report.phase == handover::AppPhase::ended; }

private:
    // Until it is over.
    void tellOfFlood()
    {
        const std::uint8_t floods = m_log->isFlooded() ? 1 : 0;
        if (std::exchange(m_report.floods, floods) != floods)
            m_table.tell(m_report);
        if (floods != 0)
            m_look = m_table.m_loop.after(kLook, [this] {
                m_log->look();
                tellOfFlood();
            });
    }
    [[nodiscard]] std::string reasonOf(const Exit &exit) const
    {
        const std::string &last = m_log->last();
        if (last.starts_with(kAttendant))
            return last.substr(kAttendant.size());
        if (m_isStopping)
            return ""; // as it was asked to
        return last.empty() ? exit.text() : exit.text() + "; its last words: " + last;
    }

    const AppTable &m_table;
    handover::Descriptor m_inherited;
    handover::AppReport m_report;
    std::optional<AppLog> m_log;
    EventLoop::Registration m_look; // as long as it floods
    Child *m_child = nullptr;
    bool m_hasStarted = false;
    bool m_isStopping = false;
};

AppTable::AppTable(EventLoop &loop, ChildTable &children, Surroundings surroundings)
    : m_loop(loop), m_children(children), m_surroundings(std::move(surroundings))
{}

AppTable::~AppTable() = default;

void AppTable::listen(Listener listener)
{
    m_listener = std::move(listener);
    for (const auto &[name, app] : m_apps)
        tell(app->report());
}

void AppTable::tell(const handover::AppReport &report) const
{
    if (m_listener)
        m_listener(report);
}

Result<Child::Spec> AppTable::childSpec(const std::string &name, const handover::AppSpec &spec) const
{
    std::optional<Identity> identity = m_surroundings.identity;
    if (!spec.user.empty()) {
        auto chosen = chooseAppIdentity(::geteuid(), spec.user, lookUpUser);
        if (!chosen)
            return forward(std::move(chosen));
        identity = *std::move(chosen);
    }
    Child::Spec child;
    child.name = name;
    child.process.program = m_surroundings.attendant;
    child.process.name = spec.program;
    child.process.arguments = {"--memory",   std::to_string(spec.memoryLimit), "--cpu", std::to_string(spec.cpuLimit),
                               "--patience", std::to_string(spec.patience)};
    if (!spec.socket.empty())
        child.process.arguments.insert(child.process.arguments.end(), {"--socket", spec.socket});
    child.process.arguments.insert(child.process.arguments.end(), {"--", spec.program});
    child.process.arguments.insert(child.process.arguments.end(), spec.arguments.begin(), spec.arguments.end());
    std::vector<std::string> environment = {"PATH=" + variable("PATH", kUsualPath),
                                            "LANG=" + variable("LANG", "C.UTF-8")};
    environment.push_back("HOME=" + (identity ? identity->home : variable("HOME", "/")));
    for (const char *who : {"USER", "LOGNAME"}) {
        if (const std::string user = identity ? identity->name : variable(who, ""); !user.empty())
            environment.push_back(std::string(who) + "=" + user);
    }
    environment.insert(environment.end(), spec.environment.begin(), spec.environment.end());
    child.process.environment = lastOfEach(environment);
    child.process.folder = spec.folder;
    child.process.identity = std::move(identity);
    child.stopPatience = Milliseconds(spec.patience);
    child.killMargin = kKillMargin;
    child.hurrySignal = SIGQUIT;
    child.mostOutputInSecond = kMostOutput;
    return child;
}

Result<std::shared_ptr<LogFile>> AppTable::logFile(const std::string &name)
{
    // Which folder it is in is not for the core to say.
    if (name.empty() || name == "." || name == ".." || name.find_first_of(std::string_view("/\0", 2)) != name.npos)
        return fail("app-spec.malformed", "\"" + name + "\" is not the name of a log");
    std::weak_ptr<LogFile> &kept = m_logs[name];
    std::shared_ptr<LogFile> file = kept.lock();
    if (!file) {
        file = std::make_shared<LogFile>(m_surroundings.logs + "/" + name, m_surroundings.identity);
        kept = file;
    }
    return file;
}

void AppTable::start(const handover::StartApp &order, std::vector<handover::Descriptor> memories)
{
    if (m_apps.contains(order.name))
        return;
    auto app =
        std::make_unique<App>(*this, order, memories.size() > 1 ? std::move(memories[1]) : handover::Descriptor());
    if (memories.empty())
        return app->failed({"descriptor.exhausted", "what " + order.name + " is to be started with was lost on its way",
                            "raise the limit of open files"});
    const Result<handover::AppSpec> spec = handover::loadAppSpec(memories[0]);
    if (!spec)
        return app->failed(spec.error());
    auto child = childSpec(order.name, *spec);
    if (!child)
        return app->failed(child.error());
    auto log = logFile(spec->log);
    if (!log)
        return app->failed(log.error());
    if (const Result<> started = app->start(*std::move(child), *std::move(log)); !started)
        return app->failed(started.error());
    m_apps.emplace(order.name, std::move(app));
}

void AppTable::stop(const std::string &name)
{
    const auto app = m_apps.find(name);
    if (app == m_apps.end())
        return;
    app->second->stop();
    forgetEnded();
}

void AppTable::stopAll()
{
    for (const auto &[name, app] : m_apps)
        app->stop();
    forgetEnded();
}

void AppTable::noteReady(const std::string &name)
{
    if (const auto app = m_apps.find(name); app != m_apps.end())
        app->second->noteReady();
}

void AppTable::noteOutdated(const std::string &name)
{
    if (const auto app = m_apps.find(name); app != m_apps.end())
        app->second->noteOutdated();
}

void AppTable::log(const std::string &name, std::string_view line)
{
    if (const auto app = m_apps.find(name); app != m_apps.end())
        app->second->log(line);
}

void AppTable::forgetEnded()
{
    std::erase_if(m_apps, [](const auto &entry) { return entry.second->isOver(); });
    std::erase_if(m_logs, [](const auto &entry) { return entry.second.expired(); });
}

} // namespace mainstay::guard
