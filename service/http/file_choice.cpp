// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/file_choice.h"

#include "http/compressor.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace mainstay::http {

namespace {

using wire::Coding;

// The densest first.
constexpr std::array kCodings{std::pair{Coding::brotli, std::string_view(".br")},
                              std::pair{Coding::zstd, std::string_view(".zst")},
                              std::pair{Coding::gzip, std::string_view(".gz")}};

Links linksOf(const config::RouteConfig &route)
{
    return route.followLinks ? Links::anywhere : Links::inside;
}

const config::PathRule *ruleFor(const std::vector<config::PathRule> &rules, std::string_view path)
{
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [path](const config::PathRule &one) { return one.matches(path); });
    return rule == rules.end() ? nullptr : &*rule;
}

void chooseCoding(FileCache &files, const config::RouteConfig &route, const std::string &path,
                  std::string_view acceptEncoding, FileChoice &choice)
{
    const wire::AcceptedCodings accepted(acceptEncoding);
    std::array<Coding, kCodings.size()> offered{};
    std::array<std::shared_ptr<const CachedFile>, kCodings.size()> variants;
    std::size_t count = 0;
    for (const auto &[coding, ending] : kCodings) {
        if (accepted.weight(coding) == 0)
            continue;
        const FileCache::Found found = files.find(route.root.path, path + std::string(ending), linksOf(route));
        if (found.status != OpenStatus::file)
            continue;
        offered[count] = coding;
        variants[count++] = found.file;
    }
    choice.coding = accepted.best(std::span(offered).first(count));
    const auto place = std::find(offered.begin(), offered.begin() + count, choice.coding);
    if (place != offered.begin() + count)
        choice.file = variants[static_cast<std::size_t>(place - offered.begin())];
}

void compress(FileCache &files, const config::RouteConfig &route, std::string_view path,
              std::string_view acceptEncoding, FileChoice &choice)
{
    const Coding coding = wire::AcceptedCodings(acceptEncoding).best(kCompressedCodings);
    if (coding == Coding::identity)
        return;
    if (auto coded = files.coded(route.root.path, path, choice.file, coding)) {
        choice.file = std::move(coded);
        choice.coding = coding;
    }
}

} // namespace

FileChoice chooseFile(FileCache &files, const config::RouteConfig &route, std::string_view path,
                      std::string_view acceptEncoding)
{
    const auto look = [&](std::string_view one) { return files.find(route.root.path, one, linksOf(route)); };
    FileCache::Found found = look(path);
    std::string other; // what was found in the place of `path`
    for (const std::string &ending : route.endings) {
        if (found.status != OpenStatus::missing || path.ends_with('/'))
            break;
        found = look(other = std::string(path) + ending);
    }
    if (found.status == OpenStatus::missing && !route.fallback.empty())
        found = look(other = route.fallback.path);
    FileChoice choice{found.status, found.file, {}, {}, Coding::identity};
    if (choice.status != OpenStatus::file)
        return choice;
    const std::string_view chosen = other.empty() ? path : std::string_view(other);
    const config::PathRule *type = ruleFor(route.mediaTypes, chosen);
    choice.mediaType = type ? std::string_view(type->value) : found.file->mediaType;
    if (const config::PathRule *control = ruleFor(route.cacheControl, chosen))
        choice.cacheControl = control->value;
    if (route.precompressed)
        chooseCoding(files, route, std::string(chosen), acceptEncoding, choice);
    if (route.compress && choice.coding == Coding::identity && isCompressible(choice.mediaType))
        compress(files, route, chosen, acceptEncoding, choice);
    return choice;
}

} // namespace mainstay::http
