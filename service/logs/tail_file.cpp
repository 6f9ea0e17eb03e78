// SPDX-License-Identifier: GPL-3.0-or-later
// See tail_file.h.
#include "logs/tail_file.h"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace mainstay::logs {
namespace {

// At most `maxBytes` from the end of the file; nothing when it cannot be read.
Result<std::string> readEnd(const std::string &path, std::size_t maxBytes)
{
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    if (size >= 0) {
        const auto length = std::min(size, static_cast<std::streamoff>(maxBytes));
        std::string bytes(static_cast<std::size_t>(length), '\0');
        file.seekg(size - length);
        file.read(bytes.data(), length);
        if (!file.bad() && file.gcount() > 0)
            bytes.resize(static_cast<std::size_t>(file.gcount()));
        else if (length > 0)
            return fail("log.read", "cannot read " + path, "check that it is a file");
        // The first line is whole only at the start of the file.
        if (length < size)
            bytes.erase(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
        return bytes;
    }
    return fail("log.read", "cannot open " + path, "check that it exists and that the service may read it");
}

} // namespace

Result<std::vector<std::string>> tailFile(const std::string &path, std::size_t lines, std::size_t maxBytes)
{
    auto bytes = readEnd(path, maxBytes);
    if (!bytes)
        return forward(std::move(bytes));
    std::vector<std::string> found;
    std::string_view rest(*bytes);
    rest = rest.substr(0, rest.rfind('\n') + 1);
    while (found.size() < lines && !rest.empty()) {
        rest.remove_suffix(1);
        const std::size_t start = rest.rfind('\n') + 1;
        found.emplace_back(rest.substr(start));
        rest = rest.substr(0, start);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

} // namespace mainstay::logs
