// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/health_probes.h"

#include "engine/sleeper.h"
#include "http/final_head.h"
#include "http/upstream_connection.h"
#include "http/upstream_greeting.h"
#include "http/upstream_http2.h"
#include "wire/http1_response.h"
#include "wire/http1_writer.h"

#include <set>

namespace mainstay::http {

// One server's probe. Outlives its place in the table until its task has noticed.
class HealthProbes::Probe {
public:
    Probe(engine::Loop &loop, engine::TaskScope &tasks, const snapshot::Backend &backend,
          const snapshot::Server &server, balance::Health health)
        : m_loop(loop), m_tasks(tasks), m_server(server), m_config(backend.config), m_protocol(backend.protocol),
          m_sleeper(loop), m_tracker({backend.config.healthRise, backend.config.healthFall}, health)
    {}

    // As it was reported; the cell may not have it yet.
    [[nodiscard]] balance::Health health() const noexcept { return m_tracker.health(); }
    [[nodiscard]] bool leadsTo(const snapshot::Server &server) const { return m_server.endpoint == server.endpoint; }

    // Whether it asks the same thing of the same server.
    [[nodiscard]] bool matches(const snapshot::Backend &backend, const snapshot::Server &server) const
    {
        const config::BackendConfig &other = backend.config;
        return m_server.endpoint == server.endpoint && m_server.token == server.token && m_server.tls == server.tls &&
               m_server.tlsName == server.tlsName && m_server.speaksHttp2 == server.speaksHttp2 &&
               m_protocol == backend.protocol && m_server.config.address == server.config.address &&
               m_config.healthPath == other.healthPath && m_config.healthInterval == other.healthInterval &&
               m_config.healthTimeout == other.healthTimeout && m_config.healthRise == other.healthRise &&
               m_config.healthFall == other.healthFall && m_config.healthStatus == other.healthStatus &&
               m_config.proxyProtocol == other.proxyProtocol;
    }
    [[nodiscard]] const std::shared_ptr<shared_state::ServerCell> &cell() const noexcept { return m_server.cell; }
    [[nodiscard]] bool isStopped() const noexcept { return m_stopped; }
    [[nodiscard]] bool isWanted() const noexcept
    {
        return m_server.cell->state.load(std::memory_order_relaxed) != config::ServerState::maint;
    }

    void stop() noexcept
    {
        m_stopped = true;
        m_sleeper.wake();
        if (m_socket)
            m_socket->cancel();
    }

    // Between probes, and before the first so that a thousand servers are not asked at the same moment.
    auto rest(bool first)
    {
        const Milliseconds interval = m_config.healthInterval;
        return m_sleeper.sleep(first ? Milliseconds(m_server.cell->number * 7 % 50) : interval);
    }

    engine::Task<ProbeReport> ask();

private:
    [[nodiscard]] std::string tokenLine() const
    {
        return m_server.token.empty() ? "" : std::string(wire::kTokenField) + ": " + m_server.token + "\r\n";
    }
    engine::Task<bool> askOver(engine::Stream &socket, SteadyTime deadline, std::string &detail);
    [[nodiscard]] Milliseconds left(SteadyTime deadline) const
    {
        return std::max(std::chrono::duration_cast<Milliseconds>(deadline - SteadyClock::now()), Milliseconds{0});
    }

