// SPDX-License-Identifier: GPL-3.0-or-later
// Whole configurations to text and JSON.
#include "schema/writer.h"

#include "schema/toml.h"

#include <QJsonArray>
#include <cmath>

namespace mainstay::schema {
namespace {

// 2^63: doubles from here on are no std::int64_t.
constexpr double kInt64End = 9223372036854775808.0;

Node fromJson(const QJsonValue &json, std::size_t depth)
{
    if (depth > kMaxDepth)
        return {};
    switch (json.type()) {
    case QJsonValue::Bool:
        return {json.toBool()};
    case QJsonValue::Double: {
        const double number = json.toDouble();
        if (std::trunc(number) == number && number >= -kInt64End && number < kInt64End)
            return {static_cast<std::int64_t>(json.toInteger(static_cast<qint64>(number)))};
        return {number};
    }
    case QJsonValue::String:
        return {json.toString().toStdString()};
    case QJsonValue::Array: {
        Node::Array array;
        for (const QJsonValue element : json.toArray())
            array.push_back(fromJson(element, depth + 1));
        return {std::move(array)};
    }
    case QJsonValue::Object: {
        Node::Table table;
        const QJsonObject object = json.toObject();
        for (auto member = object.begin(); member != object.end(); ++member)
            table.push_back({member.key().toStdString(), fromJson(member.value(), depth + 1)});
        return {std::move(table)};
    }
    default:
        return {};
    }
}

} // namespace

std::string writeToml(const config::Configuration &configuration)
{
    return writeToml(ObjectWriter(Defaults::omit, ObjectWriter::Secrets::show).write(configuration));
}

QJsonObject writeJson(const config::Configuration &configuration, Defaults defaults)
{
    return toJson(ObjectWriter(defaults).write(configuration)).toObject();
}

Loaded readJson(const QJsonObject &json)
{
    return readDocument(fromJson(json));
}

QJsonValue toJson(const Node &node)
{
    if (const auto *boolean = node.as<bool>())
        return *boolean;
    if (const auto *integer = node.as<std::int64_t>())
        return static_cast<qint64>(*integer);
    if (const auto *fraction = node.as<double>())
        return *fraction;
    if (const auto *text = node.as<std::string>())
        return QString::fromStdString(*text);
    if (const auto *array = node.as<Node::Array>()) {
        QJsonArray json;
        for (const Node &element : *array)
            json.append(toJson(element));
        return json;
    }
    if (const auto *table = node.as<Node::Table>()) {
        QJsonObject json;
        for (const auto &[name, member] : *table)
            json.insert(QString::fromStdString(name), toJson(member));
        return json;
    }
    return {};
}

Node fromJson(const QJsonValue &json)
{
    return fromJson(json, 0);
}

} // namespace mainstay::schema
