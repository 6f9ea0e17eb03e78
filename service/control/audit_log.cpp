// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/audit_log.h"

#include "rpc/frame.h"
#include "rpc/json_value.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace mainstay::control {

namespace {

QJsonValue bounded(const QJsonValue &value)
{
    const qsizetype size = rpc::compactText({{QLatin1String("value"), value}}).size();
    return size <= AuditLog::kMaxValue ? value : QJsonValue(QStringLiteral("(%1 bytes)").arg(size));
}

QByteArray lineOf(const AuditEntry &entry)
{
    QJsonObject line{{QLatin1String("time"), rpc::timeText(entry.time)},
                     {QLatin1String("uid"), static_cast<qint64>(entry.uid)},
                     {QLatin1String("user"), QString::fromStdString(entry.user)},
                     {QLatin1String("method"), QString::fromStdString(entry.method)},
                     {QLatin1String("params"), bounded(entry.params)}};
    if (entry.outcome)
        line.insert(QLatin1String("result"), bounded(*entry.outcome));
    else
        line.insert(QLatin1String("error"), bounded(rpc::errorToJson(entry.outcome.error())));
    return rpc::compactText(line) + '\n';
}

} // namespace

Result<> AuditLog::append(const AuditEntry &entry)
{
    Result<> written = write(lineOf(entry));
    m_lastError = written ? std::nullopt : std::optional(written.error());
    return written;
}

Result<> AuditLog::write(const QByteArray &line) const
{
    const auto unwritable = [this](const char *what) {
        return fail("audit.unwritable", std::string(what) + " the audit log " + m_path + ": " + std::strerror(errno),
                    "changes go on unrecorded; check the folder's owner and free space");
    };
    const int file = open(m_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file < 0)
        return unwritable("cannot open");
    // One write, so that a line is whole or the disk is full: then no part of it stays for the next one to join.
    const off_t before = ::lseek(file, 0, SEEK_END);
    const ssize_t written = ::write(file, line.constData(), static_cast<std::size_t>(line.size()));
    int problem = written < 0 ? errno : ENOSPC;
    if (written > 0 && written < line.size() && ::ftruncate(file, before) != 0)
        problem = errno;
    close(file);
    errno = problem;
    if (written != line.size())
        return unwritable("cannot write to");
    return {};
}

} // namespace mainstay::control
