// SPDX-License-Identifier: GPL-3.0-or-later
// The texts of applied zones on disk, each once, by its digest: STATE/zones/SHA256.
#pragma once

#include "base/regular_file.h"
#include "base/result.h"

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mainstay::control {

// Immutable. A file as the zone names it, and the SHA-256 of what stood in it, as 64 hexadecimal digits.
struct ZoneText {
    std::string path;
    std::string sha256;

    friend bool operator==(const ZoneText &, const ZoneText &) = default;
};

// Of one zone: its file, then those it includes. Empty when they are not stored.
using ZoneTexts = std::vector<ZoneText>;
// By the zone's name.
using TextsByZone = std::map<std::string, ZoneTexts>;

[[nodiscard]] std::filesystem::path zoneTextsFolder(const std::filesystem::path &stateFolder);
// Any thread that may block on a disk.
[[nodiscard]] Result<std::string> sha256Of(const std::filesystem::path &file);

// Removes the stored texts but these, and what an interrupted intake left.
void keepZoneTexts(const std::filesystem::path &stateFolder, const std::set<std::string> &digests);

// Thread pool, one at a time for a state folder. Copies what is read as the text of a zone, so that exactly what was
// read can be stored.
class ZoneTextIntake {
public:
    explicit ZoneTextIntake(const std::filesystem::path &stateFolder) : m_folder(zoneTextsFolder(stateFolder)) {}
    // Removes copies that were not stored.
    ~ZoneTextIntake();
    ZoneTextIntake(const ZoneTextIntake &) = delete;
    ZoneTextIntake &operator=(const ZoneTextIntake &) = delete;

    // Opens a copy of the file, the same for each call until accept() or drop(). As openRegularFile(); when the state
    // folder cannot be written, it is the file itself.
    [[nodiscard]] OpenedFile open(const std::filesystem::path &file);
    // What was opened since is to be stored; in the order of opening. Empty when something could not be copied.
    [[nodiscard]] ZoneTexts accept();
    void drop();
    // Makes all that was accepted outlast a crash. The first error of all, of copying too; then nothing counts as
    // stored.
    [[nodiscard]] Result<> store();

private:
    struct Copy {
        std::filesystem::path of;
        std::filesystem::path file;
        std::string sha256;
    };

    Result<Copy> copy(const std::filesystem::path &of, std::FILE *from);

    std::filesystem::path m_folder;
    std::size_t m_copies = 0;
    std::vector<Copy> m_opened; // and neither accepted nor dropped
    std::vector<Copy> m_accepted;
    Result<> m_result;
};

} // namespace mainstay::control
