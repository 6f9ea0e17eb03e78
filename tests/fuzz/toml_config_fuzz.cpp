// SPDX-License-Identifier: GPL-3.0-or-later
// Any text becomes a configuration or problems; what is valid survives being written as TOML and as JSON.
#include "schema/toml.h"
#include "schema/writer.h"

#include <cstdlib>

using namespace mainstay;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void requireSame(const schema::Loaded &again, const schema::Loaded &loaded)
{
    require(!hasErrors(again.problems));
    require(again.configuration == loaded.configuration);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::vector<schema::SourceFile> files{{"/etc/a.toml", {reinterpret_cast<const char *>(data), size}}};
    const schema::Loaded loaded = schema::readConfiguration(files);
    for (const Problem &problem : loaded.problems)
        require(!problem.code.empty() && !problem.message.empty());
    if (hasErrors(loaded.problems))
        return 0;
    const std::vector<schema::SourceFile> written{{"/etc/b.toml", schema::writeToml(loaded.configuration)}};
    requireSame(schema::readConfiguration(written), loaded);
    requireSame(schema::readJson(schema::writeJson(loaded.configuration, schema::Defaults::include)), loaded);
    return 0;
}
