// SPDX-License-Identifier: GPL-3.0-or-later
// The PROXY protocol. The first byte picks reading or writing, the second how the rest is cut into pieces: however it
// is cut, it must mean the same.
#include "wire/proxy_header.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

using namespace mainstay;
using namespace mainstay::wire;

namespace {

void check(bool holds)
{
    if (!holds)
        std::abort();
}

// Exactly these bytes on the heap, so that a step over either end is seen.
struct Exact {
    explicit Exact(std::string_view text) : bytes(new char[text.size()]), size(text.size())
    {
        std::copy(text.begin(), text.end(), bytes.get());
    }
    [[nodiscard]] std::string_view view() const { return {bytes.get(), size}; }

    std::unique_ptr<char[]> bytes;
    std::size_t size;
};

bool isSame(const ProxyHeader &one, const ProxyHeader &other)
{
    return one.namesClient == other.namesClient && one.source == other.source && one.destination == other.destination &&
           one.length == other.length;
}

void checkWritten(const Endpoint &source, const Endpoint &destination)
{
    for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
        const ProxyHeaderText text(version, source, destination);
        const Exact written(text.view());
        ProxyHeader header;
        check(parseProxyHeader(written.view(), header) == ParseStatus::complete);
        check(header.namesClient && header.length == written.size);
        check(header.source.port == source.port && header.destination.port == destination.port);
        if (source.address.family == destination.address.family)
            check(header.source == source && header.destination == destination);
    }
}

void readHeader(std::string_view input, std::size_t step)
{
    const Exact whole(input);
    ProxyHeader header;
    const ParseStatus status = parseProxyHeader(whole.view(), header);
    ProxyHeader pieced;
    ParseStatus piecedStatus = ParseStatus::needMore;
    for (std::size_t size = 0; piecedStatus == ParseStatus::needMore && size < input.size();) {
        size = std::min(size + step, input.size());
        piecedStatus = parseProxyHeader(Exact(input.substr(0, size)).view(), pieced);
    }
    check(piecedStatus == status && status != ParseStatus::tooLarge);
    check(status != ParseStatus::needMore || input.size() < ProxyHeader::kMostBytes);
    if (status != ParseStatus::complete)
        return;
    check(isSame(header, pieced));
    check(header.length <= input.size() && header.length <= ProxyHeader::kMostBytes);
    // What is behind it means nothing.
    ProxyHeader alone;
    check(parseProxyHeader(Exact(input.substr(0, header.length)).view(), alone) == ParseStatus::complete);
    check(isSame(header, alone));
    if (!header.namesClient)
        return;
    check(header.source.address.family == header.destination.address.family);
    checkWritten(header.source, header.destination);
}

// The input as two endpoints, whose kinds the lowest bits of `kinds` say.
void writeHeader(std::string_view input, std::size_t kinds)
{
    Endpoint ends[2];
    for (Endpoint &end : ends) {
        const bool isV6 = (kinds & 1) != 0;
        kinds >>= 1;
        end.address.family = isV6 ? IpAddress::Family::v6 : IpAddress::Family::v4;
        const std::string_view address = input.substr(0, isV6 ? 16 : 4);
        std::copy(address.begin(), address.end(), end.address.bytes.begin());
        input.remove_prefix(address.size());
        for (const char c : input.substr(0, 2))
            end.port = static_cast<std::uint16_t>(end.port << 8 | static_cast<unsigned char>(c));
        input.remove_prefix(std::min<std::size_t>(2, input.size()));
    }
    checkWritten(ends[0], ends[1]);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view input(reinterpret_cast<const char *>(data) + 2, size - 2);
    switch (data[0]) {
    case 'r':
        readHeader(input, data[1] % 64 + 1U);
        break;
    case 'w':
        writeHeader(input, data[1]);
        break;
    default:
        break;
    }
    return 0;
}
