// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/large_error_pages.h"

#include "http/file_cache.h"
#include "schema/node.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace mainstay::control {

namespace {

namespace fs = std::filesystem;

// "404.html", "5xx.html".
bool isErrorPage(const fs::path &file)
{
    const std::string name = file.stem().string();
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    return file.extension() == ".html" && name.size() == 3 && (name[0] == '4' || name[0] == '5') &&
           (name.ends_with("xx") || (isDigit(name[1]) && isDigit(name[2])));
}

} // namespace

Problems findLargeErrorPages(const config::Configuration &configuration, const schema::Origins &origins)
{
    constexpr std::size_t kMost = http::FileCache::kLargestInMemory;
    Problems problems;
    for (const auto &[name, site] : configuration.sites) {
        if (site.errorPages.empty())
            continue;
        const std::string path = schema::joinPath("site", name) + ".error_pages";
        std::error_code error;
        for (fs::directory_iterator file(site.errorPages.path, error), end; !error && file != end;
             file.increment(error)) {
            std::error_code unknown;
            const std::uintmax_t size = isErrorPage(file->path()) ? file->file_size(unknown) : 0;
            if (unknown || size <= kMost)
                continue;
            problems.push_back({"site.large-error-page", path,
                                "the error page " + file->path().string() + " has " + std::to_string(size) +
                                    " bytes and is not used: it may have " + std::to_string(kMost),
                                "make it smaller, such as by images in files of their own", origins.place(path),
                                Severity::warning});
        }
    }
    std::sort(problems.begin(), problems.end(), [](const Problem &left, const Problem &right) {
        return std::pair(left.path, left.message) < std::pair(right.path, right.message);
    });
    return problems;
}

} // namespace mainstay::control
