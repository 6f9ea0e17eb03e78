// SPDX-License-Identifier: GPL-3.0-or-later
// The parameters of a request, typed and checked.
#pragma once

#include "apphost/message.h"
#include "base/result.h"
#include "config/handler.h"

#include <QVariant>

#include <map>
#include <string>
#include <vector>

namespace mainstay::apphost {

// By name; an invalid QVariant stands for NULL. Text is a QString, a whole number a qlonglong, a number a double, true
// or false a bool.
using ParameterValues = std::map<std::string, QVariant, std::less<>>;
using TextValues = std::map<std::string, std::string, std::less<>>;

// What is wrong with a request, for the 400 that answers it.
struct BadParameter {
    std::string parameter; // empty when it is the whole body or query
    std::string message;   // "must be a whole number from 1 to 100"
};

template <class T>
using Checked = tl::expected<T, BadParameter>;

// Any thread. `path` are the values of the path's segments. The body is read only where a parameter is taken from it.
[[nodiscard]] Checked<ParameterValues> readParameters(const std::vector<config::ParameterConfig> &parameters,
                                                      const TextValues &path, const Request &request);

// "a=1&b=2", decoded. Fails for what is broken, and for a name that stands there twice.
[[nodiscard]] Checked<TextValues> readQuery(const std::string &query);

// A text of the path, the query or the configuration as the parameter's type.
[[nodiscard]] Checked<QVariant> parameterFromText(const config::ParameterConfig &parameter, const std::string &text);

} // namespace mainstay::apphost
