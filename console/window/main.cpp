// SPDX-License-Identifier: GPL-3.0-or-later
// mainstay-console: the window of a Mainstay service.
#include "window/main_window.h"
#include "window/options.h"
#include "window/saved_state.h"
#include "window/start_log.h"

#include <QApplication>

#include <cstdio>

using namespace mainstay;

namespace {

constexpr int kUsage = 2; // as mainstayctl

QStringList wordsOf(int argc, char **argv)
{
    QStringList words;
    for (int i = 1; i < argc; ++i)
        words << QString::fromLocal8Bit(argv[i]);
    return words;
}

int run(QApplication &application, const window::Options &options, window::StartLog &log)
{
    log.reached("application");
    QApplication::setApplicationName(QStringLiteral("mainstay-console"));
    QApplication::setApplicationDisplayName(QStringLiteral("Mainstay"));
    QApplication::setApplicationVersion(QStringLiteral(MAINSTAY_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("mainstay-console"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/icons/mainstay.png")));
    window::Workspace workspace;
    log.follow(workspace.session, workspace.history);
    // The service answers while the window is built, once the questions have left.
    workspace.session.start(options.socket);
    QCoreApplication::processEvents();
    log.reached("service asked");
    QSettings settings(QStringLiteral("mainstay"), QStringLiteral("console"));
    window::SavedState state(settings);
    look::Appearance appearance;
    state.restore(appearance);
    window::MainWindow main(workspace, appearance);
    state.restore(main);
    log.reached("window built");
    main.show();
    log.reached("window shown");
    const int status = application.exec();
    state.save(main, appearance);
    return status;
}

} // namespace

int main(int argc, char **argv)
{
    // What needs no display is answered without one; Qt's own options (-platform, -style) are taken out after that.
    const QStringList words = wordsOf(argc, argv);
    if (words.contains(QStringLiteral("--help")) || words.contains(QStringLiteral("-h"))) {
        std::fputs(window::helpText().toUtf8().constData(), stdout);
        return 0;
    }
    if (words.contains(QStringLiteral("--version"))) {
        std::fputs("mainstay-console " MAINSTAY_VERSION "\n", stdout);
        return 0;
    }
    window::StartLog log;
    QApplication application(argc, argv);
    const Result<window::Options> options = window::readOptions(QApplication::arguments().mid(1));
    if (!options) {
        std::fprintf(stderr, "mainstay-console: %s\n", options.error().text().c_str());
        return kUsage;
    }
    return run(application, *options, log);
}
