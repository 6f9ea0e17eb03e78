// SPDX-License-Identifier: GPL-3.0-or-later
// Looking up places, and sorting problems by them.
#include "schema/origins.h"

#include <algorithm>
#include <tuple>

namespace mainstay::schema {

std::string_view ownerName(Owner owner)
{
    switch (owner) {
    case Owner::managed:
        return "managed";
    case Owner::cluster:
        return "cluster";
    default:
        return "files";
    }
}

const Origin *Origins::object(std::string_view path) const
{
    const auto found = m_objects.find(path);
    return found == m_objects.end() ? nullptr : &found->second;
}

SourcePlace Origins::place(std::string_view path) const
{
    while (!path.empty()) {
        if (const auto found = m_places.find(path); found != m_places.end())
            return found->second;
        const std::size_t end = path.find_last_of(".[");
        path = path.substr(0, end == std::string_view::npos ? 0 : end);
    }
    return {};
}

void Findings::error(std::string code, std::string path, std::string message, std::string remedy)
{
    SourcePlace place = m_origins.place(path);
    add({std::move(code), std::move(path), std::move(message), std::move(remedy), std::move(place), Severity::error});
}

void Findings::warning(std::string code, std::string path, std::string message, std::string remedy)
{
    SourcePlace place = m_origins.place(path);
    add({std::move(code), std::move(path), std::move(message), std::move(remedy), std::move(place), Severity::warning});
}

void Findings::add(Problem problem)
{
    if (full()) {
        m_overflow = true;
        return;
    }
    m_concerned.insert(problem.path);
    m_problems.push_back(std::move(problem));
}

bool Findings::concern(std::string_view path) const
{
    return m_concerned.contains(path);
}

Problems Findings::take() &&
{
    std::stable_sort(m_problems.begin(), m_problems.end(), [](const Problem &a, const Problem &b) {
        return std::tie(a.source.file, a.source.line, a.source.column) <
               std::tie(b.source.file, b.source.line, b.source.column);
    });
    if (m_overflow)
        m_problems.push_back({"config.too-many-problems",
                              {},
                              "there are more problems than these",
                              "repair these first",
                              {},
                              Severity::error});
    return std::move(m_problems);
}

} // namespace mainstay::schema
