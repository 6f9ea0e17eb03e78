// SPDX-License-Identifier: GPL-3.0-or-later
// A service with some of everything, and traffic on it: what the tests of the console look at.
#pragma once

#include "support/live_service.h"

#include <QNetworkAccessManager>
#include <QTimer>
#include <QUdpSocket>

namespace mainstay::tests {

// Site "live", backend "pair" with Node.js servers a and b, apps "guestbook" (SQL handlers, two instances) and "clock"
// (a program that prints "tick N"), database "main" with two entries, zone "live.test".
class LiveSetting {
    const quint16 m_a = freePort();
    const quint16 m_b = freePort();

public:
    LiveSetting();

    // Whether all of it is ready, with traffic flowing.
    [[nodiscard]] bool start();
    void stopTraffic() { m_timer.stop(); }
    // One request whose server is not there.
    void askBroken();
    // A line more in the configuration's file than was applied, or not any more.
    void editConfiguration(bool edited);

    [[nodiscard]] rpc::ServerStatus server(const char *backend, const char *name);
    // Process ids of the app's instances.
    [[nodiscard]] std::vector<std::int64_t> processes(const char *app);

    const quint16 web = freePort();
    const quint16 dns = freePort();
    LiveService service;

private:
    [[nodiscard]] std::map<QString, QByteArray> files() const;
    [[nodiscard]] bool isReady();
    [[nodiscard]] bool sign(const char *who, const char *said);
    void turn();

    Child m_servers[2];
    QNetworkAccessManager m_http;
    QUdpSocket m_dns;
    QTimer m_timer;
    int m_turn = 0;
};

} // namespace mainstay::tests
