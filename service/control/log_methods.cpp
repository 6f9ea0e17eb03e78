// SPDX-License-Identifier: GPL-3.0-or-later
// log.*.
#include "control/method_groups.h"
#include "logs/followed_file.h"
#include "logs/tail_file.h"
#include "rpc/methods.h"

#include <QTimer>

#include <filesystem>

namespace mainstay::control {

namespace {

constexpr Milliseconds kLookEvery{250};
constexpr std::size_t kMaxEvents = 1000;                        // at a time
constexpr std::size_t kMaxBytes = std::size_t{4} * 1024 * 1024; // of the access log at a time

// Control thread. Follows the log of events for one stream; deletes itself when that ends.
class EventFeed : public QObject {
public:
    EventFeed(const Reporting &reporting, std::uint64_t after, Stream<rpc::LogLine> stream)
        : QObject(&reporting.configuration), m_events(reporting.events), m_seen(after), m_stream(std::move(stream))
    {
        m_stream.onClosed([this] { deleteLater(); });
        m_timer.callOnTimeout(this, &EventFeed::look);
        m_timer.start(kLookEvery);
    }

private:
    void look()
    {
        for (const logs::Event &event : m_events.since(m_seen, kMaxEvents)) {
            m_seen = event.sequence;
            if (!m_stream.send({event.time, event.text()})) {
                m_timer.stop();
                return deleteLater();
            }
        }
    }

    const logs::EventLog &m_events;
    std::uint64_t m_seen;
    Stream<rpc::LogLine> m_stream;
    QTimer m_timer;
};

// Control thread; the reading is done on the pool. Follows a file for one stream; deletes itself when that ends.
class FileFeed : public QObject {
public:
    FileFeed(const Reporting &reporting, const std::string &path, std::uint64_t from, Stream<rpc::LogLine> stream)
        : QObject(&reporting.configuration), m_background(reporting.background),
          m_file(std::make_shared<logs::FollowedFile>(path, from)), m_stream(std::move(stream))
    {
        m_stream.onClosed([this] { deleteLater(); });
        m_timer.setSingleShot(true);
        m_timer.callOnTimeout(this, &FileFeed::look);
        m_timer.start(kLookEvery);
    }

private:
    void look()
    {
        m_background.run(
            this, [file = m_file] { return file->newLines(kMaxBytes); },
            [this](const std::vector<std::string> &lines) {
                for (const std::string &line : lines) {
                    if (!m_stream.send({{}, line}))
                        return deleteLater();
                }
                m_timer.start(kLookEvery);
            });
    }

    Background &m_background;
    std::shared_ptr<logs::FollowedFile> m_file; // on the pool, or waiting
    Stream<rpc::LogLine> m_stream;
    QTimer m_timer;
};

void tailEvents(const Reporting &reporting, const rpc::TailLog &request, const Stream<rpc::LogLine> &stream)
{
    std::uint64_t seen = reporting.events.lastSequence();
    for (const logs::Event &event : reporting.events.tail(request.lines)) {
        seen = event.sequence;
        stream.send({event.time, event.text()});
    }
    if (!request.follow)
        return stream.end();
    new EventFeed(reporting, seen, stream); // its parent owns it
}

void tailFile(const Reporting &reporting, const std::string &path, const rpc::TailLog &request,
              const Stream<rpc::LogLine> &stream)
{
    reporting.background.run(
        &reporting.configuration, [path, lines = request.lines] { return logs::tailFile(path, lines, kMaxBytes); },
        [&reporting, path, follow = request.follow, stream](const Result<logs::Tail> &tail) {
            if (!tail)
                return stream.end(tl::unexpected(tail.error()));
            for (const std::string &line : tail->lines)
                stream.send({{}, line});
            if (!follow)
                return stream.end();
            new FileFeed(reporting, path, tail->end, stream); // its parent owns it
        });
}

void tailAccess(const Reporting &reporting, const rpc::TailLog &request, const Stream<rpc::LogLine> &stream)
{
    const auto file = reporting.requestLogs.fileOf(request.log);
    if (!file)
        return stream.end(tl::unexpected(file.error()));
    tailFile(reporting, file->string(), request, stream);
}

void tailApp(const Reporting &reporting, const rpc::TailLog &request, const Stream<rpc::LogLine> &stream)
{
    const std::filesystem::path file = reporting.logs / ("app-" + request.app + ".log");
    // Of one that was taken out of the configuration, what it said is still there.
    const bool isName = request.app.find('/') == std::string::npos;
    std::error_code ignored;
    if (!reporting.configuration.running().loaded.configuration.apps.contains(request.app) &&
        !(isName && std::filesystem::is_regular_file(file, ignored)))
        return stream.end(fail("app.unknown", "there is no app `" + request.app + "`", "see mainstayctl app list"));
    tailFile(reporting, file.string(), request, stream);
}

} // namespace

void bindLogMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::ReopenLogs>([&reporting](const rpc::ReopenLogs &, const Caller &) -> Result<rpc::ReopenedLogs> {
        return rpc::ReopenedLogs{reporting.requestLogs.reopen()};
    });
    methods.stream<rpc::TailLog>(
        [&reporting](const rpc::TailLog &request, const Caller &, const Stream<rpc::LogLine> &stream) {
            if (request.source == rpc::LogSource::access)
                tailAccess(reporting, request, stream);
            else if (request.source == rpc::LogSource::app)
                tailApp(reporting, request, stream);
            else
                tailEvents(reporting, request, stream);
        });
}

} // namespace mainstay::control
