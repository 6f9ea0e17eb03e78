// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/file_answer.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/field_edits.h"
#include "http/listener.h"
#include "http/server.h"
#include "wire/http1_writer.h"
#include "wire/http_conditional.h"
#include "wire/http_range.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::http {

namespace {

using wire::KnownField;

// What grows with the URI or what else the client says does not fit into a head.
constexpr unsigned kUriTooLong = 414;
// Room for the first lines of several parts.
constexpr std::size_t kBehindHead = 1024;

// Up to this, content is copied behind the head and both leave from one piece of memory.
constexpr std::size_t kCopied = std::size_t{16} * 1024;

wire::Precondition preconditionOf(const wire::RequestHead &request, const wire::Validators &validators)
{
    if (!request.has(KnownField::ifNoneMatch) && !request.has(KnownField::ifModifiedSince) &&
        !request.has(KnownField::ifMatch) && !request.has(KnownField::ifUnmodifiedSince))
        return wire::Precondition::proceed;
    return wire::evaluate({request.find(KnownField::ifMatch), request.find(KnownField::ifUnmodifiedSince),
                           request.find(KnownField::ifNoneMatch), request.find(KnownField::ifModifiedSince)},
                          validators, true, Server::wallSeconds());
}

wire::RangeSet rangesOf(const wire::RequestHead &head, const wire::Validators &validators, std::uint64_t size)
{
    const auto range = head.find(KnownField::range);
    if (!range || head.method() != wire::Method::get)
        return {};
    const auto condition = head.find(KnownField::ifRange);
    if (condition && !wire::rangeApplies(*condition, validators, Server::wallSeconds()))
        return {};
    return wire::resolveRanges(*range, size);
}

std::string contentRange(const wire::ByteRange &range, std::uint64_t size)
{
    return "Content-Range: bytes " + std::to_string(range.offset) + '-' +
           std::to_string(range.offset + range.length - 1) + '/' + std::to_string(size) + "\r\n";
}

// Several ranges in one body (RFC 9110 section 14.6).
class Multipart {
public:
    Multipart(const wire::RangeSet &set, std::string_view mediaType, const CachedFile &file)
        // What no content holds by chance, and nobody can put there: it tells of the file what its content cannot.
        : m_boundary("mainstay" + file.etag.substr(1, file.etag.size() - 2))
    {
        for (const wire::ByteRange &range : set.ranges()) {
            std::string head = m_heads.empty() ? "--" : "\r\n--";
            head += m_boundary + "\r\nContent-Type: " + std::string(mediaType) + "\r\n" +
                    contentRange(range, file.size()) + "\r\n";
            m_length += head.size() + range.length;
            m_heads.push_back(std::move(head));
        }
        m_end = "\r\n--" + m_boundary + "--\r\n";
        m_length += m_end.size();
    }

    [[nodiscard]] const std::string &boundary() const noexcept { return m_boundary; }
    [[nodiscard]] std::uint64_t length() const noexcept { return m_length; }
    // What stands before the content of a range.
    [[nodiscard]] const std::string &head(std::size_t i) const noexcept { return m_heads[i]; }
    [[nodiscard]] const std::string &end() const noexcept { return m_end; }

private:
    std::string m_boundary;
    std::vector<std::string> m_heads;
    std::string m_end;
    std::uint64_t m_length = 0;
};

// One answer with a file. Lives in the frame of sendFile().
class FileAnswer {
public:
    FileAnswer(Exchange &exchange, const FileChoice &choice)
        : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()), m_choice(choice),
          m_out(m_server.buffers())
    {}

    // Each false when the client is gone.
    engine::Task<bool> notModified();
    engine::Task<bool> whole();
    engine::Task<bool> part(const wire::ByteRange &range);
    engine::Task<bool> parts(const wire::RangeSet &set);

private:
    // Up to the fields that every answer with this file has.
    wire::HeadWriter begin(unsigned status, std::string_view mediaType);
    // False when the head does not fit, with room for what comes with it.
    [[nodiscard]] bool end(wire::HeadWriter &head);
    engine::Task<bool> refuse();
    engine::Task<bool> send(std::uint64_t offset, std::uint64_t length);
    engine::Task<bool> sendPieces(std::string_view before, std::uint64_t offset, std::uint64_t length);
    [[nodiscard]] bool hasContent() const noexcept { return m_exchange.head.method() == wire::Method::get; }

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
    const FileChoice &m_choice;
    engine::Buffer m_out;
    std::size_t m_headSize = 0;
};

