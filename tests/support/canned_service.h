// SPDX-License-Identifier: GPL-3.0-or-later
// A service whose answers are known, on a real socket.
#pragma once

#include "control/management_socket.h"
#include "rpc/methods.h"

#include <QObject>

#include <memory>

namespace mainstay {

class CannedService : public QObject {
public:
    explicit CannedService(const QString &socket);

    // What was asked last.
    rpc::ApplyConfig applied;
    rpc::TailLog tailed;
    rpc::QueryDatabase queried;
    rpc::RestartApp restarted;
    int checks = 0;
    // Whether an apply, a restart or a query is refused.
    bool refuses = false;
    [[nodiscard]] std::uint64_t samplesSent() const { return m_samples; }

    // What it answers about itself.
    rpc::Status status;

private:
    void addStatusMethods();
    void addConfigMethods();
    void addServerMethods();
    void addAppMethods();
    void addStreams();
    [[nodiscard]] rpc::MetricsSample sample();

    control::MethodRegistry m_methods;
    std::uint64_t m_samples = 0;
    std::unique_ptr<control::ManagementSocket> m_server;
};

} // namespace mainstay
