// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/failure.h"

#include <QRegularExpression>
#include <QString>

#include <algorithm>
#include <array>
#include <string_view>

namespace mainstay::databases {
namespace {

using Kind = FailureKind;

bool isOfWord(QChar c)
{
    return c.isLetterOrNumber() || c == QLatin1Char('_');
}

// The first, where a driver names several.
QString nativeCode(const QSqlError &error)
{
    return error.nativeErrorCode().section(QLatin1Char(';'), 0, 0);
}

Kind sqliteKind(int code)
{
    switch (code & 0xff) { // the rest is the extended code
    case 5:                // SQLITE_BUSY
    case 6:                // SQLITE_LOCKED
        return Kind::locked;
    case 8: // SQLITE_READONLY; what makes an extended code of it hinders reading, and is none of the statement's fault
        return code == 8 ? Kind::readOnly : Kind::lost;
    case 23: // SQLITE_AUTH
        return Kind::readOnly;
    case 9: // SQLITE_INTERRUPT
        return Kind::timeout;
    case 10: // SQLITE_IOERR
    case 14: // SQLITE_CANTOPEN
        return Kind::lost;
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
        return Kind::damaged;
    case 13: // SQLITE_FULL
        return Kind::full;
    case 18: // SQLITE_TOOBIG
    case 20: // SQLITE_MISMATCH
        return Kind::value;
    case 19: // SQLITE_CONSTRAINT
        return Kind::constraint;
    default:
        return Kind::statement;
    }
}

// SQLSTATE, appendix A of PostgreSQL's manual.
Kind postgresqlKind(const QString &state)
{
    const auto is = [&](const char *text) { return state == QLatin1String(text); };
    const auto inClass = [&](const char *text) { return state.startsWith(QLatin1String(text)); };
    if (is("57014"))
        return Kind::timeout;
    if (is("25006"))
        return Kind::readOnly;
    if (is("53100"))
        return Kind::full;
    if (inClass("08") || inClass("57P") || is("53300") || is("25P03"))
        return Kind::lost;
    if (inClass("40") || is("55P03"))
        return Kind::locked;
    if (inClass("23") || is("P0001"))
        return Kind::constraint;
    return inClass("22") ? Kind::value : Kind::statement;
}

// MySQL's max_allowed_packet.
constexpr int kPacketTooLarge = 1153;

Kind mysqlKind(int code)
{
    switch (code) {
    case 1969: // max_statement_time
    case 3024: // max_execution_time
    case 1317: // killed query
        return Kind::timeout;
    case 1792: // read-only transaction
    case 1290: // --read-only
        return Kind::readOnly;
    case 1205: // lock wait
    case 1213: // deadlock
        return Kind::locked;
    case 1021: // disk full
    case 1114: // table full
        return Kind::full;
    case 1022:
    case 1048:
    case 1062:
    case 1169:
    case 1216:
    case 1217:
    case 1451:
    case 1452:
    case 1557:
    case 1644: // SIGNAL
    case 3819:
    case 4025:
        return Kind::constraint;
    case 1264:
    case 1265:
    case 1292:
    case 1366:
    case 1406:
    case 1690:
    case kPacketTooLarge:
        return Kind::value;
    case 1040:
    case 1053:
    case 1077:
    case 1080:
    case 1152:
    case 1158:
    case 1159:
    case 1160:
    case 1161:
    case 1927:
    case 2002:
    case 2003:
    case 2006:
    case 2013:
    case 2026:
    case 2055:
    case 4031:
        return Kind::lost;
    default:
        return Kind::statement;
    }
}

struct Sign {
    std::string_view text;
    Kind kind;
};

// The PostgreSQL and SQLite drivers of ODBC keep the database's own code to themselves, and so does Qt when a
// connection is gone: their words must do.
constexpr std::array kSigns{
    Sign{"statement timeout", Kind::timeout},
    Sign{"max_statement_time", Kind::timeout},
    Sign{"Query timeout", Kind::timeout},
    Sign{"interrupted", Kind::timeout},
    Sign{"read-only transaction", Kind::readOnly},
    Sign{"READ ONLY transaction", Kind::readOnly},
    Sign{"readonly database", Kind::readOnly},
    Sign{"database is locked", Kind::locked},
    Sign{"deadlock detected", Kind::locked},
    Sign{"Deadlock found", Kind::locked},
    Sign{"constraint failed", Kind::constraint},
    Sign{"violates", Kind::constraint}, // … unique constraint, … not-null constraint
    Sign{"Duplicate entry", Kind::constraint},
    Sign{"invalid input syntax", Kind::value},
    Sign{"out of range", Kind::value},
    Sign{"value too long", Kind::value},
    Sign{"numeric field overflow", Kind::value},
    Sign{"server closed the connection", Kind::lost},
    Sign{"terminating connection", Kind::lost},
    Sign{"could not connect", Kind::lost},
    Sign{"connection to server", Kind::lost},
    Sign{"server has gone away", Kind::lost},
    Sign{"Lost connection", Kind::lost},
    Sign{"Communication link", Kind::lost},
    Sign{"no connection to the server", Kind::lost},
    Sign{"unable to open database", Kind::lost},
    Sign{"disk is full", Kind::full},
    Sign{"database disk image is malformed", Kind::damaged},
    Sign{"file is not a database", Kind::damaged},
};

// What the message quotes, and what SQLite names behind a colon, is a name or a value and says nothing.
QString withoutNames(QString text)
{
    static const QRegularExpression kNames(
        QStringLiteral(R"re("[^"]*"|'[^']*'|`[^`]*`|no such (?:table|column|function|index|view): \S+)re"));
    return text.replace(kNames, QStringLiteral("_"));
}

Kind kindByWords(const QString &message)
{
    const QString text = withoutNames(message);
    for (const Sign &sign : kSigns) {
        const auto words = QLatin1String(sign.text.data(), static_cast<qsizetype>(sign.text.size()));
        const auto isBound = [&](qsizetype at) { return at < 0 || at >= text.size() || !isOfWord(text[at]); };
        const qsizetype at = text.indexOf(words, 0, Qt::CaseInsensitive);
        if (at >= 0 && isBound(at - 1) && isBound(at + words.size()))
            return sign.kind;
    }
    return Kind::statement;
}

} // namespace

FailureKind kindOf(const QSqlError &error, Engine engine)
{
    const QString code = nativeCode(error);
    bool isNumber = false;
    const int number = code.toInt(&isNumber);
    const bool isMysql = engine == Engine::mariadb || engine == Engine::mysql;
    Kind kind = Kind::statement;
    bool isTold = true; // by a code
    if (engine == Engine::postgresql && code.size() == 5)
        kind = postgresqlKind(code);
    else if (engine == Engine::sqlite && isNumber && number > 1)
        kind = sqliteKind(number);
    else if (isMysql && isNumber && number > 0)
        kind = mysqlKind(number);
    else
        isTold = false;
    if (!isTold)
        kind = kindByWords(error.text());
    // SQLite's driver calls everything a connection's error.
    const bool isConnection = error.type() == QSqlError::ConnectionError && engine != Engine::sqlite;
    return kind == Kind::statement && isConnection ? Kind::lost : kind;
}

bool endsConnection(const QSqlError &error, Engine engine)
{
    return dialectOf(engine) == schema::SqlDialect::mysql && nativeCode(error).toInt() == kPacketTooLarge;
}

const char *codeOf(FailureKind kind)
{
    switch (kind) {
    case Kind::statement:
        return "database.statement";
    case Kind::value:
        return "database.value";
    case Kind::constraint:
        return "database.constraint";
    case Kind::readOnly:
        return "database.read-only";
    case Kind::locked:
        return "database.locked";
    case Kind::timeout:
        return "database.timeout";
    case Kind::lost:
        return "database.lost";
    case Kind::full:
        return "database.full";
    case Kind::damaged:
        return "database.damaged";
    }
    return "database.statement";
}

bool isTemporary(const Error &error)
{
    static constexpr std::array<std::string_view, 5> kCodes{"database.unreachable", "database.lost", "database.busy",
                                                            "database.locked", "database.full"};
    return error.code.starts_with("secret.") || std::find(kCodes.begin(), kCodes.end(), error.code) != kCodes.end();
}

} // namespace mainstay::databases
