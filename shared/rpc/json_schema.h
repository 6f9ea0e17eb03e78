// SPDX-License-Identifier: GPL-3.0-or-later
// What rpc.discover tells: the JSON Schema of a described value, and the OpenRPC description of a method.
#pragma once

#include "rpc/discover_methods.h"
#include "rpc/json_value.h"

namespace mainstay::rpc {

template <class T>
[[nodiscard]] QJsonObject schemaOf(const Setting &setting = {})
{
    const auto type = [](const char *name) { return QJsonObject{{QLatin1String("type"), QLatin1String(name)}}; };
    QJsonObject schema;
    if constexpr (std::same_as<T, QJsonValue>) {
    } else if constexpr (std::same_as<T, bool>) {
        schema = type("boolean");
    } else if constexpr (std::floating_point<T>) {
        schema = type("number");
    } else if constexpr (std::integral<T> || isDuration<T>) {
        schema = type("integer");
        schema.insert(QLatin1String("minimum"), static_cast<qint64>(setting.min));
        if (setting.max != std::numeric_limits<std::int64_t>::max())
            schema.insert(QLatin1String("maximum"), static_cast<qint64>(setting.max));
    } else if constexpr (std::same_as<T, std::string>) {
        schema = type("string");
        if (setting.required)
            schema.insert(QLatin1String("minLength"), 1);
    } else if constexpr (NamedEnum<T>) {
        schema = type("string");
        QJsonArray names;
        for (const auto &enumerator : enumerators(T()))
            names.append(toJson(enumerator.value));
        schema.insert(QLatin1String("enum"), names);
    } else if constexpr (std::same_as<T, WallTime>) {
        schema = type("string");
        schema.insert(QLatin1String("format"), QLatin1String("date-time"));
    } else if constexpr (isOptional<T>) {
        schema.insert(QLatin1String("anyOf"), QJsonArray{schemaOf<typename T::value_type>(setting), type("null")});
    } else if constexpr (isVector<T>) {
        schema = type("array");
        schema.insert(QLatin1String("items"), schemaOf<typename T::value_type>());
    } else {
        schema = type("object");
        QJsonObject properties;
        Members<T>::describe([&]<class Member>(Member T::*, const char *name, const Setting &member) {
            properties.insert(QLatin1String(name), schemaOf<Member>(member));
        });
        schema.insert(QLatin1String("properties"), properties);
    }
    if (*setting.help != '\0')
        schema.insert(QLatin1String("description"), QString::fromUtf8(setting.help));
    return schema;
}

template <Request M>
[[nodiscard]] MethodDescription describeMethod()
{
    MethodDescription description;
    description.name = M::kMethod.name;
    description.summary = M::kMethod.summary;
    description.access = M::kMethod.access;
    Members<M>::describe([&]<class Member>(Member M::*, const char *name, const Setting &setting) {
        description.params.push_back({name, setting.help, setting.required, schemaOf<Member>(setting)});
    });
    if constexpr (StreamMethod<M>) {
        description.result = {"subscription", "Number of the stream that was opened", true, schemaOf<Subscription>()};
        description.event = schemaOf<typename M::Event>();
    } else {
        description.result = {"result", std::string(M::kMethod.summary), true, schemaOf<typename M::Result>()};
    }
    return description;
}

} // namespace mainstay::rpc
