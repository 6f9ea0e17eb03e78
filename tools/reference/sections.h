// SPDX-License-Identifier: GPL-3.0-or-later
// The manual's sections: one for each kind of object, with its settings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::reference {

// All but the name are Markdown.
struct SettingRow {
    std::string name;
    std::string type;
    std::string fallback; // what holds when it is left out
    std::string meaning;
};

struct Section {
    std::string header; // "[backend.NAME.server.NAME]", "[[site.NAME.route]]"
    std::string label;
    std::string help;
    std::size_t depth = 0; // of the objects it stands in
    std::vector<SettingRow> settings;
};

// Any thread. "250ms" as people write it: "250 ms"; nothing of a unit is just "0".
[[nodiscard]] std::string spaced(std::string_view quantity);
// "1 to 256 bytes", "up to 1 h", "at least 1"; empty where there is no bound.
[[nodiscard]] std::string rangeText(const std::string &min, const std::string &max, std::string_view unit);

// The list of the sections, each a link.
[[nodiscard]] std::string contentsText(const std::vector<Section> &sections);
// Heading, introduction, example (TOML; none when empty) and table.
[[nodiscard]] std::string sectionText(const Section &section, std::string_view example);

} // namespace mainstay::reference
