// SPDX-License-Identifier: GPL-3.0-or-later
// mainstay-apphost: answers requests with SQL and with C++ handlers, behind Mainstay's proxy.
#include "apphost/application.h"
#include "apphost/signals.h"

#include <QCommandLineParser>
#include <QCoreApplication>

#include <malloc.h>

#include <csignal>

namespace {

using namespace mainstay;
using namespace mainstay::apphost;

Result<HostConfiguration> configurationFrom(const QString &option)
{
    bool isNumber = false;
    const int descriptor = option.toInt(&isNumber);
    if (!isNumber || descriptor < 0)
        return fail("apphost.usage", "--config-fd names no descriptor", "see mainstay-apphost --help");
    Result<QByteArray> json = readDescriptor(descriptor);
    if (!json)
        return forward(std::move(json));
    return readHostConfiguration(*json);
}

QtMessageHandler previousMessages = nullptr;

// Qt complains of each statement that it cannot free on a connection that is lost.
void leaveOutFreeing(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    if (!message.contains(QLatin1String("nable to free statement")))
        previousMessages(type, context, message);
}

int refuse(Log &log, const Error &error)
{
    log.line(error.text());
    return 1;
}

} // namespace

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    qputenv("TZ", "UTC"); // Qt's drivers make times local ones, of which a time zone may skip some
    previousMessages = qInstallMessageHandler(leaveOutFreeing);
    qputenv("QT_NO_GLIB", "1"); // whose loop takes a system call for each answer that comes from another thread
    // Large answers go back to the system once they are sent: left to itself, the allocator comes to keep them.
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    EndSignals signals;
    const QCoreApplication core(argc, argv);
    QCoreApplication::setApplicationVersion(QStringLiteral(MAINSTAY_VERSION));
    const QCommandLineOption option(QStringLiteral("config-fd"),
                                    QStringLiteral("Descriptor the configuration is read from, as JSON."),
                                    QStringLiteral("N"));
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Answers requests with SQL and with C++ handlers, behind Mainstay's proxy."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOption(option);
    parser.process(core);

    Log log;
    Result<HostConfiguration> configuration = configurationFrom(parser.value(option));
    if (!configuration)
        return refuse(log, configuration.error());
    Application application(std::move(*configuration), log);
    if (Result<> started = application.start(); !started)
        return refuse(log, started.error());
    log.line("listening on 127.0.0.1:" + std::to_string(application.port()));
    signals.onEnd([&] {
        log.line("finishing what is in flight");
        application.drain([] { QCoreApplication::quit(); });
    });
    return QCoreApplication::exec();
}
