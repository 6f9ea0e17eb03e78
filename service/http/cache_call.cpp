// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/cache_call.h"

#include "http/client_address.h"
#include "http/connection.h"
#include "http/field_edits.h"
#include "http/forwarding_fields.h"
#include "http/route_text.h"
#include "http/server.h"
#include "http/withheld_fields.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <array>

namespace mainstay::http {

namespace {

using wire::KnownField;

// Nobody waits for what was not kept, for so long.
constexpr Seconds kNothing{30};
constexpr Seconds kTrouble{1};

// Names that the key and its tag tell apart already.
bool isInKey(std::string_view name) noexcept
{
    return name == "host" || name == "x-forwarded-host" || name == "x-forwarded-proto";
}

// What the guards have put in.
void appendGranted(std::string &out, const Exchange &exchange, std::string_view name)
{
    if (!exchange.admission)
        return;
    for (std::string_view lines = exchange.admission->grantedFields; !lines.empty();) {
        const std::string_view line = lines.substr(0, lines.find("\r\n"));
        lines.remove_prefix(std::min(line.size() + 2, lines.size()));
        const std::size_t colon = line.find(':');
        if (wire::equalsIgnoringCase(line.substr(0, colon), name))
            out.append(", ").append(line);
    }
}

void appendValues(std::string &out, const Exchange &exchange, std::string_view name)
{
    const FieldEdits edits(exchange.route->config.requestHeaders);
    if (!isReplaced(edits, name)) {
        for (std::size_t i = 0; i < exchange.head.fieldCount(); ++i) {
            if (wire::equalsIgnoringCase(exchange.head.name(i), name) && !isWithheld(exchange, exchange.head.name(i)))
                out.append(out.ends_with('\n') ? "" : ", ").append(exchange.head.value(i));
        }
        appendGranted(out, exchange, name);
    }
    for (const config::FieldEdit &edit : edits) {
        if (edit.action != config::FieldEdit::Action::remove && wire::equalsIgnoringCase(edit.name, name))
            out.append(", ").append(routeText(exchange, edit.value, Spelling::url));
    }
}

} // namespace

std::string_view cacheOutcomeName(CacheOutcome outcome) noexcept
{
    static constexpr std::array<std::string_view, 5> kNames{"hit", "stale", "revalidated", "miss", "bypass"};
    return kNames[static_cast<std::size_t>(outcome)];
}

void writeCacheKey(const Exchange &exchange, std::string &text)
{
    const wire::RequestHead &head = exchange.head;
    text.assign(exchange.site->name());
    text.append(exchange.isSecure ? "\nhttps://" : "\nhttp://");
    for (const char c : head.authority())
        text += wire::toLower(c);
    text.append(head.path().empty() ? "/" : "").append(head.pathAndQuery());
}

std::string cacheTag(const Exchange &exchange)
{
    std::string tag = exchange.route->cacheTag;
    if (!exchange.rewritten.empty())
        tag.append(" ").append(exchange.rewritten);
    // A server may go by this or by Host.
    if (const SaidTarget said = saidTarget(exchange); !said.host.empty() || !said.port.empty())
        tag.append("\n").append(said.host).append("\n").append(said.port);
    return tag;
}

std::string RequestSelector::valuesOf(std::string_view names) const
{
    std::string values;
    while (!names.empty()) {
        const std::string_view name = wire::takeListElement(names);
        values += '\n';
        if (isInKey(name))
            continue;
        std::string own("\n");
        appendValues(own, m_exchange, name);
        own.erase(0, 1);
        values += name == "accept-encoding" ? cache::plainAcceptEncoding(own) : own;
    }
    return values;
}

bool RequestSelector::canCompare(std::string_view names) noexcept
{
    while (!names.empty()) {
        const std::string_view name = wire::takeListElement(names);
        const KnownField field = wire::knownField(name);
        if (!isInKey(name) && (isForwarding(field) || field == KnownField::xRequestId))
            return false;
    }
    return true;
}

bool isForSomebody(const Exchange &exchange) noexcept
{
    if (exchange.head.has(KnownField::authorization) || !exchange.site->config().clientAuthorities.empty())
        return true;
    const snapshot::Guards *guards = exchange.route->guards.get();
    return guards && (guards->rules.hasUsers() || guards->rules.hasAuthority());
}

CacheCall::CacheCall(Exchange &exchange, std::shared_ptr<const cache::Entry> kept)
    : m_exchange(exchange), m_cache(exchange.route->cache), m_rules(exchange.route->cacheRules),
      m_kept(std::move(kept)), m_times{Server::wallSeconds(), 0}
{}

void CacheCall::storeAnswer(const cache::Table::Found &before, cache::Flights::Lead lead)
{
    m_serial = before.serial;
    m_lead = std::move(lead);
}

void CacheCall::writeFields(wire::HeadWriter &head) const
{
    const AnswerFields fields(m_exchange);
    if (!fields.replaces("X-Cache")) {
        head.append("X-Cache: ");
        for (const char c : cacheOutcomeName(m_outcome)) {
            const char upper = static_cast<char>(c - ('a' - 'A'));
            head.append({&upper, 1});
        }
        head.append("\r\n");
    }
    if (m_reason.empty() || fields.replaces("Cache-Status"))
        return;
    head.append("Cache-Status: Mainstay; ");
    head.append(m_reason);
    head.append(m_recording ? "; stored\r\n" : "\r\n");
}

std::optional<cache::Freshness> CacheCall::freshnessOf(const wire::ResponseHead &head)
{
    auto names = cache::varyNames(head);
    if (!names || !RequestSelector::canCompare(*names))
        return std::nullopt;
    m_varyNames = std::move(*names);
    return cache::storable(head, isForSomebody(m_exchange), m_rules, m_times);
}

bool CacheCall::takesHead(bool hasEnd)
{
    const wire::ResponseHead &head = m_exchange.upstreamHead;
    m_times.answered = Server::wallSeconds();
    m_status = head.status();
    m_verdict = Verdict::passed;
    constexpr unsigned kNotModified = 304;
    if (m_invalidates && m_status >= 200 && m_status < 400) {
        std::string text;
        writeCacheKey(m_exchange, text);
        m_cache->invalidate(text);
    }
    if (m_lead && m_kept && m_status == kNotModified) {
        m_head = m_kept->refreshedHead(head, m_rules.keepsCookies, m_times.answered);
        m_verdict = Verdict::notModified;
        return true;
    }
    if (m_kept && cache::isTrouble(m_status) && cache::isUsableOnError(m_kept->freshness(), m_times.answered)) {
        m_verdict = Verdict::failed;
        return true;
    }
    m_recording.reset();
    m_freshness.reset();
    const wire::BodyFraming &body = head.body();
    if (m_lead && (hasEnd || body.kind != wire::BodyFraming::Kind::untilClose))
        m_freshness = freshnessOf(head);
    if (m_freshness) {
        const bool hasLength = body.kind == wire::BodyFraming::Kind::length || !body.hasBody();
        m_recording.emplace(*m_cache, hasLength ? std::optional(body.hasBody() ? body.length : 0) : std::nullopt);
        m_lacksRoom = m_recording->lacksRoom();
        if (m_recording->isLost())
            m_recording.reset();
    }
    if (m_recording && !m_isSilent && !m_exchange.backlog)
        m_exchange.backlog = &m_backlog.emplace(m_exchange);
    if (m_recording) {
        // Of a script's answer there is no such text elsewhere.
        std::array<char, 64> line;
        wire::HeadWriter writer(line);
        writer.statusLine(m_status);
        m_head.assign(line.data(), writer.size());
        for (std::size_t i = 0; i < head.fieldCount(); ++i) {
            if (!head.hopByHop(i))
                m_head.append(head.line(i)).append("\r\n");
        }
        m_head += "\r\n";
    }
    if (!m_isSilent || m_recording)
        return false;
    m_verdict = Verdict::unwanted;
    return true;
}

void CacheCall::add(std::string_view content)
{
    if (!m_recording)
        return;
    m_recording->add(content);
    m_lacksRoom |= m_recording->lacksRoom();
    if (m_recording->isLost() && m_isSilent)
        m_exchange.connection->abort(); // the rest is of no use to anybody
}

void CacheCall::takeEnd()
{
    if (m_recording && !m_recording->isLost())
        m_verdict = Verdict::recorded;
}

bool CacheCall::takesFailure()
{
    m_isTrouble = true;
    if (m_isSilent)
        return true;
    if (!m_kept || !cache::isUsableOnError(m_kept->freshness(), Server::wallSeconds()))
        return false;
    m_verdict = Verdict::failed;
    return true;
}

std::shared_ptr<const cache::Entry> CacheCall::makeEntry(const wire::ResponseHead &head,
                                                         std::shared_ptr<const cache::Content> content)
{
    auto share = m_cache->reserve(cache::Entry::costOf(head));
    if (!share || !content)
        return nullptr;
    return std::make_shared<const cache::Entry>(head, std::move(content), *m_freshness, m_rules.keepsCookies,
                                                std::move(*share));
}

std::shared_ptr<const cache::Entry> CacheCall::makeEntry()
{
    wire::ResponseHead head;
    if (head.parse(m_head, wire::Method::get, wire::Http1Head::kMaxBytes) != wire::ParseStatus::complete)
        return nullptr;
    if (m_verdict == Verdict::recorded)
        return makeEntry(head, m_recording->finish());
    if (m_verdict != Verdict::notModified)
        return nullptr;
    m_freshness = freshnessOf(head);
    return m_freshness ? makeEntry(head, m_kept->content()) : nullptr;
}

void CacheCall::settle()
{
    if (!m_lead)
        return;
    m_entry = makeEntry();
    if (m_entry)
        put();
    else
        noteNothing();
    m_lead.end();
}

void CacheCall::put()
{
    using cache::Flights;
    const bool isForAll = m_entry->freshness().isForWaiting(Server::wallSeconds());
    m_lead.setOutlook(isForAll ? Flights::Outlook::good : Flights::Outlook::nothing,
                      m_exchange.connection->server().loop().now() + kNothing);
    if (m_lead.isDoomed())
        return;
    std::string text;
    writeCacheKey(m_exchange, text);
    const std::string tag = cacheTag(m_exchange);
    const std::uint64_t serial = m_cache->put(m_cache->key(text, tag), m_varyNames,
                                              tag + RequestSelector(m_exchange).valuesOf(m_varyNames), m_entry);
    if (m_lead.isDoomed()) // in between, by somebody who did not find it yet
        m_cache->dropVariant(m_lead.hash(), serial);
}

void CacheCall::noteNothing()
{
    using cache::Flights;
    const bool isCutShort = m_verdict == Verdict::passed && m_recording && !m_recording->isLost();
    if (isCutShort || m_lacksRoom)
        return; // the next one may be kept
    if (m_verdict == Verdict::none && !m_isTrouble)
        return; // the client has left
    const bool isTrouble = m_isTrouble || cache::isTrouble(m_status);
    m_lead.setOutlook(isTrouble ? Flights::Outlook::trouble : Flights::Outlook::nothing,
                      m_exchange.connection->server().loop().now() + (isTrouble ? kTrouble : kNothing));
    // That it may not be kept for this client says nothing of what others have been given.
    if (m_serial != 0 && !isTrouble && !isForSomebody(m_exchange))
        m_cache->dropVariant(m_lead.hash(), m_serial);
}

} // namespace mainstay::http
