// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/script_path.h"

#include "http/hidden_names.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <optional>

namespace mainstay::http {

namespace {

constexpr std::string_view kExtension = ".php";

bool isScript(std::string_view name)
{
    return name.ends_with(kExtension);
}

// Whether PHP could be told to run it, which means that it is not for reading: .php in any case, .php5, .phps, .phtml.
bool isSource(std::string_view path)
{
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos)
        return false;
    const std::string_view extension = name.substr(dot + 1);
    return wire::equalsIgnoringCase(extension.substr(0, 3), "php") || wire::equalsIgnoringCase(extension, "phtml") ||
           wire::equalsIgnoringCase(extension, "phar") || wire::equalsIgnoringCase(extension, "pht");
}

std::string withSlash(std::string_view folder)
{
    return std::string(folder) + (folder.ends_with('/') ? "" : "/");
}

ScriptChoice refusal(OpenStatus status)
{
    switch (status) {
    case OpenStatus::forbidden:
        return {ScriptChoice::Kind::refused, 403, {}};
    case OpenStatus::failed:
        return {ScriptChoice::Kind::refused, 500, {}};
    case OpenStatus::file:
    case OpenStatus::folder:
    case OpenStatus::missing:
        break;
    }
    return {};
}

// One choice. Each step gives nothing when it does not settle the matter.
class Choosing {
public:
    Choosing(FileCache &files, const config::RouteConfig &route, std::string_view path)
        : m_files(files), m_route(route), m_path(path)
    {
        std::string_view prefix = route.path.path;
        if (prefix.ends_with('/'))
            prefix.remove_suffix(1);
        if (route.stripPrefix)
            m_prefix = prefix;
        else
            m_folder = prefix;
        m_local = path.substr(std::min(m_prefix.size(), path.size()));
        if (m_local.empty())
            m_local = "/";
    }

    [[nodiscard]] std::optional<ScriptChoice> named() const;
    [[nodiscard]] std::optional<ScriptChoice> file() const;
    [[nodiscard]] ScriptChoice frontController() const;

private:
    [[nodiscard]] OpenStatus look(std::string_view file) const { return m_files.find(m_route.root.path, file).status; }
    [[nodiscard]] ScriptChoice run(std::string_view file, std::string_view pathInfo) const
    {
        return {
            ScriptChoice::Kind::script, 0, {std::string(m_prefix) += file, std::string(pathInfo), std::string(file)}};
    }
    [[nodiscard]] std::optional<ScriptChoice> indexOf(const std::string &folder) const;

    FileCache &m_files;
    const config::RouteConfig &m_route;
    std::string_view m_path;
    std::string_view m_prefix; // the route's path, where it is no folder below the root ...
    std::string_view m_folder; // ... and where it is one; neither with a slash at its end
    std::string_view m_local;  // the path below the root
};

std::optional<ScriptChoice> Choosing::named() const
{
    for (std::size_t at = m_local.find(kExtension); at != std::string_view::npos;
         at = m_local.find(kExtension, at + 1)) {
        const std::size_t end = at + kExtension.size();
        if (end < m_local.size() && m_local[end] != '/')
            continue;
        const std::string_view file = m_local.substr(0, end);
        if (isHidden(file))
            return ScriptChoice{};
        switch (const OpenStatus status = look(file)) {
        case OpenStatus::file:
            return run(file, m_local.substr(end));
        case OpenStatus::folder:
            break; // the script may be further below
        case OpenStatus::missing:
            return std::nullopt; // and so is all below it
        case OpenStatus::forbidden:
        case OpenStatus::failed:
            return refusal(status);
        }
    }
    return std::nullopt;
}

std::optional<ScriptChoice> Choosing::file() const
{
    if (isHidden(m_local))
        return ScriptChoice{};
    switch (const OpenStatus status = look(m_local)) {
    case OpenStatus::file:
        if (isSource(m_local))
            return std::nullopt;
        return ScriptChoice{ScriptChoice::Kind::file, 0, {}};
    case OpenStatus::folder:
        return indexOf(withSlash(m_local));
    case OpenStatus::missing:
        return std::nullopt;
    case OpenStatus::forbidden:
    case OpenStatus::failed:
        return refusal(status);
    }
    return std::nullopt;
}

std::optional<ScriptChoice> Choosing::indexOf(const std::string &folder) const
{
    const std::string index = folder + m_route.index;
    if (m_route.index.empty() || look(index) != OpenStatus::file)
        return std::nullopt;
    const bool isComplete = m_path.ends_with('/');
    if (isComplete && isScript(index))
        return run(index, {});
    if (isComplete && isSource(index))
        return std::nullopt;
    return ScriptChoice{ScriptChoice::Kind::file, 0, {}};
}

ScriptChoice Choosing::frontController() const
{
    if (!isScript(m_route.index))
        return {};
    for (const std::string_view folder : {m_folder, std::string_view{}}) {
        const std::string index = withSlash(folder) + m_route.index;
        const OpenStatus status = look(index);
        if (status == OpenStatus::file)
            return run(index, m_local.substr(std::min(folder.size(), m_local.size())));
        if (status != OpenStatus::missing && status != OpenStatus::folder)
            return refusal(status);
    }
    return {};
}

} // namespace

ScriptChoice chooseScript(FileCache &files, const config::RouteConfig &route, std::string_view path)
{
    const Choosing choosing(files, route, path);
    if (auto choice = choosing.named())
        return *std::move(choice);
    if (auto choice = choosing.file())
        return *std::move(choice);
    return choosing.frontController();
}

} // namespace mainstay::http
