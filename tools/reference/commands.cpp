// SPDX-License-Identifier: GPL-3.0-or-later
// The manual of mainstayctl, of what its verbs declare.
#include "cli/help.h"
#include "cli/verbs.h"
#include "reference/documents.h"
#include "reference/markdown.h"

#include <algorithm>

namespace mainstay::reference {
namespace {

constexpr std::string_view kIntroduction = R"(# Command reference

<!-- Made by `./dev reference` from console/cli. Change the verbs there, not this file. -->

`mainstayctl` does over the [management socket](management.md) all that the service can do. Root, the service's own user and
the group `mainstay` may change things; the group `mainstay-view` may look.

)";

std::string usage(const cli::Verb &verb)
{
    std::string text = "mainstayctl " + verb.name.toStdString();
    if (!verb.arguments.isEmpty())
        text += " " + verb.arguments.toStdString();
    return text + " [OPTIONS]";
}

std::string optionText(const cli::Option &option)
{
    std::string text = option.letter.isNull() ? "" : "-" + QString(option.letter).toStdString() + ", ";
    text += "--" + option.name.toStdString();
    return option.value.isEmpty() ? text : text + " " + option.value.toStdString();
}

// Commands, with what each is for behind it.
std::string exampleText(const std::vector<cli::Example> &examples)
{
    qsizetype width = 0;
    for (const cli::Example &example : examples)
        width = std::max(width, example.command.size());
    std::string text;
    for (const cli::Example &example : examples)
        text += "mainstayctl " + example.command.leftJustified(width).toStdString() + "  # " +
                example.what.toStdString() + "\n";
    return text;
}

std::string verbText(const cli::Verb &verb)
{
    std::string text = "## " + verb.name.toStdString() + "\n\n" + prose(verb.summary.toStdString()) + ".";
    if (!verb.details.isEmpty())
        text += " " + prose(QString(verb.details).replace(QLatin1Char('\n'), QLatin1Char(' ')).toStdString());
    text += "\n\n" + codeBlock(usage(verb), "");
    Table options({"option", "meaning"});
    for (const cli::Option &option : verb.options)
        options.add({code(optionText(option)), prose(option.help.toStdString())});
    if (!options.isEmpty())
        text += options.text();
    if (!verb.examples.empty())
        text += "For example:\n\n" + codeBlock(exampleText(verb.examples), "");
    return text;
}

} // namespace

std::string commandsManual()
{
    const std::vector<cli::Verb> verbs = cli::allVerbs();
    std::string text(kIntroduction);
    text += codeBlock(cli::programHelp(verbs).toStdString(), "");
    text += "In full:";
    for (const cli::Verb &verb : verbs)
        text += (&verb == &verbs.front() ? "\n" : ",\n") + linkTo(verb.name.toStdString(), verb.name.toStdString());
    text += ".\n\n";
    for (const cli::Verb &verb : verbs)
        text += verbText(verb);
    text.pop_back();
    return text;
}

} // namespace mainstay::reference
