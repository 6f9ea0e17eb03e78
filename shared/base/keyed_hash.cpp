// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/keyed_hash.h"

#include <bit>
#include <cstddef>
#include <random>

namespace mainstay {

namespace {

struct State {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    void rounds(int count) noexcept
    {
        for (; count > 0; --count) {
            v0 += v1;
            v1 = std::rotl(v1, 13) ^ v0;
            v0 = std::rotl(v0, 32);
            v2 += v3;
            v3 = std::rotl(v3, 16) ^ v2;
            v0 += v3;
            v3 = std::rotl(v3, 21) ^ v0;
            v2 += v1;
            v1 = std::rotl(v1, 17) ^ v2;
            v2 = std::rotl(v2, 32);
        }
    }
    void take(std::uint64_t word) noexcept
    {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }
};

// Up to eight bytes, the first of them the lowest.
std::uint64_t wordOf(std::string_view bytes) noexcept
{
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return word;
}

std::uint64_t drawn()
{
    std::random_device source;
    return std::uint64_t{source()} << 32 | source();
}

} // namespace

KeyedHash::KeyedHash() : m_key{drawn(), drawn()} {}

std::uint64_t KeyedHash::operator()(std::string_view bytes) const noexcept
{
    State state{m_key[0] ^ 0x736f6d6570736575, m_key[1] ^ 0x646f72616e646f6d, m_key[0] ^ 0x6c7967656e657261,
                m_key[1] ^ 0x7465646279746573};
    const std::uint64_t last = std::uint64_t{bytes.size() & 0xff} << 56;
    for (; bytes.size() >= 8; bytes.remove_prefix(8))
        state.take(wordOf(bytes.substr(0, 8)));
    state.take(last | wordOf(bytes));
    state.v2 ^= 0xff;
    state.rounds(4);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace mainstay
