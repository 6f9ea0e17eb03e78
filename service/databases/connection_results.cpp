// SPDX-License-Identifier: GPL-3.0-or-later
// How a statement is started, and what it gives is read.
#include "databases/connection.h"

#include "databases/failure.h"

#include <QSqlError>

namespace mainstay::databases {
namespace {

constexpr qulonglong kSmallPacket = 64 << 10; // that any server takes

} // namespace

// MySQL's servers hang up on what is longer than they take.
Result<> Connection::checkSize(const QVariantList &values)
{
    if (!isMysql())
        return {};
    qulonglong size = 0;
    for (const QVariant &value : values)
        size += static_cast<qulonglong>(value.toByteArray().size());
    if (size < kSmallPacket)
        return {};
    const Result<std::string> most = ask("SELECT @@max_allowed_packet");
    if (!most || size < QByteArray::fromStdString(*most).toULongLong())
        return {};
    return fail(codeOf(FailureKind::value),
                "database `" + m_target.name + "`: the values have " + std::to_string(size) +
                    " bytes, and the server takes " + *most,
                "raise max_allowed_packet of the server");
}

Result<> Connection::start(Prepared &prepared, const QVariantList &values)
{
    if (prepared.way == Way::variables)
        return startWithVariables(prepared, values);
    int position = 0;
    for (const QVariant &value : values)
        prepared.query.bindValue(position++, value);
    if (!(prepared.way == Way::direct ? prepared.query.exec(prepared.statement.text) : prepared.query.exec()))
        return tl::unexpected<Error>(failure(prepared.query.lastError()));
    return {};
}

// By itself: a query of Qt that ends takes away the results of any other on its connection.
Result<> Connection::setVariables(const QString &text, const QVariantList &values)
{
    QString set = QStringLiteral("SET @mainstay_text = ?");
    for (qsizetype i = 0; i < values.size(); ++i)
        set += (values[i].isNull() ? QStringLiteral(", @mainstay_%1 = CONVERT(? USING utf8mb4)") // else it makes bytes
                                   : QStringLiteral(", @mainstay_%1 = ?"))
                   .arg(i);
    QSqlQuery query(m_database);
    if (!query.prepare(set))
        return tl::unexpected<Error>(failure(query.lastError()));
    query.addBindValue(text);
    for (const QVariant &value : values)
        query.addBindValue(value);
    return query.exec() ? Result<>() : tl::unexpected<Error>(failure(query.lastError()));
}

// One statement to the server, as any other that is prepared, whose values go the usual way; but its rows come as those
// of a text do.
Result<> Connection::startWithVariables(Prepared &prepared, const QVariantList &values)
{
    if (Result<> set = setVariables(prepared.statement.text, values); !set)
        return set;
    QString execute = QStringLiteral("EXECUTE mainstay_statement");
    for (qsizetype i = 0; i < values.size(); ++i)
        execute +=
            QStringLiteral("%1 @mainstay_%2").arg(i == 0 ? QStringLiteral(" USING") : QStringLiteral(",")).arg(i);
    if (Result<> made = own("PREPARE mainstay_statement FROM @mainstay_text"); !made)
        return made;
    if (!prepared.query.exec(execute))
        return tl::unexpected<Error>(failure(prepared.query.lastError()));
    return {};
}

// All of them, though only the rows of the first are read: an error may be in any.
Result<Outcome> Connection::readResults(Prepared &prepared, RowReader *reader, std::uint64_t skip)
{
    QSqlQuery &query = prepared.query;
    const bool isAlone = prepared.way == Way::prepared && !isOdbc();
    Outcome outcome;
    for (;;) {
        if (query.isSelect() && !outcome.hasRows) {
            outcome = {true, std::nullopt};
            if (Result<> read = readRows(query, reader, skip); !read)
                return forward(std::move(read));
        } else if (!outcome.hasRows && query.numRowsAffected() >= 0) {
            outcome.affected = static_cast<std::uint64_t>(query.numRowsAffected());
        }
        if (isAlone)
            return outcome;
        const Result<bool> more = nextResult(query);
        if (!more)
            return tl::unexpected<Error>(more.error());
        if (!*more)
            return outcome;
    }
}

// Of MySQL's and of databases that are not known: the others give one.
Result<bool> Connection::nextResult(QSqlQuery &query)
{
    if (!isMysql() && m_engine != Engine::other)
        return false;
    if (query.nextResult()) {
        if (!isOverdue())
            return true;
        m_isSpent = true; // what is left is in the way
        return fail(codeOf(FailureKind::timeout), "database `" + m_target.name + "`: the results took too long");
    }
    const QSqlError error = query.lastError();
    if (!error.isValid() || error.text().contains(QLatin1String("does not support this function")))
        return false;
    // Qt calls what ODBC says here the connection's error.
    const QSqlError said(error.driverText(), error.databaseText(), QSqlError::StatementError, error.nativeErrorCode());
    return tl::unexpected<Error>(failure(said));
}

Result<> Connection::readRows(QSqlQuery &query, RowReader *reader, std::uint64_t skip)
{
    const std::vector<Column> columns = columnsOf(query, m_engine);
    if (reader)
        reader->begin(columns);
    bool wanted = true;
    while (wanted && query.next()) {
        if (isOverdue())
            return fail(codeOf(FailureKind::timeout), "database `" + m_target.name + "`: the rows took too long");
        if (skip > 0) {
            --skip;
            continue;
        }
        if (const Column *lost = lostColumn(query, columns))
            return fail(codeOf(FailureKind::statement),
                        "database `" + m_target.name + "`: the driver cannot read the BIT in `" + lost->name + "`",
                        "select it as a number: `column + 0`");
        if (reader)
            wanted = reader->read(Row(query, columns));
    }
    if (wanted && query.lastError().isValid())
        return tl::unexpected<Error>(failure(query.lastError()));
    return {};
}

} // namespace mainstay::databases
