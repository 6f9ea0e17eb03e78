// SPDX-License-Identifier: GPL-3.0-or-later
// The visitor that makes the manual's sections of what the methods of the management protocol say of themselves.
#pragma once

#include "reference/markdown.h"
#include "reference/sections.h"
#include "rpc/discover_methods.h"
#include "rpc/json_value.h"

#include <QJsonDocument>

#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mainstay::reference {

// "ServerStatus" of mainstay::rpc::ServerStatus.
template <class T>
std::string typeName()
{
    std::string_view text = __PRETTY_FUNCTION__; // "... typeName() [with T = mainstay::rpc::ServerStatus; ...]"
    text.remove_prefix(text.find("T = ") + 4);
    text = text.substr(0, text.find_first_of(";]"));
    return std::string(text.substr(text.rfind(':') + 1));
}

// Its heading. Without the word, ConfigCheck would be the same to a link as config.check.
inline std::string valueHeading(const std::string &name)
{
    return name + " object";
}

// Any thread. Collects the described values that methods take and answer, each once.
class ProtocolVisitor {
public:
    template <class M>
    std::vector<SettingRow> parameters()
    {
        std::vector<SettingRow> rows;
        const M initial;
        rpc::Members<M>::describe([&]<class T>(T M::*member, const char *name, const rpc::Setting &setting) {
            const std::string fallback = setting.required ? "**required**" : fallbackText(initial.*member);
            rows.push_back({name, type<T>(setting), fallback, prose(setting.help)});
        });
        return rows;
    }

    // The type, as Markdown; a link where it is a described value, which is collected.
    template <class T>
    std::string type(const rpc::Setting &setting = {})
    {
        if constexpr (std::same_as<T, QJsonValue>) {
            return "any JSON";
        } else if constexpr (std::same_as<T, bool>) {
            return "true or false";
        } else if constexpr (std::floating_point<T>) {
            return "number";
        } else if constexpr (std::integral<T> || rpc::isDuration<T>) {
            const bool isOpen = setting.max == std::numeric_limits<std::int64_t>::max();
            const std::string range = rangeText(setting.min == 0 ? "" : std::to_string(setting.min),
                                                isOpen ? "" : std::to_string(setting.max), setting.unit);
            return range.empty() ? "whole number" : "whole number, " + range;
        } else if constexpr (std::same_as<T, std::string>) {
            return "text";
        } else if constexpr (rpc::NamedEnum<T>) {
            return choices<T>();
        } else if constexpr (std::same_as<T, WallTime>) {
            return "time";
        } else if constexpr (rpc::isOptional<T>) {
            return type<typename T::value_type>(setting) + ", or null";
        } else if constexpr (rpc::isVector<T>) {
            return "list of " + type<typename T::value_type>();
        } else {
            collect<T>();
            return linkTo(valueHeading(typeName<T>()), typeName<T>());
        }
    }

    // Members by the value's name.
    [[nodiscard]] const std::map<std::string, std::vector<SettingRow>> &values() const { return m_values; }

private:
    template <class T>
    void collect()
    {
        const auto [place, isNew] = m_values.try_emplace(typeName<T>());
        if (!isNew)
            return;
        std::vector<SettingRow> &members = place->second; // stays where it is while others are collected
        rpc::Members<T>::describe([&]<class Member>(Member T::*, const char *name, const rpc::Setting &setting) {
            members.push_back({name, type<Member>(setting), {}, prose(setting.help)});
        });
    }

    template <class T>
    static std::string choices()
    {
        std::string text;
        for (const auto &one : enumerators(T{}))
            text += (text.empty() ? "" : ", ") + code("\"" + std::string(one.name) + "\"");
        return text;
    }

    template <class T>
    static std::string fallbackText(const T &initial)
    {
        const QJsonValue value = rpc::toJson(initial);
        if (value.isNull())
            return "none";
        if (value.isString() && value.toString().isEmpty())
            return "empty";
        const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
        return code(list.mid(1, list.size() - 2).toStdString());
    }

    std::map<std::string, std::vector<SettingRow>> m_values;
};

} // namespace mainstay::reference
