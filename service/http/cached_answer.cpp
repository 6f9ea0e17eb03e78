// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/cached_answer.h"

#include "http/answers.h"
#include "http/compressor.h"
#include "http/connection.h"
#include "http/field_edits.h"
#include "http/listener.h"
#include "http/server.h"
#include "wire/http_chars.h"
#include "wire/http_conditional.h"
#include "wire/http_range.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mainstay::http {

namespace {

using wire::KnownField;

// Up to this, content is copied behind the head and both leave from one piece of memory.
constexpr std::size_t kCopied = std::size_t{16} * 1024;
// What is longer goes as it is: to compress it would keep the worker from others.
constexpr std::size_t kMostCoded = std::size_t{256} * 1024;
constexpr unsigned kWhole = 200;
constexpr unsigned kPart = 206;
constexpr unsigned kNotModified = 304;

wire::Coding codingFor(const Exchange &exchange, const cache::Entry &entry)
{
    const std::size_t size = entry.content()->bytes.size();
    if (!exchange.route->config.compress || !entry.isPlain() || size < kLeastCompressed || size > kMostCoded ||
        !isCompressible(entry.contentType()))
        return wire::Coding::identity;
    return wire::AcceptedCodings(exchange.head.find(KnownField::acceptEncoding).value_or("")).best(kCompressedCodings);
}

// Null when it is not worth it, or there is no room for it.
std::shared_ptr<const cache::Content> codedContent(cache::Cache &cache, const cache::Entry &entry, wire::Coding coding)
{
    if (auto made = entry.coded(coding))
        return made;
    std::string bytes = compressed(coding, entry.content()->bytes);
    if (bytes.empty())
        return nullptr;
    auto share = cache.reserve(bytes.size());
    if (!share)
        return nullptr;
    auto made = std::make_shared<const cache::Content>(cache::Content{std::move(bytes), std::move(*share)});
    entry.setCoded(coding, made);
    return made;
}

class KeptAnswer {
public:
    KeptAnswer(Exchange &exchange, const cache::Entry &entry, CacheOutcome outcome, std::string_view reason)
        : m_exchange(exchange), m_entry(entry), m_outcome(outcome), m_reason(reason),
          m_out(exchange.connection->server().buffers()), m_now(Server::wallSeconds())
    {}

    engine::Task<> run();

private:
    // 304, 412 where that is asked for, or what the client gets otherwise.
    [[nodiscard]] bool isNotModified() const;
    [[nodiscard]] wire::RangeSet ranges() const;
    // False when it does not fit.
    [[nodiscard]] bool writeHead(unsigned status, const wire::ByteRange &range);
    void writeLines(wire::HeadWriter &head, const AnswerFields &fields) const;
    void writeCacheFields(wire::HeadWriter &head, const AnswerFields &fields) const;

