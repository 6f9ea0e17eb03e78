// SPDX-License-Identifier: GPL-3.0-or-later
// What only SQLite's own interface can: stop a statement in time, refuse all that is no reading, and see that another
// file has taken the place of the one that is open.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "databases/engine.h"

#include <QVariant>

#include <atomic>
#include <filesystem>

struct sqlite3;

namespace mainstay::databases {

// Any thread that may block on a disk. Makes the file, and the folders it lies in, for the service's user alone. Fails
// with "database.unreachable".
[[nodiscard]] Result<> makeSqliteFile(const std::filesystem::path &file);

// The thread of its connection; cancel() from any. Does nothing until attach().
class SqliteGuard {
public:
    // Of an open connection, as QSqlDriver::handle() gives it, which goes before this.
    void attach(const QVariant &handle);
    void detach() { m_handle = nullptr; }
    [[nodiscard]] bool isAttached() const { return m_handle != nullptr; }

    // The file that is open, as its folder counts it: another one has another number. 0 where nothing is known.
    [[nodiscard]] std::uint64_t fileNumber() const { return m_file; }
    // Whether no file, or another one, has its name by now. To be asked before each piece of work.
    [[nodiscard]] bool isFileReplaced() const;
    // Whether SQLite may only read it.
    [[nodiscard]] bool isReadOnlyFile() const;
    // Whether that is over for who opens it anew.
    [[nodiscard]] bool mayWriteByNow() const;
    // Behind each piece of work: what lies beside the file by then is remembered.
    void noteFiles();
    // When it is, before the connection is closed: what was written and lies beside the file is brought into it and
    // taken away, so that the new file of its name does not get it.
    void leaveFile();

    // What statements may do from now on.
    void setAccess(Access access);
    // What is longer ends a statement with SQLITE_TOOBIG.
    void limitValues(std::size_t bytes);
    // A statement that is at work then ends with SQLITE_INTERRUPT; one that waits for a lock gives up before.
    void setDeadline(SteadyTime deadline, Milliseconds lockPatience);
    // Ends the statement at work, and those that follow.
    void cancel() noexcept { m_cancelled.store(true, std::memory_order_relaxed); }

private:
    static int onProgress(void *guard);
    static int onAuthorize(void *guard, int action, const char *first, const char *second, const char *, const char *);

    sqlite3 *m_handle = nullptr;
    std::uint64_t m_file = 0;
    std::uint64_t m_log = 0; // the file "-wal" beside it, once it is there
    Access m_access = Access::write;
    SteadyTime m_deadline = SteadyTime::max();
    std::atomic<bool> m_cancelled = false;
};

} // namespace mainstay::databases
