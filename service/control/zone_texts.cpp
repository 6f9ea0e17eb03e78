// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/zone_texts.h"

#include "control/durable_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <openssl/evp.h>
#include <string_view>
#include <system_error>
#include <utility>

namespace mainstay::control {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 256 * 1024;
// From so many bytes on a file is put on disk as soon as it is written, so that nobody waits for it once it is read.
constexpr std::size_t kLarge = std::size_t{1} << 20;

class Sha256 {
public:
    Sha256() : m_context(EVP_MD_CTX_new(), EVP_MD_CTX_free)
    {
        if (!m_context || EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) != 1)
            throw std::bad_alloc();
    }

    void add(std::string_view piece) { EVP_DigestUpdate(m_context.get(), piece.data(), piece.size()); }

    [[nodiscard]] std::string hex()
    {
        std::array<unsigned char, 32> digest{};
        EVP_DigestFinal_ex(m_context.get(), digest.data(), nullptr);
        std::string digits;
        for (const unsigned char byte : digest) {
            digits += "0123456789abcdef"[byte >> 4];
            digits += "0123456789abcdef"[byte & 15];
        }
        return digits;
    }

private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX *)> m_context;
};

// Hands the file to `take` by the piece; false, with errno, when it cannot be read to its end.
template <class Take>
bool readAll(std::FILE *file, const Take &take)
{
    const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
    errno = 0;
    while (const std::size_t size = std::fread(buffer.get(), 1, kPiece, file))
        take(std::string_view(buffer.get(), size));
    return std::ferror(file) == 0;
}

tl::unexpected<Error> unreadable(const fs::path &file)
{
    return fail("file.unreadable", "cannot read " + file.string() + ": " + std::strerror(errno != 0 ? errno : EIO),
                "make it a file that the service's user may read");
}

} // namespace

fs::path zoneTextsFolder(const fs::path &stateFolder)
{
    return stateFolder / "zones";
}

Result<std::string> sha256Of(const fs::path &file)
{
    const OpenedFile opened = openRegularFile(file);
    Sha256 digest;
    if (!opened || !readAll(opened.get(), [&digest](std::string_view piece) { digest.add(piece); }))
        return unreadable(file);
    return digest.hex();
}

ZoneTextIntake::~ZoneTextIntake()
{
    drop();
    std::error_code ignored;
    for (const Copy &copy : m_accepted)
        fs::remove(copy.file, ignored);
}

OpenedFile ZoneTextIntake::open(const fs::path &file)
{
    if (const auto known = std::ranges::find(m_opened, file, &Copy::of); known != m_opened.end())
        return openRegularFile(known->file);
    OpenedFile opened = openRegularFile(file);
    if (!opened || !m_result)
        return opened;
    if (Result<Copy> copied = copy(file, opened.get())) {
        m_opened.push_back(std::move(*copied));
        return openRegularFile(m_opened.back().file);
    } else {
        // Where only the copy failed, the zone can be read and is not stored; else reading tells by itself what is
        // wrong.
        m_result = tl::unexpected(std::move(copied).error());
    }
    return openRegularFile(file);
}

Result<ZoneTextIntake::Copy> ZoneTextIntake::copy(const fs::path &of, std::FILE *from)
{
    if (auto made = makeFolder(m_folder); !made)
        return forward(std::move(made));
    Copy copy{of, m_folder / (".new" + std::to_string(m_copies++)), {}};
    GrowingFile to(copy.file);
    Sha256 digest;
    std::size_t size = 0;
    const bool isRead = readAll(from, [&](std::string_view piece) {
        size += piece.size();
        digest.add(piece);
        to.write(piece);
    });
    Result<> written = isRead ? to.result() : unreadable(of);
    if (written && size >= kLarge)
        written = syncFiles(m_folder, {copy.file});
    if (!written) {
        std::error_code ignored;
        fs::remove(copy.file, ignored);
        return forward(std::move(written));
    }
    copy.sha256 = digest.hex();
    return copy;
}

ZoneTexts ZoneTextIntake::accept()
{
    ZoneTexts texts;
    if (m_result) {
        for (Copy &copy : std::exchange(m_opened, {})) {
            texts.push_back({copy.of.string(), copy.sha256});
            m_accepted.push_back(std::move(copy));
        }
    }
    drop();
    return texts;
}

void ZoneTextIntake::drop()
{
    std::error_code ignored;
    for (const Copy &copy : std::exchange(m_opened, {}))
        fs::remove(copy.file, ignored);
}

Result<> ZoneTextIntake::store()
{
    std::vector<fs::path> copies;
    for (const Copy &copy : m_accepted)
        copies.push_back(copy.file);
    if (copies.empty() || !m_result)
        return m_result;
    m_result = syncFiles(m_folder, copies);
    // Over what has the name already: it may have been damaged since.
    for (const Copy &copy : m_accepted) {
        std::error_code error;
        if (m_result)
            fs::rename(copy.file, m_folder / copy.sha256, error);
        if (error)
            m_result =
                fail("file.unwritable", "cannot write " + (m_folder / copy.sha256).string() + ": " + error.message(),
                     "let the service's user write there");
    }
    if (m_result)
        m_result = syncFolder(m_folder);
    return m_result;
}

void keepZoneTexts(const fs::path &stateFolder, const std::set<std::string> &digests)
{
    std::error_code error;
    for (fs::directory_iterator entry(zoneTextsFolder(stateFolder), error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (!digests.contains(entry->path().filename().string()))
            fs::remove(entry->path(), ignored);
    }
}

} // namespace mainstay::control
