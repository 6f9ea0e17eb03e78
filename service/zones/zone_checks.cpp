// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_checks.h"

#include "wire/dns_rdata.h"

#include <set>

namespace mainstay::zones {

namespace {

using snapshot::NameKey;
using snapshot::NamePath;
using snapshot::RecordView;
using snapshot::ZoneNode;
using wire::RecordType;
using Names = snapshot::NameTrie<ZoneNode>;

// One node that needs a look, and what to look at it with.
class NodeCheck {
public:
    NodeCheck(const ZoneNode &node, SourceLine at, const Names &names, ZoneProblems &problems)
        : m_node(node), m_at(at), m_names(names), m_problems(problems)
    {}

    void run() const
    {
        checkSingles();
        checkCombinations();
    }

    // Without an address in the parent, a name server inside the delegated zone cannot be found (RFC 1034 4.2.1).
    // False when there is one without.
    bool checkGlue() const
    {
        bool isWhole = true;
        for (const RecordView record : m_node.find(RecordType::ns)) {
            const wire::NameView server = wire::rdataName(RecordType::ns, record.rdata());
            if (!server.isAtOrBelow(m_node.name()))
                continue;
            const ZoneNode *glue = m_names.find(NameKey(server));
            if (glue && (glue->find(RecordType::a) || glue->find(RecordType::aaaa)))
                continue;
            isWhole = false;
            m_problems.warning(m_at, "zone.missing-glue",
                               name() + " is delegated to " + server.text() + ", which has no address here",
                               "add an A or AAAA record for it");
        }
        return isWhole;
    }

    // What a name is below, and what is below it.
    void runPlace(bool isAmongOlder) const
    {
        NamePath<ZoneNode> path;
        m_names.descend(NameKey(m_node.name()), path);
        if (m_node.is(ZoneNode::kDname) && path.hasBelow())
            error("zone.names-below-dname", name() + " has a DNAME and there are names below it", kDnameRemedy);
        for (std::size_t i = 0; isAmongOlder && i + 1 < path.size(); ++i) {
            if (path[i].is(ZoneNode::kDname))
                error("zone.names-below-dname", name() + " is below " + path[i].name().text() + ", which has a DNAME",
                      kDnameRemedy);
        }
    }

private:
    static constexpr const char *kDnameRemedy = "what is below a DNAME is renamed: remove the names or the DNAME";

    [[nodiscard]] bool has(RecordType type) const { return static_cast<bool>(m_node.find(type)); }
    [[nodiscard]] std::string name() const { return m_node.name().text(); }
    void error(const char *code, const std::string &message, const char *remedy) const
    {
        m_problems.error(m_at, code, message, remedy);
    }

    void checkSingles() const
    {
        if (m_node.find(RecordType::cname).count() > 1)
            error("zone.several-cnames", name() + " has more than one CNAME", "keep one");
        if (m_node.find(RecordType::dname).count() > 1)
            error("zone.several-dnames", name() + " has more than one DNAME", "keep one");
        if (m_node.find(RecordType::soa).count() > 1)
            error("zone.several-soas", name() + " has more than one SOA", "keep one");
    }

    void checkCombinations() const
    {
        if (m_node.is(ZoneNode::kCname) && ++m_node.begin() != m_node.end())
            error("zone.cname-and-other-data", name() + " has a CNAME and other records",
                  "an alias has nothing else: remove the CNAME or the others");
        if (m_node.is(ZoneNode::kDelegation) && m_node.is(ZoneNode::kDname))
            error("zone.dname-and-delegation", name() + " has a DNAME and is delegated by NS records", "keep one");
        if (m_node.isCut() && m_node.name().isWildcard())
            error("zone.wildcard-cut", name() + " is a wildcard with NS or DNAME records, which has no defined meaning",
                  "write one record for each name");
        if (has(RecordType::ds) && !m_node.is(ZoneNode::kDelegation))
            error("zone.ds-without-delegation", name() + " has DS records and is not delegated",
                  "add the NS records of the delegation or remove the DS records");
    }

    const ZoneNode &m_node;
    SourceLine m_at;
    const Names &m_names;
    ZoneProblems &m_problems;
};

bool needsLook(const ZoneNode &node)
{
    return node.isCut() || node.is(ZoneNode::kCname) || node.find(RecordType::ds) || node.find(RecordType::soa);
}

void checkApex(wire::NameView name, const Names &names, ZoneProblems &problems)
{
    const ZoneNode *apex = names.find(NameKey(name));
    if (!apex || !apex->find(RecordType::soa))
        problems.error({}, "zone.no-soa", "the zone " + name.text() + " has no SOA record at its top",
                       "add one; is the zone's name the one the file is for?");
    if (!apex || !apex->find(RecordType::ns))
        problems.error({}, "zone.no-ns", "the zone " + name.text() + " has no NS record at its top",
                       "add one for each of its name servers");
}

} // namespace

void ZoneChecks::note(const snapshot::Ref<ZoneNode> &node, SourceLine at)
{
    if (m_amongOlder || needsLook(*node))
        m_noted.push_back({node, at});
}

void ZoneChecks::touch(wire::NameView name, const Names &names)
{
    if (!m_amongOlder)
        return;
    NamePath<ZoneNode> path;
    names.descend(NameKey(name), path);
    for (std::size_t i = 0; i < path.size(); ++i) {
        const bool isNews = m_again.empty() || m_again.back().view() != path[i].name();
        if (path[i].is(ZoneNode::kDelegation) && isNews)
            m_again.emplace_back(path[i].name());
    }
}

std::vector<wire::Name> ZoneChecks::run(wire::NameView apex, const Names &names, ZoneProblems &problems) const
{
    checkApex(apex, names, problems);
    std::vector<wire::Name> lacking;
    std::set<const ZoneNode *> looked;
    const auto checkGlue = [&](const ZoneNode &node, SourceLine at) {
        if (node.is(ZoneNode::kDelegation) && looked.insert(&node).second &&
            !NodeCheck(node, at, names, problems).checkGlue())
            lacking.emplace_back(node.name());
    };
    for (const Noted &noted : m_noted) {
        // What was replaced since has been noted again, if need be.
        if (names.find(NameKey(noted.node->name())) != noted.node.get())
            continue;
        const NodeCheck check(*noted.node, noted.at, names, problems);
        check.run();
        checkGlue(*noted.node, noted.at);
        check.runPlace(m_amongOlder);
    }
    for (const wire::Name &name : m_again) {
        if (const ZoneNode *node = names.find(NameKey(name)))
            checkGlue(*node, {});
    }
    return lacking;
}

} // namespace mainstay::zones
