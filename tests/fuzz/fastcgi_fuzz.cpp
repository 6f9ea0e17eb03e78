// SPDX-License-Identifier: GPL-3.0-or-later
// FastCGI records and the heads of scripts. The first byte picks one, the second how the rest is cut into pieces:
// however it is cut, it must mean the same.
#include "support/fastcgi_records.h"
#include "wire/cgi_head.h"
#include "wire/fastcgi.h"
#include "wire/http1_response.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace mainstay::wire;
namespace peer = mainstay::tests::fastcgi;

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

struct Decoded {
    ParseStatus status = ParseStatus::needMore;
    std::size_t consumed = 0;
    std::string output;
    std::string errors;

    friend bool operator==(const Decoded &, const Decoded &) = default;
};

Decoded decode(std::string_view input, std::size_t step)
{
    FastcgiDecoder decoder;
    Decoded decoded;
    while (decoded.status == ParseStatus::needMore && decoded.consumed < input.size()) {
        const Exact piece(input.substr(decoded.consumed, step));
        const FastcgiDecoder::Step result = decoder.feed(piece.view());
        check(result.consumed > 0 && result.consumed <= piece.size && result.data.size() <= result.consumed);
        check((result.stream == FastcgiDecoder::Stream::none) == result.data.empty());
        decoded.status = result.status;
        decoded.consumed += result.consumed;
        (result.stream == FastcgiDecoder::Stream::output ? decoded.output : decoded.errors) += result.data;
    }
    if (decoded.status == ParseStatus::complete)
        (void)decoder.ending();
    return decoded;
}

void readRecords(std::string_view input, std::size_t step)
{
    const Decoded whole = decode(input, input.size());
    check(whole == decode(input, step));
    check(whole.status != ParseStatus::tooLarge);
    check(whole.status != ParseStatus::complete || whole.output.size() + whole.errors.size() + 16 <= whole.consumed);
    // The input as what a script says.
    const Decoded said = decode(peer::answer(input), step);
    check(said.status == ParseStatus::complete && said.output == input && said.errors.empty());
}

// The input as params: names up to this size, each with the bytes behind it for a value.
void writeParams(std::string_view input, std::size_t step)
{
    peer::Params params;
    for (std::string_view rest = input; !rest.empty(); rest.remove_prefix(std::min(rest.size(), step * 9)))
        params.emplace(rest.substr(0, step), rest.substr(std::min(step, rest.size()), step * 8));
    std::vector<char> out(input.size() * 2 + step);
    FastcgiWriter writer(out);
    for (const auto &[name, value] : params)
        writer.param(name, value);
    writer.endParams();
    check(writer.size() <= out.size());
    if (!writer.ok())
        return;
    const auto header = fastcgi::bodyHeader(step);
    std::string bytes(out.data(), writer.size());
    bytes.append(header.data(), header.size()).append(step, 'x').append(fastcgi::bodyEnd());
    const auto request = peer::requestIn(bytes);
    check(request && request->params == params && request->body == std::string(step, 'x'));
}

void readHead(std::string_view input, std::size_t step)
{
    const Exact whole(input);
    CgiHead head;
    const ParseStatus status = head.find(whole.view());
    CgiHead pieced;
    ParseStatus piecedStatus = ParseStatus::needMore;
    for (std::size_t size = 0; piecedStatus == ParseStatus::needMore && size < input.size();) {
        size = std::min(size + step, input.size());
        piecedStatus = pieced.find(Exact(input.substr(0, size)).view());
    }
    check(piecedStatus == status);
    if (status != ParseStatus::complete)
        return;
    check(pieced.length() == head.length() && input.substr(0, head.length()).ends_with('\n'));
    std::vector<char> out(step * 32);
    const std::size_t size = writeHttpHead(whole.view().substr(0, head.length()), out);
    check(size <= out.size());
    // What HTTP makes of it is one response, with nothing behind its head and nothing of the connection in it.
    ResponseHead response;
    if (size == 0 || response.parse({out.data(), size}, Method::get) != ParseStatus::complete)
        return;
    check(response.length() == size && !response.has(KnownField::transferEncoding));
    for (std::size_t i = 0; i < response.fieldCount(); ++i)
        check(!response.hopByHop(i));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t step = data[1] % 64 + 1U;
    const std::string_view input(reinterpret_cast<const char *>(data) + 2, size - 2);
    switch (data[0]) {
    case 'r':
        readRecords(input, step);
        break;
    case 'p':
        writeParams(input, step);
        break;
    case 'h':
        readHead(input, step);
        break;
    default:
        break;
    }
    return 0;
}
