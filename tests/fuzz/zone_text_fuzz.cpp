// SPDX-License-Identifier: GPL-3.0-or-later
// Any text as a zone file: a zone that can be answered from comes out, or problems do; and to come to it from another
// version makes no difference.
#include "dns/answerer.h"
#include "unit/dns/dns_text.h"
#include "unit/zones/zone_text.h"

#include <cstdlib>

using namespace mainstay;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

zones::LoadedZone read(std::string_view text, std::shared_ptr<const snapshot::Zone> current = {})
{
    zones::LoadOptions options{.apex = wire::Name::parse("o.").value(), .path = "zone"};
    options.generateLimit = 50;
    zones::ZoneLoader loader(options, std::move(current));
    loader.readText(std::string(tests::kTop).append(text), "text");
    return loader.finish();
}

// The text without one of its lines, which one depending on its size.
std::string withoutALine(std::string_view text)
{
    std::size_t start = text.empty() ? 0 : (text.size() * 7919) % text.size();
    start = text.rfind('\n', start);
    start = start == std::string_view::npos ? 0 : start + 1;
    const std::size_t end = std::min(text.find('\n', start), text.size());
    return std::string(text.substr(0, start)).append(text.substr(std::min(end + 1, text.size())));
}

void checkAnswers(const std::shared_ptr<const snapshot::Zone> &zone)
{
    const auto zones = snapshot::ZoneTable().with(zone);
    std::vector<std::uint8_t> out(65535);
    int left = 20;
    zone->names().forEach([&](const snapshot::ZoneNode &node, std::uint64_t) {
        for (const auto rrset : node) {
            if (left-- <= 0)
                return;
            const auto query = tests::makeQuery(node.name().text(), static_cast<std::uint16_t>(rrset.type()));
            const auto outcome = dns::answer(query, zones, {.isStream = true}, out);
            require(tests::parseResponse(std::span(out).first(outcome.size)).ok);
        }
    });
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto whole = read(text);
    require(whole.zone != nullptr || hasErrors(whole.problems));
    if (!whole.zone)
        return 0;
    checkAnswers(whole.zone);
    require(read(text, whole.zone).zone == whole.zone);

    const std::string less = withoutALine(text);
    const auto part = read(less);
    if (!part.zone)
        return 0;
    require(tests::dump(*read(text, part.zone).zone) == tests::dump(*whole.zone));
    require(tests::dump(*read(less, whole.zone).zone) == tests::dump(*part.zone));
    return 0;
}
