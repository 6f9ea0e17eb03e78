// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/caching.h"

#include "engine/sleeper.h"
#include "http/answers.h"
#include "http/cache_call.h"
#include "http/cache_fetch.h"
#include "http/cached_answer.h"
#include "http/connection.h"
#include "http/forwarded_head.h"
#include "http/proxy.h"
#include "http/server.h"

#include <algorithm>

namespace mainstay::http {

namespace {

using cache::Flights;
using wire::KnownField;

class ThroughCache {
public:
    ThroughCache(Exchange &exchange, std::optional<ScriptPath> script)
        : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()),
          m_site(m_server.reader().pin(*exchange.site)), m_cache(*exchange.route->cache), m_script(std::move(script)),
          m_tag(cacheTag(exchange)), m_wishes(cache::wishesOf(exchange.head, exchange.route->cacheRules))
    {
        writeCacheKey(exchange, exchange.cacheKey);
        m_key = m_cache.key(exchange.cacheKey, m_tag);
    }

    engine::Task<> run();

private:
    enum class Kind : std::uint8_t { lookup, bypass, changes };

    [[nodiscard]] Kind kind() const;
    [[nodiscard]] bool asksForPart() const;
    // Sends the request on; what comes is not kept. `fallback`: what is given out where no server answers; null for
    // none.
    engine::Task<> pass(CacheOutcome outcome, std::string_view reason,
                        std::shared_ptr<const cache::Entry> fallback = nullptr);
    // Sends it on, and keeps what comes.
    engine::Task<> lead(cache::Table::Found found, Flights::Lead lead, std::string_view reason);
    // Until the flight ends, or the time is over.
    engine::Task<> wait(std::uint64_t flight);
    engine::Task<> give(std::shared_ptr<const cache::Entry> entry, CacheOutcome outcome, std::string_view reason);
    void count(CacheOutcome outcome);
    [[nodiscard]] cache::Counts &counts() { return m_cache.counts(m_server.workerIndex()); }

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
    // Holds the cache: while a body is gathered, the exchange may be given to another version of its site.
    const snapshot::Pin<snapshot::Site> m_site;
    cache::Cache &m_cache;
    std::optional<ScriptPath> m_script;
    const std::string m_tag;
    const cache::CacheControl m_wishes;
    cache::Key m_key;
    const std::int64_t m_begun = Server::wallSeconds();
    SteadyTime m_deadline; // for waiting; unset before that has begun
    bool m_hasWaited = false;
};

ThroughCache::Kind ThroughCache::kind() const
{
    const wire::RequestHead &head = m_exchange.head;
    if (!cache::isSafe(head.method()))
        return Kind::changes;
    const bool isForCaches = head.method() == wire::Method::get || head.method() == wire::Method::head;
    // Whether a version is still the one that the client knows is for the server to say.
    const bool isForServer = head.has(KnownField::ifMatch) || head.has(KnownField::ifUnmodifiedSince);
    if (!isForCaches || isForServer || head.body().hasBody() || asksForUpgrade(m_exchange) || m_wishes.noStore)
        return Kind::bypass;
    return Kind::lookup;
}

bool ThroughCache::asksForPart() const
{
    const wire::RequestHead &head = m_exchange.head;
    return head.has(KnownField::range) || head.has(KnownField::ifNoneMatch) || head.has(KnownField::ifModifiedSince);
}

void ThroughCache::count(CacheOutcome outcome)
{
    switch (outcome) {
    case CacheOutcome::hit:
        return counts().hits.add(1);
    case CacheOutcome::stale:
        return counts().stale.add(1);
    case CacheOutcome::revalidated:
        return counts().revalidated.add(1);
    case CacheOutcome::miss:
        return counts().misses.add(1);
    case CacheOutcome::bypass:
        return counts().bypassed.add(1);
    }
}

engine::Task<> ThroughCache::give(std::shared_ptr<const cache::Entry> entry, CacheOutcome outcome,
                                  std::string_view reason)
{
    count(outcome);
    m_exchange.cacheOutcome = cacheOutcomeName(outcome);
    m_exchange.status = 0;
    return answerKept(m_exchange, std::move(entry), outcome, reason);
}

engine::Task<> ThroughCache::pass(CacheOutcome outcome, std::string_view reason,
                                  std::shared_ptr<const cache::Entry> fallback)
{
    m_exchange.cacheOutcome = cacheOutcomeName(outcome);
    bool hasFailed = false;
    {
        CacheCall call(m_exchange, fallback);
        call.setOutcome(outcome);
        call.setReason(reason);
        if (kind() == Kind::changes)
            call.invalidateUrl();
        m_exchange.caching = &call;
        co_await passOn(m_exchange, std::move(m_script));
        m_exchange.caching = nullptr;
        hasFailed = call.verdict() == CacheCall::Verdict::failed;
    }
    if (hasFailed)
        co_return co_await give(std::move(fallback), CacheOutcome::stale, "fwd=stale");
    count(outcome);
}

engine::Task<> ThroughCache::lead(cache::Table::Found found, Flights::Lead lead, std::string_view reason)
{
    m_exchange.cacheOutcome = cacheOutcomeName(CacheOutcome::miss);
    std::shared_ptr<const cache::Entry> entry;
    auto verdict = CacheCall::Verdict::none;
    unsigned status = 0;
    {
        CacheCall call(m_exchange, found.entry);
        call.storeAnswer(found, std::move(lead));
        call.setReason(reason);
        m_exchange.caching = &call;
        co_await passOn(m_exchange, std::move(m_script));
        m_exchange.caching = nullptr;
        verdict = call.verdict();
        status = call.status();
        entry = call.entry();
    }
    if (verdict == CacheCall::Verdict::failed) {
        const std::string why = "fwd=stale" + (status == 0 ? "" : "; fwd-status=" + std::to_string(status));
        co_return co_await give(found.entry, CacheOutcome::stale, why);
    }
    if (verdict != CacheCall::Verdict::notModified)
        co_return count(CacheOutcome::miss);
    // It may not be kept any longer; this client may have it all the same.
    if (!entry)
        entry = found.entry;
    co_await give(std::move(entry), CacheOutcome::revalidated, "fwd=stale; fwd-status=304");
}

engine::Task<> ThroughCache::wait(std::uint64_t flight)
{
    engine::Loop &loop = m_server.loop();
    if (m_deadline == SteadyTime{})
        m_deadline = loop.now() + m_cache.wait();
    if (!std::exchange(m_hasWaited, true))
        counts().collapsed.add(1);
    // Woken by whatever comes first: the end of the flight, the time, or the end of the connection.
    const auto sleeper = std::make_shared<engine::Sleeper>(loop);
    const Flights::Name name{m_key.hash, flight};
    const std::uint64_t ticket =
        m_cache.flights().wait(name, [&loop, sleeper] { loop.post([sleeper] { sleeper->wake(); }); });
    if (ticket == 0)
        co_return;
    m_connection.setPause(sleeper.get());
    const auto left = std::chrono::duration_cast<Milliseconds>(m_deadline - loop.now());
    (void)co_await sleeper->sleep(std::max(left, Milliseconds{1}));
    m_connection.setPause(nullptr);
    m_cache.flights().leave(name, ticket);
}

engine::Task<> ThroughCache::run()
{
    const Kind what = kind();
    if (what != Kind::lookup)
        co_return co_await pass(CacheOutcome::bypass, what == Kind::changes ? "fwd=method" : "fwd=bypass");
    // What comes of their requests may be for nobody else.
    constexpr std::uint64_t kForSomebody = std::uint64_t{1} << 63;
    const std::uint64_t flightKind = isForSomebody(m_exchange) ? kForSomebody : 0;
    const RequestSelector selector(m_exchange);
    const bool isHead = m_exchange.head.method() == wire::Method::head;
    bool mayRead = true; // from the disk
    // What is fetched beside is asked for by nobody, who shows no certificate.
    const bool asksAlone = m_site->config().clientAuthorities.empty();
    bool mayFetch = asksAlone;
    for (;;) {
        cache::Table::Found found = m_cache.find(m_key, selector);
        const std::int64_t now = Server::wallSeconds();
        const Flights::Name name{m_key.hash, found.flight ^ flightKind};
        const Flights::Outlook outlook = m_cache.flights().outlook(name, m_server.loop().now());
        std::string_view reason = found.hasOthers ? "fwd=vary-miss" : "fwd=uri-miss";
        if (found.entry) {
            const cache::Freshness &freshness = found.entry->freshness();
            // What has come while this one waited is as new as what it would get itself.
            if (m_hasWaited && freshness.received >= m_begun && freshness.isForWaiting(now))
                co_return co_await give(std::move(found.entry), CacheOutcome::hit, "fwd=uri-miss; collapsed");
            cache::Use use = cache::useOf(freshness, m_wishes, now);
            if (use == cache::Use::staleRefreshing && !asksAlone)
                use = cache::Use::validate;
            if (use == cache::Use::staleRefreshing) {
                if (Flights::Lead lead = m_cache.flights().lead(name))
                    fetchBeside(m_exchange, m_script, found, std::move(lead));
            }
            if (use == cache::Use::fresh)
                co_return co_await give(std::move(found.entry), CacheOutcome::hit, "");
            if (use != cache::Use::validate)
                co_return co_await give(std::move(found.entry), CacheOutcome::stale, "");
            if (outlook == Flights::Outlook::trouble && cache::isUsableOnError(freshness, now))
                co_return co_await give(std::move(found.entry), CacheOutcome::stale, "fwd=stale");
            reason = freshness.remaining(now) > 0 ? "fwd=request" : "fwd=stale";
        }
        const bool isOnDisk = !found.entry && found.file.number != 0;
        if (m_wishes.onlyIfCached && (!isOnDisk || !mayRead))
            co_return co_await answerStatus(m_exchange, 504);
        if (isHead && (!isOnDisk || !mayRead))
            co_return co_await pass(CacheOutcome::miss, reason, std::move(found.entry));
        const bool mayWait = m_deadline == SteadyTime{} || m_server.loop().now() < m_deadline;
        const bool isHopeless = outlook != Flights::Outlook::good;
        if (Flights::Lead lead = m_cache.flights().lead(name)) {
            if (isOnDisk && mayRead) {
                mayRead = false;
                m_cache.readBehind(m_key, found, std::move(lead), m_server.pool());
            } else if (!asksForPart()) {
                co_return co_await this->lead(std::move(found), std::move(lead), reason);
            } else if (mayFetch && !isHopeless) {
                mayFetch = false;
                fetchBeside(m_exchange, m_script, found, std::move(lead));
            } else {
                lead.end();
                co_return co_await pass(CacheOutcome::miss, reason, std::move(found.entry));
            }
        } else if (isHopeless || !mayWait || m_cache.wait() == Milliseconds{0}) {
            co_return co_await pass(CacheOutcome::miss, reason, std::move(found.entry));
        }
        co_await wait(name.flight);
        if (m_connection.isAborted()) {
            m_exchange.keepAlive = false;
            co_return;
        }
    }
}

} // namespace

engine::Task<> answerThroughCache(Exchange &exchange, std::optional<ScriptPath> script)
{
    ThroughCache through(exchange, std::move(script));
    co_await through.run();
}

} // namespace mainstay::http
