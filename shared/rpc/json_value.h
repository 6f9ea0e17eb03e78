// SPDX-License-Identifier: GPL-3.0-or-later
// Described values to JSON and back.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "rpc/describe.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace mainstay::rpc {

template <class T>
inline constexpr bool isOptional = false;
template <class T>
inline constexpr bool isOptional<std::optional<T>> = true;

template <class T>
inline constexpr bool isVector = false;
template <class T>
inline constexpr bool isVector<std::vector<T>> = true;

template <class T>
inline constexpr bool isDuration = false;
template <class Rep, class Period>
inline constexpr bool isDuration<std::chrono::duration<Rep, Period>> = true;

// RFC 3339 in UTC with milliseconds.
[[nodiscard]] QString timeText(WallTime time);
[[nodiscard]] std::optional<WallTime> timeFromText(const QString &text);

// One line, without its end.
[[nodiscard]] QByteArray compactText(const QJsonObject &object);

void insertMember(QJsonObject &object, const char *name, const QJsonValue &value);

template <class T>
[[nodiscard]] QJsonValue toJson(const T &value)
{
    if constexpr (std::same_as<T, QJsonValue>) {
        return value.isUndefined() ? QJsonValue() : value;
    } else if constexpr (std::same_as<T, bool> || std::floating_point<T>) {
        return QJsonValue(value);
    } else if constexpr (std::integral<T>) {
        return QJsonValue(static_cast<qint64>(value));
    } else if constexpr (std::same_as<T, std::string>) {
        return QString::fromStdString(value);
    } else if constexpr (NamedEnum<T>) {
        const std::string_view name = nameOf(value);
        return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
    } else if constexpr (std::same_as<T, WallTime>) {
        return timeText(value);
    } else if constexpr (isDuration<T>) {
        return QJsonValue(static_cast<qint64>(value.count()));
    } else if constexpr (isOptional<T>) {
        return value ? toJson(*value) : QJsonValue();
    } else if constexpr (isVector<T>) {
        QJsonArray array;
        for (const auto &element : value)
            array.append(toJson(element));
        return array;
    } else {
        QJsonObject object;
        Members<T>::describe([&](auto T::*member, const char *name, const Setting &) {
            insertMember(object, name, toJson(value.*member));
        });
        return object;
    }
}

// A member nobody described: a request must have none, an answer of a newer service may.
enum class UnknownMembers { refuse, ignore };

// Reads one value and remembers the first thing that is wrong with it; what was read until then stays.
class JsonReader {
public:
    explicit JsonReader(UnknownMembers unknown) : m_unknown(unknown) {}

    // "`servers[1].weight` must be a whole number from 1 to 256, not text", or nothing.
    [[nodiscard]] const std::string &problem() const { return m_problem; }
    // The member it is about; empty for the value itself.
    [[nodiscard]] const std::string &problemPath() const { return m_problemPath; }

    template <class T>
    void read(const QJsonValue &json, T &value, const Setting &setting = {})
    {
        if constexpr (std::same_as<T, QJsonValue>) {
            value = json;
        } else if constexpr (std::same_as<T, bool>) {
            json.isBool() ? void(value = json.toBool()) : expected("true or false", json);
        } else if constexpr (std::floating_point<T>) {
            json.isDouble() ? void(value = static_cast<T>(json.toDouble())) : expected("a number", json);
        } else if constexpr (std::integral<T>) {
            readInteger(json, value, setting);
        } else if constexpr (std::same_as<T, std::string>) {
            readText(json, value, setting.required);
        } else if constexpr (NamedEnum<T>) {
            readName(json, value);
        } else if constexpr (std::same_as<T, WallTime>) {
            readTime(json, value);
        } else if constexpr (isDuration<T>) {
            typename T::rep count = 0;
            readInteger(json, count, setting);
            value = T(count);
        } else if constexpr (isOptional<T>) {
            value.reset();
            if (!json.isNull())
                read(json, value.emplace(), setting);
        } else if constexpr (isVector<T>) {
            readList(json, value);
        } else {
            readObject(json, value);
        }
    }

private:
    template <class T>
    void readInteger(const QJsonValue &json, T &value, const Setting &setting)
    {
        using Limits = std::numeric_limits<T>;
        const std::int64_t low = std::in_range<std::int64_t>(Limits::min()) ? std::int64_t(Limits::min()) : INT64_MIN;
        const std::int64_t high = std::in_range<std::int64_t>(Limits::max()) ? std::int64_t(Limits::max()) : INT64_MAX;
        value = static_cast<T>(readInteger(json, std::max(low, setting.min), std::min(high, setting.max)));
    }

    template <class E>
    void readName(const QJsonValue &json, E &value)
    {
        const std::string text = json.toString().toStdString();
        std::string names;
        for (const auto &enumerator : enumerators(E())) {
            if (json.isString() && enumerator.name == text) {
                value = enumerator.value;
                return;
            }
            names += (names.empty() ? "" : ", ") + std::string(enumerator.name);
        }
        expected("one of " + names, json);
    }

    template <class T>
    void readList(const QJsonValue &json, std::vector<T> &list)
    {
        if (!json.isArray())
            return expected("a list", json);
        list.clear();
        const std::size_t length = m_path.size();
        for (const QJsonValue &element : json.toArray()) {
            m_path += "[" + std::to_string(list.size()) + "]";
            read(element, list.emplace_back());
            m_path.resize(length);
        }
    }

    template <class T>
    void readObject(const QJsonValue &json, T &value)
    {
        if (!json.isObject())
            return expected("an object", json);
        Walk walk{json.toObject(), {}, m_path.size()};
        Members<T>::describe([&](auto T::*member, const char *name, const Setting &setting) {
            const QJsonValue found = enter(walk, name, setting.required);
            if (!found.isUndefined())
                read(found, value.*member, setting);
        });
        leave(walk);
    }

    // Through the members of an object. What follows is the same for all of them, and compiled once.
    struct Walk {
        QJsonObject object;
        std::vector<std::string_view> known; // members
        std::size_t pathLength = 0;          // of the object
    };
    // The member, whose path then is m_path; undefined when there is none.
    [[nodiscard]] QJsonValue enter(Walk &walk, const char *name, bool required);
    void leave(Walk &walk);
    [[nodiscard]] std::int64_t readInteger(const QJsonValue &json, std::int64_t min, std::int64_t max);
    void readText(const QJsonValue &json, std::string &value, bool required);
    void readTime(const QJsonValue &json, WallTime &value);
    void expected(const std::string &what, const QJsonValue &found);
    void fail(const std::string &what);

    UnknownMembers m_unknown;
    std::string m_path;
    std::string m_problem;
    std::string m_problemPath;
};

// The parameters of a call. Fails with "rpc.invalid-params", naming the parameter.
template <class Request>
[[nodiscard]] Result<Request> readRequest(const QJsonObject &params)
{
    Request request;
    JsonReader reader(UnknownMembers::refuse);
    reader.read(QJsonValue(params), request);
    if (!reader.problem().empty())
        return mainstay::fail("rpc.invalid-params", reader.problem());
    return request;
}

// What a service sent. Fails with "rpc.invalid-answer".
template <class T>
[[nodiscard]] Result<T> readAnswer(const QJsonValue &json)
{
    T value{};
    JsonReader reader(UnknownMembers::ignore);
    reader.read(json, value);
    if (!reader.problem().empty())
        return mainstay::fail("rpc.invalid-answer", "the service sent an answer that does not fit: " + reader.problem(),
                              "are both ends of the same version?");
    return value;
}

} // namespace mainstay::rpc
