// SPDX-License-Identifier: GPL-3.0-or-later
// The head of a request to apphost. The first byte says how it is cut into pieces: however it is cut, it must mean the
// same. Where it is a head to the proxy's strict parser, both must see the same token and no smaller a body.
#include "apphost/head_scanner.h"
#include "wire/http1_request.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace mainstay;
using apphost::HeadScanner;

namespace {

void check(bool holds)
{
    if (!holds)
        std::abort();
}

HeadScanner scanned(std::string_view text, std::size_t step)
{
    HeadScanner scanner;
    while (!text.empty() && !scanner.isComplete() && !scanner.isTooLong()) {
        scanner.add(text.substr(0, step));
        text.remove_prefix(std::min(step, text.size()));
    }
    return scanner;
}

void compareWithParser(std::string_view text, const HeadScanner &scanner)
{
    wire::RequestHead head;
    if (head.parse(text, HeadScanner::kMaxHead) != wire::ParseStatus::complete)
        return;
    check(scanner.isComplete());
    for (std::size_t i = 0; i < head.fieldCount(); ++i)
        check(apphost::header(scanner.headers(), head.name(i)) == head.find(head.name(i)));
    if (head.body().kind == wire::BodyFraming::Kind::length)
        check(scanner.contentLength() == head.body().length);
    // HTTP/1.0, which closes unless asked not to, is the transport's to know.
    check(head.keepAlive() || head.minorVersion() == 0 || scanner.wantsClose());
    check(!head.expectContinue() || scanner.expectsContinue());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t step = std::size_t(data[0]) + 1;
    const std::string_view text(reinterpret_cast<const char *>(data) + 1, size - 1);
    const HeadScanner whole = scanned(text, text.size());
    const HeadScanner pieced = scanned(text, step);
    check(whole.isComplete() == pieced.isComplete());
    check(whole.isComplete() || whole.isTooLong() == pieced.isTooLong());
    if (!whole.isComplete())
        return 0;
    check(whole.headers() == pieced.headers() && whole.contentLength() == pieced.contentLength());
    check(whole.wantsClose() == pieced.wantsClose() && whole.expectsContinue() == pieced.expectsContinue());
    compareWithParser(text, whole);
    return 0;
}
