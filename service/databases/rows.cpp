// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/rows.h"

#include "databases/driver_results.h"

#include <QByteArray>
#include <QDateTime>
#include <QLocale>
#include <QRegularExpression>
#include <QSqlField>
#include <QSqlRecord>

namespace mainstay::databases {
namespace {

constexpr int kPostgresqlJson = 114;
constexpr int kPostgresqlJsonb = 3802;
constexpr int kMysqlBit = 16;
constexpr int kOdbcTinyint = -6;

bool isTime(const QMetaType &type)
{
    return type.id() == QMetaType::QDate || type.id() == QMetaType::QTime || type.id() == QMetaType::QDateTime;
}

void describePostgresql(Column &column, const QSqlField &field)
{
    column.isJson = field.typeID() == kPostgresqlJson || field.typeID() == kPostgresqlJsonb;
    if (isTime(field.metaType()))
        column.reading = Reading::postgresqlTime;
}

// `mysql` is what the native driver knows.
void describeMysql(Column &column, const QSqlField &field, const std::optional<MysqlColumn> &mysql)
{
    if (!mysql) {
        if (field.typeID() == kOdbcTinyint && field.metaType().id() == QMetaType::UInt)
            column.reading = Reading::signedByte;
        return;
    }
    column.isJson = mysql->isJson;
    if (field.typeID() == kMysqlBit) {
        column.reading = Reading::bits;
    } else if (column.isBytes && !mysql->isBytes) {
        column.isBytes = false;
        column.isText = true;
        column.reading = Reading::bytesAsText;
    }
}

// Qt takes the bytes for UTF-8. Invalid where they were none.
QVariant bitsOf(const QVariant &value)
{
    const QString text = value.toString();
    if (text.contains(QChar::ReplacementCharacter))
        return {};
    qulonglong number = 0;
    for (const char byte : text.toUtf8())
        number = number << 8 | static_cast<unsigned char>(byte);
    return number;
}

} // namespace

std::vector<Column> columnsOf(const QSqlQuery &query, Engine engine)
{
    std::vector<Column> columns;
    const QSqlRecord record = query.record();
    for (int i = 0; i < record.count(); ++i) {
        const QSqlField field = record.field(i);
        const int type = field.metaType().id();
        const bool isDecimal = type == QMetaType::Double || type == QMetaType::Float;
        Column column{field.name().toStdString(), isDecimal, false, type == QMetaType::QString,
                      type == QMetaType::QByteArray};
        if (engine == Engine::postgresql)
            describePostgresql(column, field);
        else if (dialectOf(engine) == schema::SqlDialect::mysql)
            describeMysql(column, field, mysqlColumn(query, i));
        columns.push_back(std::move(column));
    }
    return columns;
}

QVariant Row::value(std::size_t column) const
{
    const int at = static_cast<int>(column);
    QVariant value = m_query.value(at);
    if (m_columns[column].reading == Reading::asIs || m_query.isNull(at))
        return value;
    switch (m_columns[column].reading) {
    case Reading::asIs:
        break;
    case Reading::bytesAsText:
        return QString::fromUtf8(value.toByteArray());
    case Reading::postgresqlTime:
        if (std::optional<QString> text = postgresqlText(m_query, at))
            return isoTime(std::move(*text));
        break;
    case Reading::signedByte:
        return static_cast<int>(static_cast<qint32>(value.toUInt()));
    case Reading::bits:
        return bitsOf(value);
    }
    return value;
}

const Column *lostColumn(const QSqlQuery &query, const std::vector<Column> &columns)
{
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const int at = static_cast<int>(i);
        if (columns[i].reading == Reading::bits && !query.isNull(at) && !bitsOf(query.value(at)).isValid())
            return &columns[i];
    }
    return nullptr;
}

QString isoTime(QString text)
{
    static const QRegularExpression kTime(
        QStringLiteral(R"re(^(?:(\d{4,}-\d\d-\d\d) )?(\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d)?(:\d\d.*)?( BC)?$)re"));
    const QRegularExpressionMatch match = kTime.match(text);
    if (!match.hasMatch())
        return text;
    const QString day = match.captured(1);
    const QString minutes = match.captured(4);
    return (day.isEmpty() ? day : day + QLatin1Char('T')) + match.captured(2) + match.captured(3) +
           (minutes.isEmpty() && match.hasCaptured(3) ? QStringLiteral(":00") : minutes) + match.captured(5);
}

std::optional<std::string> textOf(const QVariant &value)
{
    if (value.isNull())
        return std::nullopt;
    switch (value.typeId()) {
    case QMetaType::QByteArray:
        return value.toByteArray().toBase64().toStdString();
    case QMetaType::QDateTime:
        return value.toDateTime().toString(Qt::ISODateWithMs).toStdString();
    case QMetaType::QTime:
        return value.toTime().toString(Qt::ISODateWithMs).toStdString();
    case QMetaType::Char:
    case QMetaType::SChar:
    case QMetaType::UChar:
    case QMetaType::Short:
    case QMetaType::UShort:
        return std::to_string(value.toInt());
    case QMetaType::Double:
        return QString::number(value.toDouble(), 'g', QLocale::FloatingPointShortest).toStdString();
    default:
        return value.toString().toStdString();
    }
}

} // namespace mainstay::databases
