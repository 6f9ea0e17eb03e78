// SPDX-License-Identifier: GPL-3.0-or-later
#include "rpc/json_value.h"

#include "schema/near_miss.h"

#include <QDateTime>
#include <QJsonDocument>

#include <algorithm>

namespace mainstay::rpc {

namespace {

std::string kindOf(const QJsonValue &json)
{
    switch (json.type()) {
    case QJsonValue::Null:
        return "null";
    case QJsonValue::Bool:
        return "true or false";
    case QJsonValue::Double:
        return "the number " + QString::number(json.toDouble(), 'g', 16).toStdString();
    case QJsonValue::String: {
        const QString text = json.toString();
        return "`" + (text.size() > 40 ? text.left(40) + QStringLiteral("…") : text).toStdString() + "`";
    }
    case QJsonValue::Array:
        return "a list";
    case QJsonValue::Object:
        return "an object";
    case QJsonValue::Undefined:
        break;
    }
    return "nothing";
}

} // namespace

QString timeText(WallTime time)
{
    const auto sinceEpoch = std::chrono::duration_cast<Milliseconds>(time.time_since_epoch());
    return QDateTime::fromMSecsSinceEpoch(sinceEpoch.count(), Qt::UTC).toString(Qt::ISODateWithMs);
}

std::optional<WallTime> timeFromText(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!time.isValid())
        return std::nullopt;
    return WallTime(Milliseconds(time.toMSecsSinceEpoch()));
}

void insertMember(QJsonObject &object, const char *name, const QJsonValue &value)
{
    object.insert(QLatin1String(name), value);
}

QByteArray compactText(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

std::int64_t JsonReader::readInteger(const QJsonValue &json, std::int64_t min, std::int64_t max)
{
    // A number that is no whole number gives back whatever default it is asked with.
    const std::int64_t number = json.toInteger(0);
    const bool whole = json.isDouble() && number == json.toInteger(1);
    if (whole && number >= min && number <= max)
        return number;
    std::string what = "a whole number";
    if (max != std::numeric_limits<std::int64_t>::max())
        what += " from " + std::to_string(min) + " to " + std::to_string(max);
    else if (min != std::numeric_limits<std::int64_t>::min())
        what += " from " + std::to_string(min) + " on";
    expected(what, json);
    return 0;
}

void JsonReader::readText(const QJsonValue &json, std::string &value, bool required)
{
    if (!json.isString())
        return expected("text", json);
    value = json.toString().toStdString();
    if (required && value.empty())
        fail("may not be empty");
}

void JsonReader::readTime(const QJsonValue &json, WallTime &value)
{
    const std::optional<WallTime> time = timeFromText(json.toString());
    if (!time)
        return expected("a time as in 2030-01-31T12:00:00.000Z", json);
    value = *time;
}

QJsonValue JsonReader::enter(Walk &walk, const char *name, bool required)
{
    walk.known.emplace_back(name);
    m_path.resize(walk.pathLength);
    m_path.append(m_path.empty() ? "" : ".").append(name);
    const QJsonValue found = walk.object.value(QLatin1String(name));
    if (found.isUndefined() && required)
        fail("is missing");
    return found;
}

void JsonReader::leave(Walk &walk)
{
    m_path.resize(walk.pathLength);
    if (m_unknown == UnknownMembers::ignore)
        return;
    const std::vector<std::string_view> &known = walk.known;
    for (auto member = walk.object.constBegin(); member != walk.object.constEnd(); ++member) {
        const std::string name = member.key().toStdString();
        if (std::find(known.begin(), known.end(), name) != known.end())
            continue;
        m_path.append(m_path.empty() ? "" : ".").append(name);
        const std::string suggestion = schema::suggestion(name, known);
        fail(suggestion.empty() ? "is unknown" : "is unknown: " + suggestion);
        m_path.resize(walk.pathLength);
    }
}

void JsonReader::expected(const std::string &what, const QJsonValue &found)
{
    fail("must be " + what + ", not " + kindOf(found));
}

void JsonReader::fail(const std::string &what)
{
    if (!m_problem.empty())
        return;
    m_problemPath = m_path;
    m_problem = m_path.empty() ? "the value " + what : "`" + m_path + "` " + what;
}

} // namespace mainstay::rpc
