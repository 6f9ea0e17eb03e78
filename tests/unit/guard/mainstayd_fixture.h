// SPDX-License-Identifier: GPL-3.0-or-later
// Runs mainstayd with a fake core that follows a script, and reads what it prints.
#pragma once

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <pwd.h>
#include <unistd.h>

namespace mainstay::guard::testing {

inline QString programPath(const QString &name)
{
    return QCoreApplication::applicationDirPath() + u'/' + name;
}

inline bool isRunning(qint64 process)
{
    return process > 0 && ::kill(static_cast<pid_t>(process), 0) == 0;
}

// Its id, which it writes to the file; 0 when it does not in time.
inline qint64 processIn(const QString &path)
{
    for (int i = 0; i < 1000; ++i) {
        QFile file(path);
        if (file.open(QIODevice::ReadOnly)) {
            const qint64 process = file.readAll().trimmed().toLongLong();
            if (process > 0)
                return process;
        }
        QTest::qSleep(10);
    }
    return 0;
}

// Folders of its own, owned by the user that the core runs as.
class Surroundings {
public:
    Surroundings()
    {
        QDir folder(m_folder.path());
        for (const auto *name : {"config", "state", "run"})
            folder.mkdir(QLatin1String(name));
        if (::geteuid() == 0) {
            const passwd *nobody = ::getpwnam("nobody");
            for (const QString &path : {m_folder.path(), state(), file("run"), file("config")}) {
                if (::chown(QFile::encodeName(path).constData(), nobody->pw_uid, nobody->pw_gid) != 0)
                    qFatal("cannot give %s away", qPrintable(path));
            }
        }
    }
    [[nodiscard]] QString file(const char *name) const { return m_folder.filePath(QLatin1String(name)); }
    [[nodiscard]] QString state() const { return file("state"); }
    // As the core makes it.
    void makeLogFolder() const
    {
        const QString path = state() + QStringLiteral("/log");
        const passwd *nobody = ::getpwnam("nobody");
        if (!QDir().mkdir(path) ||
            (::geteuid() == 0 && ::chown(QFile::encodeName(path).constData(), nobody->pw_uid, nobody->pw_gid) != 0))
            qFatal("cannot make %s", qPrintable(path));
    }
    void setScript(const QStringList &lines) const
    {
        QFile script(file("config") + QStringLiteral("/script"));
        if (!script.open(QIODevice::WriteOnly | QIODevice::Truncate))
            qFatal("cannot write the script");
        script.write(lines.join(u'\n').toUtf8());
    }

private:
    QTemporaryDir m_folder;
};

class Mainstayd {
public:
    explicit Mainstayd(const Surroundings &surroundings, const QStringList &more = {}) : m_arguments(more)
    {
        m_arguments = QStringList{QStringLiteral("--config"),  surroundings.file("config"),
                                  QStringLiteral("--state"),   surroundings.state(),
                                  QStringLiteral("--runtime"), surroundings.file("run"),
                                  QStringLiteral("--core"),    programPath(QStringLiteral("fake_core"))};
        if (::geteuid() == 0)
            m_arguments << QStringLiteral("--user") << QStringLiteral("nobody");
        m_arguments += more;
        m_process.setProcessChannelMode(QProcess::MergedChannels);
    }
    ~Mainstayd()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.terminate();
        if (!m_process.waitForFinished(15'000))
            m_process.kill();
        m_process.waitForFinished();
    }
    void setVariable(const QString &name, const QString &value)
    {
        auto environment = QProcessEnvironment::systemEnvironment();
        environment.insert(name, value);
        m_process.setProcessEnvironment(environment);
    }
    void start()
    {
        m_process.start(programPath(QStringLiteral("mainstayd")), m_arguments);
        if (!m_process.waitForStarted())
            qFatal("mainstayd is not there");
    }
    [[nodiscard]] const QStringList &arguments() const { return m_arguments; }
    void signal(int number) const { ::kill(static_cast<pid_t>(m_process.processId()), number); }

    // The first capture (or the whole) of the first match after that of the call before; empty when none came in time.
    QString waitFor(const QString &pattern, int milliseconds = 20'000)
    {
        const QRegularExpression expression(pattern, QRegularExpression::MultilineOption);
        QElapsedTimer timer;
        timer.start();
        for (;;) {
            const auto match = expression.match(m_output, m_position);
            if (match.hasMatch()) {
                m_position = match.capturedEnd();
                return match.lastCapturedIndex() > 0 ? match.captured(1) : match.captured(0);
            }
            const auto left = milliseconds - timer.elapsed();
            if (left <= 0 || !readMore(static_cast<int>(left))) {
                qWarning("no match of %s in:\n%s", qPrintable(pattern), qPrintable(m_output.mid(m_position)));
                return {};
            }
        }
    }
    // Whether the core says that it serves. Said on another line than what it prints, so the two may change places.
    bool becomesReady()
    {
        const auto position = std::exchange(m_position, 0);
        const bool ready = !waitFor(QStringLiteral("^mainstayd: core \\(process \\d+\\) is ready$")).isEmpty();
        m_position = position;
        return ready;
    }
    bool waitForEnd(int milliseconds = 20'000)
    {
        const bool ended = m_process.state() == QProcess::NotRunning || m_process.waitForFinished(milliseconds);
        m_output += QString::fromUtf8(m_process.readAll());
        return ended;
    }
    QProcess &process() { return m_process; }
    [[nodiscard]] const QProcess &process() const { return m_process; }
    [[nodiscard]] const QString &output() const { return m_output; }

private:
    bool readMore(int milliseconds)
    {
        const bool more = m_process.waitForReadyRead(milliseconds) || m_process.bytesAvailable() > 0;
        m_output += QString::fromUtf8(m_process.readAll());
        return more;
    }

    QStringList m_arguments;
    QProcess m_process;
    QString m_output;
    qsizetype m_position = 0;
};

} // namespace mainstay::guard::testing
