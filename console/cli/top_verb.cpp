// SPDX-License-Identifier: GPL-3.0-or-later
// top: what the service does, refreshed each second.
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/top_view.h"
#include "cli/verbs.h"
#include "rpc/metrics_methods.h"
#include "rpc/status_methods.h"

#include <QEventLoop>
#include <QSocketNotifier>
#include <QTimer>

#include <csignal>
#include <memory>
#include <optional>
#include <unistd.h>

namespace mainstay::cli {
namespace {

// Takes samples as they come, asks for the status with each, and hands over a view from the second sample on.
class TopSource : public QObject {
public:
    TopSource(rpc::Client &client, Milliseconds interval, std::function<void(const TopView &)> show,
              std::function<void(Result<>)> ended)
        : m_client(client), m_show(std::move(show)), m_ended(std::move(ended))
    {
        rpc::SubscribeMetrics request;
        request.interval = interval;
        m_client.subscribe(
            request, this, [this](rpc::MetricsSample sample) { take(std::move(sample)); },
            [this](Result<> why) { m_ended(std::move(why)); });
    }

    // Whether the first sample has come, and the status with it.
    [[nodiscard]] bool hasBegun() const noexcept { return m_before.has_value(); }

private:
    void take(rpc::MetricsSample sample)
    {
        m_client.call(rpc::GetStatus{}, this, [this, sample = std::move(sample)](Result<rpc::Status> status) mutable {
            if (!status)
                return m_ended(forward(std::move(status)));
            if (m_before)
                m_show(topView(*status, *m_before, sample));
            m_before = std::move(sample);
        });
    }

    rpc::Client &m_client;
    std::function<void(const TopView &)> m_show;
    std::function<void(Result<>)> m_ended;
    std::optional<rpc::MetricsSample> m_before;
};

// Redraws the screen until q is pressed or a signal asks for the end. Ctrl-Z leaves the screen as it was found.
Result<ExitCode> watch(Invocation &invocation, Milliseconds interval)
{
    QEventLoop loop;
    Result<> ended;
    FullScreen screen;
    screen.draw({QStringLiteral("Waiting for the first two samples…")});

    const Signals signals{SIGINT, SIGTERM, SIGHUP, SIGTSTP};
    QObject::connect(&signals, &Signals::caught, &loop, [&](int number) {
        if (number != SIGTSTP)
            return loop.quit();
        screen.leave();
        Signals::stopProcess();
        screen.enter();
    });
    QSocketNotifier keys(STDIN_FILENO, QSocketNotifier::Read);
    QObject::connect(&keys, &QSocketNotifier::activated, &loop, [&] {
        char key = 0;
        const auto size = read(STDIN_FILENO, &key, 1);
        if (size == 0)
            keys.setEnabled(false);
        if (size == 1 && (key == 'q' || key == 'Q'))
            loop.quit();
    });
    const TopSource source(
        invocation.service.client(), interval,
        [&](const TopView &view) { screen.draw(topLines(view, invocation.output.hasColour())); },
        [&](Result<> why) {
            ended = std::move(why);
            loop.quit();
        });
    loop.exec();
    if (!ended)
        return forward(std::move(ended));
    return ExitCode::done;
}

Result<ExitCode> printOnce(Invocation &invocation, Milliseconds interval)
{
    QEventLoop loop;
    std::optional<TopView> seen;
    Result<> ended;
    const auto end = [&](Result<> why) {
        ended = std::move(why);
        loop.quit();
    };
    ServiceSession &service = invocation.service;
    const TopSource source(
        service.client(), interval,
        [&](const TopView &view) {
            seen = view;
            loop.quit();
        },
        end);
    const auto giveUp = [&] { end(tl::unexpected<Error>(service.noAnswer())); };
    QTimer::singleShot(service.patience(), &loop, [&] {
        if (!source.hasBegun())
            giveUp();
    });
    QTimer::singleShot(interval + service.patience(), &loop, giveUp);
    loop.exec();
    if (!ended)
        return forward(std::move(ended));
    if (!seen)
        return fail("service.closed", "the service ended the stream of samples");
    Output &output = invocation.output;
    output.isJson() ? output.value(*seen) : output.lines(topLines(*seen, output.hasColour()));
    return ExitCode::done;
}

Result<ExitCode> top(Invocation &invocation)
{
    const auto given = invocation.arguments.duration(QStringLiteral("interval"));
    if (!given)
        return tl::unexpected<Error>(given.error());
    const Milliseconds interval = given->value_or(Seconds(1));
    const bool once = invocation.arguments.has(QStringLiteral("once")) || invocation.output.isJson();
    if (once || !isTerminal(stdout))
        return printOnce(invocation, interval);
    return watch(invocation, interval);
}

} // namespace

Verb topVerb()
{
    return {.name = QStringLiteral("top"),
            .arguments = {},
            .summary = QStringLiteral("Watch requests, latencies, servers and queries, refreshed each second"),
            .details = QStringLiteral("q or Ctrl-C ends it. Where standard output is no terminal it prints once."),
            .options = {{QStringLiteral("once"), {}, {}, QStringLiteral("Print once, over one interval, and end")},
                        {QStringLiteral("interval"),
                         {},
                         QStringLiteral("TIME"),
                         QStringLiteral("From one refresh to the next, 100ms or more (default: 1s)")}},
            .examples = {{QStringLiteral("top"), QStringLiteral("on a terminal, until q")},
                         {QStringLiteral("top --once --interval 10s"), QStringLiteral("rates over ten seconds")}},
            .run = top};
}

} // namespace mainstay::cli
