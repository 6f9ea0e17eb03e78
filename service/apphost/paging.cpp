// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/paging.h"

#include <algorithm>

namespace mainstay::apphost {
namespace {

constexpr std::int64_t kMaxPage = 1'000'000'000;

config::ParameterConfig pageParameter(const char *name, std::int64_t max)
{
    config::ParameterConfig parameter;
    parameter.name = name;
    parameter.type = config::ParameterType::integer;
    parameter.min = 1;
    parameter.max = max;
    return parameter;
}

} // namespace

Checked<Paging> readPaging(const std::string &query, std::uint64_t maxRows)
{
    const Checked<TextValues> values = readQuery(query);
    if (!values)
        return tl::unexpected<BadParameter>(values.error());
    Paging paging;
    paging.perPage = std::min(paging.perPage, maxRows);
    const auto take = [&](const char *name, std::int64_t max, std::uint64_t &into) -> Checked<void> {
        const auto found = values->find(name);
        if (found == values->end())
            return {};
        const Checked<QVariant> value = parameterFromText(pageParameter(name, max), found->second);
        if (!value)
            return tl::unexpected<BadParameter>(value.error());
        into = value->toULongLong();
        return {};
    };
    if (Checked<void> taken = take("page", kMaxPage, paging.page); !taken)
        return tl::unexpected<BadParameter>(taken.error());
    if (Checked<void> taken = take("per_page", static_cast<std::int64_t>(maxRows), paging.perPage); !taken)
        return tl::unexpected<BadParameter>(taken.error());
    return paging;
}

} // namespace mainstay::apphost
