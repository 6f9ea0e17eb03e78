// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/log_format.h"

#include <algorithm>

namespace mainstay::config {
namespace {

using Fault = LogTemplate::Fault;

bool isControl(char c)
{
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
}

bool isHeaderName(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

class Parser {
public:
    LogTemplate parse(std::string_view text)
    {
        if (std::ranges::any_of(text, isControl))
            return failed(Fault::controlCharacter);
        while (!text.empty()) {
            const std::size_t taken = takePart(text);
            if (taken == 0)
                return failed(m_result.fault);
            text.remove_prefix(taken);
        }
        closeText();
        if (std::ranges::all_of(m_result.pieces, [](const LogPiece &piece) { return piece.field == LogField::text; }))
            return failed(Fault::noPlaceholder);
        return std::move(m_result);
    }

private:
    LogTemplate failed(Fault fault)
    {
        m_result.pieces.clear();
        m_result.fault = fault;
        return std::move(m_result);
    }

    // How much of the text it was; 0 with the fault set.
    std::size_t takePart(std::string_view text)
    {
        const char first = text.front();
        if (text.starts_with("{{") || text.starts_with("}}")) {
            m_text += first;
            return 2;
        }
        if (first != '{' && first != '}') {
            m_text += first;
            return 1;
        }
        const std::size_t close = text.find('}');
        if (first == '}' || close == std::string_view::npos) {
            m_result.fault = Fault::brace;
            return 0;
        }
        return takePlaceholder(text.substr(1, close - 1)) ? close + 1 : 0;
    }

    bool takePlaceholder(std::string_view inside)
    {
        const std::size_t colon = inside.find(':');
        const std::string_view name = inside.substr(0, colon);
        const auto known = std::ranges::find(kLogFields, name, &LogFieldName::name);
        if (known == kLogFields.end()) {
            m_result.fault = Fault::unknownName;
            m_result.unknown = name;
            return false;
        }
        const std::string_view header = colon == std::string_view::npos ? std::string_view() : inside.substr(colon + 1);
        const bool wantsHeader = known->field == LogField::requestHeader;
        if (wantsHeader != (colon != std::string_view::npos) || (wantsHeader && !isHeaderName(header))) {
            m_result.fault = Fault::headerName;
            return false;
        }
        closeText();
        m_result.pieces.push_back({known->field, std::string(header)});
        return true;
    }

    void closeText()
    {
        if (!m_text.empty())
            m_result.pieces.push_back({LogField::text, std::move(m_text)});
        m_text.clear();
    }

    LogTemplate m_result;
    std::string m_text;
};

} // namespace

LogTemplate parseLogTemplate(std::string_view text)
{
    return Parser().parse(text);
}

} // namespace mainstay::config
