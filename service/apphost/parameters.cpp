// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/parameters.h"

#include "apphost/router.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mainstay::apphost {
namespace {

using config::ParameterConfig;
using config::ParameterPlace;
using config::ParameterType;

auto bad(std::string parameter, std::string message)
{
    return tl::unexpected<BadParameter>(BadParameter{std::move(parameter), std::move(message)});
}

// The limits that are set where nobody set any keep whole numbers exact, and are no limits to other numbers.
bool hasMin(const ParameterConfig &parameter)
{
    return parameter.min != -ParameterConfig::kMostExact;
}

bool hasMax(const ParameterConfig &parameter)
{
    return parameter.max != ParameterConfig::kMostExact;
}

std::string rangeText(const ParameterConfig &parameter)
{
    if (!hasMin(parameter) && !hasMax(parameter))
        return {};
    if (!hasMax(parameter))
        return ", at least " + std::to_string(parameter.min);
    if (!hasMin(parameter))
        return ", at most " + std::to_string(parameter.max);
    return " from " + std::to_string(parameter.min) + " to " + std::to_string(parameter.max);
}

std::string expectation(const ParameterConfig &parameter)
{
    switch (parameter.type) {
    case ParameterType::text:
        return "must be text of at most " + std::to_string(parameter.maxLength) + " characters";
    case ParameterType::integer:
        return "must be a whole number" + rangeText(parameter);
    case ParameterType::number:
        return "must be a number" + rangeText(parameter);
    case ParameterType::boolean:
        return "must be true or false";
    }
    return {};
}

auto unfit(const ParameterConfig &parameter)
{
    return bad(parameter.name, expectation(parameter));
}

Checked<QVariant> checkedText(const ParameterConfig &parameter, const QString &text)
{
    // A character outside the first plane is two units.
    const qsizetype pairs = std::count_if(text.begin(), text.end(), [](QChar c) { return c.isLowSurrogate(); });
    if (text.size() - pairs > static_cast<qsizetype>(parameter.maxLength) || text.contains(QChar(0)) ||
        !text.isValidUtf16())
        return unfit(parameter);
    return QVariant(text);
}

// A whole number, but too large: the limits are said, also where nobody has set them.
auto outOfRange(const ParameterConfig &parameter)
{
    return bad(parameter.name,
               "must be a whole number from " + std::to_string(parameter.min) + " to " + std::to_string(parameter.max));
}

Checked<QVariant> checkedInteger(const ParameterConfig &parameter, std::int64_t value)
{
    if (value < parameter.min || value > parameter.max)
        return outOfRange(parameter);
    return QVariant(static_cast<qlonglong>(value));
}

Checked<QVariant> checkedNumber(const ParameterConfig &parameter, double value)
{
    if (!std::isfinite(value) || (hasMin(parameter) && value < static_cast<double>(parameter.min)) ||
        (hasMax(parameter) && value > static_cast<double>(parameter.max)))
        return unfit(parameter);
    return QVariant(value);
}

Checked<QVariant> fromJson(const ParameterConfig &parameter, const QJsonValue &json)
{
    switch (parameter.type) {
    case ParameterType::text:
        if (json.isString())
            return checkedText(parameter, json.toString());
        break;
    case ParameterType::integer: {
        constexpr double kEnd = 9223372036854775808.0; // 2^63
        const double number = json.toDouble();
        if (json.isDouble() && std::trunc(number) == number && number >= -kEnd && number < kEnd)
            return checkedInteger(parameter, json.toInteger(static_cast<qint64>(number)));
        break;
    }
    case ParameterType::number:
        if (json.isDouble())
            return checkedNumber(parameter, json.toDouble());
        break;
    case ParameterType::boolean:
        if (json.isBool())
            return QVariant(json.toBool());
        break;
    }
    return unfit(parameter);
}

Checked<QJsonObject> readBody(const Request &request)
{
    if (const auto type = header(request.headers, "Content-Type"))
        if (type->find("json") == std::string_view::npos)
            return bad({}, "the body must be a JSON object, sent as application/json");
    QJsonParseError error;
    const QByteArray bytes = QByteArray::fromRawData(request.body.data(), static_cast<qsizetype>(request.body.size()));
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (error.error != QJsonParseError::NoError)
        return bad({}, "the body must be a JSON object: " + error.errorString().toStdString() + " at byte " +
                           std::to_string(error.offset));
    if (!document.isObject())
        return bad({}, "the body must be a JSON object");
    return document.object();
}

Checked<QVariant> missing(const ParameterConfig &parameter)
{
    if (parameter.required)
        return bad(parameter.name, "is missing: it " + expectation(parameter));
    if (parameter.fallback.empty())
        return QVariant();
    return parameterFromText(parameter, parameter.fallback);
}

bool needs(const std::vector<ParameterConfig> &parameters, ParameterPlace place)
{
    return std::ranges::any_of(parameters, [place](const ParameterConfig &each) { return each.in == place; });
}

Checked<QVariant> readOne(const ParameterConfig &parameter, const TextValues &texts)
{
    const auto found = texts.find(parameter.name);
    return found == texts.end() ? missing(parameter) : parameterFromText(parameter, found->second);
}

} // namespace

