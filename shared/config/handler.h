// SPDX-License-Identifier: GPL-3.0-or-later
// What answers a path of an app of handlers: [[app.NAME.handler]] and [[app.NAME.handler.parameter]].
#pragma once

#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <string>
#include <vector>

namespace mainstay::config {

enum class HandlerMethod : std::uint8_t { get, post, put, patch, remove };

constexpr auto enumerators(HandlerMethod)
{
    return std::array{
        Enumerator{HandlerMethod::get, "GET", MS_NOOP("Config", "GET")},
        Enumerator{HandlerMethod::post, "POST", MS_NOOP("Config", "POST")},
        Enumerator{HandlerMethod::put, "PUT", MS_NOOP("Config", "PUT")},
        Enumerator{HandlerMethod::patch, "PATCH", MS_NOOP("Config", "PATCH")},
        Enumerator{HandlerMethod::remove, "DELETE", MS_NOOP("Config", "DELETE")},
    };
}

enum class ParameterType : std::uint8_t { text, integer, number, boolean };

constexpr auto enumerators(ParameterType)
{
    return std::array{
        Enumerator{ParameterType::text, "text", MS_NOOP("Config", "Text")},
        Enumerator{ParameterType::integer, "integer", MS_NOOP("Config", "Whole number")},
        Enumerator{ParameterType::number, "number", MS_NOOP("Config", "Number")},
        Enumerator{ParameterType::boolean, "boolean", MS_NOOP("Config", "True or false")},
    };
}

enum class ParameterPlace : std::uint8_t { path, query, body };

constexpr auto enumerators(ParameterPlace)
{
    return std::array{
        Enumerator{ParameterPlace::path, "path", MS_NOOP("Config", "Path")},
        Enumerator{ParameterPlace::query, "query", MS_NOOP("Config", "Query")},
        Enumerator{ParameterPlace::body, "body", MS_NOOP("Config", "JSON body")},
    };
}

enum class ResultShape : std::uint8_t {
    array,  // of objects, one for each row
    object, // the first row; 404 when there is none
    scalar, // the first value of the first row; 404 when there is none
    csv,    // with a line of names
    none,   // 204; how many rows were changed is not told
};

constexpr auto enumerators(ResultShape)
{
    return std::array{
        Enumerator{ResultShape::array, "array", MS_NOOP("Config", "JSON array")},
        Enumerator{ResultShape::object, "object", MS_NOOP("Config", "JSON object")},
        Enumerator{ResultShape::scalar, "scalar", MS_NOOP("Config", "JSON value")},
        Enumerator{ResultShape::csv, "csv", MS_NOOP("Config", "CSV")},
        Enumerator{ResultShape::none, "none", MS_NOOP("Config", "Nothing")},
    };
}

// Immutable once loaded. A value of the request that statements name as `:name`.
struct ParameterConfig {
    std::string name;
    ParameterType type = ParameterType::text;
    ParameterPlace in = ParameterPlace::query;
    bool required = true;
    std::string fallback;
    static constexpr std::int64_t kMostExact = (std::int64_t{1} << 53) - 1; // what JSON carries as it is

