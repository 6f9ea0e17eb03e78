// SPDX-License-Identifier: GPL-3.0-or-later
// Which file of a route's folder answers a path, and in which coding.
#pragma once

#include "http/file_cache.h"
#include "snapshot/route.h"
#include "wire/http_accept.h"

#include <memory>
#include <string_view>

namespace mainstay::http {

struct FileChoice {
    OpenStatus status = OpenStatus::missing;
    std::shared_ptr<const CachedFile> file; // of OpenStatus::file
    std::string_view mediaType;             // of the file without its coding; belongs to the route or lives forever
    std::string_view cacheControl;          // belongs to the route; empty for none
    wire::Coding coding = wire::Coding::identity;
};

// Worker thread. `path` is below the route's folder, normalised, and may not be hidden. The file itself, or with one of
// the route's endings, or its fallback; of that the best of the codings that lie beside it and the client takes.
[[nodiscard]] FileChoice chooseFile(FileCache &files, const config::RouteConfig &route, std::string_view path,
                                    std::string_view acceptEncoding);

} // namespace mainstay::http
