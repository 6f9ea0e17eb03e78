// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_scanner.h"

#include "wire/dns_rdata.h"
#include "zones/generate_directive.h"
#include "zones/zone_text_input.h"

extern "C" {
#include <libzscanner/scanner.h>
}

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <system_error>

namespace mainstay::zones {

namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kNoTtl = UINT32_MAX;      // what libzscanner gives a record when no TTL is stated
constexpr std::uint32_t kLargestTtl = 0x7fffffff; // RFC 2181 8
constexpr unsigned kDeepestInclude = 16;
constexpr std::size_t kGenerateBatch = 64 * 1024; // characters of generated text scanned at a time
constexpr std::string_view kGenerate = "$GENERATE";
constexpr std::string_view kOrigin = "$ORIGIN";

struct FreeScanner {
    void operator()(zs_scanner_t *scanner) const noexcept
    {
        zs_deinit(scanner);
        delete scanner;
    }
};
using Scanner = std::unique_ptr<zs_scanner_t, FreeScanner>;

void copyOrigin(wire::NameView origin, zs_scanner_t &scanner)
{
    std::memcpy(scanner.zone_origin, origin.data(), origin.size());
    scanner.zone_origin_length = static_cast<std::uint32_t>(origin.size());
}

Scanner makeScanner(wire::NameView origin, std::uint32_t defaultTtl)
{
    Scanner scanner(new zs_scanner_t);
    if (zs_init(scanner.get(), ".", static_cast<std::uint16_t>(wire::RecordClass::in), defaultTtl) != 0)
        throw std::bad_alloc();
    copyOrigin(origin, *scanner);
    return scanner;
}

wire::NameView originOf(const zs_scanner_t &scanner)
{
    return wire::NameView::trusted(scanner.zone_origin, scanner.zone_origin_length);
}

// True for a line that begins with the directive, in letters of any case.
bool startsWith(std::string_view line, std::string_view directive)
{
    const auto same = [](char a, char b) { return a == b || (b >= 'a' && b <= 'z' && b - 32 == a); };
    return line.size() > directive.size() && std::equal(directive.begin(), directive.end(), line.begin(), same) &&
           (line[directive.size()] == ' ' || line[directive.size()] == '\t');
}

// libzscanner knows no $GENERATE, and $ORIGIN with an absolute name alone.
bool isOurs(std::string_view line)
{
    return startsWith(line, kGenerate) || startsWith(line, kOrigin);
}

// Where the first line after the start begins that is ours; the size of the text if none is.
std::size_t findOurs(std::string_view text)
{
    std::size_t at = text.find('$');
    while (at != std::string_view::npos && (at == 0 || text[at - 1] != '\n' || !isOurs(text.substr(at))))
        at = text.find('$', at + 1);
    return std::min(at, text.size());
}

// Types that are questions or parts of a message and never data (RFC 6895 3.1).
bool isMeta(wire::RecordType type)
{
    const auto number = static_cast<std::uint16_t>(type);
    return number == 0 || type == wire::RecordType::opt || (number >= 128 && number <= 255);
}

} // namespace

ZoneScanner::ZoneScanner(const ScanOptions &options, RecordSink &sink, ZoneProblems &problems)
    : m_options(options), m_sink(sink), m_problems(problems)
{}

void ZoneScanner::scanText(std::string_view text, const std::string &name)
{
    ZoneTextInput input(text);
    const Scanner scanner = makeScanner(m_options.origin, kNoTtl);
    scan(input, *scanner, m_problems.addFile(name), {});
}

bool ZoneScanner::scanFile(const fs::path &file)
{
    std::error_code error;
    m_root = fs::canonical(file.has_parent_path() ? file.parent_path() : fs::path("."), error);
    const Scanner scanner = makeScanner(m_options.origin, kNoTtl);
    return readFile(file, *scanner, {m_problems.addFile(file.string()), 0});
}

bool ZoneScanner::readFile(const fs::path &file, const zs_scanner &scanner, SourceLine at)
{
    const auto unreadable = [&](int error) {
        m_problems.error(at, "zone.unreadable",
                         "cannot read " + file.string() + ": " + std::generic_category().message(error),
                         "make it a file that the service's user may read");
        return false;
    };
    if (std::ranges::find(m_files, file) == m_files.end())
        m_files.push_back(file);
    OpenedFile opened = m_options.source.open(file);
    if (!opened)
        return unreadable(errno);
    ZoneTextInput input(std::move(opened));
    const Scanner own = makeScanner(originOf(scanner), scanner.default_ttl);
    // The outermost file has been named already, when there was no line to blame.
    scan(input, *own, at.line == 0 ? at.file : m_problems.addFile(file.string()), file.parent_path());
    return input.error() == 0 || unreadable(input.error());
}

