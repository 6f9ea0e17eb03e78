// SPDX-License-Identifier: GPL-3.0-or-later
// How long a program waited for others to leave a processor, for limits of time that are about the program.
#pragma once

#include <QFile>
#include <QList>

namespace mainstay::tests {

// Milliseconds so far that the first thread of a process could have run and did not; 0 where the kernel does not tell.
inline qint64 waitedForProcessor(qint64 process)
{
    QFile file(QStringLiteral("/proc/%1/schedstat").arg(process));
    const QList<QByteArray> fields = file.open(QIODevice::ReadOnly) ? file.readAll().split(' ') : QList<QByteArray>();
    return fields.size() < 2 ? 0 : fields[1].toLongLong() / 1'000'000;
}

} // namespace mainstay::tests
