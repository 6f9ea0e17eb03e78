// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/prepared_zone.h"

#include "zones/zone_loader.h"

#include <algorithm>
#include <cerrno>

namespace mainstay::control {

namespace fs = std::filesystem;

namespace {

constexpr Seconds kClockStep{2}; // of the coarsest file system

PreparedZone preparedFrom(zones::LoadedZone loaded, const fs::path &file)
{
    PreparedZone prepared;
    prepared.zone = std::move(loaded.zone);
    prepared.file = file;
    prepared.loaded = WallClock::now();
    prepared.problems = std::move(loaded.problems);
    prepared.lackingGlue = std::move(loaded.lackingGlue);
    return prepared;
}

} // namespace

std::vector<fs::path> PreparedZone::changedFiles() const
{
    const bool wasFresh = isFresh();
    const WallTime begun = WallClock::now();
    bool haveSettled = true;
    std::vector<fs::path> changed;
    for (std::size_t i = 0; i < stamps.size(); ++i) {
        const fs::path &path = stamps[i].file;
        const bool isSame = FileStamp::of(path) == stamps[i]; // before it is read
        if (!wasFresh && isSame)
            continue;
        haveSettled = haveSettled && isSame && begun - stamps[i].modified >= kClockStep;
        if (i >= texts.size() || sha256Of(path) != texts[i].sha256)
            changed.push_back(path);
    }
    if (wasFresh && haveSettled && changed.empty())
        *fresh = false;
    return changed;
}

ZoneReader::ZoneReader(fs::path stateFolder, bool storesTexts) : m_texts(zoneTextsFolder(stateFolder))
{
    if (storesTexts)
        m_intake.emplace(stateFolder);
}

PreparedZone ZoneReader::readFromDisk(const Request &request)
{
    const WallTime begun = WallClock::now();
    std::vector<FileStamp> stamps;
    zones::ZoneFileSource source;
    source.open = [&](const fs::path &file) {
        if (std::ranges::find(stamps, file, &FileStamp::file) == stamps.end())
            stamps.push_back(FileStamp::of(file)); // before it is read
        return m_intake ? m_intake->open(file) : openRegularFile(file);
    };
    zones::LoadedZone loaded = zones::loadZone(
        {.apex = request.apex, .path = request.path, .source = std::move(source), .lackingGlue = request.lackingGlue},
        request.file, request.current);
    PreparedZone prepared = preparedFrom(std::move(loaded), request.file);
    prepared.fresh = std::make_shared<std::atomic<bool>>(
        std::ranges::any_of(stamps, [begun](const FileStamp &stamp) { return begun - stamp.modified < kClockStep; }));
    if (m_intake && prepared.zone)
        prepared.texts = m_intake->accept();
    else if (m_intake)
        m_intake->drop();
    prepared.stamps = std::move(stamps);
    return prepared;
}

Result<PreparedZone> ZoneReader::readAsApplied(const Request &request, const ZoneTexts &texts) const
{
    for (const ZoneText &text : texts) {
        if (const fs::path stored = m_texts / text.sha256; sha256Of(stored) != text.sha256)
            return fail("zone.text-damaged",
                        "the text of " + text.path + " as it was applied is not in " + stored.string() +
                            ", or is damaged there: its file is read as it is now",
                        "apply the file as it is");
    }
    zones::ZoneFileSource source;
    source.isClosed = true;
    source.open = [&](const fs::path &file) {
        const auto text = std::ranges::find(texts, file.string(), &ZoneText::path);
        errno = ENOENT;
        return text == texts.end() ? nullptr : openRegularFile(m_texts / text->sha256);
    };
    zones::LoadedZone loaded = zones::loadZone(
        {.apex = request.apex, .path = request.path, .source = std::move(source), .lackingGlue = request.lackingGlue},
        request.file, request.current);
    PreparedZone prepared = preparedFrom(std::move(loaded), request.file);
    prepared.texts = texts;
    for (const ZoneText &text : texts) {
        FileStamp stamp = FileStamp::of(text.path);
        prepared.stamps.push_back(sha256Of(text.path) == text.sha256 ? std::move(stamp) : FileStamp::ofNone(text.path));
    }
    return prepared;
}

} // namespace mainstay::control
