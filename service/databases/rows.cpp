// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/rows.h"

#include <QByteArray>
#include <QDateTime>
#include <QLocale>
#include <QString>

namespace mainstay::databases {

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
