// SPDX-License-Identifier: GPL-3.0-or-later
// Where the objects and settings of a configuration stand, and what is wrong with them.
#pragma once

#include "base/problem.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace mainstay::schema {

// Who writes an object. Each object has one owner.
enum class Owner : std::uint8_t {
    files,   // people, in mainstay.toml and conf.d
    managed, // console and API, in managed.d
    cluster, // the store the nodes share
};

[[nodiscard]] std::string_view ownerName(Owner owner);

// Immutable.
struct Origin {
    SourcePlace place;
    Owner owner = Owner::files;
    bool implied = false; // only objects within it are written down
};

// Control thread. Places by path: "backend.app", "backend.app.server.a", "backend.app.server.a.weight".
class Origins {
public:
    void setObject(std::string path, Origin origin) { m_objects.insert_or_assign(std::move(path), std::move(origin)); }
    void setPlace(std::string path, SourcePlace place) { m_places.insert_or_assign(std::move(path), std::move(place)); }

    // Where an object is defined; null when it is not.
    [[nodiscard]] const Origin *object(std::string_view path) const;
    // Where a setting or object stands, or else the nearest that contains it.
    [[nodiscard]] SourcePlace place(std::string_view path) const;

    [[nodiscard]] const std::map<std::string, Origin, std::less<>> &objects() const { return m_objects; }

private:
    std::map<std::string, Origin, std::less<>> m_objects;
    std::map<std::string, SourcePlace, std::less<>> m_places;
};

// Control thread. Collects problems, the first kMaxProblems of them, and gives each its place by its path.
class Findings {
public:
    static constexpr std::size_t kMaxProblems = 1000;

    explicit Findings(const Origins &origins) : m_origins(origins) {}

    void error(std::string code, std::string path, std::string message, std::string remedy = {});
    void warning(std::string code, std::string path, std::string message, std::string remedy = {});
    void add(Problem problem);

    [[nodiscard]] const Origins &origins() const { return m_origins; }
    // Whether something is wrong with exactly this setting or object already.
    [[nodiscard]] bool concern(std::string_view path) const;
    // Whether further problems are dropped, so that no work need go into describing them.
    [[nodiscard]] bool full() const { return m_problems.size() >= kMaxProblems; }
    // Sorted by file and line.
    [[nodiscard]] Problems take() &&;

private:
    const Origins &m_origins;
    Problems m_problems;
    std::set<std::string, std::less<>> m_concerned;
    bool m_overflow = false;
};

} // namespace mainstay::schema
