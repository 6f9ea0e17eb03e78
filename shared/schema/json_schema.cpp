// SPDX-License-Identifier: GPL-3.0-or-later
// The visitor that describes each type and its limits as JSON Schema.
#include "schema/json_schema.h"

#include "config/configuration.h"
#include "schema/kinds.h"
#include "schema/object_reader.h"
#include "schema/object_writer.h"
#include "schema/writer.h"

#include <QJsonArray>
#include <limits>

namespace mainstay::schema {
namespace {

using config::Setting;

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

template <class T>
QJsonObject typeSchema(const Setting &setting);

template <Described T>
QJsonObject objectSchema()
{
    QJsonObject properties;
    QJsonArray required;
    const T initial;
    T::describe([&]<class Value>(Value T::*member, const char *name, const Setting &setting) {
        QJsonObject schema = typeSchema<Value>(setting);
        schema.insert(QStringLiteral("title"), text(setting.label));
        if (*setting.help)
            schema.insert(QStringLiteral("description"), text(setting.help));
        if (*setting.unit)
            schema.insert(QStringLiteral("x-unit"), text(setting.unit));
        if (setting.secret)
            schema.insert(QStringLiteral("writeOnly"), true);
        if (setting.restart)
            schema.insert(QStringLiteral("x-restart"), true);
        // What has a good default need not be written, required or not.
        const bool unset = [&] {
            if constexpr (requires { (initial.*member).empty(); })
                return (initial.*member).empty();
            else
                return false;
        }();
        if (setting.required && unset)
            required.append(text(name));
        else if constexpr (!NamedObjects<Value> && !Described<Value>)
            schema.insert(QStringLiteral("default"), toJson(ObjectWriter(Defaults::include).write(initial.*member)));
        properties.insert(text(name), schema);
    });
    QJsonObject schema{{QStringLiteral("type"), QStringLiteral("object")},
                       {QStringLiteral("properties"), properties},
                       {QStringLiteral("additionalProperties"), false}};
    if (!required.isEmpty())
        schema.insert(QStringLiteral("required"), required);
    return schema;
}

QJsonObject integerSchema(std::int64_t min, std::int64_t max)
{
    QJsonObject schema{{QStringLiteral("type"), QStringLiteral("integer")},
                       {QStringLiteral("minimum"), static_cast<qint64>(min)}};
    if (max != kNoLimit)
        schema.insert(QStringLiteral("maximum"), static_cast<qint64>(max));
    return schema;
}

template <class T>
QJsonObject textSchema()
{
    QJsonObject schema{{QStringLiteral("type"), QStringLiteral("string")}};
    if (*config::kTextPattern<T>)
        schema.insert(QStringLiteral("pattern"), text(config::kTextPattern<T>));
    return schema;
}

template <class T>
const char *namePattern()
{
    if constexpr (ChecksNames<T>)
        return T::kNamePattern;
    else
        return ObjectReader::kNamePattern;
}

// A quantity with a unit.
template <class T>
QJsonObject quantitySchema(const Setting &setting, T (*make)(std::int64_t))
{
    QJsonObject schema = textSchema<T>();
    if (setting.min != 0)
        schema.insert(QStringLiteral("x-minimum"), text(make(setting.min).text()));
    if (setting.max != kNoLimit)
        schema.insert(QStringLiteral("x-maximum"), text(make(setting.max).text()));
    return schema;
}

template <class T>
QJsonObject typeSchema(const Setting &setting)
{
    const QString type = QStringLiteral("type");
    if constexpr (Described<T>) {
        return objectSchema<T>();
    } else if constexpr (NamedObjects<T>) {
        return {
            {type, QStringLiteral("object")},
            {QStringLiteral("propertyNames"),
             QJsonObject{{QStringLiteral("pattern"), text(namePattern<typename T::mapped_type>())}}},
            {QStringLiteral("additionalProperties"), objectSchema<typename T::mapped_type>()},
        };
    } else if constexpr (List<T>) {
        Setting item = setting;
        item.required = true;
        QJsonObject schema{{type, QStringLiteral("array")},
                           {QStringLiteral("items"), typeSchema<typename T::value_type>(item)}};
        if (setting.required)
            schema.insert(QStringLiteral("minItems"), 1);
        return schema;
    } else if constexpr (std::same_as<T, bool>) {
        return {{type, QStringLiteral("boolean")}};
    } else if constexpr (Integer<T>) {
        return integerSchema(setting.min, sizeof(T) < sizeof(std::int64_t)
                                              ? std::min<std::int64_t>(setting.max, std::numeric_limits<T>::max())
                                              : setting.max);
    } else if constexpr (Enumeration<T>) {
        QJsonArray names;
        for (const std::string_view name : enumNames<T>())
            names.append(text(name));
        return {{type, QStringLiteral("string")}, {QStringLiteral("enum"), names}};
    } else if constexpr (std::same_as<T, config::Duration>) {
        return quantitySchema<T>(setting, [](std::int64_t count) { return T(Milliseconds(count)); });
    } else if constexpr (std::same_as<T, config::ByteSize>) {
        QJsonObject schema =
            quantitySchema<T>(setting, [](std::int64_t count) { return T(static_cast<std::uint64_t>(count)); });
        schema.insert(type, QJsonArray{QStringLiteral("string"), QStringLiteral("integer")});
        schema.insert(QStringLiteral("minimum"), static_cast<qint64>(setting.min));
        if (setting.max != kNoLimit)
            schema.insert(QStringLiteral("maximum"), static_cast<qint64>(setting.max));
        return schema;
    } else {
        QJsonObject schema = textSchema<T>();
        if constexpr (ReferenceValue<T>)
            schema.insert(QStringLiteral("x-reference"), text(kindName<config::Configuration, typename T::Target>()));
        if (setting.required)
            schema.insert(QStringLiteral("minLength"), 1);
        return schema;
    }
}

} // namespace

QJsonObject configurationSchema()
{
    QJsonObject schema = objectSchema<config::Configuration>();
    schema.insert(QStringLiteral("$schema"), QStringLiteral("https://json-schema.org/draft/2020-12/schema"));
    schema.insert(QStringLiteral("title"), QStringLiteral("Mainstay configuration"));
    return schema;
}

} // namespace mainstay::schema
