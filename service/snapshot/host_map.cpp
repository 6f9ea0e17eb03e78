// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/host_map.h"

namespace mainstay::snapshot {

namespace {

constexpr std::size_t kLongestName = 253; // RFC 1035 section 2.3.4, as text

} // namespace

const Site *HostMap::find(std::string_view host) const noexcept
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    if (m_patterns.isEmpty() || host.empty() || host.size() > kLongestName)
        return m_default.get();
    // A place before the name, so that "*" can be put in front of any of its dots.
    std::array<char, kLongestName + 1> text;
    for (std::size_t i = 0; i < host.size(); ++i) {
        const char c = host[i];
        text[i + 1] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    const std::string_view name(text.data() + 1, host.size());
    if (const SitePointer *site = m_patterns.find(name))
        return site->get();
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
        // text[dot] is the character before the dot, which has been compared already.
        text[dot] = '*';
        if (const SitePointer *site = m_patterns.find({text.data() + dot, host.size() - dot + 1}))
            return site->get();
    }
    return m_default.get();
}

HostMap HostMap::with(std::string_view pattern, SitePointer site) const
{
    HostMap next = *this;
    if (pattern == "*")
        next.m_default = std::move(site);
    else
        next.m_patterns = m_patterns.with(pattern, std::move(site));
    return next;
}

HostMap HostMap::without(std::string_view pattern) const
{
    HostMap next = *this;
    if (pattern == "*")
        next.m_default = nullptr;
    else
        next.m_patterns = m_patterns.without(pattern);
    return next;
}

} // namespace mainstay::snapshot
