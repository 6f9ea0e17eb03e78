// SPDX-License-Identifier: GPL-3.0-or-later
// Dates and times as PostgreSQL writes them, made ISO 8601 without a digit less.
#include "databases/rows.h"

#include <QTest>

using namespace mainstay::databases;

class RowsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesTimes_data()
    {
        QTest::addColumn<QString>("sent");
        QTest::addColumn<QString>("iso");
        const auto row = [](const char *sent, const char *iso) {
            QTest::newRow(sent) << QString::fromUtf8(sent) << QString::fromUtf8(iso);
        };
        row("2024-03-31 02:30:00", "2024-03-31T02:30:00");
        row("2024-01-01 12:00:00.123456", "2024-01-01T12:00:00.123456");
        row("2024-01-01 12:00:00.5+00", "2024-01-01T12:00:00.5+00:00");
        row("2024-01-01 12:00:00-03", "2024-01-01T12:00:00-03:00");
        row("2024-01-01 12:00:00+05:30", "2024-01-01T12:00:00+05:30");
        row("1880-01-01 00:53:28+00:53:28", "1880-01-01T00:53:28+00:53:28");
        row("12024-01-01 00:00:00", "12024-01-01T00:00:00");
        row("0044-03-15 12:00:00+00 BC", "0044-03-15T12:00:00+00:00 BC");
        row("24:00:00", "24:00:00");
        row("12:00:00+05", "12:00:00+05:00");
        for (const char *same : {"2024-01-01", "0044-03-15 BC", "infinity", "-infinity", ""})
            row(same, same);
    }
    void writesTimes()
    {
        QFETCH(QString, sent);
        QTEST(isoTime(sent), "iso");
    }
};

QTEST_APPLESS_MAIN(RowsTest)
#include "rows_test.moc"
