// SPDX-License-Identifier: GPL-3.0-or-later
// What each reason to refuse a message is called, and the status it is answered with.
#include "wire/http1_head.h"

namespace mainstay::wire {

std::string_view text(Http1Error error) noexcept
{
    switch (error) {
    case Http1Error::none:
        return "no error";
    case Http1Error::bareCarriageReturn:
        return "carriage return without line feed";
    case Http1Error::bareLineFeed:
        return "line feed without carriage return";
    case Http1Error::controlCharacter:
        return "control character";
    case Http1Error::badMethod:
        return "malformed method";
    case Http1Error::badTarget:
        return "malformed request target";
    case Http1Error::badVersion:
        return "malformed protocol version";
    case Http1Error::unsupportedVersion:
        return "unsupported protocol version";
    case Http1Error::badStatusLine:
        return "malformed status line";
    case Http1Error::foldedField:
        return "line starts with white space";
    case Http1Error::spaceBeforeColon:
        return "white space between field name and colon";
    case Http1Error::badFieldName:
        return "malformed field name";
    case Http1Error::badConnection:
        return "malformed Connection";
    case Http1Error::missingHost:
        return "no Host";
    case Http1Error::repeatedHost:
        return "more than one Host";
    case Http1Error::badHost:
        return "malformed Host";
    case Http1Error::hostMismatch:
        return "Host other than that of the target";
    case Http1Error::badContentLength:
        return "malformed Content-Length";
    case Http1Error::repeatedContentLength:
        return "more than one Content-Length";
    case Http1Error::badTransferEncoding:
        return "Transfer-Encoding other than chunked";
    case Http1Error::repeatedTransferEncoding:
        return "more than one Transfer-Encoding";
    case Http1Error::unexpectedTransferEncoding:
        return "Transfer-Encoding where none may be";
    case Http1Error::lengthAndTransferEncoding:
        return "Content-Length together with Transfer-Encoding";
    case Http1Error::badChunkSize:
        return "malformed chunk size";
    case Http1Error::badChunkExtension:
        return "malformed chunk extension";
    case Http1Error::missingChunkEnd:
        return "chunk longer than its size";
    case Http1Error::badTrailer:
        return "malformed trailer";
    case Http1Error::chunkExtensionTooLarge:
        return "chunk extensions too large";
    case Http1Error::trailerTooLarge:
        return "trailer too large";
    case Http1Error::startLineTooLarge:
        return "first line too large";
    case Http1Error::fieldNameTooLarge:
        return "field name too large";
    case Http1Error::tooManyFields:
        return "too many fields";
    case Http1Error::headTooLarge:
        return "head too large";
    }
    return "unknown error";
}

unsigned statusFor(Http1Error error) noexcept
{
    switch (error) {
    case Http1Error::unsupportedVersion:
        return 505;
    case Http1Error::startLineTooLarge:
        return 414;
    case Http1Error::fieldNameTooLarge:
    case Http1Error::tooManyFields:
    case Http1Error::headTooLarge:
        return 431;
    default:
        return 400;
    }
}

} // namespace mainstay::wire