    Exchange &m_exchange;
    const cache::Entry &m_entry;
    const CacheOutcome m_outcome;
    const std::string_view m_reason;
    engine::Buffer m_out;
    const std::int64_t m_now;
    wire::Coding m_coding = wire::Coding::identity;
    std::shared_ptr<const cache::Content> m_content;
};

bool KeptAnswer::isNotModified() const
{
    const wire::RequestHead &head = m_exchange.head;
    if (!head.has(KnownField::ifNoneMatch) && !head.has(KnownField::ifModifiedSince))
        return false;
    const wire::Validators validators{m_entry.etag(), m_entry.lastModified()};
    return wire::evaluate({{}, {}, head.find(KnownField::ifNoneMatch), head.find(KnownField::ifModifiedSince)},
                          validators, true, m_now) == wire::Precondition::notModified;
}

wire::RangeSet KeptAnswer::ranges() const
{
    const wire::RequestHead &head = m_exchange.head;
    const auto range = head.find(KnownField::range);
    if (!range || head.method() != wire::Method::get)
        return {};
    const auto condition = head.find(KnownField::ifRange);
    if (condition && !wire::rangeApplies(*condition, {m_entry.etag(), m_entry.lastModified()}, m_now))
        return {};
    return wire::resolveRanges(*range, m_entry.content()->bytes.size());
}

void KeptAnswer::writeLines(wire::HeadWriter &head, const AnswerFields &fields) const
{
    const bool isCoded = m_coding != wire::Coding::identity;
    if (!isCoded && !m_exchange.admission && m_exchange.route->responseEdits.empty())
        return head.append(m_entry.lines());
    constexpr std::string_view kEnd = "\r\n";
    for (std::string_view left = m_entry.lines(); !left.empty();) {
        const std::string_view line = left.substr(0, left.find(kEnd) + kEnd.size());
        left.remove_prefix(line.size());
        const std::string_view name = line.substr(0, line.find(':'));
        if (fields.replaces(name) || (isCoded && wire::equalsIgnoringCase(name, "Accept-Ranges")))
            continue;
        // A tag is of content that is the same byte for byte (RFC 9110 section 8.8.1).
        if (isCoded && wire::equalsIgnoringCase(name, "ETag") && !m_entry.etag().starts_with("W/"))
            head.field("ETag", "W/" + std::string(m_entry.etag()));
        else
            head.append(line);
    }
}

void KeptAnswer::writeCacheFields(wire::HeadWriter &head, const AnswerFields &fields) const
{
    const cache::Freshness &freshness = m_entry.freshness();
    head.field("Age", static_cast<std::uint64_t>(freshness.age(m_now)));
    if (!fields.replaces("X-Cache")) {
        static constexpr std::array<std::string_view, 5> kLines{
            "X-Cache: HIT", "X-Cache: STALE", "X-Cache: REVALIDATED", "X-Cache: MISS", "X-Cache: BYPASS"};
        head.fieldLine(kLines[static_cast<std::size_t>(m_outcome)]);
    }
    if (fields.replaces("Cache-Status"))
        return;
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), freshness.remaining(m_now)).ptr;
    head.append("Cache-Status: Mainstay; ");
    head.append(m_reason.empty() ? "hit" : m_reason);
    head.append("; ttl=");
    head.fieldLine({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

bool KeptAnswer::writeHead(unsigned status, const wire::ByteRange &range)
{
    const AnswerFields fields(m_exchange);
    wire::HeadWriter head(m_out.room());
    if (status == m_entry.status())
        head.append(m_entry.head().substr(0, static_cast<std::size_t>(m_entry.lines().data() - m_entry.head().data())));
    else
        head.statusLine(status);
    writeLines(head, fields);
    if (m_coding != wire::Coding::identity)
        head.field("Content-Encoding", wire::codingName(m_coding));
    if (m_exchange.route->config.compress)
        head.fieldLine("Vary: Accept-Encoding");
    if (status == kPart)
        head.field("Content-Range", "bytes " + std::to_string(range.offset) + '-' +
                                        std::to_string(range.offset + range.length - 1) + '/' +
                                        std::to_string(m_content->bytes.size()));
    if (status != kNotModified && status != 204)
        head.field("Content-Length", range.length);
    writeCacheFields(head, fields);
    fields.write(head);
    writeConnection(head, m_exchange, m_exchange.body.ended());
    head.end();
    if (!head.ok())
        return false;
    m_out.append(head.size());
    return true;
}

engine::Task<> KeptAnswer::run()
{
    m_content = m_entry.content();
    wire::ByteRange range{wire::ByteRange::Kind::whole, 0, m_content->bytes.size()};
    unsigned status = m_entry.status();
    if (status == kWhole) {
        const wire::RangeSet set = ranges();
        if (isNotModified()) {
            status = kNotModified;
            range.length = 0;
        } else if (set.kind == wire::ByteRange::Kind::unsatisfiable) {
            const std::string extent = "Content-Range: bytes */" + std::to_string(m_content->bytes.size());
            co_return co_await answerStatus(m_exchange, 416, extent);
        } else if (set.count == 1) { // several at once are answered with all of it
            status = kPart;
            range = set.parts[0];
        } else if (const wire::Coding coding = codingFor(m_exchange, m_entry); coding != wire::Coding::identity) {
            if (auto coded = codedContent(*m_exchange.route->cache, m_entry, coding)) {
                m_coding = coding;
                m_content = std::move(coded);
                range.length = m_content->bytes.size();
            }
        }
    }
    if (!writeHead(status, range))
        co_return co_await answerStatus(m_exchange, 502); // as of a head that is too large when it comes
    m_exchange.status = status;
    const std::size_t head = m_out.size();
    std::string_view content;
    if (status != kNotModified && m_exchange.head.method() == wire::Method::get)
        content = std::string_view(m_content->bytes).substr(range.offset, range.length);
    if (content.size() <= kCopied && content.size() <= m_out.room().size()) {
        m_out.append(content);
        content = {};
    }
    Connection &connection = *m_exchange.connection;
    const engine::IoResult sent = co_await connection.client().send(engine::Pieces{{m_out.view(), content}},
                                                                    connection.listener().config().writeTimeout);
    m_exchange.bytesOut = sent.bytes - std::min(sent.bytes, head);
    m_exchange.route->cache->counts(connection.server().workerIndex()).bytes.add(m_exchange.bytesOut);
    if (!sent.ok())
        m_exchange.keepAlive = false;
}

} // namespace

engine::Task<> answerKept(Exchange &exchange, std::shared_ptr<const cache::Entry> entry, CacheOutcome outcome,
                          std::string_view reason)
{
    exchange.body.consumeIfWhole();
    KeptAnswer answer(exchange, *entry, outcome, reason);
    co_await answer.run();
}

} // namespace mainstay::http
