// SPDX-License-Identifier: GPL-3.0-or-later
// Reading configuration files, within bounds.
#include "schema/source_file.h"

#include "base/regular_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

namespace mainstay::schema {
namespace {

namespace fs = std::filesystem;

Problem unreadable(const fs::path &path, const Error &error)
{
    return {error.code, {}, error.message, error.remedy, {path.string()}, Severity::error};
}

// The *.toml files of a folder, hidden ones left out.
std::vector<fs::path> tomlFiles(const fs::path &folder, Problems &problems)
{
    std::vector<fs::path> paths;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const fs::path &path = entry->path();
        std::error_code ignored;
        if (path.extension() == ".toml" && path.filename().native().front() != '.' && !entry->is_directory(ignored))
            paths.push_back(path);
    }
    if (error && error != std::errc::no_such_file_or_directory)
        problems.push_back(unreadable(folder, {"file.unreadable", "cannot list the folder: " + error.message(),
                                               "let the service's user read it"}));
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace

Result<std::string> readTextFile(const fs::path &path)
{
    const OpenedFile file = openRegularFile(path);
    if (!file)
        return fail("file.unreadable", "cannot read: " + std::string(std::strerror(errno)),
                    "make it a file that the service's user may read");
    std::string text;
    char buffer[16384];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get())) {
        text.append(buffer, count);
        if (text.size() > kMaxFileSize)
            return fail("file.too-large", "larger than " + std::to_string(kMaxFileSize >> 20) + " MiB",
                        "divide it into several files in conf.d");
    }
    if (std::ferror(file.get()) != 0)
        return fail("file.unreadable", "cannot read: " + std::string(std::strerror(errno)), "see whether it is a file");
    return text;
}

std::vector<SourceFile> readSourceFiles(const fs::path &configFolder, const fs::path &stateFolder, Problems &problems)
{
    std::vector<SourceFile> files;
    const auto add = [&](const fs::path &path, Owner owner) {
        if (files.size() == kMaxFiles) {
            problems.push_back(unreadable(
                path, {"file.too-many", "more than " + std::to_string(kMaxFiles) + " files", "join some of them"}));
            return false;
        }
        if (auto text = readTextFile(path))
            files.push_back({path.string(), std::move(*text), owner});
        else
            problems.push_back(unreadable(path, text.error()));
        return true;
    };
    std::error_code ignored;
    const fs::path config = fs::absolute(configFolder, ignored).lexically_normal();
    const fs::path main = config / "mainstay.toml";
    if (fs::exists(fs::symlink_status(main, ignored)))
        add(main, Owner::files);
    for (const fs::path &path : tomlFiles(config / "conf.d", problems))
        if (!add(path, Owner::files))
            return files;
    if (stateFolder.empty())
        return files;
    const fs::path state = fs::absolute(stateFolder, ignored).lexically_normal();
    for (const fs::path &path : tomlFiles(state / "managed.d", problems))
        if (!add(path, Owner::managed))
            return files;
    return files;
}

} // namespace mainstay::schema
