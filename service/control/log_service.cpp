// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/log_service.h"

#include "logs/datagram_sink.h"
#include "schema/node.h"

#include <algorithm>

namespace mainstay::control {

namespace {

constexpr const char *kSyslogSocket = "/dev/log";
constexpr const char *kJournalSocket = "/run/systemd/journal/socket";

// Where the trouble of a log is shown.
std::string pathOf(const std::string &name)
{
    return name.empty() ? "service.access_log" : schema::joinPath("log", name);
}

logs::LogCoding codingOf(config::LogCompression compression)
{
    switch (compression) {
    case config::LogCompression::none:
        return logs::LogCoding::none;
    case config::LogCompression::gzip:
        return logs::LogCoding::gzip;
    case config::LogCompression::zstd:
        break;
    }
    return logs::LogCoding::zstd;
}

logs::Rotation rotationOf(const config::LogConfig &config)
{
    using Every = logs::Rotation::Every;
    const Every every = config.rotate == config::Rotate::daily    ? Every::day
                        : config.rotate == config::Rotate::hourly ? Every::hour
                                                                  : Every::never;
    return {config.rotateSize, every, {config.keep, codingOf(config.compress)}};
}

logs::Selection selectionOf(const config::LogConfig &config)
{
    using Which = logs::Selection::Which;
    const Which which = config.requests == config::LoggedRequests::all      ? Which::all
                        : config.requests == config::LoggedRequests::errors ? Which::errors
                                                                            : Which::slow;
    return {which, config.sample, std::chrono::microseconds(config.slow.value).count()};
}

// Nothing while its name does not resolve.
std::optional<PeerAddress> peerOf(const config::LogConfig &config, const Prepared &prepared)
{
    if (config.to == config::LogTarget::journal)
        return UnixAddress{config.socket.empty() ? kJournalSocket : config.socket.path};
    if (config.address.empty())
        return UnixAddress{config.socket.empty() ? kSyslogSocket : config.socket.path};
    if (const auto endpoint = config.address.endpoint())
        return *endpoint;
    const auto found = prepared.addresses.find(config.address.host);
    if (found == prepared.addresses.end())
        return std::nullopt;
    return Endpoint{found->second, config.address.port};
}

// The file that service.access_log names.
config::LogConfig plainLog(const config::FilePath &file)
{
    config::LogConfig config;
    config.file = file;
    config.rotateSize = config::ByteSize(0);
    return config;
}

} // namespace

LogService::LogService(std::filesystem::path folder, Background &background, logs::EventLog &events,
                       std::function<void(engine::Job)> toControl)
    : m_folder(std::move(folder)), m_background(background), m_events(events), m_toControl(std::move(toControl)),
      m_archive(std::make_shared<logs::Archive>(
          [this, toControl = m_toControl](const std::string &file, const std::optional<Error> &error) {
              toControl([this, file, error] { setTrouble(file, "archive", error); });
          }))
{}

void LogService::adopt(const config::Configuration &configuration, const Prepared &prepared)
{
    std::map<std::string, config::LogConfig> wanted(configuration.logs.begin(), configuration.logs.end());
    m_ofService.clear();
    for (const auto &reference : configuration.service.logs)
        m_ofService.push_back(reference.name);
    if (m_ofService.empty() && !configuration.service.accessLog.empty()) {
        wanted.emplace("", plainLog(configuration.service.accessLog));
        m_ofService.emplace_back();
    }

    std::map<std::string, Target> before = std::exchange(m_targets, {});
    for (const auto &[name, config] : wanted) {
        const std::string key = targetOf(name, config, prepared);
        if (!m_targets.contains(key)) {
            auto known = before.extract(key);
            Target target = known ? std::move(known.mapped()) : open(key, name, config, prepared);
            target.path = pathOf(name);
            if (target.sink)
                target.sink->setRotation(rotationOf(config));
            m_targets.emplace(key, std::move(target));
        }
        setNamed(name, config, key);
    }
    for (auto &[key, target] : before)
        drop(key, std::move(target));
    std::erase_if(m_named, [&](const auto &entry) { return !wanted.contains(entry.first); });
    std::erase_if(m_logs.byName, [&](const auto &entry) { return !wanted.contains(entry.first); });

    m_logs.open.clear();
    for (const auto &[key, target] : m_targets)
        m_logs.open.push_back(target.log);
    m_logs.ofService.clear();
    for (const std::string &name : m_ofService) {
        if (const auto log = m_logs.byName.find(name); log != m_logs.byName.end())
            m_logs.ofService.push_back(log->second);
    }
}

void LogService::setNamed(const std::string &name, const config::LogConfig &config, const std::string &target)
{
    const std::shared_ptr<logs::AccessLog> &log = m_targets.at(target).log;
    std::shared_ptr<const logs::RequestLog> &place = m_logs.byName[name];
    Named &known = m_named[name];
    if (place && place->log == log && known.config == config)
        return;
    known = {config, target};
    place = std::make_shared<const logs::RequestLog>(
        logs::RequestLog{log, logs::LineFormat(config.format), selectionOf(config)});
}

// Its thread may have to wait for a disk before it ends.
void LogService::drop(const std::string &key, Target &&target)
{
    m_background.run([log = std::move(target.log)]() mutable { log.reset(); });
    std::erase_if(m_troubles, [&key](const auto &trouble) { return trouble.first.first == key; });
}

std::filesystem::path LogService::pathOfFile(const std::string &name, const config::LogConfig &config) const
{
    return (m_folder / config.fileOf(name)).lexically_normal();
}

std::string LogService::targetOf(const std::string &name, const config::LogConfig &config,
                                 const Prepared &prepared) const
{
    if (config.to == config::LogTarget::file)
        return pathOfFile(name, config).string();
    const auto peer = peerOf(config, prepared);
    return (config.to == config::LogTarget::journal ? "journal " : "syslog ") + name + " " +
           std::to_string(static_cast<unsigned>(config.facility)) + " " + config.address.text() + " " +
           (peer ? peer->text() : "");
}

LogService::Target LogService::open(const std::string &key, const std::string &name, const config::LogConfig &config,
                                    const Prepared &prepared)
{
    Target target;
    std::unique_ptr<logs::LogSink> sink;
    if (config.to == config::LogTarget::file) {
        target.file = pathOfFile(name, config);
        auto file = makeFileSink(key, target.file, config);
        target.sink = file.get();
        sink = std::move(file);
    } else {
        const bool isJournal = config.to == config::LogTarget::journal;
        const auto peer = peerOf(config, prepared);
        const std::string where = config.address.empty() ? peer->unixAddress()->path : config.address.text();
        sink = std::make_unique<logs::DatagramSink>(
            (isJournal ? "the journal at " : "syslog at ") + where, peer,
            isJournal ? logs::journalForm(name) : logs::syslogForm(static_cast<unsigned>(config.facility), name));
    }
    target.log = std::make_shared<logs::AccessLog>(std::move(sink), optionsOf(key));
    return target;
}

std::unique_ptr<logs::FileSink> LogService::makeFileSink(const std::string &key, const std::filesystem::path &file,
                                                         const config::LogConfig &config)
{
    // Those beside the log folder are for the administrator to make.
    if (!std::filesystem::path(config.file.path).is_absolute()) {
        std::error_code ignored; // opening the log tells of it
        std::filesystem::create_directories(file.parent_path(), ignored);
    }
    logs::FileSink::Options options;
    options.path = file.string();
    options.rotation = rotationOf(config);
    options.archive = m_archive;
    options.onRotationTrouble = [this, key, toControl = m_toControl](const std::optional<Error> &error) {
        toControl([this, key, error] { setTrouble(key, "rotation", error); });
    };
    return std::make_unique<logs::FileSink>(std::move(options));
}

logs::AccessLog::Options LogService::optionsOf(const std::string &key)
{
    // On the control thread this is there; on the thread of the log, which may wait for a disk, it may be gone.
    logs::AccessLog::Options options;
    options.onFailure = [this, key, toControl = m_toControl](const Error &error) {
        toControl([this, key, error] { setTrouble(key, "writing", error); });
    };
    options.onRecovery = [this, key, toControl = m_toControl](std::uint64_t dropped) {
        toControl([this, key, dropped] {
            tell(key, logs::EventSeverity::info, "written again; " + std::to_string(dropped) + " lines were lost");
            setTrouble(key, "writing", std::nullopt);
        });
    };
    return options;
}

void LogService::setTrouble(const std::string &key, const char *kind, const std::optional<Error> &error)
{
    const std::pair<std::string, std::string> place(key, kind);
    if (!error)
        m_troubles.erase(place);
    else if (m_targets.contains(key) && m_troubles.insert_or_assign(place, *error).second)
        tell(key, logs::EventSeverity::error, error->text());
}

void LogService::tell(const std::string &key, logs::EventSeverity severity, std::string message)
{
    if (const auto target = m_targets.find(key); target != m_targets.end())
        m_events.add(severity, target->second.path, std::move(message));
}

std::size_t LogService::reopen()
{
    for (const auto &[key, target] : m_targets)
        target.log->reopen();
    return m_targets.size();
}

Problems LogService::problems() const
{
    Problems problems;
    for (const auto &[place, error] : m_troubles)
        problems.push_back({error.code, m_targets.at(place.first).path, error.message, error.remedy, {}});
    return problems;
}

Result<std::filesystem::path> LogService::fileOf(const std::string &name) const
{
    const auto fileOf = [this](const std::string &one) {
        const auto named = m_named.find(one);
        return named == m_named.end() ? std::filesystem::path() : m_targets.at(named->second.target).file;
    };
    if (!name.empty()) {
        if (!m_named.contains(name))
            return fail("log.unknown", "there is no log `" + name + "`", "see mainstayctl config get log");
        if (fileOf(name).empty())
            return fail("log.no-file", "log `" + name + "` is written to no file", "look where it is sent to");
        return fileOf(name);
    }
    for (const std::string &one : m_ofService) {
        if (const auto file = fileOf(one); !file.empty())
            return file;
    }
    return fail("log.off", "no access log is written to a file", "set service.access_log or service.logs");
}

} // namespace mainstay::control
