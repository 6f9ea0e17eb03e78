// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP/1 heads, chunked bodies and paths. The first byte picks one, the second how the rest is cut into pieces: however
// it is cut, it must mean the same.
#include "wire/basic_credentials.h"
#include "wire/chunked_decoder.h"
#include "wire/forwarded.h"
#include "wire/http1_request.h"
#include "wire/http1_response.h"
#include "wire/http1_writer.h"
#include "wire/http_accept.h"
#include "wire/http_authority.h"
#include "wire/http_chars.h"
#include "wire/http_conditional.h"
#include "wire/http_date.h"
#include "wire/http_path.h"
#include "wire/http_range.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace mainstay::wire;

namespace {

constexpr std::size_t kLimit = 4096;

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

void checkLinesAndFraming(const Http1Head &head, std::string_view bytes)
{
    bytes = bytes.substr(0, head.length());
    check(bytes.size() <= kLimit && bytes.ends_with("\r\n\r\n"));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        check((bytes[i] == '\n') == (i > 0 && bytes[i - 1] == '\r'));
    int lengths = 0;
    int codings = 0;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        check(isToken(head.name(i)));
        check(countLeading(head.value(i), kFieldValueChar) == head.value(i).size());
        check(trimBlanks(head.value(i)) == head.value(i));
        check(head.line(i).data() >= bytes.data() &&
              head.line(i).data() + head.line(i).size() + 4 <= bytes.data() + bytes.size());
        check(head.line(i)[head.name(i).size()] == ':' && head.line(i).ends_with(head.value(i)));
        lengths += equalsIgnoringCase(head.name(i), "content-length") ? 1 : 0;
        codings += equalsIgnoringCase(head.name(i), "transfer-encoding") ? 1 : 0;
        check(head.find(head.name(i)).has_value());
        check((head.id(i) == KnownField::other) == (knownField(head.name(i)) == KnownField::other));
    }
    check(lengths + codings <= 1);
}

bool sameFields(const Http1Head &left, const Http1Head &right)
{
    bool same = left.fieldCount() == right.fieldCount() && left.body() == right.body() &&
                left.keepAlive() == right.keepAlive() && left.length() == right.length();
    for (std::size_t i = 0; same && i < left.fieldCount(); ++i)
        same = left.line(i) == right.line(i) && left.hopByHop(i) == right.hopByHop(i) && left.id(i) == right.id(i);
    return same;
}

// Parses whole and piecewise, the bytes moving each time; `parse` calls the head's own function.
template <class Head, class Parse>
void readHead(std::string_view input, std::size_t step, Parse parse)
{
    const Exact whole(input);
    Head head;
    const ParseStatus status = parse(head, whole.view());
    check((status == ParseStatus::complete || status == ParseStatus::needMore) == (head.error() == Http1Error::none));

    Head pieced;
    ParseStatus piecedStatus = ParseStatus::needMore;
    std::unique_ptr<Exact> sofar;
    for (std::size_t size = 0; piecedStatus == ParseStatus::needMore && size < input.size();) {
        size = std::min(size + step, input.size());
        sofar = std::make_unique<Exact>(input.substr(0, size));
        piecedStatus = parse(pieced, sofar->view());
    }
    check(piecedStatus == status && pieced.error() == head.error());
    if (status == ParseStatus::complete) {
        checkLinesAndFraming(head, whole.view());
        check(sameFields(head, pieced));
    }
}

void readRequest(std::string_view input, std::size_t step)
{
    readHead<RequestHead>(input, step, [](RequestHead &head, std::string_view bytes) {
        const ParseStatus status = head.parse(bytes, kLimit);
        if (status == ParseStatus::complete) {
            check(isToken(head.methodText()) && methodText(head.method()).size() <= head.methodText().size());
            check(head.path().size() + head.query().size() <= head.target().size());
            check(head.minorVersion() == 0 || parseAuthority(head.authority()).value().host == head.host());
            check(head.body().kind != BodyFraming::Kind::untilClose);
        }
        return status;
    });
}

void readResponse(std::string_view input, std::size_t step)
{
    const Method method = step % 2 == 0 ? Method::head : Method::get;
    readHead<ResponseHead>(input, step, [method](ResponseHead &head, std::string_view bytes) {
        const ParseStatus status = head.parse(bytes, method, kLimit);
        if (status == ParseStatus::complete) {
            check(head.status() >= 100 && head.status() <= 599 && head.reason().size() < bytes.size());
            check(head.body().kind != BodyFraming::Kind::untilClose || !head.keepAlive());
            check(method != Method::head || !head.body().hasBody());
        }
        return status;
    });
}

