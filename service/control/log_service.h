// SPDX-License-Identifier: GPL-3.0-or-later
// Opens the logs of requests that the configuration names, keeps them through changes, and knows what is wrong with
// them.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "control/background.h"
#include "control/preparation.h"
#include "control/request_logs.h"
#include "logs/access_log.h"
#include "logs/archive.h"
#include "logs/event_log.h"
#include "logs/file_sink.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::control {

// Control thread.
class LogService {
public:
    // `folder`: what relative files are relative to. `toControl`, from any thread: runs the job on the control thread,
    // unless this is gone by then.
    LogService(std::filesystem::path folder, Background &background, logs::EventLog &events,
               std::function<void(engine::Job)> toControl);
    LogService(const LogService &) = delete;
    LogService &operator=(const LogService &) = delete;

    // Before the snapshot of this configuration is built. What is written to the same place as before goes on there.
    void adopt(const config::Configuration &configuration, const Prepared &prepared);
    [[nodiscard]] const RequestLogs &logs() const noexcept { return m_logs; }
    // After others have moved the files. How many logs there are.
    std::size_t reopen();

    [[nodiscard]] Problems problems() const;
    // The file of a log; of the first one of the service with a file when the name is empty. Fails with "log.off",
    // "log.unknown" and "log.no-file".
    [[nodiscard]] Result<std::filesystem::path> fileOf(const std::string &name) const;

private:
    // Where lines go: one writer, whatever the logs are called that are written there.
    struct Target {
        std::string path;               // of the first of these logs, for what is wrong with it
        std::filesystem::path file;     // empty for none
        logs::FileSink *sink = nullptr; // of the log, where that is a file
        std::shared_ptr<logs::AccessLog> log;
    };
    struct Named {
        config::LogConfig config;
        std::string target;
    };

    // The log of the name, whose target is open.
    void setNamed(const std::string &name, const config::LogConfig &config, const std::string &target);
    void drop(const std::string &key, Target &&target);
    [[nodiscard]] std::string targetOf(const std::string &name, const config::LogConfig &config,
                                       const Prepared &prepared) const;
    [[nodiscard]] std::filesystem::path pathOfFile(const std::string &name, const config::LogConfig &config) const;
    [[nodiscard]] Target open(const std::string &key, const std::string &name, const config::LogConfig &config,
                              const Prepared &prepared);
    [[nodiscard]] std::unique_ptr<logs::FileSink>
    makeFileSink(const std::string &key, const std::filesystem::path &file, const config::LogConfig &config);
    [[nodiscard]] logs::AccessLog::Options optionsOf(const std::string &key);
    // `kind` tells what can be wrong at once apart; nothing is wrong any more without an error.
    void setTrouble(const std::string &key, const char *kind, const std::optional<Error> &error);
    void tell(const std::string &key, logs::EventSeverity severity, std::string message);

    const std::filesystem::path m_folder;
    Background &m_background;
    logs::EventLog &m_events;
    const std::function<void(engine::Job)> m_toControl;
    std::shared_ptr<logs::Archive> m_archive;
    std::map<std::string, Target> m_targets;
    std::map<std::string, Named> m_named; // the log of service.access_log has an empty name
    std::vector<std::string> m_ofService; // the names of its logs
    RequestLogs m_logs;
    std::map<std::pair<std::string, std::string>, Error> m_troubles; // by target and kind, while they last
};

} // namespace mainstay::control
