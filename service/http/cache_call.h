// SPDX-License-Identifier: GPL-3.0-or-later
// What a request on its way to a server has to do with the route's cache.
#pragma once

#include "cache/cache.h"
#include "cache/recording.h"
#include "http/exchange.h"
#include "http/response_backlog.h"
#include "wire/http1_writer.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::http {

// What became of a request, as X-Cache, the log and the counters have it.
enum class CacheOutcome : std::uint8_t { hit, stale, revalidated, miss, bypass };

[[nodiscard]] std::string_view cacheOutcomeName(CacheOutcome outcome) noexcept;

// Worker thread. For one request to a server: lives in the frame of who sends it, and exchange.caching points to it
// meanwhile. Sees the head of the answer before the client does.
class CacheCall {
public:
    // What is settled once the server has answered, or has not.
    enum class Verdict : std::uint8_t {
        none,        // no server has answered
        passed,      // the client has been given the answer, which is not kept
        recorded,    // likewise, and all of it is in the recording
        notModified, // what is kept is still good, and the client has nothing yet
        failed,      // the server is in trouble, and the client has nothing yet: what is kept is to do
        unwanted,    // nobody is there who would want the answer
    };

    // `kept`: what is to do where no server does; null for none.
    CacheCall(Exchange &exchange, std::shared_ptr<const cache::Entry> kept);

    // The answer is to be kept, in the place of `before`, whose entry is `kept`: it is validated by the request.
    void storeAnswer(const cache::Table::Found &before, cache::Flights::Lead lead);
    // Nobody is to be given the answer.
    void setSilent() noexcept { m_isSilent = true; }
    // What is kept for the URL is out of date once a server has done what it was asked.
    void invalidateUrl() noexcept { m_invalidates = true; }
    // What the client is told of it: "fwd=uri-miss".
    void setReason(std::string_view reason) noexcept { m_reason = reason; }
    void setOutcome(CacheOutcome outcome) noexcept { m_outcome = outcome; }

    // Calls write(name, value) for each condition under which the server is to send the whole answer again.
    template <class Write>
    void writeConditions(const Write &write) const
    {
        if (!m_lead || !m_kept)
            return;
        if (!m_kept->etag().empty())
            write("If-None-Match", m_kept->etag());
        if (!m_kept->lastModifiedText().empty())
            write("If-Modified-Since", m_kept->lastModifiedText());
    }
    // Of the head of an answer that is about to be passed on.
    void writeFields(wire::HeadWriter &head) const;

    // exchange.upstreamHead is there. True when the client is not to have that answer. `hasEnd`: whether the protocol
    // tells the end of content from a connection that broke.
    [[nodiscard]] bool takesHead(bool hasEnd);
    // Content that is passed on.
    void add(std::string_view content);
    // All of it has been.
    void takeEnd();
    // No server has answered. True when the client is not to be told.
    [[nodiscard]] bool takesFailure();
    // No server will say more; the client may still have to take it. Keeps what is to be kept, and lets those go on who
    // wait for it.
    void settle();

    [[nodiscard]] Verdict verdict() const noexcept { return m_verdict; }
    // The status that the server answered with; 0 for none.
    [[nodiscard]] unsigned status() const noexcept { return m_status; }
    // What settle() has made, to be given out; null for nothing.
    [[nodiscard]] const std::shared_ptr<const cache::Entry> &entry() const noexcept { return m_entry; }

private:
    // Makes an entry of what was recorded, or of what is kept and what the server said of it; null when it cannot be
    // kept after all.
    [[nodiscard]] std::shared_ptr<const cache::Entry> makeEntry();
    void put();
    void noteNothing();
    [[nodiscard]] std::shared_ptr<const cache::Entry> makeEntry(const wire::ResponseHead &head,
                                                                std::shared_ptr<const cache::Content> content);
    // Whether what came is to be kept, and how.
    [[nodiscard]] std::optional<cache::Freshness> freshnessOf(const wire::ResponseHead &head);

    Exchange &m_exchange;
    const std::shared_ptr<cache::Cache> m_cache; // the route may become another one while a body is gathered
    const cache::Rules m_rules;
    std::shared_ptr<const cache::Entry> m_kept;
    std::uint64_t m_serial = 0;  // of the variant that is to be validated
    cache::Flights::Lead m_lead; // none when nothing is to be kept, or all is settled
    cache::Times m_times;
    bool m_isSilent = false;
    bool m_invalidates = false;
    Verdict m_verdict = Verdict::none;
    CacheOutcome m_outcome = CacheOutcome::miss;
    std::string_view m_reason;
    unsigned m_status = 0;
    bool m_isTrouble = false; // no server has answered, for reasons of their own
    std::string m_head;       // of the answer, for the entry
    std::string m_varyNames;
    std::optional<cache::Freshness> m_freshness;
    std::optional<cache::Recording> m_recording;
    bool m_lacksRoom = false; // for a recording
    std::shared_ptr<const cache::Entry> m_entry;
    std::optional<ResponseBacklog> m_backlog; // while it is recorded: a slow client holds up nobody else
};

// Whether the request has credentials, or the guards ask who the client is: then the answer may be for nobody else.
[[nodiscard]] bool isForSomebody(const Exchange &exchange) noexcept;

// The key's text of what is asked for, into a string that keeps its capacity.
void writeCacheKey(const Exchange &exchange, std::string &text);
// What tells apart the answers that a URL may get from several routes, and through proxies that say what was asked for.
[[nodiscard]] std::string cacheTag(const Exchange &exchange);

// What a server is told under names that an answer varies by.
class RequestSelector final : public cache::Selector {
public:
    explicit RequestSelector(const Exchange &exchange) noexcept : m_exchange(exchange) {}

    [[nodiscard]] std::string valuesOf(std::string_view names) const override;
    // Whether all of them can be compared.
    [[nodiscard]] static bool canCompare(std::string_view names) noexcept;

private:
    const Exchange &m_exchange;
};

} // namespace mainstay::http
