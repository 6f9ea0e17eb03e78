// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/json_text.h"

#include <QString>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mainstay::apphost {
namespace {

// "e-05", which is to follow the digits of a number that some program can hold.
bool isExponent(std::string_view text, std::string_view number)
{
    const std::size_t sign = text.size() > 1 && (text[1] == '+' || text[1] == '-') ? 1 : 0;
    const std::string_view digits = text.substr(1 + sign);
    double value = 0;
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos &&
           std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc();
}

// RFC 8259's grammar of numbers, of which "NaN" is none. "1e400" is one that readers take for infinite.
bool isJsonNumber(std::string_view text)
{
    if (text.empty() || text.size() > 1000)
        return false;
    const std::size_t exponent = std::min(text.find_first_of("eE"), text.size());
    if (exponent < text.size() && !isExponent(text.substr(exponent), text))
        return false;
    const std::size_t sign = text.front() == '-' ? 1 : 0;
    const std::string_view digits = text.substr(sign, exponent - std::min(sign, exponent));
    if (digits.empty() || digits.find_first_not_of("0123456789.") != std::string_view::npos)
        return false;
    const std::size_t dot = digits.find('.');
    if (dot == 0 || dot + 1 == digits.size() ||
        (dot != std::string_view::npos && digits.find('.', dot + 1) != std::string_view::npos))
        return false;
    return digits.size() == 1 || digits[0] != '0' || digits[1] == '.';
}

template <class Number>
void appendNumber(std::string &out, Number number)
{
    char text[32];
    const auto end = std::to_chars(std::begin(text), std::end(text), number).ptr;
    out.append(std::begin(text), end);
}

void appendText(std::string &out, const QVariant &value, const databases::Column &column)
{
    const QByteArray text = value.toString().toUtf8();
    const std::string_view view(text.data(), static_cast<std::size_t>(text.size()));
    if (column.isJson || (column.isDecimal && isJsonNumber(view)))
        out += view;
    else
        appendJsonString(out, view);
}

} // namespace

void appendJsonString(std::string &out, std::string_view text)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            continue;
        case '\\':
            out += "\\\\";
            continue;
        case '\n':
            out += "\\n";
            continue;
        case '\r':
            out += "\\r";
            continue;
        case '\t':
            out += "\\t";
            continue;
        default:
            break;
        }
        if (static_cast<unsigned char>(c) >= 0x20) {
            out += c;
        } else {
            out += "\\u00";
            out += kDigits[static_cast<unsigned char>(c) >> 4];
            out += kDigits[static_cast<unsigned char>(c) & 15];
        }
    }
    out += '"';
}

void appendJsonValue(std::string &out, const QVariant &value, const databases::Column &column)
{
    if (value.isNull()) {
        out += "null";
        return;
    }
    switch (value.typeId()) {
    case QMetaType::Bool:
        out += value.toBool() ? "true" : "false";
        return;
    case QMetaType::Int:
    case QMetaType::LongLong:
    case QMetaType::Long:
    case QMetaType::Char:
    case QMetaType::SChar:
    case QMetaType::Short:
        appendNumber(out, value.toLongLong());
        return;
    case QMetaType::UInt:
    case QMetaType::ULongLong:
    case QMetaType::ULong:
    case QMetaType::UChar:
    case QMetaType::UShort:
        appendNumber(out, value.toULongLong());
        return;
    case QMetaType::Double:
    case QMetaType::Float:
        std::isfinite(value.toDouble()) ? appendNumber(out, value.toDouble()) : void(out += "null");
        return;
    case QMetaType::QString:
        appendText(out, value, column);
        return;
    default:
        appendJsonString(out, databases::textOf(value).value_or(""));
        return;
    }
}

} // namespace mainstay::apphost
