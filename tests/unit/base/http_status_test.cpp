// SPDX-License-Identifier: GPL-3.0-or-later
// Every status code has a phrase, registered or not.
#include "base/http_status.h"

#include <QTest>

using namespace mainstay;

class HttpStatusTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void phrases()
    {
        QCOMPARE(reasonPhrase(200), std::string_view("OK"));
        QCOMPARE(reasonPhrase(409), std::string_view("Conflict"));
        QCOMPARE(reasonPhrase(503), std::string_view("Service Unavailable"));
        QCOMPARE(reasonPhrase(507), std::string_view("Insufficient Storage"));
        QCOMPARE(reasonPhrase(299), std::string_view("Success"));
        QCOMPARE(reasonPhrase(499), std::string_view("Client Error"));
        QCOMPARE(reasonPhrase(599), std::string_view("Server Error"));
    }
};

QTEST_APPLESS_MAIN(HttpStatusTest)

#include "http_status_test.moc"
