// SPDX-License-Identifier: GPL-3.0-or-later
// The real mainstayd with its core, in folders of its own, for tests in C++.
#pragma once

#include "rpc/client.h"
#include "rpc/status_methods.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <functional>
#include <map>
#include <memory>

namespace mainstay::tests {

// As root, tests become nobody: mainstay-core is never run as root. Before QApplication is made.
void leaveRoot();

// A port of 127.0.0.1 that is free for TCP and UDP and that no other test is given.
[[nodiscard]] quint16 freePort();

// Ends with the test, however that ends. `words` is the program and its arguments.
class Child {
public:
    Child() = default;
    ~Child() { end(); }
    void start(const QStringList &words, const QString &outputFile);
    // SIGTERM, and SIGKILL when that does not do.
    void end();
    [[nodiscard]] bool isRunning() const { return m_process.state() != QProcess::NotRunning; }

private:
    QProcess m_process;
};

class LiveService {
public:
    // Files of the configuration folder by their names, mainstay.toml among them.
    explicit LiveService(const std::map<QString, QByteArray> &files);

    // Whether it serves within the time that tests have patience.
    [[nodiscard]] bool start();
    [[nodiscard]] QString socket() const { return m_folder.filePath(QStringLiteral("run/control.sock")); }
    [[nodiscard]] QString folder() const { return m_folder.path(); }
    [[nodiscard]] QString output() const;

    // What the service answers to a client of its own; an error after the patience too.
    template <class Request>
    [[nodiscard]] Result<typename Request::Result> ask(const Request &request)
    {
        using Answer = Result<typename Request::Result>;
        auto answer = std::make_shared<std::optional<Answer>>();
        rpc::Client client;
        client.open(socket());
        client.call(request, &client, [answer](Answer result) { *answer = std::move(result); });
        if (!QTest::qWaitFor([&] { return answer->has_value(); }, kPatience))
            return fail("test.no-answer", "the service did not answer");
        return std::move(**answer);
    }
    [[nodiscard]] rpc::Status status();

    static constexpr int kPatience = 30'000; // milliseconds

private:
    QTemporaryDir m_folder;
    Child m_process;
};

} // namespace mainstay::tests