Checked<QVariant> parameterFromText(const ParameterConfig &parameter, const std::string &text)
{
    const char *end = text.data() + text.size();
    switch (parameter.type) {
    case ParameterType::text:
        return checkedText(parameter, QString::fromStdString(text));
    case ParameterType::integer: {
        std::int64_t value = 0;
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc::result_out_of_range && rest == end)
            return outOfRange(parameter);
        return error == std::errc() && rest == end ? checkedInteger(parameter, value) : unfit(parameter);
    }
    case ParameterType::number: {
        double value = 0;
        const auto [rest, error] = std::from_chars(text.data(), end, value);
        return error == std::errc() && rest == end ? checkedNumber(parameter, value) : unfit(parameter);
    }
    case ParameterType::boolean:
        if (text == "true" || text == "1")
            return QVariant(true);
        if (text == "false" || text == "0")
            return QVariant(false);
        break;
    }
    return unfit(parameter);
}

Checked<TextValues> readQuery(const std::string &query)
{
    TextValues values;
    for (std::string_view rest = query; !rest.empty();) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (pair.empty())
            continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = percentDecoded(pair.substr(0, equals), true);
        const auto value = percentDecoded(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value)
            return bad(name.value_or(""), "the query is not well encoded");
        if (!values.try_emplace(*name, *value).second)
            return bad(*name, "stands in the query more than once");
    }
    return values;
}

Checked<ParameterValues> readParameters(const std::vector<ParameterConfig> &parameters, const TextValues &path,
                                        const Request &request)
{
    ParameterValues values;
    Checked<TextValues> query = readQuery(needs(parameters, ParameterPlace::query) ? request.query : std::string());
    if (!query)
        return tl::unexpected<BadParameter>(query.error());
    QJsonObject body;
    if (needs(parameters, ParameterPlace::body)) {
        Checked<QJsonObject> read = readBody(request);
        if (!read)
            return tl::unexpected<BadParameter>(read.error());
        body = std::move(*read);
    }
    for (const ParameterConfig &parameter : parameters) {
        Checked<QVariant> value;
        if (parameter.in == ParameterPlace::body) {
            const QJsonValue json = body.value(QString::fromStdString(parameter.name));
            value = json.isUndefined() || json.isNull() ? missing(parameter) : fromJson(parameter, json);
        } else {
            value = readOne(parameter, parameter.in == ParameterPlace::path ? path : *query);
        }
        if (!value)
            return tl::unexpected<BadParameter>(value.error());
        values.insert_or_assign(parameter.name, std::move(*value));
    }
    return values;
}

} // namespace mainstay::apphost
