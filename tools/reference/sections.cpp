// SPDX-License-Identifier: GPL-3.0-or-later
#include "reference/sections.h"

#include "reference/markdown.h"

namespace mainstay::reference {

std::string spaced(std::string_view quantity)
{
    const std::size_t end = quantity.find_first_not_of("0123456789");
    if (end == std::string_view::npos || quantity.substr(0, end) == "0")
        return std::string(quantity.substr(0, end));
    return std::string(quantity.substr(0, end)) + " " + std::string(quantity.substr(end));
}

std::string rangeText(const std::string &min, const std::string &max, std::string_view unit)
{
    std::string text;
    if (!min.empty())
        text = max.empty() ? "at least " + min : min + " to " + max;
    else if (!max.empty())
        text = "up to " + max;
    if (!unit.empty())
        text += (text.empty() ? "" : " ") + std::string(unit);
    return text;
}

std::string contentsText(const std::vector<Section> &sections)
{
    std::string text;
    for (const Section &section : sections)
        text += std::string(2 * section.depth, ' ') + "- " + linkTo(section.header, code(section.header)) + " " +
                section.label + "\n";
    return text + "\n";
}

std::string sectionText(const Section &section, std::string_view example)
{
    std::string text = (section.depth == 0 ? "## " : "### ") + code(section.header) + "\n\n";
    if (!section.help.empty())
        text += prose(section.help) + "\n\n";
    if (!example.empty())
        text += codeBlock(example, "toml");
    Table table({"setting", "type", "default", "meaning"});
    for (const SettingRow &setting : section.settings)
        table.add({code(setting.name), setting.type, setting.fallback, setting.meaning});
    return text + table.text();
}

} // namespace mainstay::reference
