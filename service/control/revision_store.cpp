// SPDX-License-Identifier: GPL-3.0-or-later
// Revisions as folders: one metadata.json, and the files by number.
#include "control/revision_store.h"

#include "control/durable_file.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <system_error>

namespace mainstay::control {
namespace {

namespace fs = std::filesystem;
using schema::Owner;
using schema::SourceFile;

constexpr const char *kNewer = "state.newer";
constexpr const char *kMetadata = "metadata.json";
constexpr const char *kUnfinished = ".new";
constexpr const char *kDiscarded = ".old";

template <class Number>
std::optional<Number> parseNumber(std::string_view text)
{
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('0'))
        return std::nullopt;
    return number;
}

QString digest(const std::string &text)
{
    const QByteArrayView bytes(text.data(), static_cast<qsizetype>(text.size()));
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

std::optional<Owner> ownerNamed(const std::string &name)
{
    for (const Owner owner : {Owner::files, Owner::managed, Owner::cluster})
        if (schema::ownerName(owner) == name)
            return owner;
    return std::nullopt;
}

QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

QJsonArray zonesToJson(const TextsByZone &zones)
{
    QJsonArray list;
    for (const auto &[name, texts] : zones) {
        QJsonArray files;
        for (const ZoneText &file : texts)
            files.append(
                QJsonObject{{QStringLiteral("path"), text(file.path)}, {QStringLiteral("sha256"), text(file.sha256)}});
        list.append(QJsonObject{{QStringLiteral("name"), text(name)}, {QStringLiteral("files"), files}});
    }
    return list;
}

TextsByZone zonesFromJson(const QJsonArray &list)
{
    TextsByZone zones;
    for (const QJsonValue zone : list) {
        ZoneTexts &texts = zones[zone[QStringLiteral("name")].toString().toStdString()];
        for (const QJsonValue file : zone[QStringLiteral("files")].toArray())
            texts.push_back({file[QStringLiteral("path")].toString().toStdString(),
                             file[QStringLiteral("sha256")].toString().toStdString()});
    }
    return zones;
}

QByteArray metadataOf(RevisionNumber number, const std::vector<SourceFile> &files, const TextsByZone &zones,
                      const Authorship &authorship)
{
    const auto milliseconds = std::chrono::duration_cast<Milliseconds>(authorship.time.time_since_epoch()).count();
    QJsonArray list;
    for (const SourceFile &file : files)
        list.append(QJsonObject{{QStringLiteral("path"), text(file.path)},
                                {QStringLiteral("owner"), text(schema::ownerName(file.owner))},
                                {QStringLiteral("sha256"), digest(file.text)}});
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(milliseconds, Qt::UTC);
    return QJsonDocument(QJsonObject{{QStringLiteral("format"), static_cast<int>(RevisionStore::kFormat)},
                                     {QStringLiteral("number"), static_cast<qint64>(number)},
                                     {QStringLiteral("time"), time.toString(Qt::ISODateWithMs)},
                                     {QStringLiteral("author"), text(authorship.author)},
                                     {QStringLiteral("reason"), text(authorship.reason)},
                                     {QStringLiteral("files"), list},
                                     {QStringLiteral("zones"), zonesToJson(zones)}})
        .toJson();
}

tl::unexpected<Error> damaged(RevisionNumber number, const fs::path &folder, const std::string &what)
{
    return fail("revision.damaged",
                "revision " + std::to_string(number) + " in " + folder.string() + " is damaged: " + what,
                "apply the configuration again, or roll back to another revision");
}

// The metadata of a revision, looked at as far as its number.
Result<QJsonObject> readMetadata(RevisionNumber number, const fs::path &folder)
{
    const auto json = schema::readTextFile(folder / kMetadata);
    if (!json)
        return damaged(number, folder, json.error().message);
    const QJsonObject metadata = QJsonDocument::fromJson(QByteArray::fromStdString(*json)).object();
    if (metadata.value(QStringLiteral("number")).toInteger() != number)
        return damaged(number, folder, std::string(kMetadata) + " is not its description");
    if (metadata.value(QStringLiteral("format")).toInteger() > RevisionStore::kFormat)
        return damaged(number, folder, "it is of a newer Mainstay");
    return metadata;
}

} // namespace

Result<RevisionStore> RevisionStore::open(fs::path stateFolder)
{
    RevisionStore store(std::move(stateFolder));
    if (auto checked = store.checkFormat(); !checked && checked.error().code == kNewer)
        return forward(std::move(checked));
    store.list();
    if (store.tryWriting()) {
        store.removeLeftovers();
        store.forgetZoneTexts();
    }
    return store;
}

const Result<> &RevisionStore::tryWriting()
{
    const bool wasWritable = m_writable.has_value();
    m_writable = checkFormat().and_then([this] { return prepareFolder(); });
    // What could not be listed before may be there now.
    if (m_writable && !wasWritable)
        list();
    return m_writable;
}

RevisionStore::RevisionStore(fs::path stateFolder)
    : m_state(fs::absolute(stateFolder).lexically_normal()), m_revisions(m_state / "revisions")
{}

Result<> RevisionStore::checkFormat()
{
    std::error_code ignored;
    const fs::path file = m_state / "version";
    if (!fs::exists(file, ignored))
        return {};
    const auto version = schema::readTextFile(file);
    if (!version)
        return fail("state.damaged",
                    "cannot tell the version of the state folder, so no change will be stored: " +
                        version.error().message,
                    version.error().remedy);
    const auto number = parseNumber<std::uint32_t>(std::string_view(*version).substr(0, version->find('\n')));
    if (!number)
        return fail("state.damaged",
                    file.string() + " does not hold the version of the state folder, so no change will be stored",
                    "restore it from a backup, or write " + std::to_string(kFormat) +
                        " there if no newer Mainstay has had the folder");
    if (*number > kFormat)
        return fail(kNewer,
                    "the state folder " + m_state.string() + " was written by a newer Mainstay: its format is " +
                        std::to_string(*number) + ", and this one knows " + std::to_string(kFormat),
                    "install the newer Mainstay again, or use another state folder");
    return {};
}

Result<> RevisionStore::prepareFolder()
{
    std::error_code ignored;
    const fs::path version = m_state / "version";
    auto prepared = makeFolder(m_revisions);
    if (prepared && !fs::exists(version, ignored))
        prepared = writeDurably(version, std::to_string(kFormat) + "\n");
    else if (prepared)
        prepared = writeSynced(m_state / ".writable", {});
    fs::remove(m_state / ".writable", ignored);
    if (prepared)
        return {};
    return fail("state.unwritable",
                "cannot write the state folder " + m_state.string() +
                    ", so no change will be stored: " + prepared.error().message,
                "let the service's user write there");
}

void RevisionStore::removeLeftovers()
{
    std::error_code ignored;
    fs::remove_all(m_revisions / kUnfinished, ignored);
    fs::remove_all(m_revisions / kDiscarded, ignored);
}

void RevisionStore::list()
{
    m_numbers.clear();
    std::error_code error;
    for (fs::directory_iterator entry(m_revisions, error), end; !error && entry != end; entry.increment(error))
        if (const auto number = parseNumber<RevisionNumber>(entry->path().filename().string()))
            m_numbers.push_back(*number);
    std::sort(m_numbers.begin(), m_numbers.end());
}

fs::path RevisionStore::folderOf(RevisionNumber number) const
{
    return m_revisions / std::to_string(number);
}

Result<Revision> RevisionStore::describe(RevisionNumber number) const
{
    if (!std::binary_search(m_numbers.begin(), m_numbers.end(), number))
        return fail("revision.unknown", "there is no revision " + std::to_string(number),
                    m_numbers.empty() ? "none is stored yet"
                                      : "stored are " + std::to_string(m_numbers.front()) + " to " +
                                            std::to_string(m_numbers.back()));
    auto metadata = readMetadata(number, folderOf(number));
    if (!metadata)
        return forward(std::move(metadata));
    const QDateTime time = QDateTime::fromString(metadata->value(QStringLiteral("time")).toString(), Qt::ISODateWithMs);
    return Revision{number,
                    {metadata->value(QStringLiteral("author")).toString().toStdString(),
                     metadata->value(QStringLiteral("reason")).toString().toStdString(),
                     WallTime(Milliseconds(time.toMSecsSinceEpoch()))}};
}

Result<std::vector<SourceFile>> RevisionStore::read(RevisionNumber number) const
{
    if (auto known = describe(number); !known)
        return forward(std::move(known));
    const fs::path folder = folderOf(number);
    auto metadata = readMetadata(number, folder);
    if (!metadata)
        return forward(std::move(metadata));
    std::vector<SourceFile> files;
    for (const QJsonValue value : metadata->value(QStringLiteral("files")).toArray()) {
        const QJsonObject entry = value.toObject();
        const std::string path = entry.value(QStringLiteral("path")).toString().toStdString();
        const auto owner = ownerNamed(entry.value(QStringLiteral("owner")).toString().toStdString());
        auto content = schema::readTextFile(folder / (std::to_string(files.size()) + ".toml"));
        if (!content)
            return damaged(number, folder, "the text of " + path + ": " + content.error().message);
        if (!owner || digest(*content) != entry.value(QStringLiteral("sha256")).toString())
            return damaged(number, folder, "the text of " + path + " is not what was stored");
        files.push_back({path, std::move(*content), *owner});
    }
    return files;
}

Result<TextsByZone> RevisionStore::readZones(RevisionNumber number) const
{
    if (auto known = describe(number); !known)
        return forward(std::move(known));
    return readMetadata(number, folderOf(number)).map([](const QJsonObject &metadata) {
        return zonesFromJson(metadata.value(QStringLiteral("zones")).toArray());
    });
}

Result<RevisionNumber> RevisionStore::add(const std::vector<SourceFile> &files, const TextsByZone &zones,
                                          const Authorship &authorship)
{
    if (!m_writable)
        return tl::unexpected(m_writable.error());
    const RevisionNumber number = next();
    const fs::path unfinished = m_revisions / kUnfinished;
    removeLeftovers();
    auto stored = makeFolder(unfinished);
    for (std::size_t index = 0; stored && index < files.size(); ++index)
        stored = writeSynced(unfinished / (std::to_string(index) + ".toml"), files[index].text);
    if (stored)
        stored = writeSynced(unfinished / kMetadata, metadataOf(number, files, zones, authorship).toStdString());
    if (stored)
        stored = syncFolder(unfinished);
    if (stored)
        stored = renameDurably(unfinished, folderOf(number));
    if (!stored) {
        // It may stand there all the same, when only the last step failed.
        std::error_code ignored;
        fs::rename(folderOf(number), m_revisions / kDiscarded, ignored);
        removeLeftovers();
        list();
        return forward<void>(std::move(stored));
    }
    m_numbers.push_back(number);
    prune();
    return number;
}

void RevisionStore::prune()
{
    const bool isFull = m_numbers.size() > kKept;
    while (m_numbers.size() > kKept) {
        // Renamed first: a folder with a number is always whole.
        std::error_code ignored;
        if (!renameDurably(folderOf(m_numbers.front()), m_revisions / kDiscarded))
            return;
        fs::remove_all(m_revisions / kDiscarded, ignored);
        m_numbers.erase(m_numbers.begin());
    }
    if (isFull)
        forgetZoneTexts();
}

void RevisionStore::forgetZoneTexts() const
{
    std::set<std::string> digests;
    for (const RevisionNumber number : m_numbers) {
        const auto zones = readZones(number);
        if (!zones)
            return; // what it holds cannot be told
        for (const auto &[name, texts] : *zones)
            for (const ZoneText &file : texts)
                digests.insert(file.sha256);
    }
    keepZoneTexts(m_state, digests);
}

} // namespace mainstay::control
