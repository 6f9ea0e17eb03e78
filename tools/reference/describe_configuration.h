// SPDX-License-Identifier: GPL-3.0-or-later
// The visitor that makes the manual's sections of what the objects of a configuration say of themselves.
#pragma once

#include "reference/markdown.h"
#include "reference/sections.h"
#include "reference/value_forms.h"
#include "schema/kinds.h"
#include "schema/object_writer.h"
#include "schema/toml.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::reference {

// Any thread. `Root` lists the kinds of objects.
template <schema::Described Root>
class SectionVisitor {
public:
    SectionVisitor() { addWithin<Root>({}, 0); }

    [[nodiscard]] std::vector<Section> take() && { return std::move(m_sections); }

private:
    using Setting = config::Setting;
    static constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

    template <schema::Described T>
    void add(const std::string &path, bool isList, const Setting &setting, std::size_t depth)
    {
        Section section{header(path, isList), setting.label, setting.help, depth, {}};
        const T initial;
        T::describe([&](auto member, const char *name, const Setting &own) {
            section.settings.push_back(row(initial.*member, path, name, own));
        });
        m_sections.push_back(std::move(section));
        addWithin<T>(path, depth + 1);
    }

    // The sections of the objects within one.
    template <schema::Described T>
    void addWithin(const std::string &path, std::size_t depth)
    {
        T::describe([&]<class Value>(Value T::*, const char *name, const Setting &setting) {
            if constexpr (isObject<Value>())
                add<Object<Value>>(pathOf<Value>(path, name), schema::List<Value>, setting, depth);
        });
    }

    template <class T>
    SettingRow row(const T &initial, const std::string &path, const char *name, const Setting &setting)
    {
        if constexpr (isObject<T>()) {
            const std::string there = header(pathOf<T>(path, name), schema::List<T>);
            return {name, (schema::List<T> ? "list of " : "objects ") + linkTo(there, code(there)), "none",
                    prose(setting.help)};
        } else {
            return {name, type<T>(setting), fallback(initial, setting), meaning(setting)};
        }
    }

    static std::string meaning(const Setting &setting)
    {
        std::string text = prose(setting.help);
        if (setting.restart)
            text += " A change takes effect when the service starts again.";
        if (setting.secret)
            text += " Secret: never shown.";
        return text;
    }

    template <class T>
    static std::string fallback(const T &initial, const Setting &setting)
    {
        bool isEmpty = false;
        if constexpr (requires { initial.empty(); })
            isEmpty = initial.empty();
        if (isEmpty)
            return setting.required ? "**required**" : "empty";
        if constexpr (isQuantity<T>)
            return spaced(initial.text());
        else
            return code(schema::inlineToml(schema::ObjectWriter(schema::Defaults::include).write(initial)));
    }

    template <class T>
    static std::string type(const Setting &setting)
    {
        if constexpr (schema::List<T>)
            return "list of " + itemType<typename T::value_type>(setting, true);
        else
            return itemType<T>(setting, false);
    }

    template <class T>
    static std::string itemType(const Setting &setting, bool many)
    {
        if constexpr (schema::Enumeration<T>) {
            return choices<T>();
        } else if constexpr (schema::ReferenceValue<T>) {
            const std::string kind(schema::kindName<Root, typename T::Target>());
            const std::string link = linkTo("[" + kind + ".NAME]", kind);
            return many ? "names of " + link + "s" : (kind.starts_with('a') ? "name of an " : "name of a ") + link;
        } else {
            const std::string text = many ? valueForm<T>().many : valueForm<T>().one;
            const std::string range = bounds<T>(setting);
            return range.empty() ? text : text + ", " + range;
        }
    }

    // With their labels, where these say more than the names do.
    template <class T>
    static std::string choices()
    {
        std::string text;
        for (const auto &one : enumerators(T{})) {
            text += (text.empty() ? "" : "<br>") + code(schema::quotedText(one.name));
            if (!isSameWord(one.name, one.label))
                text += " " + std::string(one.label);
        }
        return text;
    }

    static bool isSameWord(std::string_view name, std::string_view label)
    {
        const auto plain = [](char c) {
            return c == '_' ? ' ' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return std::ranges::equal(name, label, {}, plain, plain);
    }

    template <class T>
    static std::string bounds(const Setting &setting)
    {
        if constexpr (schema::Integer<T>) {
            // What a type of 32 bits can hold is no bound that anybody has in mind.
            const std::int64_t max =
                sizeof(T) < 4 ? std::min<std::int64_t>(setting.max, std::numeric_limits<T>::max()) : setting.max;
            return rangeText(setting.min == 0 ? "" : std::to_string(setting.min),
                             max == kNoLimit ? "" : std::to_string(max), setting.unit);
        } else if constexpr (isQuantity<T>) {
            return rangeText(setting.min == 0 ? "" : spaced(quantity<T>(setting.min).text()),
                             setting.max == kNoLimit ? "" : spaced(quantity<T>(setting.max).text()), {});
        } else {
            return {};
        }
    }

    template <class T>
    static T quantity(std::int64_t count)
    {
        if constexpr (std::same_as<T, config::Duration>)
            return T(Milliseconds(count));
        else
            return T(static_cast<std::uint64_t>(count));
    }

    template <class T>
    static constexpr bool isQuantity = std::same_as<T, config::Duration> || std::same_as<T, config::ByteSize>;

    template <class T>
    static constexpr bool isObject()
    {
        if constexpr (schema::List<T>)
            return schema::Described<typename T::value_type>;
        else
            return schema::Described<T> || schema::NamedObjects<T>;
    }
    template <class T>
    struct ObjectOf {
        using Type = T;
    };
    template <schema::NamedObjects T>
    struct ObjectOf<T> {
        using Type = typename T::mapped_type;
    };
    template <schema::List T>
    struct ObjectOf<T> {
        using Type = typename T::value_type;
    };
    template <class T>
    using Object = typename ObjectOf<T>::Type;

    template <class T>
    static std::string pathOf(const std::string &path, const char *name)
    {
        return (path.empty() ? "" : path + ".") + name + (schema::NamedObjects<T> ? ".NAME" : "");
    }
    static std::string header(const std::string &path, bool isList)
    {
        return isList ? "[[" + path + "]]" : "[" + path + "]";
    }

    std::vector<Section> m_sections;
};

} // namespace mainstay::reference
