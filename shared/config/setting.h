// SPDX-License-Identifier: GPL-3.0-or-later
// How an object of the configuration describes its settings, so that readers, writers, manual and forms need no more.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

// Marks a text for translation and leaves it as it is.
#define MS_NOOP(context, text) text

namespace mainstay::config {

// Limits of a Duration, in milliseconds.
constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;

// What a relative file name is relative to.
enum class PathBase : std::uint8_t {
    file, // the folder of the file that names it; absolute once read
    logs, // the service's log folder; left relative by the reader
    data, // the service's folder of databases; left relative by the reader
};

// Immutable. What is known of a setting besides its name and type; the default is the member's initialiser.
//
//     template <class Visitor> static void describe(Visitor &&v)
//     {
//         v(&ServerConfig::weight, "weight", {.label = MS_NOOP("Config", "Weight"), .min = 1, .max = 256});
//     }
//
// A member may be a bool, an integer, a std::string, an enum with enumerators(), a TextValue (values.h), a
// std::vector of these, a std::vector of described objects (an array of tables), or a std::map from name to
// described object (objects of their own).
struct Setting {
    const char *label = "";
    const char *help = "";
    const char *unit = "";
    // Both inclusive, for integers; for Duration in milliseconds and for ByteSize in bytes.
    std::int64_t min = 0;
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    bool required = false; // may not be empty
    bool secret = false;   // never shown
    bool restart = false;  // of [service]: a change takes effect when the service starts again
    PathBase base = PathBase::file;
};

// Immutable. One value of an enum, as in TOML and as people read it. Each enum has, beside it, a
// `constexpr auto enumerators(E)` that returns a std::array of these.
template <class Enum>
struct Enumerator {
    Enum value;
    std::string_view name;
    const char *label;
};
template <class Enum>
Enumerator(Enum, std::string_view, const char *) -> Enumerator<Enum>;

} // namespace mainstay::config