void ZoneScanner::scan(ZoneTextInput &input, zs_scanner &scanner, std::uint32_t file, const fs::path &folder)
{
    for (;;) {
        const std::string_view window = input.window();
        if (window.empty())
            break;
        if (isOurs(window)) {
            const std::size_t size = std::min(window.find('\n'), window.size() - 1) + 1;
            const std::string_view line = window.substr(0, size);
            const SourceLine at{file, static_cast<std::uint32_t>(scanner.line_counter)};
            if (startsWith(line, kOrigin))
                setOrigin(line, scanner, at);
            else
                generate(line, scanner, at);
            ++scanner.line_counter;
            input.advance(size);
            continue;
        }
        const std::string_view segment = window.substr(0, findOurs(window));
        const bool whole = input.isLast() || segment.size() < window.size();
        const auto used = scanSegment(scanner, segment, whole, file, folder);
        if (!used)
            return;
        input.advance(*used);
    }
    if (input.isStuck())
        m_problems.error({file, static_cast<std::uint32_t>(scanner.line_counter)}, "zone.line-too-long",
                         "the line has more than three million characters", "is this a zone file?");
}

// Scans to the end if `whole`, else to where too little is left for a record. Gives what it used, or nothing when the
// file cannot be read on.
std::optional<std::size_t> ZoneScanner::scanSegment(zs_scanner &scanner, std::string_view segment, bool whole,
                                                    std::uint32_t file, const fs::path &folder)
{
    const char *end = segment.data() + segment.size();
    (void)zs_set_input_string(&scanner, segment.data(), segment.size());
    for (;;) {
        if (zs_parse_record(&scanner) != 0)
            return std::nullopt;
        const SourceLine at{file, static_cast<std::uint32_t>(scanner.line_counter)};
        if (scanner.state == ZS_STATE_DATA) {
            takeRecord(scanner, at);
        } else if (scanner.state == ZS_STATE_INCLUDE) {
            include(scanner, at, folder);
            scanner.error.fatal = false; // which libzscanner leaves set behind an $INCLUDE
        } else if (scanner.state == ZS_STATE_ERROR) {
            report(scanner, at);
            if (scanner.error.fatal)
                return std::nullopt;
        } else {
            // At its end the scanner reads one more line end, which is not in the file.
            --scanner.line_counter;
            return segment.size();
        }
        const char *next = scanner.input.current;
        const bool isInSegment = std::less_equal<>()(segment.data(), next) && std::less_equal<>()(next, end);
        if (!whole && isInSegment && static_cast<std::size_t>(end - next) < ZoneTextInput::kMargin / 2)
            return static_cast<std::size_t>(next - segment.data());
    }
}

void ZoneScanner::include(const zs_scanner &scanner, SourceLine at, const fs::path &folder)
{
    std::string_view name = scanner.include_filename;
    if (name.starts_with("./")) // libzscanner puts its own folder before relative names
        name.remove_prefix(2);
    const fs::path file = folder / name;
    std::error_code error;
    const fs::path resolved = fs::weakly_canonical(file, error);
    const bool isInside =
        m_options.source.isClosed ||
        (!m_root.empty() && !error &&
         std::mismatch(m_root.begin(), m_root.end(), resolved.begin(), resolved.end()).first == m_root.end());
    if (!isInside)
        return m_problems.error(at, "zone.include-outside", "$INCLUDE of " + file.string() + " is not allowed",
                                "included files must be in the folder of the zone file or below");
    if (m_depth == kDeepestInclude)
        return m_problems.error(at, "zone.include-too-deep", "$INCLUDE is nested too deep",
                                "does a file include itself?");

    const wire::NameView origin =
        scanner.dname ? wire::NameView::trusted(scanner.r_data, scanner.r_data_length) : originOf(scanner);
    const Scanner start = makeScanner(origin, scanner.default_ttl);
    ++m_depth;
    (void)readFile(file, *start, at);
    --m_depth;
}

void ZoneScanner::setOrigin(std::string_view line, zs_scanner &scanner, SourceLine at)
{
    line.remove_prefix(kOrigin.size());
    line = line.substr(0, line.find_first_of(";\n"));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    line = line.substr(0, line.find_last_not_of(" \t") + 1);
    const auto origin = wire::Name::parse(line, originOf(scanner));
    if (!origin)
        return m_problems.error(at, "zone.origin-malformed", "$ORIGIN: " + origin.error().message,
                                origin.error().remedy);
    copyOrigin(*origin, scanner);
}

