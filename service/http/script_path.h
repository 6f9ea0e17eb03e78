// SPDX-License-Identifier: GPL-3.0-or-later
// Which file of a folder with scripts answers a path.
#pragma once

#include "config/site.h"
#include "http/file_cache.h"

#include <string>
#include <string_view>

namespace mainstay::http {

// A script to be run. The first two in the terms of RFC 3875 section 4.1, decoded.
struct ScriptPath {
    std::string name;     // SCRIPT_NAME: the path that leads to the script, with the route's where that is stripped
    std::string pathInfo; // PATH_INFO: what follows it; empty or with a slash at its front
    std::string file;     // below the route's root, with a slash at its front: an existing file named *.php
};

struct ScriptChoice {
    enum class Kind : std::uint8_t {
        script,
        file,    // for answerFile(): a file that is no script, or a folder whose path lacks its slash
        refused, // with `status`
    };

    Kind kind = Kind::refused;
    unsigned status = 404; // 403, 404 or 500
    ScriptPath script;
};

// Worker thread. `path` as wire::normalizePath() gives it, below the route's. In this order: the script that the path
// names, with what follows as path info; a file that is no script; the index of a folder; and for all others the index
// script of the route's folder, or else of its root, with the rest of the path as path info. A script is a regular file
// below the root whose name ends in ".php", and no other file is ever named as one, whatever follows it in the path.
// Sources by another name of PHP's are not sent as files. Names that begin with a dot are not there, but for
// /.well-known/. Looks files up in the cache, with at most one look-up for each folder in the path.
[[nodiscard]] ScriptChoice chooseScript(FileCache &files, const config::RouteConfig &route, std::string_view path);

} // namespace mainstay::http
