// SPDX-License-Identifier: GPL-3.0-or-later
// Standard output and standard error, for people or for programs.
#pragma once

#include "base/problem.h"
#include "base/result.h"
#include "cli/table.h"
#include "rpc/json_value.h"

#include <QJsonObject>
#include <QString>

namespace mainstay::cli {

class Output {
public:
    enum class Form { text, json };

    // Colours only on a terminal that has them and only when NO_COLOR is not set.
    explicit Output(Form form);

    [[nodiscard]] bool isJson() const { return m_form == Form::json; }
    [[nodiscard]] bool hasColour() const { return m_colour; }

    void line(const QString &text = {});
    void lines(const QStringList &lines);
    void table(const Table &table) { lines(table.lines(m_colour)); }
    // One a line, errors before warnings.
    void problems(const Problems &problems);
    // A whole document, indented.
    void json(const QJsonValue &value);
    // One of a stream: a line of its own.
    void jsonLine(const QJsonValue &value);
    // To standard error; in JSON to standard output, as {"error": …}.
    void error(const Error &error);

    template <class T>
    void value(const T &value)
    {
        json(rpc::toJson(value));
    }
    [[nodiscard]] QString styled(const QString &text, Style style) const { return cli::styled(text, style, m_colour); }
    // False when standard output took not all.
    [[nodiscard]] bool isWhole() const { return m_whole; }

private:
    void write(const QByteArray &bytes);

    Form m_form;
    bool m_colour;
    bool m_whole = true;
};

} // namespace mainstay::cli
