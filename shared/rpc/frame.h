// SPDX-License-Identifier: GPL-3.0-or-later
// JSON-RPC 2.0 over a byte stream: one JSON object a line, by-name parameters, no batches.
#pragma once

#include "base/result.h"

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>

#include <string>
#include <string_view>
#include <variant>

namespace mainstay::rpc {

// The longest line a service reads, and a client: an answer may hold a whole configuration.
inline constexpr qsizetype kMaxRequestFrame = 1 << 20;
inline constexpr qsizetype kMaxAnswerFrame = 64 << 20;
// Objects and lists within each other.
inline constexpr int kMaxDepth = 64;

// Cuts a stream into lines. Holds at most one line of the longest size and what was appended at once.
class FrameReader {
public:
    enum class Status { frame, needMore, tooLarge };

    explicit FrameReader(qsizetype maxFrame) : m_maxFrame(maxFrame) {}

    void append(QByteArrayView bytes);
    // The next line without its end; blank lines are skipped. After tooLarge nothing more comes.
    [[nodiscard]] Status next(QByteArray &frame);

private:
    qsizetype m_maxFrame;
    QByteArray m_buffer;
    qsizetype m_start = 0;   // of the line that is not complete yet
    qsizetype m_scanned = 0; // no line end from m_start up to here
};

// What a client sends. `id` is undefined for a notification, which is never answered.
struct RequestFrame {
    QJsonValue id = QJsonValue::Undefined;
    std::string method;
    QJsonObject params;

    [[nodiscard]] bool isNotification() const { return id.isUndefined(); }
};

// What is answered to a line that is no request. `id` is null unless it could be read.
struct RefusedFrame {
    QJsonValue id;
    Error error;
};

// What a service sends: the answer to a call, or a notification.
struct AnswerFrame {
    QJsonValue id;
    Result<QJsonValue> result;
};
struct NotificationFrame {
    std::string method;
    QJsonObject params;
};

// Codes of the refusals: "rpc.parse-error", "rpc.invalid-request", "rpc.invalid-params".
[[nodiscard]] std::variant<RequestFrame, RefusedFrame> parseRequest(QByteArrayView line);
// Fails with "rpc.invalid-answer".
[[nodiscard]] Result<std::variant<AnswerFrame, NotificationFrame>> parseAnswer(QByteArrayView line);

// Each of these ends with its line end.
[[nodiscard]] QByteArray requestFrame(const QJsonValue &id, std::string_view method, const QJsonObject &params);
[[nodiscard]] QByteArray answerFrame(const QJsonValue &id, const Result<QJsonValue> &result);
[[nodiscard]] QByteArray notificationFrame(std::string_view method, const QJsonObject &params);

// The error object of an answer: JSON-RPC's number and message, with our code and remedy as its data. -32000 stands
// for every code of an operation that failed.
[[nodiscard]] QJsonObject errorToJson(const Error &error);
[[nodiscard]] Error errorFromJson(const QJsonObject &json);

} // namespace mainstay::rpc
