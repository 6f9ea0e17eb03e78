// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/resolution.h"

#include "wire/dns_rdata.h"

#include <algorithm>
#include <cstring>

namespace mainstay::dns {

namespace {

using snapshot::NameKey;
using snapshot::RecordView;
using snapshot::RRset;
using snapshot::ZoneEntry;
using snapshot::ZoneNode;
using wire::NameView;
using wire::Rcode;
using wire::RecordType;

// Types whose clients will ask for the addresses of their target next.
bool wantsAddresses(RecordType type) noexcept
{
    return type == RecordType::ns || type == RecordType::mx || type == RecordType::srv || type == RecordType::svcb ||
           type == RecordType::https;
}

} // namespace

Rcode Resolution::run() noexcept
{
    for (;;) {
        const NameKey key(m_name);
        const ZoneEntry *entry = findZone(key);
        if (m_aliasCount == 0)
            m_questionZone = entry;
        // What an alias leads to outside of our data is for the client to ask for.
        if (!entry)
            return m_aliasCount == 0 ? Rcode::refused : Rcode::noError;
        if (!entry->zone())
            return m_aliasCount == 0 ? Rcode::serverFailure : Rcode::noError;
        m_zone = entry->zone().get();
        if (resolve(key) == Step::end)
            return m_rcode;
    }
}

// The zone closest above the name. DS belongs to the parent's side of a cut (RFC 4035 3.1.4.1).
const ZoneEntry *Resolution::findZone(const NameKey &key) const noexcept
{
    snapshot::ZoneTable::Path zones;
    m_zones.descend(key, zones);
    if (zones.isEmpty())
        return nullptr;
    const bool wantsParent =
        m_query.type == RecordType::ds && zones.size() > 1 && zones.lastLabels() == key.labelCount();
    return &zones[zones.size() - (wantsParent ? 2 : 1)];
}

Resolution::Step Resolution::resolve(const NameKey &key) noexcept
{
    Path path;
    m_zone->names().descend(key, path);
    const bool exists = path.lastLabels() == key.labelCount();
    for (std::size_t i = 0; i < path.size(); ++i) {
        const ZoneNode &node = path[i];
        if (!node.isCut())
            continue;
        const bool isSelf = exists && i + 1 == path.size();
        if (node.is(ZoneNode::kDelegation) && !(isSelf && m_query.type == RecordType::ds))
            return refer(node);
        if (node.is(ZoneNode::kDname) && !isSelf)
            return followDname(node);
    }

    m_response.setAuthoritative();
    if (exists)
        return answerFrom(path.last());
    if (const ZoneNode *wildcard = path.wildcard())
        return answerFrom(*wildcard);
    return deny(Rcode::nameError);
}

Resolution::Step Resolution::answerFrom(const ZoneNode &node) noexcept
{
    if (m_query.type == RecordType::any)
        return answerAny(node);
    if (const RRset rrset = node.find(m_query.type)) {
        if (!m_response.add(Response::Section::answer, m_name, rrset))
            m_response.setTruncated();
        else if (wantsAddresses(m_query.type))
            addAddressesFor(rrset);
        return Step::end;
    }
    if (!node.is(ZoneNode::kCname))
        return deny(Rcode::noError);

    const RRset cname = node.find(RecordType::cname);
    if (!m_response.add(Response::Section::answer, m_name, cname)) {
        m_response.setTruncated();
        return Step::end;
    }
    return followTo(wire::rdataName(RecordType::cname, cname.front().rdata()));
}

Resolution::Step Resolution::answerAny(const ZoneNode &node) noexcept
{
    if (node.isEmptyNonTerminal())
        return deny(Rcode::noError);
    const RRset cname = node.find(RecordType::cname);
    if (!(cname ? m_response.add(Response::Section::answer, m_name, cname) : m_response.addMinimalAny(m_name)))
        m_response.setTruncated();
    return Step::end;
}

Resolution::Step Resolution::followDname(const ZoneNode &node) noexcept
{
    m_response.setAuthoritative();
    const RRset dname = node.find(RecordType::dname);
    if (m_dnameCount == kMaxDnames)
        return Step::end;
    const auto followed = m_followed.begin() + static_cast<std::ptrdiff_t>(m_dnameCount);
    const bool isThere = std::find(m_followed.begin(), followed, &node) != followed;
    if (!isThere && !m_response.add(Response::Section::answer, node.name(), dname)) {
        m_response.setTruncated();
        return Step::end;
    }
    const NameView target = wire::rdataName(RecordType::dname, dname.front().rdata());
    const std::size_t prefix = m_name.size() - node.name().size();
    if (prefix + target.size() > wire::kMaxNameSize) {
        m_rcode = Rcode::nameTooLong;
        return Step::end;
    }
    m_followed[m_dnameCount] = &node;
    std::uint8_t *renamed = m_renamed[m_dnameCount++].data();
    std::memcpy(renamed, m_name.data(), prefix);
    std::memcpy(renamed + prefix, target.data(), target.size());
    const NameView next = NameView::trusted(renamed, prefix + target.size());
    if (!m_response.addCname(m_name, dname.front().ttl(), next)) {
        m_response.setTruncated();
        return Step::end;
    }
    return followTo(next);
}

// Goes on at the target unless the alias was the answer, or the names go round.
Resolution::Step Resolution::followTo(NameView target) noexcept
{
    if (m_query.type == RecordType::cname || m_query.type == RecordType::any || m_aliasCount == kMaxAliases)
        return Step::end;
    m_aliases[m_aliasCount++] = m_name;
    const auto end = m_aliases.begin() + static_cast<std::ptrdiff_t>(m_aliasCount);
    if (std::find(m_aliases.begin(), end, target) != end)
        return Step::end;
    m_name = target;
    return Step::alias;
}

Resolution::Step Resolution::refer(const ZoneNode &cut) noexcept
{
    const RRset servers = cut.find(RecordType::ns);
    if (!m_response.add(Response::Section::authority, cut.name(), servers)) {
        m_response.setTruncated();
        return Step::end;
    }
    // Without the addresses of servers inside what is delegated nobody gets there: they are part of the referral
    // (RFC 9471). The others are a courtesy.
    for (const bool isNeeded : {true, false}) {
        for (const RecordView record : servers) {
            const NameView server = wire::rdataName(RecordType::ns, record.rdata());
            if (server.isAtOrBelow(cut.name()) == isNeeded && !addAddresses(server) && isNeeded)
                m_response.setTruncated();
        }
    }
    return Step::end;
}

Resolution::Step Resolution::deny(Rcode rcode) noexcept
{
    m_rcode = rcode;
    if (!m_response.add(Response::Section::authority, m_zone->name(), m_zone->negativeSoa()))
        m_response.setTruncated();
    return Step::end;
}

void Resolution::addAddressesFor(RRset rrset) noexcept
{
    for (const RecordView record : rrset) {
        const NameView target = wire::rdataName(rrset.type(), record.rdata());
        // "." is the owner itself in SVCB and no service at all in SRV and MX (RFC 9460 2.5, 2782, 7505).
        const bool isOwner = target.isRoot() && (rrset.type() == RecordType::svcb || rrset.type() == RecordType::https);
        (void)addAddresses(isOwner ? m_name : target);
    }
}

bool Resolution::isHostKnown(const ZoneNode *node) noexcept
{
    const auto end = m_hosts.begin() + static_cast<std::ptrdiff_t>(m_hostCount);
    if (std::find(m_hosts.begin(), end, node) != end)
        return true;
    if (m_hostCount < m_hosts.size())
        m_hosts[m_hostCount++] = node;
    return false;
}

// False when there were some that did not fit.
bool Resolution::addAddresses(NameView host) noexcept
{
    if (!host.isAtOrBelow(m_zone->name()))
        return true;
    const ZoneNode *node = m_zone->names().find(NameKey(host));
    if (!node || isHostKnown(node))
        return true;
    bool ok = true;
    for (const RecordType type : {RecordType::a, RecordType::aaaa}) {
        if (const RRset addresses = node->find(type))
            ok = m_response.add(Response::Section::additional, host, addresses) && ok;
    }
    return ok;
}

} // namespace mainstay::dns