struct Decoded {
    ParseStatus status = ParseStatus::needMore;
    std::size_t consumed = 0;
    std::string content;

    friend bool operator==(const Decoded &, const Decoded &) = default;
};

Decoded decode(std::string_view input, std::size_t step)
{
    ChunkedDecoder decoder;
    Decoded decoded;
    while (decoded.status == ParseStatus::needMore && decoded.consumed < input.size()) {
        const Exact piece(input.substr(decoded.consumed, step));
        const ChunkedDecoder::Step result = decoder.feed(piece.view());
        check(result.consumed > 0 && result.consumed <= piece.size && result.data.size() <= result.consumed);
        decoded.status = result.status;
        decoded.consumed += result.consumed;
        decoded.content += result.data;
    }
    return decoded;
}

// The input as content, in chunks of this size.
std::string encode(std::string_view content, std::size_t chunkSize)
{
    std::string body;
    for (; !content.empty(); content.remove_prefix(std::min(chunkSize, content.size()))) {
        const std::string_view chunk = content.substr(0, chunkSize);
        char size[18];
        body.append(size, writeChunkSize(chunk.size(), size)).append(chunk).append("\r\n");
    }
    return body.append(kLastChunk);
}

void readChunks(std::string_view input, std::size_t step)
{
    check(decode(encode(input, step), step).content == input);
    const Decoded whole = decode(input, input.size());
    check(whole == decode(input, step));
    // A complete body has at least "0 CRLF CRLF" beyond its content, and ends in CRLF.
    if (whole.status == ParseStatus::complete) {
        check(whole.content.size() + 5 <= whole.consumed);
        check(input.substr(0, whole.consumed).ends_with("\r\n"));
    }
}

void readValues(std::string_view input, std::size_t size)
{
    const Exact text(input);
    const std::string_view view = text.view();
    std::vector<char> out(std::min(size * 16, input.size()));
    if (const auto path = normalizePath(view, out)) {
        check(path->starts_with('/') && path->size() <= input.size());
        check(path->find('\0') == std::string_view::npos && path->find('\\') == std::string_view::npos);
        const std::string closed = std::string(*path) + (path->ends_with('/') ? "" : "/");
        for (const char *bad : {"//", "/./", "/../"})
            check(closed.find(bad) == std::string::npos);
    }
    const RangeSet set = resolveRanges(view, size);
    check((set.kind == ByteRange::Kind::part) == (set.count > 0));
    for (const ByteRange &range : set.ranges())
        check(range.length > 0 && range.offset + range.length <= size);
    constexpr std::array kOffered{Coding::brotli, Coding::zstd, Coding::gzip};
    const AcceptedCodings accepted(view);
    const Coding best = accepted.best(kOffered);
    check(best == Coding::identity || accepted.weight(best) > 0);
    (void)etagListed(view, "\"a\"", EtagComparison::weak);
    if (const auto date = parseHttpDate(view, 0)) {
        const auto written = formatHttpDate(*date);
        check(parseHttpDate({written.data(), written.size()}, 0) == date);
    }
    for (std::string_view list = view; !list.empty();) {
        const std::size_t before = list.size();
        (void)takeLastForwardedFor(list);
        check(list.size() < before);
    }
    for (std::string_view list = view; !list.empty();) {
        const std::size_t before = list.size();
        check(takeLastForwarded(list).protocol.size() <= before && list.size() < before);
    }
    if (const auto credentials = parseBasicCredentials(view))
        check(!credentials->user.empty() && credentials->user.size() + credentials->password.size() < view.size());
    if (const auto authority = parseAuthority(view))
        check(!authority->host.empty() && view.starts_with(authority->host));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t step = data[1] % 64 + 1U;
    const std::string_view input(reinterpret_cast<const char *>(data) + 2, size - 2);
    switch (data[0]) {
    case 'q':
        readRequest(input, step);
        break;
    case 'r':
        readResponse(input, step);
        break;
    case 'c':
        readChunks(input, step);
        break;
    case 'v':
        readValues(input, step);
        break;
    default:
        break;
    }
    return 0;
}
