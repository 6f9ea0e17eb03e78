// SPDX-License-Identifier: GPL-3.0-or-later
// The visitor that turns an object into a tree.
#pragma once

#include "schema/kinds.h"
#include "schema/node.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::schema {

// Whether settings that have their default are written.
enum class Defaults : std::uint8_t { omit, include };

// Any thread. Secrets that are set are written as kHidden unless shown.
class ObjectWriter {
public:
    enum class Secrets : std::uint8_t { hide, show };
    static constexpr const char *kHidden = "********";

    explicit ObjectWriter(Defaults defaults, Secrets secrets = Secrets::hide) : m_defaults(defaults), m_secrets(secrets)
    {}

    template <Described T>
    [[nodiscard]] Node write(const T &object) const
    {
        const T initial;
        Node::Table table;
        T::describe([&](auto member, const char *name, const config::Setting &setting) {
            const auto &value = object.*member;
            if (m_defaults == Defaults::omit && value == initial.*member)
                return;
            table.push_back({name, setting.secret && m_secrets == Secrets::hide ? hidden(value) : write(value)});
        });
        return {std::move(table)};
    }

    template <NamedObjects T>
    [[nodiscard]] Node write(const T &objects) const
    {
        Node::Table table;
        for (const auto &[name, object] : objects)
            table.push_back({name, write(object)});
        return {std::move(table)};
    }

    template <List T>
    [[nodiscard]] Node write(const T &list) const
    {
        Node::Array array;
        array.reserve(list.size());
        for (const auto &item : list)
            array.push_back(write(item));
        return {std::move(array)};
    }

    [[nodiscard]] Node write(bool value) const { return {value}; }
    [[nodiscard]] Node write(const std::string &value) const { return {value}; }
    [[nodiscard]] Node write(Integer auto value) const { return {static_cast<std::int64_t>(value)}; }
    [[nodiscard]] Node write(Enumeration auto value) const { return {std::string(enumName(value))}; }
    template <config::TextValue T>
    [[nodiscard]] Node write(const T &value) const
    {
        return {value.text()};
    }

private:
    template <class T>
    [[nodiscard]] Node hidden(const T &value) const
    {
        return value == T{} ? write(value) : Node{std::string(kHidden)};
    }

    Defaults m_defaults;
    Secrets m_secrets;
};

} // namespace mainstay::schema
