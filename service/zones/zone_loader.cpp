// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_loader.h"

#include <algorithm>
#include <utility>

namespace mainstay::zones {

namespace {

using snapshot::Zone;
using snapshot::ZoneNode;
using wire::RecordType;

// Slots of records that went away stay unused. Once there are more of them than of others, start anew.
bool isWorthUpdating(const Zone &zone)
{
    return zone.counts().slots <= 2 * zone.counts().records + 65536;
}

bool isSignature(RecordType type)
{
    return type == RecordType::rrsig || type == RecordType::nsec || type == RecordType::nsec3 ||
           type == RecordType::nsec3param;
}

} // namespace

ZoneLoader::ZoneLoader(const LoadOptions &options, std::shared_ptr<const Zone> current)
    : m_current(current && current->name() == options.apex.view() && isWorthUpdating(*current) ? std::move(current)
                                                                                               : nullptr),
      m_scanOptions{options.apex, options.defaultTtl, options.generateLimit, options.source}, m_problems(options.path),
      m_editor(m_current ? ZoneEditor(*m_current) : ZoneEditor(options.apex)),
      m_checks(m_current != nullptr, options.lackingGlue), m_scanner(m_scanOptions, *this, m_problems)
{
    if (m_current)
        m_difference.emplace(*m_current);
}

LoadedZone ZoneLoader::finish()
{
    LoadedZone loaded;
    loaded.files = m_scanner.files();
    if (!m_isRead) {
        loaded.problems = m_problems.take();
        return loaded;
    }
    if (m_difference)
        m_difference->finish([this](wire::NameView name, SourceLine at, NodeDraft &draft) { put(name, at, draft); });
    else
        putGathered();
    loaded.lackingGlue = m_checks.run(m_editor.apex(), m_editor.names(), m_problems);
    if (!m_problems.hasErrors())
        loaded.zone = m_current && m_changedNames == 0 ? m_current : m_editor.finish();
    loaded.problems = m_problems.take();
    loaded.changedNames = m_changedNames;
    return loaded;
}

void ZoneLoader::take(const ZoneRecord &record)
{
    if (!isDataAllowed(record))
        return;
    if (m_difference)
        m_difference->take(record);
    else
        gather(record);
}

bool ZoneLoader::isDataAllowed(const ZoneRecord &record)
{
    if (!record.owner.isAtOrBelow(m_editor.apex())) {
        m_problems.error(record.source, "zone.out-of-zone",
                         record.owner.text() + " is not in the zone " + m_editor.apex().text(),
                         "remove the record; is a name meant to end with a dot, or an $ORIGIN missing?");
        return false;
    }
    if (record.type == RecordType::soa && record.owner.size() != m_editor.apex().size()) {
        m_problems.error(record.source, "zone.soa-below-top",
                         record.owner.text() + " has a SOA and is not the zone's top",
                         "remove the record, or make it a zone of its own");
        return false;
    }
    if (isSignature(record.type)) {
        m_problems.error(record.source, "zone.signed-elsewhere",
                         record.owner.text() +
                             " has DNSSEC signatures or proofs, and zones signed elsewhere are not served",
                         "use the unsigned zone file");
        return false;
    }
    return true;
}

void ZoneLoader::gather(const ZoneRecord &record)
{
    if (m_draft.isEmpty() || m_owner.view() != record.owner) {
        putGathered();
        m_owner = wire::Name(record.owner);
    }
    m_draft.add(record.type, record.ttl, record.rdata);
    m_lastLine = record.source;
}

void ZoneLoader::putGathered()
{
    if (m_draft.isEmpty())
        return;
    // The name may have come before; then its first writing counts.
    if (const ZoneNode *before = m_editor.find(m_owner); before && !before->isEmptyNonTerminal()) {
        m_draft.add(*before);
        m_owner = wire::Name(before->name());
    }
    put(m_owner, m_lastLine, m_draft);
    m_draft.clear();
}

void ZoneLoader::put(wire::NameView name, SourceLine at, NodeDraft &draft)
{
    const std::uint8_t findings = draft.compose();
    if ((findings & NodeDraft::kTooLarge) != 0)
        m_problems.error(at, "zone.rrset-too-large", name.text() + " has more records of one type than a message holds",
                         "remove some");
    if ((findings & NodeDraft::kDifferentTtls) != 0)
        m_problems.warning(at, "zone.different-ttls",
                           name.text() + " has records of one type with different TTLs; the smallest is used",
                           "give them the same TTL");
    const ZoneNode *before = m_editor.find(name);
    if (before ? draft.equals(*before, name) : draft.rrsets().empty())
        return;
    ++m_changedNames;
    m_checks.touch(name, m_editor.names());
    if (draft.rrsets().empty())
        return m_editor.remove(name);
    auto node = draft.make(name, name.size() == m_editor.apex().size());
    m_checks.note(node, at);
    m_editor.put(std::move(node));
}

LoadedZone loadZone(const LoadOptions &options, const std::filesystem::path &file, std::shared_ptr<const Zone> current)
{
    ZoneLoader loader(options, std::move(current));
    loader.readFile(file);
    return loader.finish();
}

} // namespace mainstay::zones
