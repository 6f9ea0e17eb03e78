// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/tail_file.h"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace mainstay::logs {
namespace {

struct Ending {
    std::string bytes;
    std::uint64_t offset = 0; // of the first of them
};

// At most `maxBytes` from the end of the file, beginning with a whole line.
Result<Ending> readEnding(const std::string &path, std::size_t maxBytes)
{
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    if (size < 0)
        return fail("log.read", "cannot open " + path, "check that it exists and that the service may read it");
    const auto length = std::min(size, static_cast<std::streamoff>(maxBytes));
    Ending ending{std::string(static_cast<std::size_t>(length), '\0'), static_cast<std::uint64_t>(size - length)};
    file.seekg(size - length);
    file.read(ending.bytes.data(), length);
    if (length > 0 && (file.bad() || file.gcount() <= 0))
        return fail("log.read", "cannot read " + path, "check that it is a file");
    ending.bytes.resize(static_cast<std::size_t>(file.gcount()));
    // The first line is whole only at the start of the file.
    if (length > 0 && length < size) {
        const std::size_t cut = std::min(ending.bytes.find('\n'), ending.bytes.size() - 1) + 1;
        ending.bytes.erase(0, cut);
        ending.offset += cut;
    }
    return ending;
}

} // namespace

Result<Tail> tailFile(const std::string &path, std::size_t lines, std::size_t maxBytes)
{
    const auto ending = readEnding(path, maxBytes);
    if (!ending)
        return tl::unexpected(ending.error());
    std::string_view rest(ending->bytes);
    rest = rest.substr(0, rest.rfind('\n') + 1);
    Tail tail;
    tail.end = ending->offset + rest.size();
    while (tail.lines.size() < lines && !rest.empty()) {
        rest.remove_suffix(1);
        const std::size_t start = rest.rfind('\n') + 1;
        tail.lines.emplace_back(rest.substr(start));
        rest = rest.substr(0, start);
    }
    std::ranges::reverse(tail.lines);
    return tail;
}

} // namespace mainstay::logs
