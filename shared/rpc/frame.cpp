// SPDX-License-Identifier: GPL-3.0-or-later
#include "rpc/frame.h"

#include "rpc/json_value.h"

#include <QJsonDocument>
#include <QJsonParseError>

#include <array>
#include <utility>

namespace mainstay::rpc {

namespace {

constexpr int kOperationFailed = -32000;

// JSON-RPC 2.0, section 5.1, and two of the range it leaves to servers.
constexpr std::array<std::pair<std::string_view, int>, 7> kNumbers = {{
    {"rpc.parse-error", -32700},
    {"rpc.invalid-request", -32600},
    {"rpc.method-not-found", -32601},
    {"rpc.invalid-params", -32602},
    {"rpc.internal-error", -32603},
    {"rpc.access-denied", -32001},
    {"rpc.busy", -32002},
}};

QString text(std::string_view view)
{
    return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

bool isBlank(QByteArrayView line)
{
    return line.trimmed().isEmpty();
}

// Before the parser, which recurses, sees the line.
bool isTooDeep(QByteArrayView line)
{
    int depth = 0;
    bool inString = false;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (++depth > kMaxDepth)
                return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

Result<QJsonObject> parseObject(QByteArrayView line)
{
    if (isTooDeep(line))
        return fail("rpc.parse-error",
                    "the line holds more than " + std::to_string(kMaxDepth) + " objects or lists within each other");
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(QByteArray::fromRawData(line.data(), line.size()), &problem);
    if (document.isNull())
        return fail("rpc.parse-error", "the line is not JSON: " + problem.errorString().toStdString() + " at byte " +
                                           std::to_string(problem.offset));
    if (document.isArray())
        return fail("rpc.invalid-request", "batches are not supported", "send one object a line");
    return document.object();
}

bool isId(const QJsonValue &id)
{
    return id.isString() || id.isDouble() || id.isNull();
}

bool isVersion2(const QJsonObject &object)
{
    return object.value(QLatin1String("jsonrpc")) == QLatin1String("2.0");
}

QByteArray frameOf(QJsonObject object)
{
    object.insert(QLatin1String("jsonrpc"), QLatin1String("2.0"));
    return compactText(object) + '\n';
}

} // namespace

void FrameReader::append(QByteArrayView bytes)
{
    m_buffer.append(bytes.data(), bytes.size());
}

FrameReader::Status FrameReader::next(QByteArray &frame)
{
    for (;;) {
        const qsizetype end = m_buffer.indexOf('\n', m_scanned);
        const qsizetype length = (end < 0 ? m_buffer.size() : end) - m_start;
        if (length > m_maxFrame)
            return Status::tooLarge;
        if (end < 0) {
            m_buffer.remove(0, std::exchange(m_start, 0));
            m_scanned = m_buffer.size();
            return Status::needMore;
        }
        const QByteArrayView line = QByteArrayView(m_buffer).sliced(m_start, length);
        m_start = m_scanned = end + 1;
        if (isBlank(line))
            continue;
        frame = line.toByteArray();
        return Status::frame;
    }
}

std::variant<RequestFrame, RefusedFrame> parseRequest(QByteArrayView line)
{
    Result<QJsonObject> object = parseObject(line);
    if (!object)
        return RefusedFrame{QJsonValue(), std::move(object).error()};

    RequestFrame request;
    request.id = object->value(QLatin1String("id"));
    const bool idIsGood = request.isNotification() || isId(request.id);
    const auto refuse = [&](const char *code, std::string message, std::string remedy = {}) {
        const bool known = idIsGood && !request.isNotification();
        return RefusedFrame{known ? request.id : QJsonValue(), Error{code, std::move(message), std::move(remedy)}};
    };
    if (!idIsGood)
        return refuse("rpc.invalid-request", "`id` must be text, a number or null");
    if (!isVersion2(*object))
        return refuse("rpc.invalid-request", "`jsonrpc` must be \"2.0\"");
    const QJsonValue method = object->value(QLatin1String("method"));
    if (!method.isString())
        return refuse("rpc.invalid-request", "`method` must be text");
    request.method = method.toString().toStdString();
    const QJsonValue params = object->value(QLatin1String("params"));
    if (params.isArray() && !params.toArray().isEmpty())
        return refuse("rpc.invalid-params", "`params` must be an object", "name each parameter");
    if (!params.isUndefined() && !params.isArray() && !params.isObject())
        return refuse("rpc.invalid-request", "`params` must be an object");
    request.params = params.toObject();
    return request;
}

Result<std::variant<AnswerFrame, NotificationFrame>> parseAnswer(QByteArrayView line)
{
    const Result<QJsonObject> object = parseObject(line);
    if (!object)
        return fail("rpc.invalid-answer", object.error().message);
    if (!isVersion2(*object))
        return fail("rpc.invalid-answer", "what answers does not speak JSON-RPC 2.0");
    if (const QJsonValue method = object->value(QLatin1String("method")); method.isString())
        return NotificationFrame{method.toString().toStdString(), object->value(QLatin1String("params")).toObject()};

    const QJsonValue id = object->value(QLatin1String("id"));
    const QJsonValue error = object->value(QLatin1String("error"));
    const QJsonValue result = object->value(QLatin1String("result"));
    if (!isId(id) || error.isUndefined() == result.isUndefined())
        return fail("rpc.invalid-answer", "the answer has no id, or not one of result and error");
    if (error.isUndefined())
        return AnswerFrame{id, result};
    return AnswerFrame{id, tl::unexpected<Error>(errorFromJson(error.toObject()))};
}

QByteArray requestFrame(const QJsonValue &id, std::string_view method, const QJsonObject &params)
{
    QJsonObject object{{QLatin1String("method"), text(method)}, {QLatin1String("params"), params}};
    if (!id.isUndefined())
        object.insert(QLatin1String("id"), id);
    return frameOf(object);
}

QByteArray answerFrame(const QJsonValue &id, const Result<QJsonValue> &result)
{
    if (!result)
        return frameOf({{QLatin1String("id"), id}, {QLatin1String("error"), errorToJson(result.error())}});
    return frameOf({{QLatin1String("id"), id}, {QLatin1String("result"), *result}});
}

QByteArray notificationFrame(std::string_view method, const QJsonObject &params)
{
    return requestFrame(QJsonValue::Undefined, method, params);
}

QJsonObject errorToJson(const Error &error)
{
    int number = kOperationFailed;
    for (const auto &[code, known] : kNumbers) {
        if (code == error.code)
            number = known;
    }
    return {{QLatin1String("code"), number},
            {QLatin1String("message"), text(error.message)},
            {QLatin1String("data"),
             QJsonObject{{QLatin1String("code"), text(error.code)}, {QLatin1String("remedy"), text(error.remedy)}}}};
}

Error errorFromJson(const QJsonObject &json)
{
    const QJsonObject data = json.value(QLatin1String("data")).toObject();
    Error error{data.value(QLatin1String("code")).toString().toStdString(),
                json.value(QLatin1String("message")).toString().toStdString(),
                data.value(QLatin1String("remedy")).toString().toStdString()};
    if (error.code.empty())
        error.code = "rpc.error" + std::to_string(json.value(QLatin1String("code")).toInt());
    return error;
}

} // namespace mainstay::rpc
