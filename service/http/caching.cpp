// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/caching.h"

#include "engine/sleeper.h"
#include "http/answers.h"
#include "http/cache_call.h"
#include "http/cached_answer.h"
#include "http/connection.h"
#include "http/forwarded_head.h"
#include "http/proxy.h"
#include "http/server.h"
#include "http/silent_client.h"

#include <algorithm>

namespace mainstay::http {

namespace {

using cache::Flights;
using wire::KnownField;

// For so long nobody waits for what was not kept.
constexpr Seconds kHopeless{30};
constexpr Seconds kHopelessInTrouble{1};

// Keeps what a call has brought. What is kept now, to be given out; null for nothing.
std::shared_ptr<const cache::Entry> keep(Exchange &exchange, CacheCall &call, const cache::Table::Found &before,
                                         Flights::Lead &lead)
{
    using Verdict = CacheCall::Verdict;
    cache::Cache &cache = *exchange.route->cache;
    std::string text;
    writeCacheKey(exchange, text);
    const std::string tag = cacheTag(exchange);
    const cache::Key key = cache.key(text, tag);
    const bool isTrouble = call.verdict() == Verdict::none || cache::isTrouble(call.status());
    if (auto entry = call.takeEntry()) {
        lead.setHopeful();
        if (!lead.isDoomed())
            cache.put(key, call.varyNames(), tag + RequestSelector(exchange).valuesOf(call.varyNames()), entry);
        return entry;
    }
    if (call.verdict() == Verdict::failed || call.isCutShort())
        return nullptr;
    lead.setHopeless(exchange.connection->server().loop().now() + (isTrouble ? kHopelessInTrouble : kHopeless));
    if (before.serial != 0 && !isTrouble)
        cache.dropVariant(key, before);
    return nullptr;
}

// A request for the cache alone: all that of its exchange which it takes from the one that gave rise to it.
struct FetchOrder {
    std::string head;
    std::string path;
    std::string askedPath;
    std::string rewritten;
    std::size_t queryAt = 0;
    snapshot::Pin<snapshot::Site> site; // holds what follows
    const snapshot::Route *route = nullptr;
    IpAddress client;
    bool isSecure = false;
    bool fromProxy = false;
    std::unique_ptr<Admission> admission; // what servers see of it
    std::optional<ScriptPath> script;
    cache::Table::Found found;
    Flights::Lead lead;
};

// The head of the client's request, without what asks for less than the whole answer.
std::string plainHead(const wire::RequestHead &head)
{
    std::string text = "GET ";
    text.append(head.target()).append(" HTTP/1.1\r\n");
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        switch (head.id(i)) {
        case KnownField::range:
        case KnownField::ifRange:
        case KnownField::ifNoneMatch:
        case KnownField::ifModifiedSince:
        case KnownField::cacheControl:
        case KnownField::pragma:
        case KnownField::contentLength:
        case KnownField::expect:
            break;
        default:
            if (!head.hopByHop(i))
                text.append(head.line(i)).append("\r\n");
        }
    }
    return text.append("\r\n");
}

std::unique_ptr<Admission> shownToServers(const Admission *admission)
{
    if (!admission)
        return nullptr;
    auto shown = std::make_unique<Admission>();
    shown->requestId = admission->requestId;
    shown->user = admission->user;
    shown->grantedFields = admission->grantedFields;
    return shown;
}

// Runs on a connection of its own, which is gone with it.
engine::Task<> fetch(Connection &own, FetchOrder order)
{
    Server &server = own.server();
    {
        const ExchangePool::Lease lease = server.exchanges().take();
        Exchange &exchange = *lease;
        exchange.begin(own);
        exchange.headBytes = std::move(order.head);
        exchange.path = std::move(order.path);
        exchange.askedPath = std::move(order.askedPath);
        exchange.rewritten = std::move(order.rewritten);
        exchange.queryAt = order.queryAt;
        exchange.site = std::move(order.site);
        exchange.route = order.route;
        exchange.client = order.client;
        exchange.isSecure = order.isSecure;
        exchange.fromProxy = order.fromProxy;
        exchange.admission = std::move(order.admission);
        const bool isRight =
            exchange.head.parse(exchange.headBytes, wire::Http1Head::kMaxBytes) == wire::ParseStatus::complete;
        if (isRight) {
            exchange.body.begin(own.client(), own.received(), exchange.head.body(), false, Milliseconds{0});
            CacheCall call(exchange, order.found.entry);
            call.storeAnswer();
            call.setSilent();
            exchange.caching = &call;
            co_await passOn(exchange, std::move(order.script));
            exchange.caching = nullptr;
            (void)keep(exchange, call, order.found, order.lead);
        }
        order.found = {};
        order.lead.end();
    }
    server.finished(own);
}

class ThroughCache {
public:
    ThroughCache(Exchange &exchange, std::optional<ScriptPath> script)
        : m_exchange(exchange), m_connection(*exchange.connection), m_server(m_connection.server()),
          m_cache(*exchange.route->cache), m_script(std::move(script)), m_tag(cacheTag(exchange)),
          m_wishes(cache::wishesOf(exchange.head, exchange.route->cacheRules))
    {
        writeCacheKey(exchange, exchange.cacheKey);
        m_key = m_cache.key(exchange.cacheKey, m_tag);
    }

