// SPDX-License-Identifier: GPL-3.0-or-later
// The visitor that fills an object from a tree and says what does not fit.
#pragma once

#include "schema/kinds.h"
#include "schema/near_miss.h"
#include "schema/node.h"
#include "schema/origins.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace mainstay::schema {

// Control thread. Reads one document; several may fill one object, each object of its own defined by one of them.
class ObjectReader {
public:
    // Names of objects that have no rule of their own.
    static constexpr const char *kNamePattern = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

    // `file` names the document and is what relative paths in it are relative to; empty when it has no place.
    ObjectReader(std::string file, Owner owner, Origins &origins, Findings &findings)
        : m_file(std::move(file)), m_owner(owner), m_origins(origins), m_findings(findings)
    {}

    // Settings the table does not name keep their values.
    template <Described T>
    void readObject(T &object, const Node &table, const std::string &path)
    {
        std::vector<std::string_view> known;
        forEachSetting(object, [&](auto &value, const char *name, const config::Setting &setting) {
            known.emplace_back(name);
            if (const Node *node = table.find(name))
                readSetting(value, *node, joinPath(path, name), setting);
        });
        for (const auto &[name, node] : table.members()) {
            if (std::find(known.begin(), known.end(), name) != known.end())
                continue;
            const std::string where = joinPath(path, name);
            m_origins.setPlace(where, placeOf(node));
            m_findings.error(path.empty() ? "config.unknown-kind" : "config.unknown-setting", where,
                             (path.empty() ? "unknown kind of object `" : "unknown setting `") + name + "`",
                             remedyForUnknown(name, known, path));
        }
    }

private:
    template <class T>
    void readSetting(T &value, const Node &node, const std::string &path, const config::Setting &setting)
    {
        if constexpr (NamedObjects<T>) {
            readNamedObjects(value, node, path);
        } else if constexpr (Described<T>) {
            if (expect<Node::Table>(node, path, "a table: [" + path + "]") && define<T>(node, path))
                readObject(value, node, path);
        } else {
            m_origins.setPlace(path, placeOf(node));
            if constexpr (List<T>)
                readList(value, node, path, setting);
            else
                readValue(value, node, path, setting);
        }
    }

    template <class T>
    void readNamedObjects(std::map<std::string, T> &objects, const Node &table, const std::string &kind)
    {
        if (!expect<Node::Table>(table, kind, "tables with a name: [" + kind + ".NAME]"))
            return;
        for (const auto &[name, node] : table.members()) {
            const std::string path = joinPath(kind, name);
            if (!expect<Node::Table>(node, path, "a table: [" + path + "]") || !checkName<T>(name, node, path))
                continue;
            if (T &object = objects[name]; define<T>(node, path))
                readObject(object, node, path);
        }
    }

    template <class T>
    void readList(std::vector<T> &list, const Node &node, const std::string &path, const config::Setting &setting)
    {
        const auto *array = expect<Node::Array>(
            node, path, Described<T> ? "a list of tables: [[" + path + "]]" : "a list: [\"…\", \"…\"]");
        if (!array)
            return;
        list.clear();
        list.reserve(array->size());
        for (const Node &element : *array) {
            const std::string where = itemPath(path, list.size());
            m_origins.setPlace(where, placeOf(element));
            T &item = list.emplace_back();
            if constexpr (!Described<T>)
                readValue(item, element, where, setting);
            else if (expect<Node::Table>(element, where, "a table: [[" + path + "]]"))
                readObject(item, element, where);
        }
    }

    template <class T>
    void readValue(T &value, const Node &node, const std::string &path, const config::Setting &setting)
    {
        if constexpr (std::same_as<T, bool>) {
            if (const auto *boolean = expect<bool>(node, path, "true or false, without quotes"))
                value = *boolean;
        } else if constexpr (Integer<T>) {
            if (const auto *integer = expect<std::int64_t>(node, path, "a whole number, without quotes"))
                if (checkRange(*integer, path, limitsOf<T>(setting), numberText))
                    value = static_cast<T>(*integer);
        } else if constexpr (std::same_as<T, std::string>) {
            if (const auto *text = expect<std::string>(node, path, "text in quotes"))
                value = *text;
        } else if constexpr (Enumeration<T>) {
            readEnum(value, node, path);
        } else {
            readText(value, node, path, setting);
        }
    }

    template <Enumeration T>
    void readEnum(T &value, const Node &node, const std::string &path)
    {
        const auto *text = expect<std::string>(node, path, suggestion({}, enumNames<T>()));
        if (!text)
            return;
        for (const auto &one : enumerators(T{})) {
            if (one.name == *text) {
                value = one.value;
                return;
            }
        }
        m_findings.error("config.unknown-value", path, "unknown value `" + *text + "`",
                         suggestion(*text, enumNames<T>()));
    }

