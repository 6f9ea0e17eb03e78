// SPDX-License-Identifier: GPL-3.0-or-later
// Templates and JSON.
#include "logs/access_line.h"
#include "logs/escaping.h"

#include <cctype>

namespace mainstay::logs {
namespace {

using config::LogField;

void appendIso(std::string &out, std::int64_t millis, AccessDate &date)
{
    const std::int64_t rest = (millis % 1000 + 1000) % 1000;
    out += date.isoAt((millis - rest) / 1000);
    const char fraction[] = {'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
                             static_cast<char>('0' + rest % 10), 'Z'};
    out.append(fraction, sizeof fraction);
}

void appendMillisOrDash(std::string &out, std::int64_t micros)
{
    if (micros == Phases::kNone)
        out += '-';
    else
        appendMillis(out, micros);
}

// Adds the members of an object.
class JsonLine {
public:
    explicit JsonLine(std::string &out) : m_out(out) { m_out += '{'; }

    std::string &key(std::string_view name)
    {
        if (!m_isFirst)
            m_out += ',';
        m_isFirst = false;
        ((m_out += '"') += name) += "\":";
        return m_out;
    }
    void text(std::string_view name, std::string_view value)
    {
        if (!value.empty())
            appendJsonString(key(name), value);
    }
    void number(std::string_view name, std::uint64_t value) { appendNumber(key(name), value); }
    void phase(std::string_view name, std::int64_t micros)
    {
        if (micros != Phases::kNone)
            appendMillis(key(name), micros);
    }
    void end() { m_out += "}\n"; }

private:
    std::string &m_out;
    bool m_isFirst = true;
};

void appendJson(std::string &out, const AccessRecord &record, std::int64_t millis, AccessDate &date)
{
    JsonLine line(out);
    line.key("time") += '"';
    appendIso(out, millis, date);
    out += '"';
    line.key("client") += '"';
    record.client.appendTo(out);
    out += '"';
    line.text("user", record.user);
    line.text("request_id", record.requestId);
    line.text("method", record.method);
    line.text("target", record.target);
    line.text("protocol", record.protocol);
    line.text("line", record.refusedLine);
    line.text("scheme", record.isEncrypted ? "https" : "http");
    line.text("host", record.host);
    line.text("site", record.site);
    line.number("status", record.status);
    line.number("bytes", record.bytes);
    line.number("bytes_in", record.bytesIn);
    line.text("cache", record.cache);
    line.phase("time_ms", record.micros);
    line.phase("tls_ms", record.phases.tls);
    line.phase("wait_ms", record.phases.wait);
    line.phase("connect_ms", record.phases.connect);
    line.phase("first_byte_ms", record.phases.firstByte);
    line.phase("last_byte_ms", record.phases.lastByte);
    if (record.upstream)
        line.text("upstream", record.upstream->text());
    line.text("error", record.error);
    line.text("referer", record.referer);
    line.text("user_agent", record.userAgent);
    if (record.sample > 1)
        line.number("sample", record.sample);
    line.end();
}

// The line of a request, or the beginning of what was none.
void appendRequestLine(std::string &out, const AccessRecord &record, char end)
{
    if (record.method.empty())
        return appendOrDash(out, record.refusedLine, end);
    appendEscaped(out, record.method, end);
    appendEscaped(out, " ", end);
    appendEscaped(out, record.target, end);
    appendEscaped(out, " ", end);
    appendEscaped(out, record.protocol, end);
}

} // namespace

LineFormat::LineFormat(std::string_view format)
{
    if (format == "json") {
        m_kind = Kind::json;
        return;
    }
    if (format == "timed")
        format = config::kTimedTemplate;
    if (format.find('{') == std::string_view::npos)
        return;
    config::LogTemplate parsed = config::parseLogTemplate(format);
    if (parsed.pieces.empty())
        return;
    m_kind = Kind::pieces;
    for (config::LogPiece &piece : parsed.pieces)
        m_pieces.push_back({piece.field, std::move(piece.text)});
    // A letter or digit separates nothing, and could not be told from those of an escape.
    char end = '\n';
    for (auto piece = m_pieces.rbegin(); piece != m_pieces.rend(); ++piece) {
        piece->end = end;
        if (piece->field == LogField::text)
            end = std::isalnum(static_cast<unsigned char>(piece->text.front())) != 0 ? '\n' : piece->text.front();
    }
}

void LineFormat::append(std::string &out, const AccessRecord &record, std::int64_t millis, AccessDate &date) const
{
    switch (m_kind) {
    case Kind::combined:
        return appendCombined(out, record, date.at((millis - (millis % 1000 + 1000) % 1000) / 1000));
    case Kind::json:
        return appendJson(out, record, millis, date);
    case Kind::pieces:
        return appendPieces(out, record, millis, date);
    }
}

void LineFormat::appendPieces(std::string &out, const AccessRecord &record, std::int64_t millis, AccessDate &date) const
{
    const std::int64_t seconds = (millis - (millis % 1000 + 1000) % 1000) / 1000;
    for (const Piece &piece : m_pieces) {
        const auto text = [&](std::string_view value) { appendOrDash(out, value, piece.end); };
        switch (piece.field) {
        case LogField::text:
            out += piece.text;
            break;
        case LogField::bytes:
            appendNumber(out, record.bytes);
            break;
        case LogField::bytesIn:
            appendNumber(out, record.bytesIn);
            break;
        case LogField::cache:
            text(record.cache);
            break;
        case LogField::client:
            record.client.appendTo(out);
            break;
        case LogField::connectMs:
            appendMillisOrDash(out, record.phases.connect);
            break;
        case LogField::error:
            text(record.error);
            break;
        case LogField::firstByteMs:
            appendMillisOrDash(out, record.phases.firstByte);
            break;
        case LogField::host:
            text(record.host);
            break;
        case LogField::lastByteMs:
            appendMillisOrDash(out, record.phases.lastByte);
            break;
        case LogField::line:
            appendRequestLine(out, record, piece.end);
            break;
        case LogField::method:
            text(record.method);
            break;
        case LogField::path:
            text(record.path);
            break;
        case LogField::protocol:
            text(record.protocol);
            break;
        case LogField::query:
            text(record.query);
            break;
        case LogField::referer:
            text(record.referer);
            break;
        case LogField::requestHeader:
            text(record.fields ? record.fields->find(piece.text) : std::string_view());
            break;
        case LogField::requestId:
            text(record.requestId);
            break;
        case LogField::sample:
            appendNumber(out, record.sample);
            break;
        case LogField::scheme:
            out += record.isEncrypted ? "https" : "http";
            break;
        case LogField::site:
            text(record.site);
            break;
        case LogField::status:
            appendNumber(out, record.status);
            break;
        case LogField::target:
            text(record.target);
            break;
        case LogField::time:
            out += date.at(seconds);
            break;
        case LogField::timeIso:
            appendIso(out, millis, date);
            break;
        case LogField::timeMs:
            appendMillis(out, record.micros);
            break;
        case LogField::timeUnix:
            appendMillis(out, millis); // seconds with thousandths
            break;
        case LogField::tlsMs:
            appendMillisOrDash(out, record.phases.tls);
            break;
        case LogField::upstream:
            text(record.upstream ? record.upstream->text() : std::string());
            break;
        case LogField::user:
            text(record.user);
            break;
        case LogField::userAgent:
            text(record.userAgent);
            break;
        case LogField::waitMs:
            appendMillisOrDash(out, record.phases.wait);
            break;
        }
    }
    out += '\n';
}

} // namespace mainstay::logs