    engine::Task<> run();

private:
    enum class Kind : std::uint8_t { lookup, bypass, changes };

    [[nodiscard]] Kind kind() const;
    [[nodiscard]] bool asksForPart() const;
    // Sends the request on; what comes is not kept.
    engine::Task<> pass(CacheOutcome outcome, std::string_view reason, bool changes = false);
    // Sends it on, and keeps what comes.
    engine::Task<> lead(cache::Table::Found found, Flights::Lead lead, std::string_view reason);
    void fetchBeside(cache::Table::Found found, Flights::Lead lead);
    // Until the flight ends, or the time is over.
    engine::Task<> wait(std::uint64_t flight);
    engine::Task<> give(std::shared_ptr<const cache::Entry> entry, CacheOutcome outcome, std::string_view reason);
    void count(CacheOutcome outcome);
    [[nodiscard]] cache::Counts &counts() { return m_cache.counts(m_server.workerIndex()); }

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
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

engine::Task<> ThroughCache::pass(CacheOutcome outcome, std::string_view reason, bool changes)
{
    count(outcome);
    m_exchange.cacheOutcome = cacheOutcomeName(outcome);
    CacheCall call(m_exchange, nullptr);
    call.setOutcome(outcome);
    call.setReason(reason);
    if (changes)
        call.invalidateUrl();
    m_exchange.caching = &call;
    co_await passOn(m_exchange, std::move(m_script));
    m_exchange.caching = nullptr;
}

engine::Task<> ThroughCache::lead(cache::Table::Found found, Flights::Lead lead, std::string_view reason)
{
    using Verdict = CacheCall::Verdict;
    m_exchange.cacheOutcome = cacheOutcomeName(CacheOutcome::miss);
    std::shared_ptr<const cache::Entry> entry;
    Verdict verdict = Verdict::none;
    unsigned status = 0;
    {
        CacheCall call(m_exchange, found.entry);
        call.storeAnswer();
        call.setReason(reason);
        m_exchange.caching = &call;
        co_await passOn(m_exchange, std::move(m_script));
        m_exchange.caching = nullptr;
        verdict = call.verdict();
        status = call.status();
        entry = keep(m_exchange, call, found, lead);
    }
    lead.end();
    if (verdict == Verdict::failed) {
        const std::string why = "fwd=stale" + (status == 0 ? "" : "; fwd-status=" + std::to_string(status));
        co_return co_await give(found.entry, CacheOutcome::stale, why);
    }
    if (verdict != Verdict::notModified)
        co_return count(CacheOutcome::miss);
    // It may not be kept any longer; this client may have it all the same.
    if (!entry)
        entry = found.entry;
    co_await give(std::move(entry), CacheOutcome::revalidated, "fwd=stale; fwd-status=304");
}

void ThroughCache::fetchBeside(cache::Table::Found found, Flights::Lead lead)
{
    FetchOrder order;
    order.head = plainHead(m_exchange.head);
    order.path = m_exchange.path;
    order.askedPath = m_exchange.askedPath;
    order.rewritten = m_exchange.rewritten;
    order.queryAt = m_exchange.queryAt;
    order.site = m_server.reader().pin(*m_exchange.site);
    order.route = m_exchange.route;
    order.client = m_exchange.client;
    order.isSecure = m_exchange.isSecure;
    order.fromProxy = m_exchange.fromProxy;
    order.admission = shownToServers(m_exchange.admission.get());
    order.script = m_script;
    order.found = std::move(found);
    order.lead = std::move(lead);
    Connection &own = m_server.adoptOwn(m_connection, std::make_unique<SilentClient>(m_server.loop()));
    m_server.tasks().start(fetch(own, std::move(order)));
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
    if (what != Kind::lookup) {
        const bool changes = what == Kind::changes;
        co_return co_await pass(CacheOutcome::bypass, changes ? "fwd=method" : "fwd=bypass", changes);
    }
    const RequestSelector selector(m_exchange);
    const bool isHead = m_exchange.head.method() == wire::Method::head;
    bool mayRead = true;  // from the disk
    bool mayFetch = true; // beside
    for (;;) {
        cache::Table::Found found = m_cache.find(m_key, selector);
        const std::int64_t now = Server::wallSeconds();
        const Flights::Name name{m_key.hash, found.flight};
        std::string_view reason = found.hasOthers ? "fwd=vary-miss" : "fwd=uri-miss";
        if (found.entry) {
            // What has come while this one waited is as new as what it would get itself.
            const cache::Freshness &freshness = found.entry->freshness();
            if (m_hasWaited && freshness.received >= m_begun && freshness.isForWaiting(now))
                co_return co_await give(std::move(found.entry), CacheOutcome::hit, "fwd=uri-miss; collapsed");
            const cache::Use use = cache::useOf(freshness, m_wishes, now);
            if (use == cache::Use::staleRefreshing) {
                if (Flights::Lead lead = m_cache.flights().lead(name))
                    fetchBeside(found, std::move(lead));
            }
            if (use == cache::Use::fresh)
                co_return co_await give(std::move(found.entry), CacheOutcome::hit, "");
            if (use != cache::Use::validate)
                co_return co_await give(std::move(found.entry), CacheOutcome::stale, "");
            reason = found.entry->freshness().remaining(now) > 0 ? "fwd=request" : "fwd=stale";
        }
        const bool isOnDisk = !found.entry && found.file.number != 0;
        if (m_wishes.onlyIfCached && (!isOnDisk || !mayRead))
            co_return co_await answerStatus(m_exchange, 504);
        if (isHead && (!isOnDisk || !mayRead))
            co_return co_await pass(CacheOutcome::miss, reason);
        const bool mayWait = m_deadline == SteadyTime{} || m_server.loop().now() < m_deadline;
        const bool isHopeless = m_cache.flights().isHopeless(name, m_server.loop().now());
        if (Flights::Lead lead = m_cache.flights().lead(name)) {
            if (isOnDisk && mayRead) {
                mayRead = false;
                m_cache.readBehind(m_key, found, std::move(lead), m_server.pool());
            } else if (!asksForPart()) {
                co_return co_await this->lead(std::move(found), std::move(lead), reason);
            } else if (mayFetch && !isHopeless) {
                mayFetch = false;
                fetchBeside(std::move(found), std::move(lead));
            } else {
                lead.end();
                co_return co_await pass(CacheOutcome::miss, reason);
            }
        } else if (isHopeless || !mayWait || m_cache.wait() == Milliseconds{0}) {
            co_return co_await pass(CacheOutcome::miss, reason);
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
