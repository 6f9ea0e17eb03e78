// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/sorted_rows.h"

#include "models/row_model.h"

namespace mainstay::models {
namespace {

int rankOf(Tone tone)
{
    switch (tone) {
    case Tone::bad:
        return 0;
    case Tone::warning:
        return 1;
    case Tone::waiting:
        return 2;
    case Tone::plain:
    case Tone::good:
    case Tone::faint:
    case Tone::strong:
        break;
    }
    return 3;
}

// The digits from there on, without zeros before them.
QStringView takeNumber(const QString &text, qsizetype &at)
{
    while (at < text.size() && text[at] == QLatin1Char('0'))
        ++at;
    const qsizetype first = at;
    while (at < text.size() && text[at].isDigit())
        ++at;
    return QStringView(text).sliced(first, at - first);
}

// Runs of digits by their value, in every locale; QCollator does so in some.
int compareAsCounted(const QString &a, const QString &b)
{
    qsizetype i = 0;
    qsizetype j = 0;
    while (i < a.size() && j < b.size()) {
        if (a[i].isDigit() && b[j].isDigit()) {
            const QStringView x = takeNumber(a, i);
            const QStringView y = takeNumber(b, j);
            const int order = x.size() != y.size() ? (x.size() < y.size() ? -1 : 1) : x.compare(y);
            if (order != 0)
                return order;
            continue;
        }
        const QChar x = a[i++].toCaseFolded();
        const QChar y = b[j++].toCaseFolded();
        if (x != y)
            return x < y ? -1 : 1;
    }
    return j < b.size() ? -1 : i < a.size() ? 1 : 0;
}

} // namespace

SortedRows::SortedRows(QObject *parent) : QSortFilterProxyModel(parent)
{
    setDynamicSortFilter(false);
}

void SortedRows::sortAgain()
{
    if (sortColumn() >= 0)
        sort(sortColumn(), sortOrder());
}

bool SortedRows::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const QVariant a = left.data(kSortRole);
    const QVariant b = right.data(kSortRole);
    const bool isFigure = a.typeId() == QMetaType::Double;
    if (isFigure != (b.typeId() == QMetaType::Double))
        return isFigure == (sortOrder() == Qt::AscendingOrder);
    if (isFigure)
        return a.toDouble() < b.toDouble();
    const int rank = rankOf(left.data(RowModel::kToneRole).value<Tone>());
    const int otherRank = rankOf(right.data(RowModel::kToneRole).value<Tone>());
    return rank != otherRank ? rank < otherRank : compareAsCounted(a.toString(), b.toString()) < 0;
}

} // namespace mainstay::models
