// SPDX-License-Identifier: GPL-3.0-or-later
// How long a large zone takes to load, and its next version to be ready once its file has been parsed again.
// Usage: zone_reload [NAMES], one million by default.
#include "zones/zone_loader.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <malloc.h>
#include <string>

using namespace mainstay;

namespace {

double millisecondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

struct Change {
    const char *what;
    long changed = -1;
    long removed = -1;
    bool adds = false;
    bool byType = false; // all A records, then all TXT records: no owner has its records in a row
};

void write(const std::filesystem::path &file, long names, const Change &change)
{
    std::ofstream out(file);
    out << "$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n";
    const auto address = [&](long i) {
        const long value = i == change.changed ? 1 : i;
        out << "host" << i << " A 10." << (value >> 16 & 255) << '.' << (value >> 8 & 255) << '.' << (value & 255)
            << '\n';
    };
    for (long i = 0; i < names; ++i) {
        if (i == change.removed)
            continue;
        address(i);
        if (i % 4 == 0 && !change.byType)
            out << "host" << i << " TXT \"number " << i << "\"\n";
    }
    for (long i = 0; change.byType && i < names; i += 4)
        out << "host" << i << " TXT \"number " << i << "\"\n";
    if (change.adds)
        out << "new.deep.name A 192.0.2.2\n";
}

std::shared_ptr<const snapshot::Zone> load(const char *what, const std::filesystem::path &file,
                                           std::shared_ptr<const snapshot::Zone> current)
{
    const auto start = std::chrono::steady_clock::now();
    zones::ZoneLoader loader({.apex = wire::Name::parse("example.org.").value(), .path = "zone"}, std::move(current));
    loader.readFile(file);
    const double parse = millisecondsSince(start);
    const auto parsed = std::chrono::steady_clock::now();
    zones::LoadedZone loaded = loader.finish();
    const double finish = millisecondsSince(parsed);
    for (const Problem &problem : loaded.problems)
        std::fprintf(stderr, "%s\n", problem.text().c_str());
    if (!loaded.zone)
        std::exit(1);
    std::printf("%-28s parse %8.1f ms, ready %7.3f ms later, %zu names changed\n", what, parse, finish,
                loaded.changedNames);
    return loaded.zone;
}

} // namespace

int main(int argc, char **argv)
{
    const long names = argc > 1 ? std::atol(argv[1]) : 1'000'000;
    const auto file = std::filesystem::temp_directory_path() / ("mainstay-zone-" + std::to_string(names) + ".zone");
    write(file, names, {});

    const std::size_t before = mallinfo2().uordblks;
    const auto zone = load("first load", file, {});
    std::printf("%zu names, %zu records, %.0f bytes a name\n", zone->counts().names, zone->counts().records,
                static_cast<double>(mallinfo2().uordblks - before) / static_cast<double>(zone->counts().names));

    if (load("nothing changed", file, zone) != zone)
        return 1;
    for (const Change &change :
         {Change{.what = "one record changed", .changed = names / 2},
          Change{.what = "one name removed", .removed = names / 2}, Change{.what = "one name added", .adds = true},
          Change{.what = "the same in another order", .byType = true}}) {
        write(file, names, change);
        load(change.what, file, zone);
    }
    std::filesystem::remove(file);
}
