// SPDX-License-Identifier: GPL-3.0-or-later
// mainstay-core: reads its arguments and runs the core.
#include "control/check.h"
#include "control/core.h"
#include "handover/exit_code.h"
#include "rpc/methods.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace {

using mainstay::handover::ExitCode;

int runCheck(const mainstay::control::ConfigFolders &folders, bool isNamed, bool asJson)
{
    mainstay::rpc::ConfigCheck result;
    result.problems = mainstay::control::check(folders, isNamed);
    result.valid = !mainstay::hasErrors(result.problems);
    if (asJson)
        std::puts(mainstay::rpc::compactText(mainstay::rpc::toJson(result).toObject()).constData());
    else
        for (const mainstay::Problem &problem : result.problems)
            std::fprintf(stderr, "%s\n", problem.text().c_str());
    return static_cast<int>(result.valid ? ExitCode::done : ExitCode::failed);
}

int fail(const mainstay::Error &error, ExitCode code)
{
    std::fprintf(stderr, "mainstay-core: %s\n", error.text().c_str());
    return static_cast<int>(code);
}

} // namespace

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    qputenv("TZ", "UTC"); // Qt's drivers make times local ones, of which a time zone may skip some
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("mainstay-core"));
    QCoreApplication::setApplicationVersion(QStringLiteral(MAINSTAY_VERSION));

    QCommandLineParser arguments;
    arguments.setApplicationDescription(
        QStringLiteral("The core of Mainstay. mainstayd starts it; by hand it is for checks and tests."));
    arguments.addHelpOption();
    arguments.addVersionOption();
    const QCommandLineOption config(QStringLiteral("config"), QStringLiteral("Folder of the configuration."),
                                    QStringLiteral("DIR"), QStringLiteral("/etc/mainstay"));
    const QCommandLineOption state(QStringLiteral("state"), QStringLiteral("Folder the service keeps its state in."),
                                   QStringLiteral("DIR"), QStringLiteral("/var/lib/mainstay"));
    const QCommandLineOption runtime(QStringLiteral("runtime"), QStringLiteral("Folder of the management socket."),
                                     QStringLiteral("DIR"), QStringLiteral("/run/mainstay"));
    const QCommandLineOption guard(QStringLiteral("guard-fd"), QStringLiteral("Descriptor of the line to mainstayd."),
                                   QStringLiteral("N"));
    const QCommandLineOption check(QStringLiteral("check"), QStringLiteral("Only check the configuration."));
    const QCommandLineOption json(QStringLiteral("json"), QStringLiteral("With --check: print the result as JSON."));
    arguments.addOptions({config, state, runtime, guard, check, json});
    if (!arguments.parse(application.arguments()))
        return fail({"core.usage", arguments.errorText().toStdString(), "see mainstay-core --help"}, ExitCode::usage);
    if (arguments.isSet(QStringLiteral("help")))
        arguments.showHelp();
    if (arguments.isSet(QStringLiteral("version")))
        arguments.showVersion();

    const auto folder = [&arguments](const QCommandLineOption &option) {
        std::error_code error; // of an empty name, which stays empty
        return std::filesystem::absolute(arguments.value(option).toStdString(), error);
    };
    const mainstay::control::CoreFolders folders{folder(config), folder(state), folder(runtime)};
    if (arguments.isSet(check))
        return runCheck({folders.config, folders.state}, arguments.isSet(config), arguments.isSet(json));

    std::optional<mainstay::handover::GuardLink> link;
    if (arguments.isSet(guard)) {
        auto adopted = mainstay::handover::GuardLink::adopt(arguments.value(guard).toInt());
        if (!adopted)
            return fail(adopted.error(), ExitCode::usage);
        link.emplace(std::move(*adopted));
    }
    mainstay::control::Core core(folders, std::move(link));
    if (const auto started = core.start(); !started)
        return fail(started.error(), ExitCode::configuration);
    return QCoreApplication::exec();
}
