// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/sqlite_guard.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

namespace mainstay::databases {
namespace {

// Instructions of SQLite's machine between two looks at the clock: some ten microseconds.
constexpr int kInstructions = 1000;

// Pragmas that tell something and, without a value, change nothing.
bool isTellingPragma(std::string_view name, const char *value)
{
    static constexpr std::array<std::string_view, 12> kWithObject{
        "table_info",       "table_xinfo",       "table_list",      "index_info",  "index_xinfo",   "index_list",
        "foreign_key_list", "foreign_key_check", "integrity_check", "quick_check", "function_list", "collation_list"};
    // The last one full-text search asks for.
    static constexpr std::array<std::string_view, 9> kWithoutValue{"user_version",  "schema_version",  "page_count",
                                                                   "page_size",     "encoding",        "journal_mode",
                                                                   "database_list", "compile_options", "data_version"};
    const auto has = [name](const auto &list) { return std::find(list.begin(), list.end(), name) != list.end(); };
    return has(kWithObject) || (!value && has(kWithoutValue));
}

// Runs code, or tells where code lies.
bool isClosedFunction(const char *name)
{
    return std::strcmp(name, "load_extension") == 0 || std::strcmp(name, "fts3_tokenizer") == 0;
}

// 0 where there is no such file.
std::uint64_t numberOf(const std::string &file)
{
    struct stat found = {};
    return ::stat(file.c_str(), &found) == 0 ? found.st_ino : 0;
}

std::string openFile(sqlite3 *handle)
{
    const char *file = sqlite3_db_filename(handle, "main");
    return file ? file : "";
}

// Held by one process at a time, as long as this is there.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path &folder)
        : m_descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    {
        m_isHeld = m_descriptor >= 0 && ::flock(m_descriptor, LOCK_EX) == 0;
    }
    ~FolderLock()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    FolderLock(const FolderLock &) = delete;
    FolderLock &operator=(const FolderLock &) = delete;
    [[nodiscard]] bool isHeld() const { return m_isHeld; }

private:
    int m_descriptor;
    bool m_isHeld = false;
};

} // namespace

Result<> makeSqliteFile(const std::filesystem::path &file)
{
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        // Not opened to see: that would end the locks this process has on it.
        const bool isFolder = std::filesystem::is_directory(file, error);
        if (!isFolder && ::faccessat(AT_FDCWD, file.c_str(), R_OK, AT_EACCESS) == 0)
            return {};
        return fail("database.unreachable",
                    "cannot open `" + file.string() +
                        "`: " + (isFolder ? "it is a folder" : std::generic_category().message(errno)),
                    isFolder ? "name a file" : "let the service's user read and write it");
    }
    const auto unable = [&](const std::string &why) {
        return fail("database.unreachable", "cannot make `" + file.string() + "`: " + why,
                    "let the service's user write to its folder");
    };
    std::filesystem::create_directories(file.parent_path(), error);
    if (error)
        return unable(error.message());
    // The files of WAL take their mode from it.
    const int descriptor = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return unable(std::generic_category().message(errno));
    ::close(descriptor);
    return {};
}

void SqliteGuard::attach(const QVariant &handle)
{
    if (qstrcmp(handle.typeName(), "sqlite3*") != 0)
        return;
    m_handle = *static_cast<sqlite3 *const *>(handle.constData());
    if (!m_handle)
        return;
    // What reading takes beside the database's own file stays there, so that it goes on while the disk is full.
    int keep = 1;
    sqlite3_file_control(m_handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
    m_file = numberOf(openFile(m_handle));
    m_log = 0;
    m_access = Access::write;
    sqlite3_progress_handler(m_handle, kInstructions, &SqliteGuard::onProgress, this);
    sqlite3_set_authorizer(m_handle, &SqliteGuard::onAuthorize, this);
}

bool SqliteGuard::isFileReplaced() const
{
    return m_handle && m_file != 0 && numberOf(openFile(m_handle)) != m_file;
}

bool SqliteGuard::isReadOnlyFile() const
{
    return m_handle && sqlite3_db_readonly(m_handle, "main") == 1;
}

bool SqliteGuard::mayWriteByNow() const
{
    return isReadOnlyFile() && ::faccessat(AT_FDCWD, openFile(m_handle).c_str(), W_OK, AT_EACCESS) == 0;
}

void SqliteGuard::noteFiles()
{
    if (m_handle && m_log == 0)
        m_log = numberOf(openFile(m_handle) + "-wal");
}

void SqliteGuard::leaveFile()
{
    if (!m_handle || m_log == 0)
        return;
    const std::string file = openFile(m_handle);
    const FolderLock lock(std::filesystem::path(file).parent_path());
    // Another connection may have done so, and opened the new file since.
    if (!lock.isHeld() || numberOf(file + "-wal") != m_log)
        return;
    sqlite3_busy_timeout(m_handle, 0);
    sqlite3_wal_checkpoint_v2(m_handle, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    ::unlink((file + "-shm").c_str());
    ::unlink((file + "-wal").c_str());
}

void SqliteGuard::setAccess(Access access)
{
    if (!m_handle || std::exchange(m_access, access) == access)
        return;
    // Both, since a statement prepared for writing is not authorized again.
    m_access = Access::write;
    sqlite3_exec(m_handle, access == Access::read ? "PRAGMA query_only = 1" : "PRAGMA query_only = 0", nullptr, nullptr,
                 nullptr);
    m_access = access;
}

void SqliteGuard::limitValues(std::size_t bytes)
{
    if (m_handle)
        sqlite3_limit(m_handle, SQLITE_LIMIT_LENGTH, static_cast<int>(bytes));
}

void SqliteGuard::setDeadline(SteadyTime deadline, Milliseconds lockPatience)
{
    if (!m_handle)
        return;
    m_deadline = deadline;
    sqlite3_busy_timeout(m_handle, static_cast<int>(lockPatience.count()));
}

int SqliteGuard::onProgress(void *guard)
{
    const auto *self = static_cast<const SqliteGuard *>(guard);
    return self->m_cancelled.load(std::memory_order_relaxed) || SteadyClock::now() >= self->m_deadline ? 1 : 0;
}

int SqliteGuard::onAuthorize(void *guard, int action, const char *first, const char *second, const char *, const char *)
{
    if (static_cast<const SqliteGuard *>(guard)->m_access == Access::write)
        return SQLITE_OK;
    // With query_only, SQLite itself lets no statement write to a database. What it asks here is also what its virtual
    // tables do for themselves, which declare a table, or prepare an INSERT, to be read at all. So only that is refused
    // which query_only does not see.
    switch (action) {
    case SQLITE_ATTACH: // makes files; VACUUM does it as well
    case SQLITE_DETACH:
    case SQLITE_SAVEPOINT:
        return SQLITE_DENY;
    case SQLITE_FUNCTION:
        return second && isClosedFunction(second) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
        return first && isTellingPragma(first, second) ? SQLITE_OK : SQLITE_DENY;
    default:
        return SQLITE_OK;
    }
}

} // namespace mainstay::databases
