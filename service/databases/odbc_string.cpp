// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/odbc_string.h"

#include <algorithm>

namespace mainstay::databases {
namespace {

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char &c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool isSpace(char c)
{
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

// The end of a value that begins at `at`: the ";" behind it, or the end of the text.
std::size_t valueEnd(std::string_view source, std::size_t at)
{
    while (at < source.size() && isSpace(source[at]))
        ++at;
    if (at < source.size() && source[at] == '{') {
        for (++at; at < source.size(); ++at) {
            if (source[at] != '}')
                continue;
            if (at + 1 < source.size() && source[at + 1] == '}')
                ++at;
            else
                break;
        }
    }
    return std::min(source.find(';', at), source.size());
}

std::string bare(std::string_view value)
{
    if (value.size() < 2 || value.front() != '{' || value.back() != '}')
        return std::string(value);
    value = value.substr(1, value.size() - 2);
    std::string result;
    for (std::size_t at = 0; at < value.size(); ++at) {
        result += value[at];
        if (value[at] == '}' && at + 1 < value.size() && value[at + 1] == '}')
            ++at; // doubled, it stands for itself
    }
    return result;
}

// Calls visit(keyword, value as it stands).
template <class Visit>
void forEachKeyword(std::string_view source, Visit visit)
{
    for (std::size_t at = 0; at < source.size();) {
        const std::size_t equals = source.find('=', at);
        if (equals == std::string_view::npos)
            return;
        const std::size_t end = valueEnd(source, equals + 1);
        visit(lower(trimmed(source.substr(at, equals - at))), trimmed(source.substr(equals + 1, end - equals - 1)));
        at = end + 1;
    }
}

} // namespace

std::vector<std::pair<std::string, std::string>> odbcKeywords(std::string_view source)
{
    std::vector<std::pair<std::string, std::string>> keywords;
    forEachKeyword(source, [&](std::string keyword, std::string_view value) {
        keywords.emplace_back(std::move(keyword), bare(value));
    });
    return keywords;
}

std::vector<std::string> odbcSecrets(std::string_view source)
{
    std::vector<std::string> secrets;
    forEachKeyword(source, [&](const std::string &keyword, std::string_view value) {
        if (!keyword.ends_with("pwd") && !keyword.ends_with("password")) // SSLKeyPassword too
            return;
        secrets.emplace_back(value);
        secrets.push_back(bare(value));
    });
    return secrets;
}

std::string odbcSource(std::string_view source)
{
    const auto keywords = odbcKeywords(source);
    // Qt puts "DSN=" before a text that names neither driver nor server.
    if (!keywords.empty() && keywords.front().first == "dsn")
        return std::string(source.substr(source.find('=') + 1));
    return std::string(source);
}

std::string odbcValue(std::string_view value)
{
    // Drivers have characters of their own that mean something outside of braces: PostgreSQL's decodes % and +.
    const auto isPlain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' ||
               c == '.';
    };
    if (std::all_of(value.begin(), value.end(), isPlain))
        return std::string(value);
    std::string result = "{";
    for (const char c : value)
        result += c == '}' ? std::string("}}") : std::string(1, c);
    return result + "}";
}

} // namespace mainstay::databases
