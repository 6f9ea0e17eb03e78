// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/output.h"

#include "cli/terminal.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QtGlobal>

#include <algorithm>
#include <cstdio>

namespace mainstay::cli {
namespace {

QByteArray jsonText(const QJsonValue &value, QJsonDocument::JsonFormat format)
{
    if (value.isObject())
        return QJsonDocument(value.toObject()).toJson(format).trimmed();
    if (value.isArray())
        return QJsonDocument(value.toArray()).toJson(format).trimmed();
    // The writer knows documents only: a list of one, without its brackets.
    const QByteArray list = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
    return list.mid(1, list.size() - 2);
}

} // namespace

Output::Output(Form form)
    : m_form(form), m_colour(form == Form::text && isTerminal(stdout) && qEnvironmentVariableIsEmpty("NO_COLOR") &&
                             qEnvironmentVariable("TERM") != QLatin1String("dumb"))
{}

void Output::line(const QString &text)
{
    write(text.toUtf8() + '\n');
}

void Output::lines(const QStringList &lines)
{
    for (const QString &text : lines)
        line(text);
}

void Output::problems(const Problems &problems)
{
    Problems sorted = problems;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Problem &a, const Problem &b) { return a.severity > b.severity; });
    for (const Problem &problem : sorted)
        line(styled(QString::fromStdString(problem.text()),
                    problem.severity == Severity::error ? Style::bad : Style::warning));
}

void Output::json(const QJsonValue &value)
{
    write(jsonText(value, QJsonDocument::Indented) + '\n');
}

void Output::jsonLine(const QJsonValue &value)
{
    write(jsonText(value, QJsonDocument::Compact) + '\n');
}

void Output::error(const Error &error)
{
    if (isJson())
        return json(QJsonObject{{QLatin1String("error"), rpc::toJson(error)}});
    std::string text = "mainstayctl: " + error.message;
    if (!error.remedy.empty())
        text += (text.find('\n') == std::string::npos ? ": " : "\n") + error.remedy;
    std::fprintf(stderr, "%s\n", harmless(QString::fromStdString(text)).toUtf8().constData());
}

void Output::write(const QByteArray &bytes)
{
    const auto size = static_cast<std::size_t>(bytes.size());
    m_whole = m_whole && std::fwrite(bytes.constData(), 1, size, stdout) == size && std::fflush(stdout) == 0;
}

} // namespace mainstay::cli
