// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/run.h"

#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"

#include <cstdio>

namespace mainstay::cli {
namespace {

ExitCode exitCodeOf(const Error &error)
{
    if (error.code.starts_with("usage."))
        return ExitCode::usage;
    return isUnreachable(error) ? ExitCode::unreachable : ExitCode::refused;
}

void print(const QString &text)
{
    std::fputs(text.toUtf8().constData(), stdout);
}

ExitCode report(Output &output, const Error &error)
{
    output.error(error);
    return exitCodeOf(error);
}

ExitCode runVerb(const Arguments &arguments)
{
    Output output(arguments.json ? Output::Form::json : Output::Form::text);
    ServiceSession service(arguments.socket, arguments.timeout);
    Invocation invocation{arguments, output, service};
    const Result<ExitCode> result = arguments.verb->run(invocation);
    if (!result)
        return report(output, result.error());
    return output.isWhole() ? *result : ExitCode::refused;
}

} // namespace

int run(const QStringList &words)
{
    const std::vector<Verb> verbs = allVerbs();
    const Result<Arguments> arguments = readArguments(words, verbs);
    ExitCode code = ExitCode::done;
    if (!arguments) {
        Output output(words.contains(QStringLiteral("--json")) ? Output::Form::json : Output::Form::text);
        code = report(output, arguments.error());
    } else if (arguments->version) {
        print(QStringLiteral("mainstayctl " MAINSTAY_VERSION "\n"));
    } else if (arguments->help) {
        print(arguments->verb              ? verbHelp(*arguments->verb)
              : arguments->group.isEmpty() ? programHelp(verbs)
                                           : groupHelp(arguments->group, verbs));
    } else {
        code = runVerb(*arguments);
    }
    return static_cast<int>(code);
}

} // namespace mainstay::cli
