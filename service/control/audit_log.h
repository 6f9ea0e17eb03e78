// SPDX-License-Identifier: GPL-3.0-or-later
// Who changed what and when: one JSON object a line, in the state folder.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <QJsonObject>
#include <QJsonValue>

#include <cstdint>
#include <optional>
#include <string>

namespace mainstay::control {

struct AuditEntry {
    WallTime time;
    std::uint32_t uid = 0;
    std::string user;
    std::string method;
    QJsonObject params; // without secrets
    Result<QJsonValue> outcome;
};

// Control thread. The file is opened for each entry, so that it can be rotated by renaming it; mode 0640.
class AuditLog {
public:
    static constexpr char kFileName[] = "audit.log";
    // What a caller sent or was answered is left out of its entry when its JSON is longer.
    static constexpr qsizetype kMaxValue = 16 * 1024;

    explicit AuditLog(std::string path) : m_path(std::move(path)) {}

    // Fails with "audit.unwritable".
    Result<> append(const AuditEntry &entry);
    // Why the last entry could not be written; nothing when it was. For the status: a change is not refused for it.
    [[nodiscard]] const std::optional<Error> &lastError() const { return m_lastError; }

private:
    Result<> write(const QByteArray &line) const;

    std::string m_path;
    std::optional<Error> m_lastError;
};

} // namespace mainstay::control
