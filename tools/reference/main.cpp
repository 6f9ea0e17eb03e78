// SPDX-License-Identifier: GPL-3.0-or-later
// mainstay-reference --into FOLDER: writes the documents of docs/reference there.
#include "reference/documents.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

using namespace mainstay::reference;

namespace {

bool write(const std::filesystem::path &file, const std::string &text)
{
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out)
        std::fprintf(stderr, "mainstay-reference: cannot write %s\n", file.c_str());
    return !out.fail();
}

} // namespace

int main(int count, char **arguments)
{
    if (count != 3 || std::string_view(arguments[1]) != "--into") {
        std::fputs("usage: mainstay-reference --into FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = arguments[2];
    std::error_code error;
    std::filesystem::create_directories(folder, error); // what it cannot make, nothing can be written to
    const std::pair<const char *, std::string> documents[] = {
        {"configuration.md", configurationManual()}, {"configuration.schema.json", configurationSchema()},
        {"management.md", managementManual()},       {"management.openrpc.json", managementOpenRpc()},
        {"commands.md", commandsManual()},
    };
    for (const auto &[name, text] : documents)
        if (!write(folder / name, text))
            return 1;
    return 0;
}
