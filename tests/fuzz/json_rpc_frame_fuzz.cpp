// SPDX-License-Identifier: GPL-3.0-or-later
// Any octets as what a client sends: lines are cut alike in any pieces, a request survives being written and read
// again, and one with parameters that fit means what it says.
#include "rpc/frame.h"
#include "rpc/json_value.h"
#include "rpc/methods.h"

#include <QJsonDocument>

#include <algorithm>
#include <concepts>
#include <cstdlib>
#include <utility>

using namespace mainstay;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

// The lines of a stream that arrives in pieces, up to one that is too long.
QList<QByteArray> framesOf(QByteArrayView stream, qsizetype maxFrame, qsizetype piece)
{
    rpc::FrameReader reader(maxFrame);
    QList<QByteArray> frames;
    QByteArray frame;
    for (qsizetype at = 0; at < stream.size(); at += piece) {
        reader.append(stream.sliced(at, std::min(piece, stream.size() - at)));
        for (;;) {
            const auto status = reader.next(frame);
            if (status == rpc::FrameReader::Status::tooLarge)
                return frames;
            if (status == rpc::FrameReader::Status::needMore)
                break;
            frames << frame;
        }
    }
    return frames;
}

QList<QByteArray> expectedFrames(QByteArrayView stream, qsizetype maxFrame)
{
    QList<QByteArray> lines = stream.toByteArray().split('\n');
    const QByteArray last = lines.takeLast();
    const auto tooLong = [=](const QByteArray &line) { return line.size() > maxFrame; };
    lines.erase(std::find_if(lines.begin(), lines.end(), tooLong), lines.end());
    lines.removeIf([](const QByteArray &line) { return line.trimmed().isEmpty(); });
    return lines;
}

int depthOf(const QJsonValue &value)
{
    int deepest = 0;
    for (const QJsonValue &inner : value.toArray())
        deepest = std::max(deepest, depthOf(inner));
    const QJsonObject object = value.toObject();
    for (const QJsonValue &inner : object)
        deepest = std::max(deepest, depthOf(inner));
    return value.isArray() || value.isObject() ? deepest + 1 : 0;
}

template <class Request>
void checkParams(const QJsonObject &params)
{
    const Result<Request> request = rpc::readRequest<Request>(params);
    if (!request)
        return require(request.error().code == "rpc.invalid-params" && !request.error().message.empty());
    // Every parameter was known, and says what it said.
    const QJsonObject written = rpc::toJson(*request).toObject();
    for (auto param = params.begin(); param != params.end(); ++param)
        require(written.value(param.key()) == param.value());
    require(rpc::readRequest<Request>(written).has_value());
    rpc::Members<Request>::describe(
        [&]<class Member>(Member Request::*member, const char *, const rpc::Setting &limits) {
            if constexpr (std::integral<Member> && !std::same_as<Member, bool>)
                require(std::cmp_less_equal(limits.min, (*request).*member) &&
                        std::cmp_less_equal((*request).*member, limits.max));
        });
}

void checkRequest(const rpc::RequestFrame &request)
{
    require(request.id.isUndefined() || request.id.isNull() || request.id.isString() || request.id.isDouble());
    require(depthOf(request.params) < rpc::kMaxDepth); // being within the request
    const QByteArray line = rpc::requestFrame(request.id, request.method, request.params);
    require(line.endsWith('\n') && line.count('\n') == 1);
    const auto again = rpc::parseRequest(line.chopped(1));
    const auto *same = std::get_if<rpc::RequestFrame>(&again);
    require(same != nullptr && same->id == request.id && same->method == request.method &&
            same->params == request.params);

    checkParams<rpc::SetServerWeight>(request.params);
    checkParams<rpc::SetServerState>(request.params);
    checkParams<rpc::ApplyConfig>(request.params);
    checkParams<rpc::DiffConfig>(request.params);
    checkParams<rpc::TailLog>(request.params);
}

void checkFrame(const QByteArray &frame)
{
    const auto parsed = rpc::parseRequest(frame);
    if (const auto *request = std::get_if<rpc::RequestFrame>(&parsed)) {
        checkRequest(*request);
    } else {
        const auto &refused = std::get<rpc::RefusedFrame>(parsed);
        require(refused.error.code.starts_with("rpc."));
        // Whatever is JSON and not too deep is refused for another reason.
        if (frame.count('[') + frame.count('{') < 1000) {
            const QJsonObject object = QJsonDocument::fromJson(frame).object();
            require(object.isEmpty() ||
                    (refused.error.code == "rpc.parse-error") == (depthOf(object) > rpc::kMaxDepth));
        }
        const auto answer = rpc::parseAnswer(rpc::answerFrame(refused.id, tl::unexpected<Error>(refused.error)));
        require(answer && std::get<rpc::AnswerFrame>(*answer).id == refused.id);
    }
    const auto answer = rpc::parseAnswer(frame);
    require(answer || answer.error().code == "rpc.invalid-answer");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView stream(data, static_cast<qsizetype>(size));
    for (const qsizetype maxFrame : {qsizetype(8), qsizetype(1024)}) {
        for (const qsizetype piece : {qsizetype(1), qsizetype(7), stream.size() + 1})
            require(framesOf(stream, maxFrame, piece) == expectedFrames(stream, maxFrame));
    }
    for (const QByteArray &frame : expectedFrames(stream, stream.size()))
        checkFrame(frame);
    return 0;
}