    template <config::TextValue T>
    void readText(T &value, const Node &node, const std::string &path, const config::Setting &setting)
    {
        // A bare number is read as its digits where numbers have units: a size needs none, and a duration says so.
        constexpr bool isQuantity = std::same_as<T, config::Duration> || std::same_as<T, config::ByteSize>;
        const auto *number = isQuantity ? node.as<std::int64_t>() : nullptr;
        const auto *text = number ? nullptr : expect<std::string>(node, path, "text in quotes");
        if (!number && !text)
            return;
        auto parsed = T::parse(number ? std::to_string(*number) : *text);
        if (!parsed) {
            Error &error = parsed.error();
            m_findings.error(std::move(error.code), path, std::move(error.message), std::move(error.remedy));
            return;
        }
        if constexpr (std::same_as<T, config::Duration>) {
            if (!checkRange(parsed->value.count(), path, setting, durationText))
                return;
        } else if constexpr (std::same_as<T, config::ByteSize>) {
            if (!checkRange(static_cast<std::int64_t>(parsed->bytes), path, setting, sizeText))
                return;
        } else if constexpr (std::same_as<T, config::FilePath>) {
            resolve(*parsed, setting.base);
        }
        value = std::move(*parsed);
    }

    // Whether to go on with the table of an object. The one that sets anything defines it, and a second such is an
    // error. A table that holds nothing but further objects ([backend.app.server.a] alone) may stand beside it.
    template <Described T>
    bool define(const Node &table, const std::string &path)
    {
        std::vector<std::string_view> objects;
        T::describe([&]<class Value>(Value T::*, const char *name, const config::Setting &) {
            if constexpr (NamedObjects<Value>)
                objects.emplace_back(name);
        });
        const Node::Table &members = table.members();
        const bool setsAnything = std::any_of(members.begin(), members.end(), [&](const Node::Member &member) {
            return std::find(objects.begin(), objects.end(), member.name) == objects.end();
        });
        return defineObject(path, placeOf(table), setsAnything || members.empty());
    }
    bool defineObject(const std::string &path, SourcePlace place, bool explicitly);

    template <class T>
    bool checkName(const std::string &name, const Node &node, const std::string &path)
    {
        auto checked = [&] {
            if constexpr (ChecksNames<T>)
                return T::checkName(name);
            else
                return checkObjectName(name);
        }();
        if (checked)
            return true;
        m_origins.setPlace(path, placeOf(node));
        Error &error = checked.error();
        m_findings.error(std::move(error.code), path, std::move(error.message), std::move(error.remedy));
        return false;
    }
    static Result<> checkObjectName(std::string_view name);

    // What is meant, or what there is in the object at `path`, or where that is listed.
    static std::string remedyForUnknown(std::string_view name, const std::vector<std::string_view> &known,
                                        std::string_view path);

    // The value, or null after saying that something else was expected.
    template <class T>
    const T *expect(const Node &node, const std::string &path, const std::string &expected)
    {
        const T *value = node.as<T>();
        if (!value) {
            m_origins.setPlace(path, placeOf(node));
            m_findings.error("config.wrong-type", path, std::string("this is ") + node.typeName(), "write " + expected);
        }
        return value;
    }

    template <class Text>
    bool checkRange(std::int64_t value, const std::string &path, const config::Setting &setting, Text text)
    {
        if (value >= setting.min && value <= setting.max)
            return true;
        const bool open = setting.max == std::numeric_limits<std::int64_t>::max();
        m_findings.error("config.out-of-range", path, text(value) + " is out of range",
                         open ? "write at least " + text(setting.min)
                              : "write " + text(setting.min) + " to " + text(setting.max));
        return false;
    }

    // The setting with limits no wider than the type's.
    template <Integer T>
    static config::Setting limitsOf(config::Setting setting)
    {
        if constexpr (sizeof(T) < sizeof(std::int64_t)) {
            setting.min = std::max<std::int64_t>(setting.min, std::numeric_limits<T>::min());
            setting.max = std::min<std::int64_t>(setting.max, std::numeric_limits<T>::max());
        }
        return setting;
    }

    static std::string numberText(std::int64_t value) { return std::to_string(value); }
    static std::string durationText(std::int64_t value) { return config::Duration(Milliseconds(value)).text(); }
    static std::string sizeText(std::int64_t value)
    {
        return config::ByteSize(static_cast<std::uint64_t>(value)).text();
    }

    void resolve(config::FilePath &file, config::PathBase base) const;
    [[nodiscard]] SourcePlace placeOf(const Node &node) const { return {m_file, node.line, node.column}; }

    std::string m_file;
    Owner m_owner;
    Origins &m_origins;
    Findings &m_findings;
};

} // namespace mainstay::schema
