// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/disk_format.h"

#include "base/keyed_hash.h"

#include <cstring>

namespace mainstay::cache {

namespace {

// Another one for each version of the format: what is of another is dropped.
constexpr std::string_view kMagic = "MSCACHE1";

void putNumber(std::string &out, std::uint64_t value)
{
    for (int shift = 0; shift < 64; shift += 8)
        out += static_cast<char>(value >> shift & 0xff);
}

void putText(std::string &out, std::string_view text)
{
    putNumber(out, text.size());
    out += text;
}

// A cursor that remembers its first error.
class Reader {
public:
    explicit Reader(std::string_view bytes) : m_bytes(bytes) {}

    std::uint64_t number() noexcept
    {
        if (m_bytes.size() < 8) {
            m_ok = false;
            return 0;
        }
        std::uint64_t value = 0;
        for (unsigned i = 0; i < 8; ++i)
            value |= std::uint64_t{static_cast<unsigned char>(m_bytes[i])} << (8 * i);
        m_bytes.remove_prefix(8);
        return value;
    }
    std::int64_t signedNumber() noexcept { return static_cast<std::int64_t>(number()); }
    std::string_view text() noexcept
    {
        const std::uint64_t size = number();
        if (size > m_bytes.size()) {
            m_ok = false;
            return {};
        }
        const std::string_view value = m_bytes.substr(0, size);
        m_bytes.remove_prefix(size);
        return value;
    }
    [[nodiscard]] bool isAtEnd() const noexcept { return m_ok && m_bytes.empty(); }

private:
    std::string_view m_bytes;
    bool m_ok = true;
};

} // namespace

std::uint64_t diskSum(std::string_view bytes) noexcept
{
    static const KeyedHash kSum(KeyedHash::Key{0x6d61696e73746179, 0x6361636865646973});
    return kSum(bytes);
}

std::string writeFront(std::string_view text, std::string_view names, std::string_view values, const Entry &entry)
{
    const Freshness &freshness = entry.freshness();
    std::string meta;
    putText(meta, text);
    putText(meta, names);
    putText(meta, values);
    putText(meta, std::string(entry.head()) + "\r\n");
    for (const std::int64_t number : {freshness.received, freshness.initialAge, freshness.lifetime,
                                      freshness.staleWhileRevalidate, freshness.staleIfError})
        putNumber(meta, static_cast<std::uint64_t>(number));
    putNumber(meta, (freshness.mustRevalidate ? 1U : 0U) | (freshness.validateAlways ? 2U : 0U));

    std::string sizes;
    putNumber(sizes, meta.size());
    putNumber(sizes, entry.content()->bytes.size());
    putNumber(sizes, diskSum(entry.content()->bytes));
    putNumber(sizes, 0);
    std::string front(kMagic);
    putNumber(front, diskSum(sizes + meta));
    return front + sizes + meta;
}

std::size_t sizeOfFront(std::string_view fixed) noexcept
{
    if (fixed.size() < kFixedFront || !fixed.starts_with(kMagic))
        return 0;
    Reader reader(fixed.substr(16));
    const std::uint64_t meta = reader.number();
    return meta > kMostFront - kFixedFront ? 0 : kFixedFront + meta;
}

std::optional<DiskRecord> readFront(std::string_view front, std::uint64_t fileSize)
{
    if (front.size() < kFixedFront || front.size() != sizeOfFront(front))
        return std::nullopt;
    Reader fixed(front.substr(8, kFixedFront - 8));
    if (fixed.number() != diskSum(front.substr(16)))
        return std::nullopt;
    DiskRecord record;
    (void)fixed.number();
    record.contentAt = front.size();
    record.contentSize = fixed.number();
    record.contentSum = fixed.number();
    Reader meta(front.substr(kFixedFront));
    record.text = meta.text();
    record.names = meta.text();
    record.values = meta.text();
    record.head = meta.text();
    Freshness &freshness = record.freshness;
    for (std::int64_t *number : {&freshness.received, &freshness.initialAge, &freshness.lifetime,
                                 &freshness.staleWhileRevalidate, &freshness.staleIfError})
        *number = meta.signedNumber();
    const std::uint64_t flags = meta.number();
    freshness.mustRevalidate = (flags & 1) != 0;
    freshness.validateAlways = (flags & 2) != 0;
    if (!meta.isAtEnd() || record.text.empty() || fileSize != record.contentAt + record.contentSize)
        return std::nullopt;
    return record;
}

} // namespace mainstay::cache