void ZoneScanner::generate(std::string_view line, const zs_scanner &scanner, SourceLine at)
{
    const auto directive = GenerateDirective::parse(line);
    if (!directive)
        return m_problems.error(at, directive.error().code, directive.error().message, directive.error().remedy);
    if (directive->count() > m_options.generateLimit)
        return m_problems.error(at, "zone.generate-too-many",
                                "$GENERATE makes " + std::to_string(directive->count()) + " records",
                                "make it at most " + std::to_string(m_options.generateLimit));

    const Scanner own = makeScanner(originOf(scanner), scanner.default_ttl);
    std::string text;
    for (std::uint64_t index = 0; index < directive->count(); ++index) {
        if (!directive->appendLine(index, text))
            return m_problems.error(at, "zone.generate-malformed", "$GENERATE: a count with its offset is below zero",
                                    "begin the range later or make the offset smaller");
        if (text.size() < kGenerateBatch && index + 1 < directive->count())
            continue;
        (void)zs_set_input_string(own.get(), text.data(), text.size());
        while (zs_parse_record(own.get()) == 0 && own->state != ZS_STATE_EOF) {
            if (own->state == ZS_STATE_DATA)
                takeRecord(*own, at);
            else if (own->state == ZS_STATE_ERROR)
                return report(*own, at); // the other lines are no better
        }
        text.clear();
    }
}

void ZoneScanner::takeRecord(const zs_scanner &scanner, SourceLine at)
{
    const ZoneRecord record{
        .owner = wire::NameView::trusted(scanner.r_owner, scanner.r_owner_length),
        .type = static_cast<wire::RecordType>(scanner.r_type),
        .ttl = ttlOf(scanner, at),
        .rdata = {scanner.r_data, scanner.r_data_length},
        .source = at,
    };
    if (isMeta(record.type))
        return m_problems.error(at, "zone.meta-type",
                                record.owner.text() + " has type " + std::to_string(scanner.r_type) +
                                    ", which is not for data",
                                "remove the record");
    if (!wire::isWellFormedRdata(record.type, record.rdata))
        return m_problems.error(at, "zone.malformed-data",
                                "the data of " + record.owner.text() + " are not what type " +
                                    std::to_string(scanner.r_type) + " has",
                                "correct the data after \\#");
    m_sink.take(record);
}

std::uint32_t ZoneScanner::ttlOf(const zs_scanner &scanner, SourceLine at)
{
    std::uint32_t ttl = scanner.r_ttl;
    if (ttl == kNoTtl && !m_hasTtl) {
        const bool isSoa = scanner.r_type == static_cast<std::uint16_t>(wire::RecordType::soa);
        ttl = m_options.defaultTtl;
        if (isSoa && scanner.r_data_length > 20) {
            const std::uint8_t *minimum = scanner.r_data + scanner.r_data_length - 4;
            ttl = std::uint32_t{minimum[0]} << 24 | std::uint32_t{minimum[1]} << 16 | std::uint32_t{minimum[2]} << 8 |
                  minimum[3];
        }
        m_problems.warning(at, "zone.no-ttl", "no TTL is stated; " + std::to_string(ttl) + " s are assumed",
                           "put a $TTL line at the start of the file");
    } else if (ttl == kNoTtl) {
        return m_lastTtl;
    }
    if (ttl > kLargestTtl) {
        m_problems.warning(at, "zone.ttl-too-large", "the TTL is made 2147483647 s, the largest there is",
                           "correct the TTL");
        ttl = kLargestTtl;
    }
    m_hasTtl = true;
    m_lastTtl = ttl;
    return ttl;
}

void ZoneScanner::report(const zs_scanner &scanner, SourceLine at)
{
    std::string message = zs_strerror(scanner.error.code);
    const char *text = reinterpret_cast<const char *>(scanner.buffer);
    const std::string_view near(text, std::min<std::size_t>(strnlen(text, scanner.buffer_length), 40));
    // Where a word is neither TTL, class nor type, libzscanner complains of the last that it tried.
    if (scanner.error.code == ZS_BAD_NUMBER && !near.empty() && !(near[0] >= '0' && near[0] <= '9'))
        message = "no number, and no type or class of records";
    if (!near.empty() && std::all_of(near.begin(), near.end(), [](char c) { return c >= ' ' && c < 0x7f; }))
        message.append(" near '").append(near).append("'");
    m_problems.error(at, "zone.syntax", message,
                     scanner.error.fatal ? "correct the line; the file was not read on from here" : "correct the line");
}

} // namespace mainstay::zones
