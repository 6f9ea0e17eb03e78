// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_problems.h"

#include <utility>

namespace mainstay::zones {

std::uint32_t ZoneProblems::addFile(std::string name)
{
    m_files.push_back(std::move(name));
    return static_cast<std::uint32_t>(m_files.size() - 1);
}

void ZoneProblems::error(SourceLine at, std::string code, std::string message, std::string remedy)
{
    m_hasErrors = true;
    add(at, Severity::error, std::move(code), std::move(message), std::move(remedy));
}

void ZoneProblems::warning(SourceLine at, std::string code, std::string message, std::string remedy)
{
    add(at, Severity::warning, std::move(code), std::move(message), std::move(remedy));
}

Problems ZoneProblems::take()
{
    if (m_left > 0) {
        m_problems.push_back({"zone.more-problems",
                              m_path,
                              std::to_string(m_left) + " more problems are not shown",
                              "correct those shown and check again",
                              {},
                              m_hasErrors ? Severity::error : Severity::warning});
        m_left = 0;
    }
    return std::exchange(m_problems, {});
}

void ZoneProblems::add(SourceLine at, Severity severity, std::string code, std::string message, std::string remedy)
{
    if (m_problems.size() >= m_limit) {
        ++m_left;
        return;
    }
    const std::string file = at.file < m_files.size() ? m_files[at.file] : std::string();
    m_problems.push_back(
        {std::move(code), m_path, std::move(message), std::move(remedy), {file, at.line, 0}, severity});
}

} // namespace mainstay::zones
