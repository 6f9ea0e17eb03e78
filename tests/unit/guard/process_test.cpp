// SPDX-License-Identifier: GPL-3.0-or-later
// One process: started without privileges, or not at all and with the reason.
#include "guard/process.h"

#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::guard;

namespace {

// A user that is not root, whoever runs this test.
ProcessSpec shell(const std::string &command)
{
    ProcessSpec spec;
    spec.program = "/bin/sh";
    spec.arguments = {"-c", command};
    spec.environment = {"PATH=/usr/bin:/bin", "GREETING=hello"};
    spec.folder = "/";
    if (::geteuid() == 0)
        spec.identity = lookUpUser("nobody");
    return spec;
}

std::string outputOf(const StartedProcess &process)
{
    std::string text;
    std::array<char, 1024> bytes{};
    for (;;) {
        pollfd entry{.fd = process.output.number(), .events = POLLIN, .revents = 0};
        ::poll(&entry, 1, 5000);
        const ssize_t length = ::read(process.output.number(), bytes.data(), bytes.size());
        if (length <= 0)
            return text;
        text.append(bytes.data(), static_cast<std::size_t>(length));
    }
}

Exit waitFor(ProcessId id)
{
    for (int i = 0; i < 500; ++i) {
        if (const auto ended = nextEnded()) {
            collect(ended->id);
            if (ended->id == id)
                return ended->exit;
        }
        QTest::qSleep(10);
    }
    qFatal("the process did not end");
}

} // namespace

class ProcessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void programEnvironmentFolderAndStreams()
    {
        const auto process = startProcess(shell("echo $GREETING $HOME; pwd; echo oops >&2; cat"), {}).value();
        QCOMPARE(outputOf(process), std::string("hello\n/\noops\n"));
        QCOMPARE(waitFor(process.id).code, 0);
    }

    void descriptorsFromThreeOn()
    {
        std::array<int, 2> pipe{};
        QCOMPARE(::pipe2(pipe.data(), O_CLOEXEC), 0);
        std::vector<handover::Descriptor> inherited;
        inherited.emplace_back(pipe[1]);
        const handover::Descriptor leaked(::open("/dev/null", O_RDONLY)); // not closed on exec
        const auto process = startProcess(shell("echo through >&3; ls /proc/self/fd"), inherited).value();
        inherited.clear();
        // 0 to 3, and 4 for the listing itself; ls opens it after the descriptors it was given.
        QCOMPARE(outputOf(process), std::string("0\n1\n2\n3\n4\n"));
        std::array<char, 16> text{};
        QCOMPARE(::read(pipe[0], text.data(), text.size()), ssize_t(8));
        ::close(pipe[0]);
        (void)waitFor(process.id);
    }

    void exitsAreTold()
    {
        QCOMPARE(waitFor(startProcess(shell("exit 78"), {}).value().id).text(), std::string("exited with code 78"));
        QCOMPARE(waitFor(startProcess(shell("kill -9 $$"), {}).value().id).text(),
                 std::string("was ended by signal 9 (Killed)"));
    }

    void whatCannotBeStartedSaysWhy()
    {
        auto missing = shell("");
        missing.program = "/nonexistent/program";
        QVERIFY(startProcess(missing, {}).error().message.starts_with("cannot start /nonexistent/program"));
        QVERIFY(startProcess(missing, {}).error().message.ends_with("No such file or directory"));
        auto nowhere = shell("");
        nowhere.folder = "/nonexistent/folder";
        QVERIFY(startProcess(nowhere, {}).error().message.find("in /nonexistent/folder") != std::string::npos);
        QVERIFY(!hasChildren());
    }

    void nothingRunsAsRoot()
    {
        auto asMyself = shell("id -u");
        asMyself.identity.reset();
        const auto process = startProcess(asMyself, {});
        QCOMPARE(process.has_value(), ::geteuid() != 0);
        if (process) {
            QVERIFY(outputOf(*process) != "0\n");
            (void)waitFor(process->id);
        }
        auto asRoot = shell("id -u");
        asRoot.identity = lookUpUser("root");
        QVERIFY(!startProcess(asRoot, {}));
        QVERIFY(!hasChildren());
    }

    void theGroupEndsTogether()
    {
        const auto process = startProcess(shell("sleep 60 & echo $!; wait"), {}).value();
        std::string text;
        while (text.find('\n') == std::string::npos) {
            std::array<char, 32> bytes{};
            const ssize_t length = ::read(process.output.number(), bytes.data(), bytes.size());
            if (length > 0)
                text.append(bytes.data(), static_cast<std::size_t>(length));
        }
        sendSignalToGroup(process.id, SIGKILL);
        QCOMPARE(waitFor(process.id).signal, SIGKILL);
        QCOMPARE(outputOf(process), std::string()); // nobody holds the pipe any more
    }
};

QTEST_APPLESS_MAIN(ProcessTest)
#include "process_test.moc"
