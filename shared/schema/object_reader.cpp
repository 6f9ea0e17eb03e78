// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of reading an object that do not depend on its type.
#include "schema/object_reader.h"

#include <filesystem>

namespace mainstay::schema {

bool ObjectReader::defineObject(const std::string &path, SourcePlace place, bool explicitly)
{
    const Origin *earlier = m_origins.object(path);
    if (earlier && explicitly && !earlier->implied) {
        const std::string message = "already defined in " + earlier->place.text();
        m_findings.add({"config.duplicate-object", path, message, "keep one of the two", std::move(place)});
        return false;
    }
    if (!earlier || explicitly) {
        m_origins.setPlace(path, place);
        m_origins.setObject(path, {std::move(place), m_owner, !explicitly});
    }
    return true;
}

Result<> ObjectReader::checkObjectName(std::string_view name)
{
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
    if (plain && !name.empty() && name.size() <= 64 && name.front() != '-' && name.front() != '.')
        return {};
    return fail("config.malformed-name", "`" + std::string(name) + "` cannot be the name of an object",
                "use up to 64 letters, digits and any of . _ -");
}

std::string ObjectReader::remedyForUnknown(std::string_view name, const std::vector<std::string_view> &known,
                                           std::string_view path)
{
    if (std::string near = suggestion(name, known); !near.empty())
        return near;
    // The reference has a chapter for each kind that stands at the top.
    return "share/doc/mainstay/reference/configuration.md lists the settings, under `" +
           std::string(path.substr(0, path.find('.'))) + "`";
}

void ObjectReader::resolve(config::FilePath &file, config::PathBase base) const
{
    if (file.empty() || base != config::PathBase::file || m_file.empty())
        return;
    const auto folder = std::filesystem::path(m_file).parent_path();
    file.path = (folder / std::filesystem::path(file.path)).lexically_normal().string();
}

} // namespace mainstay::schema
