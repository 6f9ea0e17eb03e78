// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/migration_files.h"

#include "schema/source_file.h"

#include <QCryptographicHash>
#include <QList>
#include <QStringDecoder>

#include <algorithm>
#include <charconv>
#include <system_error>
#include <tuple>

namespace mainstay::databases {
namespace {

// The first line that is no UTF-8, from 1; 0 when all of them are.
qsizetype lineOfWrongText(const QByteArray &text)
{
    const QList<QByteArray> lines = text.split('\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
        const QString decoded = decoder.decode(lines[i]);
        if (decoder.hasError())
            return i + 1;
    }
    return 0;
}

Result<MigrationFile> readMigration(const std::filesystem::path &path)
{
    MigrationFile file;
    file.name = path.filename().string();
    const char *end = file.name.data() + file.name.size();
    const auto [rest, error] = std::from_chars(file.name.data(), end, file.number);
    if (error != std::errc() || rest == end || (*rest != '-' && *rest != '_' && *rest != '.'))
        return fail("migration.name", "`" + path.string() + "` has no number to be done in the order of",
                    "name it 001-what.sql, or move it away");
    Result<std::string> text = schema::readTextFile(path);
    if (!text)
        return fail("migration.unreadable", text.error().message, text.error().remedy);
    file.text = std::move(*text);
    const QByteArray bytes = QByteArray::fromRawData(file.text.data(), static_cast<qsizetype>(file.text.size()));
    if (const qsizetype line = lineOfWrongText(bytes); line > 0)
        return fail("migration.encoding",
                    "`" + path.string() + "`, line " + std::to_string(line) + ": this is no UTF-8",
                    "store the file as UTF-8: the database would get other letters");
    file.checksum = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString();
    return file;
}

} // namespace

Result<std::vector<MigrationFile>> readMigrations(const std::filesystem::path &folder)
{
    std::vector<MigrationFile> files;
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    const auto unreadable = [&] {
        return fail("migration.unreadable", "cannot read the folder `" + folder.string() + "`: " + error.message(),
                    "make it, and let the service's user read it");
    };
    if (error)
        return unreadable();
    for (const std::filesystem::directory_iterator end; entry != end; entry.increment(error)) {
        if (error)
            return unreadable();
        if (entry->path().extension() != ".sql" || entry->path().filename().string().starts_with("."))
            continue;
        Result<MigrationFile> file = readMigration(entry->path());
        if (!file)
            return forward(std::move(file));
        files.push_back(std::move(*file));
    }
    std::sort(files.begin(), files.end(), [](const MigrationFile &a, const MigrationFile &b) {
        return std::tie(a.number, a.name) < std::tie(b.number, b.name);
    });
    const auto same =
        std::adjacent_find(files.begin(), files.end(),
                           [](const MigrationFile &a, const MigrationFile &b) { return a.number == b.number; });
    if (same != files.end())
        return fail("migration.same-number",
                    "`" + same->name + "` and `" + std::next(same)->name + "` have the same number",
                    "number them in the order they are to be done");
    return files;
}

} // namespace mainstay::databases
