// SPDX-License-Identifier: GPL-3.0-or-later
// What drivers report is told apart, by code where there is one and by words where not.
#include "databases/failure.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::databases;

class FailureTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsApart_data()
    {
        QTest::addColumn<int>("engine");
        QTest::addColumn<QString>("native");
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("code");
        const auto row = [](Engine engine, const char *native, const char *words, const char *code) {
            QTest::addRow("%d %s %s", static_cast<int>(engine), native, words)
                << static_cast<int>(engine) << QString::fromUtf8(native) << QString::fromUtf8(words)
                << QString::fromUtf8(code);
        };
        row(Engine::sqlite, "5", "", "database.locked");
        row(Engine::sqlite, "261", "", "database.locked"); // SQLITE_BUSY_RECOVERY
        row(Engine::sqlite, "9", "", "database.timeout");
        row(Engine::sqlite, "8", "", "database.read-only");
        row(Engine::sqlite, "1288", "", "database.lost");   // SQLITE_READONLY_CANTINIT
        row(Engine::sqlite, "11", "", "database.damaged");  // SQLITE_CORRUPT
        row(Engine::sqlite, "267", "", "database.damaged"); // SQLITE_CORRUPT_VTAB
        row(Engine::sqlite, "26", "", "database.damaged");  // SQLITE_NOTADB
        row(Engine::sqlite, "1", "database disk image is malformed", "database.damaged");
        row(Engine::postgresql, "1", "ERROR: numeric field overflow", "database.value");
        row(Engine::sqlite, "2067", "", "database.constraint"); // SQLITE_CONSTRAINT_UNIQUE
        row(Engine::sqlite, "1", "no such table: a", "database.statement");
        row(Engine::postgresql, "57014", "", "database.timeout");
        row(Engine::postgresql, "57P01", "", "database.lost");
        row(Engine::postgresql, "25006", "", "database.read-only");
        row(Engine::postgresql, "23505", "", "database.constraint");
        row(Engine::postgresql, "22P02", "", "database.value");
        row(Engine::postgresql, "40P01", "", "database.locked");
        row(Engine::postgresql, "42P01", "", "database.statement");
        row(Engine::postgresql, "7", "ERROR: canceling statement due to statement timeout", "database.timeout");
        row(Engine::postgresql, "1", "ERROR: cannot execute INSERT in a read-only transaction", "database.read-only");
        row(Engine::mariadb, "1969", "", "database.timeout");
        row(Engine::mariadb, "2006", "", "database.lost");
        row(Engine::mariadb, "1153", "", "database.value"); // max_allowed_packet
        row(Engine::postgresql, "1", "ERROR: value too long for type character varying(5)", "database.value");
        row(Engine::mariadb, "1062;1", "", "database.constraint");
        row(Engine::mariadb, "1146", "", "database.statement");
        // Names say nothing.
        row(Engine::mariadb, "1146", "Table 'shop.constraint_log' doesn't exist", "database.statement");
        row(Engine::postgresql, "42P01", "ERROR: relation \"deadlock\" does not exist", "database.statement");
        row(Engine::postgresql, "1", "ERROR: relation \"constraint failed\" does not exist", "database.statement");
        row(Engine::postgresql, "1", "ERROR: column deadlocks.x does not exist", "database.statement");
        row(Engine::sqlite, "1", "no such table: constraint_log", "database.statement");
        row(Engine::sqlite, "1", "no such table: interrupted", "database.statement");
        row(Engine::sqlite, "1", "near \"interrupted\": syntax error", "database.statement");
        row(Engine::other, "", "invalid name interrupted_jobs", "database.statement");
        row(Engine::sqlite, "1", "[SQLite]UNIQUE constraint failed: entry.text", "database.constraint");
        row(Engine::postgresql, "1", "ERROR: duplicate key value violates unique constraint \"a\"",
            "database.constraint");
        row(Engine::postgresql, "1", "ERROR: deadlock detected", "database.locked");
        row(Engine::other, "", "Communication link failure", "database.lost");
    }
    void tellsApart()
    {
        QFETCH(int, engine);
        QFETCH(QString, native);
        QFETCH(QString, words);
        const QSqlError error(QString(), words, QSqlError::StatementError, native);
        QTEST(QString::fromUtf8(codeOf(kindOf(error, static_cast<Engine>(engine)))), "code");
    }
};

QTEST_APPLESS_MAIN(FailureTest)
#include "failure_test.moc"