    engine::Loop &m_loop;
    engine::TaskScope &m_tasks; // for connections of HTTP/2
    snapshot::Server m_server;
    config::BackendConfig m_config;
    config::AppProtocol m_protocol;
    engine::Sleeper m_sleeper;
    balance::HealthTracker m_tracker;
    engine::Stream *m_socket = nullptr; // while asking
    bool m_stopped = false;
};

engine::Task<ProbeReport> HealthProbes::Probe::ask()
{
    ProbeReport report{m_server.cell, false, {}, {}};
    if (!m_server.endpoint) {
        const std::string name(m_server.config.address.hostName());
        report.detail = name.empty() ? "its TLS could not be set up" : "the name " + name + " does not resolve";
    } else {
        const SteadyTime begun = SteadyClock::now();
        std::unique_ptr<engine::Stream> socket = startConnecting(m_loop, m_server, viewOf(ownGreeting(m_config)));
        if (m_server.speaksHttp2) {
            const auto session = UpstreamHttp2::begin(std::move(socket), m_config.healthTimeout, m_tasks);
            socket = session->open();
            session->retire(); // with this one request
        }
        m_socket = socket.get();
        report.passed = co_await askOver(*socket, begun + Milliseconds(m_config.healthTimeout), report.detail);
        m_socket = nullptr;
        const auto spent = std::chrono::duration_cast<Milliseconds>(SteadyClock::now() - begun);
        if (report.passed)
            report.detail += " in " + std::to_string(spent.count()) + " ms";
    }
    report.verdict = m_tracker.record(report.passed, report.detail);
    co_return report;
}

engine::Task<bool> HealthProbes::Probe::askOver(engine::Stream &socket, SteadyTime deadline, std::string &detail)
{
    const engine::IoResult connected = co_await socket.connected(left(deadline));
    if (!connected.ok()) {
        detail = socket.failure();
        if (detail.empty())
            detail = connected.status == engine::IoStatus::timedOut
                         ? "no connection within " + m_config.healthTimeout.text()
                         : "connection refused";
        co_return false;
    }
    // A script that is asked in FastCGI would have to be known by its file, which a server has none of its own for.
    if (m_config.healthPath.empty() || m_protocol == config::AppProtocol::fastcgi) {
        detail = "connected";
        co_return true;
    }
    const std::string request = "GET " + m_config.healthPath.path +
                                " HTTP/1.1\r\nHost: " + m_server.config.address.authority() +
                                "\r\nUser-Agent: Mainstay-health\r\n" + tokenLine() + "Connection: close\r\n\r\n";
    const engine::IoResult sent = co_await socket.send(request, left(deadline));
    engine::Buffer in(m_loop.buffers());
    wire::ResponseHead head;
    FinalHead final;
    wire::ParseStatus parsed = wire::ParseStatus::needMore;
    while (sent.ok() && parsed == wire::ParseStatus::needMore && !in.isFull()) {
        const engine::IoResult received = co_await socket.receive(in, left(deadline));
        if (!received.ok()) {
            detail = socket.failure();
            if (detail.empty())
                detail = received.status == engine::IoStatus::timedOut
                             ? "no response within " + m_config.healthTimeout.text()
                             : "the connection was closed without a response";
            co_return false;
        }
        parsed = final.parse(in, head, wire::Method::get);
    }
    if (parsed != wire::ParseStatus::complete) {
        detail = sent.ok() ? "the response is not HTTP" : "the connection was closed";
        co_return false;
    }
    detail = "status " + std::to_string(head.status());
    co_return m_config.healthStatus.contains(head.status());
}

HealthProbes::HealthProbes(engine::Loop &loop, OnReport onReport) : m_loop(loop), m_onReport(std::move(onReport)) {}

HealthProbes::~HealthProbes() = default;

void HealthProbes::adopt(const snapshot::Snapshot &snapshot)
{
    std::set<std::uint32_t> wanted;
    for (const auto &backend : snapshot.backends) {
        for (const snapshot::Server &server : backend->servers) {
            wanted.insert(server.cell->number);
            std::shared_ptr<Probe> &place = m_probes[server.cell->number];
            if (place && place->matches(*backend, server))
                continue;
            // Other settings make nobody well or ill: only another address is another server.
            const balance::Health health = place && place->leadsTo(server) ? place->health() : balance::Health::unknown;
            if (place)
                place->stop();
            place = std::make_shared<Probe>(m_loop, m_tasks, *backend, server, health);
            m_tasks.start(run(place));
        }
    }
    std::erase_if(m_probes, [&wanted](const auto &entry) {
        if (wanted.contains(entry.first))
            return false;
        entry.second->stop();
        return true;
    });
}

engine::Task<> HealthProbes::run(std::shared_ptr<Probe> probe)
{
    for (bool first = true;; first = false) {
        co_await probe->rest(first);
        if (probe->isStopped())
            co_return;
        if (!probe->isWanted())
            continue;
        ProbeReport report = co_await probe->ask();
        if (probe->isStopped())
            co_return;
        m_onReport(std::move(report));
    }
}

void HealthProbes::stop(std::function<void()> done)
{
    for (const auto &[number, probe] : m_probes)
        probe->stop();
    m_probes.clear();
    m_stopping.start(finishStopping(std::move(done)));
}

engine::Task<> HealthProbes::finishStopping(std::function<void()> done)
{
    co_await m_tasks.empty();
    done();
}

} // namespace mainstay::http