wire::HeadWriter FileAnswer::begin(unsigned status, std::string_view mediaType)
{
    const AnswerFields fields(m_exchange);
    m_exchange.status = status;
    wire::HeadWriter head(m_out.room());
    head.statusLine(status);
    head.fieldLine(m_server.dateField());
    if (!fields.replaces("Content-Type"))
        head.field("Content-Type", mediaType);
    fields.writeUnreplaced(head, m_choice.file->fields);
    if (m_choice.coding != wire::Coding::identity)
        head.field("Content-Encoding", wire::codingName(m_choice.coding));
    if (m_exchange.route->config.precompressed || m_exchange.route->config.compress)
        head.fieldLine("Vary: Accept-Encoding");
    if (!m_choice.cacheControl.empty() && !fields.replaces("Cache-Control"))
        head.field("Cache-Control", m_choice.cacheControl);
    fields.write(head);
    return head;
}

bool FileAnswer::end(wire::HeadWriter &head)
{
    writeConnection(head, m_exchange, m_exchange.body.ended());
    head.end();
    if (!head.ok() || head.size() + kBehindHead > m_out.room().size())
        return false;
    m_out.append(head.size());
    m_headSize = head.size();
    return true;
}

engine::Task<bool> FileAnswer::refuse()
{
    co_await answerStatus(m_exchange, kUriTooLong);
    co_return false;
}

engine::Task<bool> FileAnswer::notModified()
{
    wire::HeadWriter head = begin(304, m_choice.mediaType);
    return end(head) ? send(0, 0) : refuse();
}

engine::Task<bool> FileAnswer::whole()
{
    wire::HeadWriter head = begin(200, m_choice.mediaType);
    head.append(m_choice.file->lengthField);
    return end(head) ? send(0, hasContent() ? m_choice.file->size() : 0) : refuse();
}

engine::Task<bool> FileAnswer::part(const wire::ByteRange &range)
{
    wire::HeadWriter head = begin(206, m_choice.mediaType);
    head.append(contentRange(range, m_choice.file->size()));
    head.field("Content-Length", range.length);
    return end(head) ? send(range.offset, range.length) : refuse();
}

engine::Task<bool> FileAnswer::parts(const wire::RangeSet &set)
{
    const Multipart multipart(set, m_choice.mediaType, *m_choice.file);
    wire::HeadWriter head = begin(206, "multipart/byteranges; boundary=" + multipart.boundary());
    head.field("Content-Length", multipart.length());
    if (!end(head))
        co_return co_await refuse();
    m_out.append(multipart.head(0));
    std::string_view before = m_out.view();
    for (std::size_t i = 0; i < set.count; ++i) {
        const wire::ByteRange &range = set.parts[i];
        const bool sent = co_await sendPieces(before, range.offset, range.length);
        if (!sent)
            co_return false;
        before = i + 1 < set.count ? multipart.head(i + 1) : multipart.end();
    }
    co_return co_await sendPieces(before, 0, 0);
}

engine::Task<bool> FileAnswer::send(std::uint64_t offset, std::uint64_t length)
{
    const CachedFile &file = *m_choice.file;
    if (length <= kCopied && length <= m_out.room().size() && file.inMemory()) {
        m_out.append(std::string_view(file.content).substr(offset, length));
        offset = length = 0;
    }
    return sendPieces(m_out.view(), offset, length);
}

engine::Task<bool> FileAnswer::sendPieces(std::string_view before, std::uint64_t offset, std::uint64_t length)
{
    const CachedFile &file = *m_choice.file;
    engine::Pieces pieces{{before}};
    engine::FileRange rest;
    if (file.inMemory())
        pieces.parts[1] = std::string_view(file.content).substr(offset, length);
    else if (length > 0)
        rest = {file.file.handle(),
                offset,
                length,
                file.stamp.modifiedNanoseconds,
                file.stamp.size,
                file.ends ? &*file.ends : nullptr};
    const engine::IoResult sent =
        co_await m_connection.client().send(pieces, rest, m_connection.listener().config().writeTimeout);
    const std::size_t head = std::min(sent.bytes, std::exchange(m_headSize, 0));
    m_exchange.bytesOut += sent.bytes - head;
    if (!sent.ok())
        m_exchange.keepAlive = false;
    co_return sent.ok();
}

} // namespace

engine::Task<> sendFile(Exchange &exchange, FileChoice choice)
{
    const CachedFile &file = *choice.file;
    const wire::Validators validators{file.etag, file.modified};
    const wire::Precondition precondition = preconditionOf(exchange.head, validators);
    if (precondition == wire::Precondition::failed)
        co_return co_await answerStatus(exchange, 412);
    FileAnswer answer(exchange, choice);
    if (precondition == wire::Precondition::notModified)
        co_return (void) co_await answer.notModified();
    const wire::RangeSet set = rangesOf(exchange.head, validators, file.size());
    if (set.kind == wire::ByteRange::Kind::unsatisfiable) {
        const std::string extent = "Content-Range: bytes */" + std::to_string(file.size());
        co_return co_await answerStatus(exchange, 416, extent);
    }
    if (set.count > 1)
        co_return (void) co_await answer.parts(set);
    if (set.count == 1)
        co_return (void) co_await answer.part(set.parts[0]);
    (void)co_await answer.whole();
}

} // namespace mainstay::http
