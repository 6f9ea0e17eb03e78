// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/log_rules.h"

#include "config/log_format.h"
#include "schema/near_miss.h"
#include "schema/node.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace mainstay::schema {
namespace {

using namespace config;

constexpr std::size_t kMaxLogs = 100; // each has a thread

std::string listOf(const std::vector<std::string_view> &names)
{
    std::string list;
    for (const std::string_view name : names)
        list += (list.empty() ? "{" : ", {") + std::string(name) + "}";
    return list;
}

class LogRules {
public:
    LogRules(const LogConfig &log, std::string path, Findings &findings)
        : m_log(log), m_path(std::move(path)), m_findings(findings)
    {}

    void check()
    {
        checkFormat();
        unused(m_log.file.empty() || m_log.to == LogTarget::file, "file", "file");
        unused(m_log.rotate == Rotate::never || m_log.to == LogTarget::file, "rotate", "file");
        unused(m_log.address.empty() || m_log.to == LogTarget::syslog, "address", "syslog");
        unused(m_log.socket.empty() || m_log.to != LogTarget::file, "socket", "syslog` or `journal");
        if (m_log.to == LogTarget::syslog && !m_log.address.empty() && !m_log.socket.empty())
            error("log.two-targets", "socket", "there is `address` too", "keep one of the two");
    }

private:
    void error(const char *code, const char *setting, const std::string &message, const std::string &remedy)
    {
        const std::string where = joinPath(m_path, setting);
        if (!m_findings.concern(where))
            m_findings.error(code, where, message, remedy);
    }

    void unused(bool isFit, const char *setting, const char *target)
    {
        if (!isFit)
            error("log.unfit-setting", setting, "has no meaning here",
                  std::string("leave it out, or set `to` to `") + target + "`");
    }

    void checkFormat()
    {
        const std::string &format = m_log.format;
        if (format.empty() || std::ranges::find(kLogFormats, format) != kLogFormats.end())
            return;
        if (format.find('{') == std::string::npos) {
            const std::vector<std::string_view> formats(kLogFormats.begin(), kLogFormats.end());
            return error("log.unknown-format", "format", "there is no format `" + format + "`",
                         suggestion(format, formats) + "; or write a template: \"{client} {status}\"");
        }
        const LogTemplate parsed = parseLogTemplate(format);
        switch (parsed.fault) {
        case LogTemplate::Fault::none:
            return;
        case LogTemplate::Fault::unknownName: {
            std::vector<std::string_view> names;
            for (const LogFieldName &field : kLogFields)
                names.push_back(field.name);
            const std::string meant = nearMiss(parsed.unknown, names);
            return error("log.unknown-placeholder", "format", "nothing is known as {" + parsed.unknown + "}",
                         meant.empty() ? "known: " + listOf(names) : "did you mean {" + meant + "}?");
        }
        case LogTemplate::Fault::noPlaceholder:
            return error("log.malformed-format", "format", "has no placeholder", "write one: {client}");
        case LogTemplate::Fault::brace:
            return error("log.malformed-format", "format", "has a brace without its other",
                         "write {{ and }} where braces are meant");
        case LogTemplate::Fault::controlCharacter:
            return error("log.malformed-format", "format", "holds a control character", "leave it out");
        case LogTemplate::Fault::headerName:
            return error("log.malformed-format", "format", "only {request_header:NAME} has a name behind a colon",
                         "write {request_header:Accept-Language}");
        }
    }

    const LogConfig &m_log;
    std::string m_path;
    Findings &m_findings;
};

} // namespace

void checkLogs(const Configuration &configuration, Findings &findings)
{
    if (configuration.logs.size() > kMaxLogs)
        findings.error("log.too-many", "log", "there are more than " + std::to_string(kMaxLogs) + " logs",
                       "let several sites share one; {site} and {host} tell them apart");
    const auto plain = [](const std::string &file) { return std::filesystem::path(file).lexically_normal().string(); };
    std::map<std::string, std::string> files;
    if (configuration.service.logs.empty() && !configuration.service.accessLog.empty())
        files.emplace(plain(configuration.service.accessLog.path), "service.access_log");
    for (const auto &[name, log] : configuration.logs) {
        const std::string path = joinPath("log", name);
        LogRules(log, path, findings).check();
        if (log.to != LogTarget::file)
            continue;
        const auto [other, isNew] = files.emplace(plain(log.fileOf(name)), path);
        if (!isNew)
            findings.error("log.file-taken", joinPath(path, "file"), "is the file of " + other->second + " too",
                           "give each its own");
    }
}

} // namespace mainstay::schema
