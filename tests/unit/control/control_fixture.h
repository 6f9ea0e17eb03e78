// SPDX-License-Identifier: GPL-3.0-or-later
// Folders and files for tests of the control plane, and waiting for what it does.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "control/background.h"
#include "control/config_store.h"
#include "control/listening_sockets.h"

#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::tests {

inline constexpr int kPatience = 20'000; // ms

inline void write(const std::filesystem::path &path, std::string_view text)
{
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

inline std::string contents(const std::filesystem::path &path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string textOf(const Problems &problems)
{
    std::string text;
    for (const Problem &problem : problems)
        text += problem.code + ": " + problem.text() + "\n";
    return text;
}

inline const Problem *find(const Problems &problems, std::string_view code)
{
    const auto found =
        std::find_if(problems.begin(), problems.end(), [code](const Problem &problem) { return problem.code == code; });
    return found == problems.end() ? nullptr : &*found;
}

inline std::string zoneText(std::uint32_t serial)
{
    return "$TTL 300\n@ SOA ns1 admin " + std::to_string(serial) + " 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n";
}

// Between the files on disk and the applied revision; nothing without one.
inline std::vector<control::Drift> driftOf(const control::ConfigStore &store)
{
    const auto applied = store.load(store.applied());
    return applied ? control::driftFrom(applied->files, store.folders()) : std::vector<control::Drift>();
}

// A new folder with etc, state and run in it.
class Folders {
public:
    Folders() : root(m_root.path().toStdString()) {}

    [[nodiscard]] std::filesystem::path config() const { return root / "etc"; }
    [[nodiscard]] std::filesystem::path state() const { return root / "state"; }
    [[nodiscard]] std::filesystem::path main() const { return config() / "mainstay.toml"; }
    [[nodiscard]] control::ConfigFolders both() const { return {config(), state()}; }

private:
    QTemporaryDir m_root;

public:
    const std::filesystem::path root;
};

// Reads the configuration in `text` as if it stood in `file`.
inline schema::Loaded loaded(const std::string &text, const std::string &file = "/etc/mainstay/mainstay.toml")
{
    return schema::readConfiguration(std::vector<schema::SourceFile>{{file, text, schema::Owner::files}});
}

// Two workers. What is declared after them is gone before them.
class Workers {
public:
    Workers()
    {
        for (std::uint32_t worker = 0; worker < 2; ++worker) {
            control::DataPlane::Doors doors;
            doors.toControl = [this](engine::Job job) {
                background.post([alive = m_alive, job = std::move(job)] {
                    if (*alive)
                        job();
                });
            };
            doors.release = [](std::shared_ptr<const void> object) { object.reset(); };
            doors.onProbe = [](const http::ProbeReport &) {};
            planes.push_back(std::make_unique<control::DataPlane>(worker, std::move(doors)));
        }
    }
    ~Workers()
    {
        planes.clear();
        *m_alive = false;
        background.waitForDone();
    }
    Workers(const Workers &) = delete;
    Workers &operator=(const Workers &) = delete;

private:
    const std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);

public:
    control::Background background;
    control::DataPlanes planes;
};

// The body of the answer to GET on this port of 127.0.0.1; what went wrong in brackets.
inline QByteArray get(std::uint16_t port, const QByteArray &target = "/", const QByteArray &host = "a.test")
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), port);
    if (!socket.waitForConnected(5000))
        return "(" + socket.errorString().toUtf8() + ")";
    socket.write("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    QByteArray answer;
    while (socket.waitForReadyRead(5000))
        answer += socket.readAll();
    answer += socket.readAll();
    const qsizetype body = answer.indexOf("\r\n\r\n");
    if (!answer.startsWith("HTTP/1.1 200 ") || body < 0)
        return "(" + answer.left(answer.indexOf('\r')) + ")";
    return answer.mid(body + 4);
}

} // namespace mainstay::tests
