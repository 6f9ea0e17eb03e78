// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/generate_directive.h"

#include <algorithm>
#include <charconv>

namespace mainstay::zones {

namespace {

constexpr std::uint64_t kLargest = 0x7fffffff; // as in BIND
constexpr std::uint64_t kWidest = 255;

// `${offset,width,base}` after the dollar sign.
struct Modifier {
    std::int64_t offset = 0;
    std::uint64_t width = 0;
    char base = 'd';
};

tl::unexpected<Error> malformed(std::string message)
{
    return fail("zone.generate-malformed", "$GENERATE: " + message,
                "write it as $GENERATE 1-100 host-$ A 10.0.0.$, see the BIND manual for ${offset,width,base}");
}

bool isBlank(char c) noexcept
{
    return c == ' ' || c == '\t';
}

std::string_view takeWord(std::string_view &text)
{
    text.remove_prefix(static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), isBlank) - text.begin()));
    const auto size = static_cast<std::size_t>(
        std::find_if(text.begin(), text.end(), [](char c) { return isBlank(c) || c == '\n' || c == ';'; }) -
        text.begin());
    const std::string_view word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

template <class T>
bool takeNumber(std::string_view &text, T &value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc())
        return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool takeChar(std::string_view &text, char c)
{
    if (!text.starts_with(c))
        return false;
    text.remove_prefix(1);
    return true;
}

// The data, to the end of the line or a comment outside quotes; without the quotes when they are one quoted piece.
std::string_view dataOf(std::string_view rest)
{
    rest.remove_prefix(static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), isBlank) - rest.begin()));
    bool quoted = false;
    std::size_t closing = 0;
    std::size_t at = 0;
    for (; at < rest.size() && rest[at] != '\n' && (quoted || rest[at] != ';'); ++at) {
        if (rest[at] == '\\' && at + 1 < rest.size())
            ++at;
        else if (rest[at] == '"') {
            quoted = !quoted;
            if (!quoted && closing == 0)
                closing = at;
        }
    }
    rest = rest.substr(0, std::min(at, rest.size()));
    while (!rest.empty() && isBlank(rest.back()))
        rest.remove_suffix(1);
    if (rest.starts_with('"') && closing + 1 == rest.size())
        return rest.substr(1, closing - 1);
    return rest;
}

// Takes the modifier off the front of what follows the dollar sign.
bool takeModifier(std::string_view &text, Modifier &modifier)
{
    if (!takeChar(text, '{'))
        return true;
    (void)takeChar(text, '+');
    if (!takeNumber(text, modifier.offset) || std::abs(modifier.offset) > static_cast<std::int64_t>(kLargest))
        return false;
    if (takeChar(text, ',')) {
        if (!takeNumber(text, modifier.width) || modifier.width > kWidest)
            return false;
        if (takeChar(text, ',')) {
            if (text.empty() || std::string_view("doxXnN").find(text.front()) == std::string_view::npos)
                return false;
            modifier.base = text.front();
            text.remove_prefix(1);
        }
    }
    return takeChar(text, '}');
}

// Hexadecimal digits from the lowest up with dots between, at least `width` characters with the dots.
void appendNibbles(std::string &out, std::uint64_t value, std::uint64_t width, bool capitals)
{
    do {
        out += (capitals ? "0123456789ABCDEF" : "0123456789abcdef")[value & 15];
        value >>= 4;
        width -= width > 0 ? 1 : 0;
        if (width > 0 || value != 0) {
            out += '.';
            width -= width > 0 ? 1 : 0;
        }
    } while (width > 0 || value != 0);
}

void appendNumber(std::string &out, std::uint64_t value, const Modifier &modifier)
{
    if (modifier.base == 'n' || modifier.base == 'N')
        return appendNibbles(out, value, modifier.width, modifier.base == 'N');
    const int base = modifier.base == 'd' ? 10 : modifier.base == 'o' ? 8 : 16;
    char digits[24];
    const char *end = std::to_chars(std::begin(digits), std::end(digits), value, base).ptr;
    if (modifier.base == 'X')
        std::for_each(digits, digits + (end - digits), [](char &c) { c = c >= 'a' ? static_cast<char>(c - 32) : c; });
    const auto size = static_cast<std::size_t>(end - digits);
    if (size < modifier.width)
        out.append(modifier.width - size, '0');
    out.append(digits, size);
}

// Calls `put(char)` for text as it is and `count(Modifier)` for each count. False at a broken modifier.
template <class Put, class Count>
bool forEachPiece(std::string_view text, Put &&put, Count &&count)
{
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '\\' && !text.empty()) {
            put(c);
            put(text.front());
            text.remove_prefix(1);
        } else if (c != '$') {
            put(c);
        } else if (takeChar(text, '$')) {
            // A dollar sign means nothing to the zone file within a word, but might at its start.
            put('\\');
            put('$');
        } else {
            Modifier modifier;
            if (!takeModifier(text, modifier))
                return false;
            count(modifier);
        }
    }
    return true;
}

bool isTtlOrClass(std::string_view word)
{
    if (!word.empty() && word.front() >= '0' && word.front() <= '9')
        return true;
    std::string capitals(word);
    std::transform(capitals.begin(), capitals.end(), capitals.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return capitals == "IN" || capitals == "CH" || capitals == "HS";
}

} // namespace

Result<GenerateDirective> GenerateDirective::parse(std::string_view line)
{
    GenerateDirective directive;
    (void)takeWord(line);
    std::string_view range = takeWord(line);
    if (!takeNumber(range, directive.m_first) || !takeChar(range, '-') || !takeNumber(range, directive.m_last) ||
        (takeChar(range, '/') && !takeNumber(range, directive.m_step)) || !range.empty())
        return malformed("the range is not FIRST-LAST or FIRST-LAST/STEP");
    if (directive.m_first > directive.m_last || directive.m_step == 0 || directive.m_last > kLargest)
        return malformed("the range is empty, its step is 0, or its end is beyond 2147483647");

    directive.m_owner = takeWord(line);
    std::string_view word = takeWord(line);
    for (; isTtlOrClass(word); word = takeWord(line))
        directive.m_fixed.append(word).append(" ");
    directive.m_fixed.append(word);
    directive.m_data = dataOf(line);
    if (directive.m_owner.empty() || word.empty() || directive.m_data.empty())
        return malformed("owner, type or data are missing");

    const auto isWhole = [](std::string_view text) {
        return forEachPiece(
            text, [](char) {}, [](const Modifier &) {});
    };
    if (!isWhole(directive.m_owner) || !isWhole(directive.m_data))
        return malformed(
            "a modifier is not ${OFFSET}, ${OFFSET,WIDTH} or ${OFFSET,WIDTH,BASE} with base d, o, x, X, n or N");
    return directive;
}

bool GenerateDirective::appendLine(std::uint64_t index, std::string &out) const
{
    const auto value = static_cast<std::int64_t>(m_first + index * m_step);
    bool ok = true;
    const auto put = [&out](char c) { out += c; };
    const auto count = [&](const Modifier &modifier) {
        ok = ok && value + modifier.offset >= 0;
        if (ok)
            appendNumber(out, static_cast<std::uint64_t>(value + modifier.offset), modifier);
    };
    (void)forEachPiece(m_owner, put, count);
    out.append(" ").append(m_fixed).append(" ");
    (void)forEachPiece(m_data, put, count);
    out += '\n';
    return ok;
}

} // namespace mainstay::zones
