// SPDX-License-Identifier: GPL-3.0-or-later
// Lines as datagrams, one each: to syslog (RFC 5424) and to the journal of systemd.
#pragma once

#include "base/peer_address.h"
#include "logs/log_sink.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::logs {

// What stands around a line, and how much of one fits.
struct DatagramForm {
    std::function<std::string()> prefix; // asked for once for some lines that are sent together
    std::string suffix;
    std::size_t maxLine = 0; // bytes; what is longer is cut
};

// "<134>1 2026-11-26T21:25:40.123Z HOST mainstay PID NAME - " and the line. `name`: of the log.
[[nodiscard]] DatagramForm syslogForm(unsigned facility, const std::string &name);
// The native protocol: MESSAGE, PRIORITY, SYSLOG_IDENTIFIER and MAINSTAY_LOG.
[[nodiscard]] DatagramForm journalForm(const std::string &name);

// The log's thread. Waits a tenth of a second for who does not take what is sent, and then gives the line back.
class DatagramSink : public LogSink {
public:
    // `peer`: nothing while it is not known, as when a name does not resolve; `what` names it for messages.
    DatagramSink(std::string what, std::optional<PeerAddress> peer, DatagramForm form);
    ~DatagramSink() override;

    Result<> open() override;
    Result<> prepare(std::size_t bytes) override;
    Result<std::size_t> write(std::string_view lines) override;

private:
    struct Batch;

    [[nodiscard]] Result<> failed(const char *code, int error) const;
    // How many of the batch were sent; 0 with errno set.
    std::size_t send(Batch &batch);
    void close() noexcept;

    const std::string m_what;
    const std::optional<PeerAddress> m_peer;
    const DatagramForm m_form;
    std::size_t m_maxLine;
    int m_handle = -1;
};

} // namespace mainstay::logs
