// SPDX-License-Identifier: GPL-3.0-or-later
// The request line and what a request must carry.
#include "wire/http1_request.h"

#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::wire {

void RequestHead::reset() noexcept
{
    Http1Head::reset();
    m_method = Method::other;
    m_targetForm = TargetForm::origin;
    m_expectContinue = false;
    m_emptyLineSkipped = false;
    m_pathLength = 0;
    m_hostLength = 0;
    m_methodText = {};
    m_target = {};
    m_pathAndQuery = {};
    m_authority = {};
}

ParseStatus RequestHead::parse(std::string_view bytes, std::size_t limit) noexcept
{
    while (const auto line = nextLine(bytes, limit)) {
        if (!m_startLineSeen) {
            if (line->empty() && !m_emptyLineSkipped)
                m_emptyLineSkipped = true;
            else
                readRequestLine(*line);
        } else if (line->empty()) {
            return finish();
        } else {
            addField(*line);
        }
        if (refused())
            break;
    }
    return parseStatus();
}

// Exactly one space on either side of the target (RFC 9112 section 3).
void RequestHead::readRequestLine(std::string_view line) noexcept
{
    const std::size_t methodLength = countLeading(line, kTokenChar);
    if (methodLength == 0 || methodLength == line.size() || line[methodLength] != ' ')
        return refuse(Http1Error::badMethod);
    m_methodText = spanOf(line.substr(0, methodLength));
    m_method = methodOf(methodText());
    line.remove_prefix(methodLength + 1);

    // A target holds no space, so that one which ends elsewhere is either malformed or lacks its version.
    const std::size_t targetLength = countLeading(line, kQueryChar);
    if (targetLength == 0 || targetLength == line.size() || line[targetLength] != ' ')
        return refuse(Http1Error::badTarget);
    setVersion(line.substr(targetLength + 1));
    if (refused())
        return;
    m_target = spanOf(line.substr(0, targetLength));
    readTarget(target());
    m_startLineSeen = true;
}

void RequestHead::readTarget(std::string_view target) noexcept
{
    if (m_method == Method::connect) {
        m_targetForm = TargetForm::authority;
        readAuthority(target, Http1Error::badTarget);
        if (!refused() && host().size() + 1 >= target.size())
            refuse(Http1Error::badTarget); // the port is not optional here
    } else if (target.front() == '/') {
        readPath(target);
    } else if (target == "*" && m_method == Method::options) {
        m_targetForm = TargetForm::asterisk;
        m_pathAndQuery = spanOf(target);
        m_pathLength = 1;
    } else {
        readAbsoluteTarget(target);
    }
}

// "http://example.org:8080/path?query". The authority comes before that of the Host field (RFC 9112 section 3.2.2).
void RequestHead::readAbsoluteTarget(std::string_view target) noexcept
{
    const std::size_t colon = target.find(':');
    const std::string_view scheme = target.substr(0, colon);
    if (!equalsIgnoringCase(scheme, "http") && !equalsIgnoringCase(scheme, "https"))
        return refuse(Http1Error::badTarget);
    target.remove_prefix(scheme.size());
    if (!target.starts_with("://"))
        return refuse(Http1Error::badTarget);
    target.remove_prefix(3);
    m_targetForm = TargetForm::absolute;
    const std::size_t authorityLength = std::min(target.find_first_of("/?"), target.size());
    readAuthority(target.substr(0, authorityLength), Http1Error::badTarget);
    if (!refused())
        readPath(target.substr(authorityLength));
}

void RequestHead::readPath(std::string_view pathAndQuery) noexcept
{
    const std::size_t pathLength = countLeading(pathAndQuery, kPathChar);
    if (pathLength != pathAndQuery.size() && pathAndQuery[pathLength] != '?')
        return refuse(Http1Error::badTarget);
    m_pathAndQuery = spanOf(pathAndQuery);
    m_pathLength = static_cast<std::uint16_t>(pathLength);
}

void RequestHead::readAuthority(std::string_view text, Http1Error error) noexcept
{
    const auto authority = parseAuthority(text);
    if (!authority)
        return refuse(error);
    m_authority = spanOf(text);
    m_hostLength = static_cast<std::uint16_t>(authority->host.size());
}

// Host has to repeat the target's authority (RFC 9112 section 3.2). Where it does not, one server would go by the one
// and the next by the other. A port may be left out where it is the scheme's own.
bool RequestHead::agreesWithTarget(const Authority &hostField) const noexcept
{
    if (m_targetForm != TargetForm::absolute)
        return true;
    const auto target = parseAuthority(authority());
    const std::uint16_t usual = this->target()[4] == ':' ? 80 : 443; // of "http:" and "https:"
    return target && equalsIgnoringCase(target->host, hostField.host) &&
           target->port.value_or(usual) == hostField.port.value_or(usual);
}

ParseStatus RequestHead::finish() noexcept
{
    finishFields();
    const auto hostField = find(KnownField::host);
    if (!hostField && minorVersion() == 1 && !refused())
        refuse(Http1Error::missingHost);
    if (hostField && !refused()) {
        const auto host = parseAuthority(*hostField);
        if (!host)
            refuse(Http1Error::badHost);
        else if (!agreesWithTarget(*host))
            refuse(Http1Error::hostMismatch);
    }
    if (refused())
        return parseStatus();
    if (hostField && authority().empty())
        readAuthority(*hostField, Http1Error::badHost);
    if (minorVersion() == 1) {
        const auto expect = find(KnownField::expect);
        m_expectContinue = expect && equalsIgnoringCase(*expect, "100-continue");
    }
    return ParseStatus::complete;
}

} // namespace mainstay::wire
