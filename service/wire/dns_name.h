// SPDX-License-Identifier: GPL-3.0-or-later
// Domain names in uncompressed wire form. Their case is kept; comparing and hashing ignore it (RFC 4343).
#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::wire {

inline constexpr std::size_t kMaxNameSize = 255;   // octets with the root label, RFC 1035 2.3.4
inline constexpr std::size_t kMaxLabelSize = 63;   // octets without the length
inline constexpr std::size_t kMaxLabelCount = 127; // without the root label

// True when `size` octets are the same but for the case of ASCII letters.
[[nodiscard]] bool equalIgnoringCase(const std::uint8_t *a, const std::uint8_t *b, std::size_t size) noexcept;

// Immutable. A name that stands in memory of someone else's. It is always well formed; its default is the root.
class NameView {
public:
    constexpr NameView() noexcept = default;

    // The name at the start of the bytes, if one is well formed there. Compression pointers are not.
    [[nodiscard]] static std::optional<NameView> read(std::span<const std::uint8_t> bytes) noexcept;
    // For bytes that were checked before.
    [[nodiscard]] static constexpr NameView trusted(const std::uint8_t *bytes, std::size_t size) noexcept
    {
        return {bytes, size};
    }

    [[nodiscard]] constexpr const std::uint8_t *data() const noexcept { return m_data; }
    // Octets with the root label: at least 1.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] constexpr std::span<const std::uint8_t> bytes() const noexcept { return {m_data, m_size}; }
    [[nodiscard]] constexpr bool isRoot() const noexcept { return m_size == 1; }
    [[nodiscard]] bool isWildcard() const noexcept { return m_size > 2 && m_data[0] == 1 && m_data[1] == '*'; }
    // Labels without the root label.
    [[nodiscard]] std::size_t labelCount() const noexcept;
    // The leftmost label without its length; empty for the root.
    [[nodiscard]] std::string_view firstLabel() const noexcept;
    // The name without its leftmost label. The root is its own parent.
    [[nodiscard]] NameView parent() const noexcept
    {
        return isRoot() ? *this : NameView(m_data + 1 + m_data[0], m_size - 1 - m_data[0]);
    }
    // The name without its leftmost `count` labels.
    [[nodiscard]] NameView without(std::size_t count) const noexcept;
    // True for the ancestor itself and for everything below it.
    [[nodiscard]] bool isAtOrBelow(NameView ancestor) const noexcept;
    // How many labels the names have in common, counted from the root.
    [[nodiscard]] std::size_t commonLabels(NameView other) const noexcept;

    // Presentation form with a final dot and RFC 1035 5.1 escapes.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::size_t hash() const noexcept;

    friend bool operator==(NameView a, NameView b) noexcept
    {
        return a.m_size == b.m_size && equalIgnoringCase(a.m_data, b.m_data, a.m_size);
    }
    // Canonical order, RFC 4034 6.1.
    friend std::weak_ordering operator<=>(NameView a, NameView b) noexcept;

private:
    static constexpr std::uint8_t kRoot = 0;

    constexpr NameView(const std::uint8_t *data, std::size_t size) noexcept : m_data(data), m_size(size) {}

    const std::uint8_t *m_data = &kRoot;
    std::size_t m_size = 1;
};

// A name of its own: 256 bytes, no allocation. Its default is the root.
class Name {
public:
    Name() noexcept = default;
    explicit Name(NameView name) noexcept;

    // Presentation form, RFC 1035 5.1. A text without a final dot is taken as below `origin`; "@" is the origin.
    // Fails with "name.malformed".
    [[nodiscard]] static Result<Name> parse(std::string_view text, NameView origin = {});
    // `prefix` put before `suffix`; nothing when that is longer than a name may be.
    [[nodiscard]] static std::optional<Name> join(std::span<const std::uint8_t> prefix, NameView suffix) noexcept;

    [[nodiscard]] NameView view() const noexcept { return NameView::trusted(m_bytes.data(), m_size); }
    operator NameView() const noexcept { return view(); }
    [[nodiscard]] std::string text() const { return view().text(); }

    // Adds a label on the right, before the root. False, and no change, when there is no room or it is no label.
    bool append(std::string_view label) noexcept;
    bool append(NameView suffix) noexcept;

    friend bool operator==(const Name &a, const Name &b) noexcept { return a.view() == b.view(); }
    friend std::weak_ordering operator<=>(const Name &a, const Name &b) noexcept { return a.view() <=> b.view(); }

private:
    std::array<std::uint8_t, kMaxNameSize> m_bytes{};
    std::uint8_t m_size = 1;
};

// For unordered containers keyed by Name.
struct NameHash {
    std::size_t operator()(NameView name) const noexcept { return name.hash(); }
};

} // namespace mainstay::wire