    std::int64_t min = -kMostExact;
    std::int64_t max = kMostExact;
    std::uint32_t maxLength = 10'000;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ParameterConfig::name, "name",
          {.label = MS_NOOP("Config", "Name"),
           .help = MS_NOOP("Config", "Name in the request, and `:name` in statements."),
           .required = true});
        v(&ParameterConfig::type, "type",
          {.label = MS_NOOP("Config", "Type"),
           .help = MS_NOOP("Config", "What its value must be; others are answered with 400.")});
        v(&ParameterConfig::in, "in",
          {.label = MS_NOOP("Config", "Place"),
           .help = MS_NOOP("Config", "Where in the request it stands. A GET has no body.")});
        v(&ParameterConfig::required, "required",
          {.label = MS_NOOP("Config", "Required"),
           .help = MS_NOOP("Config", "Whether a request without it is answered with 400.")});
        v(&ParameterConfig::fallback, "default",
          {.label = MS_NOOP("Config", "Default"),
           .help = MS_NOOP("Config", "Value where it is not required and missing; empty means NULL.")});
        v(&ParameterConfig::min, "min",
          {.label = MS_NOOP("Config", "Least"),
           .help = MS_NOOP("Config", "Least value of a number."),
           .min = -kMostExact,
           .max = kMostExact});
        v(&ParameterConfig::max, "max",
          {.label = MS_NOOP("Config", "Most"),
           .help = MS_NOOP("Config", "Greatest value of a number."),
           .min = -kMostExact,
           .max = kMostExact});
        v(&ParameterConfig::maxLength, "max_length",
          {.label = MS_NOOP("Config", "Longest"), .help = MS_NOOP("Config", "Most characters of a text."), .min = 1});
    }

    friend bool operator==(const ParameterConfig &, const ParameterConfig &) = default;
};

// Immutable once loaded. Either statements, or the name of a handler that a plugin brings.
struct HandlerConfig {
    std::string path;
    HandlerMethod method = HandlerMethod::get;
    std::vector<std::string> sql;
    bool readOnly = true;
    std::string plugin;
    std::vector<ParameterConfig> parameters;
    ResultShape result = ResultShape::array;
    std::uint32_t maxRows = 1000;
    bool paging = false;
    Duration timeout = Seconds(5);

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&HandlerConfig::path, "path",
          {.label = MS_NOOP("Config", "Path"),
           .help = MS_NOOP("Config", "Path as the site's clients see it, with parameters as \"/api/entries/{id}\"."),
           .required = true});
        v(&HandlerConfig::method, "method",
          {.label = MS_NOOP("Config", "Method"),
           .help = MS_NOOP("Config", "Method of the requests that are answered; GET answers HEAD too.")});
        v(&HandlerConfig::sql, "sql",
          {.label = MS_NOOP("Config", "Statements"),
           .help = MS_NOOP("Config", "One statement, or several that are done together or not at all. Parameters are "
                                     "written `:name`; the last statement gives the answer.")});
        v(&HandlerConfig::readOnly, "read_only",
          {.label = MS_NOOP("Config", "Read only"),
           .help = MS_NOOP("Config", "Whether the database refuses the statements any change.")});
        v(&HandlerConfig::plugin, "plugin",
          {.label = MS_NOOP("Config", "Plugin handler"),
           .help =
               MS_NOOP("Config", "Name of a handler that one of the app's plugins brings, instead of statements.")});
        v(&HandlerConfig::parameters, "parameter",
          {.label = MS_NOOP("Config", "Parameters"),
           .help = MS_NOOP(
               "Config", "A value that is taken from the request, checked, and handed to the statements as `:name`.")});
        v(&HandlerConfig::result, "result",
          {.label = MS_NOOP("Config", "Answer"),
           .help = MS_NOOP("Config", "What the rows of the last statement become. An object or a value is of the first "
                                     "row, and 404 where there is none; nothing is 204.")});
        v(&HandlerConfig::maxRows, "max_rows",
          {.label = MS_NOOP("Config", "Most rows"),
           .help = MS_NOOP("Config", "Rows answered at most; with more, the answer says that it is not whole."),
           .min = 1,
           .max = 1'000'000});
        v(&HandlerConfig::paging, "paging",
          {.label = MS_NOOP("Config", "Paging"),
           .help = MS_NOOP("Config", "Whether clients may ask for a part: `?page=2&per_page=50`.")});
        v(&HandlerConfig::timeout, "timeout",
          {.label = MS_NOOP("Config", "Timeout"),
           .help = MS_NOOP("Config", "Time for the answer; then it is given up, and 504 is answered."),
           .min = 10,
           .max = kHour});
    }

    friend bool operator==(const HandlerConfig &, const HandlerConfig &) = default;
};

} // namespace mainstay::config
