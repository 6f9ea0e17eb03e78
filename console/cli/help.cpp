// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/help.h"

#include "cli/arguments.h"

#include <QStringList>

#include <algorithm>
#include <utility>

namespace mainstay::cli {
namespace {

using Row = std::pair<QString, QString>;

// Two columns, the second where the longest of the first allows.
QString columns(const std::vector<Row> &rows)
{
    qsizetype width = 0;
    for (const auto &[left, right] : rows)
        width = std::max(width, left.size());
    QString text;
    for (const auto &[left, right] : rows)
        text += QStringLiteral("  %1  %2\n").arg(left.leftJustified(width), right);
    return text;
}

QString call(const Verb &verb)
{
    return verb.arguments.isEmpty() ? verb.name : verb.name + QLatin1Char(' ') + verb.arguments;
}

QString optionText(const Option &option)
{
    const QString letter = option.letter.isNull() ? QStringLiteral("    ") : QStringLiteral("-%1, ").arg(option.letter);
    const QString value = option.value.isEmpty() ? QString() : QLatin1Char(' ') + option.value;
    return letter + QStringLiteral("--") + option.name + value;
}

std::vector<Row> optionRows(const std::vector<Option> &options)
{
    std::vector<Row> rows;
    for (const Option &option : options)
        rows.emplace_back(optionText(option), option.help);
    return rows;
}

QString exitCodes()
{
    return columns({{QStringLiteral("0"), QStringLiteral("done")},
                    {QStringLiteral("1"), QStringLiteral("refused or failed")},
                    {QStringLiteral("2"), QStringLiteral("the arguments make no sense")},
                    {QStringLiteral("3"), QStringLiteral("the service does not answer")}});
}

} // namespace

QString programHelp(const std::vector<Verb> &verbs)
{
    std::vector<Row> rows;
    for (const Verb &verb : verbs)
        rows.emplace_back(call(verb), verb.summary);
    return QStringLiteral("mainstayctl runs a Mainstay service from the command line.\n\n"
                          "Usage: mainstayctl VERB [ARGUMENTS] [OPTIONS]\n\nVerbs:\n") +
           columns(rows) + QStringLiteral("\nOptions of every verb:\n") + columns(optionRows(commonOptions())) +
           QStringLiteral("\nExit codes:\n") + exitCodes() +
           QStringLiteral("\nMore on a verb: mainstayctl VERB --help\n");
}

QString groupHelp(const QString &group, const std::vector<Verb> &verbs)
{
    std::vector<Row> rows;
    for (const Verb &verb : verbs) {
        if (verb.name.startsWith(group + QLatin1Char(' ')))
            rows.emplace_back(call(verb), verb.summary);
    }
    return QStringLiteral("Usage: mainstayctl %1 VERB [ARGUMENTS] [OPTIONS]\n\nVerbs:\n").arg(group) + columns(rows) +
           QStringLiteral("\nMore on a verb: mainstayctl %1 VERB --help\n").arg(group);
}

QString verbHelp(const Verb &verb)
{
    QString text = verb.summary + QStringLiteral(".\n");
    if (!verb.details.isEmpty())
        text += QLatin1Char('\n') + verb.details + QLatin1Char('\n');
    text += QStringLiteral("\nUsage: mainstayctl %1 [OPTIONS]\n").arg(call(verb));
    if (!verb.options.empty())
        text += QStringLiteral("\nOptions:\n") + columns(optionRows(verb.options));
    text += QStringLiteral("\nOptions of every verb:\n") + columns(optionRows(commonOptions()));
    if (!verb.examples.empty()) {
        std::vector<Row> rows;
        for (const Example &example : verb.examples)
            rows.emplace_back(QStringLiteral("mainstayctl ") + example.command, example.what);
        text += QStringLiteral("\nExamples:\n") + columns(rows);
    }
    return text;
}

} // namespace mainstay::cli
