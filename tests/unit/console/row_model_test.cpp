// SPDX-License-Identifier: GPL-3.0-or-later
// Rows exchanged as a whole: what stays keeps its place in a view.
#include "models/log_lines.h"
#include "models/query_table.h"
#include "models/rates.h"
#include "models/row_model.h"
#include "models/sorted_rows.h"
#include "models/words.h"

#include <QAbstractItemModelTester>
#include <QPersistentModelIndex>
#include <QSignalSpy>
#include <QTest>

using namespace mainstay;
using models::Row;
using models::RowModel;
using models::Tone;

namespace {

Row row(const char *key, const char *text = "", std::vector<Row> children = {})
{
    return {QString::fromUtf8(key),
            {{QString::fromUtf8(key), Tone::strong, {}}, {QString::fromUtf8(text), Tone::plain, {}}},
            std::move(children)};
}

std::vector<models::Column> columns()
{
    return {{QStringLiteral("Name"), {}}, {QStringLiteral("Text"), {}, models::Align::right}};
}

} // namespace

class RowModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void data();
    void onlyWhatDiffersIsTold();
    void rowsComeAndGo();
    void childrenOutliveARowBeforeTheirs();
    void anotherOrder();
    void manyRows();
    void sorted();
    void logLines();
    void queryTable();

private:
    std::unique_ptr<RowModel> m_model;
    std::unique_ptr<QAbstractItemModelTester> m_tester;
};

void RowModelTest::init()
{
    m_tester.reset();
    m_model = std::make_unique<RowModel>(columns());
    m_tester = std::make_unique<QAbstractItemModelTester>(m_model.get(),
                                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
}

void RowModelTest::data()
{
    m_model->show({row("a", "1", {row("b", "2")})});
    const QModelIndex a = m_model->index(0, 1);
    QCOMPARE(a.data().toString(), QStringLiteral("1"));
    QCOMPARE(a.data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight, int(Qt::AlignRight));
    const QModelIndex b = m_model->index(0, 0, m_model->index(0, 0));
    QCOMPARE(m_model->keyOf(b), QStringLiteral("b"));
    QCOMPARE(m_model->parentKeyOf(b), QStringLiteral("a"));
    QCOMPARE(m_model->parentKeyOf(a), QString());
    QCOMPARE(b.data(RowModel::kToneRole).value<Tone>(), Tone::strong);
    QCOMPARE(b.data(Qt::ToolTipRole).toString(), QStringLiteral("b"));
    RowModel foreign(columns());
    foreign.show({row("x", "<h1>all is well</h1>")});
    QCOMPARE(foreign.index(0, 1).data(Qt::DisplayRole).toString(), QStringLiteral("<h1>all is well</h1>"));
    QCOMPARE(foreign.index(0, 1).data(Qt::ToolTipRole).toString(),
             QStringLiteral("<p style=\"white-space:pre-wrap\">&lt;h1&gt;all is well&lt;/h1&gt;</p>"));
    QCOMPARE(models::toolTipOf(QStringLiteral("a & b")), QStringLiteral("a & b"));
    QVERIFY(models::toolTipOf(QStringLiteral("&lt;b>")).contains(QStringLiteral("&amp;lt;b&gt;")));
    QCOMPARE(m_model->headerData(1, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("Text"));
}

void RowModelTest::onlyWhatDiffersIsTold()
{
    m_model->show({row("a", "1"), row("b", "1", {row("c", "1"), row("d", "1")})});
    const QSignalSpy changed(m_model.get(), &RowModel::dataChanged);
    m_model->show({row("a", "1"), row("b", "1", {row("c", "1"), row("d", "1")})});
    QCOMPARE(changed.size(), 0);
    m_model->show({row("a", "1"), row("b", "1", {row("c", "1"), row("d", "2")})});
    QCOMPARE(changed.size(), 1);
    QCOMPARE(m_model->keyOf(changed[0][0].toModelIndex()), QStringLiteral("d"));
}

void RowModelTest::rowsComeAndGo()
{
    m_model->show({row("a"), row("c"), row("d")});
    const QPersistentModelIndex c = m_model->index(1, 0);
    const QSignalSpy reset(m_model.get(), &RowModel::modelReset);
    m_model->show({row("b"), row("c"), row("d"), row("e")});
    QCOMPARE(reset.size(), 0);
    QCOMPARE(m_model->rowCount(), 4);
    QVERIFY(c.isValid());
    QCOMPARE(m_model->keyOf(c), QStringLiteral("c"));
    m_model->show({row("e")});
    QVERIFY(!c.isValid());
    m_model->show({});
    QCOMPARE(m_model->rowCount(), 0);
}

void RowModelTest::childrenOutliveARowBeforeTheirs()
{
    m_model->show({row("b", "", {row("x"), row("y")})});
    const QPersistentModelIndex y = m_model->index(1, 0, m_model->index(0, 0));
    m_model->show({row("a", "", {row("z")}), row("b", "", {row("y", "new")})});
    QVERIFY(y.isValid());
    QCOMPARE(m_model->keyOf(y), QStringLiteral("y"));
    QCOMPARE(m_model->parentKeyOf(y), QStringLiteral("b"));
    QCOMPARE(QModelIndex(y).siblingAtColumn(1).data().toString(), QStringLiteral("new"));
    m_model->show({row("b", "", {row("y")})});
    QCOMPARE(m_model->parentKeyOf(y), QStringLiteral("b"));
}

void RowModelTest::anotherOrder()
{
    m_model->show({row("a", "", {row("x"), row("y")}), row("b")});
    m_model->show({row("b"), row("a", "", {row("y"), row("x")})});
    QCOMPARE(m_model->keyOf(m_model->index(0, 0)), QStringLiteral("b"));
    m_model->show({row("b"), row("a", "", {row("x"), row("y")})});
    QCOMPARE(m_model->keyOf(m_model->index(1, 0, m_model->index(1, 0))), QStringLiteral("y"));
}

void RowModelTest::manyRows()
{
    m_tester.reset(); // it looks at each row each time
    std::vector<Row> rows;
    for (int i = 0; i < 20'000; ++i)
        rows.push_back(row(qPrintable(QString::number(i))));
    m_model->show(rows);
    QElapsedTimer timer;
    timer.start();
    m_model->show(rows);
    rows.erase(rows.begin() + 500);
    m_model->show(rows);
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(m_model->rowCount(), 19'999);
}

void RowModelTest::sorted()
{
    const auto figures = [](std::vector<std::pair<const char *, double>> values) {
        std::vector<Row> rows;
        for (const auto &[key, value] : values)
            rows.push_back({QString::fromUtf8(key),
                            {{QString::fromUtf8(key), Tone::plain, {}}, models::figure(QString::number(value), value)},
                            {}});
        return rows;
    };
    models::SortedRows sorted;
    const QAbstractItemModelTester tester(&sorted, QAbstractItemModelTester::FailureReportingMode::QtTest);
    sorted.setSourceModel(m_model.get());
    connect(m_model.get(), &RowModel::shown, &sorted, &models::SortedRows::sortAgain);
    const auto order = [&] {
        QString names;
        for (int i = 0; i < sorted.rowCount(); ++i)
            names += sorted.index(i, 0).data().toString() + QLatin1Char(' ');
        return names.trimmed();
    };
    m_model->show(figures({{"s10", 9}, {"s9", 10}, {"s1", models::kUnknown}, {"s2", 100}}));
    QCOMPARE(order(), QStringLiteral("s10 s9 s1 s2"));
    sorted.sort(0);
    QCOMPARE(order(), QStringLiteral("s1 s2 s9 s10"));
    sorted.sort(1);
    QCOMPARE(order(), QStringLiteral("s10 s9 s2 s1"));
    sorted.sort(1, Qt::DescendingOrder);
    QCOMPARE(order(), QStringLiteral("s2 s9 s10 s1")); // what is not known stays last
    const QPersistentModelIndex s9 = sorted.index(1, 0);
    m_model->show(figures({{"s10", 9}, {"s9", 1000}, {"s1", 500}, {"s2", 100}, {"s3", 700}}));
    QCOMPARE(order(), QStringLiteral("s9 s3 s1 s2 s10"));
    QCOMPARE(s9.row(), 0);
    sorted.sort(-1);
    QCOMPARE(order(), QStringLiteral("s10 s9 s1 s2 s3"));
    m_model->show(figures({{"s0", 1}, {"s10", 9}, {"s9", 1000}}));
    QCOMPARE(order(), QStringLiteral("s0 s10 s9"));
}

void RowModelTest::logLines()
{
    models::LogLines lines;
    const QAbstractItemModelTester tester(&lines, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const QSignalSpy inserted(&lines, &models::LogLines::rowsInserted);
    for (int i = 0; i < 100; ++i)
        lines.add({{}, "line " + std::to_string(i)});
    QCOMPARE(lines.rowCount(), 0);
    lines.flush();
    QCOMPARE(lines.rowCount(), 100);
    QCOMPARE(inserted.size(), 1);
    for (int i = 0; i < 5'000; ++i) {
        lines.add({{}, "more\x1b[2J"});
        if (i % 700 == 0)
            lines.flush();
    }
    lines.flush();
    QCOMPARE(lines.rowCount(), models::LogLines::kCapacity);
    QCOMPARE(lines.index(0).data().toString(), QStringLiteral("more\\x1b[2J"));
}

void RowModelTest::queryTable()
{
    models::QueryTable table;
    const QAbstractItemModelTester tester(&table, QAbstractItemModelTester::FailureReportingMode::QtTest);
    rpc::QueryResult result;
    result.columns = {"id", "name"};
    result.rows = {{{"1", "a\nb"}}, {{"2", std::nullopt}}, {{"3"}}};
    result.truncated = true;
    result.spent = Milliseconds(7);
    table.show(result);
    QCOMPARE(table.rowCount(), 3);
    QCOMPARE(table.index(0, 1).data(Qt::ToolTipRole).toString(), QStringLiteral("a\nb"));
    QVERIFY(!table.index(0, 1).data().toString().contains(QLatin1Char('\n')));
    QCOMPARE(table.index(1, 1).data(models::QueryTable::kNullRole).toBool(), true);
    QVERIFY(!table.index(2, 1).data().isValid());
    const auto alignment = [&](int column) { return table.index(0, column).data(Qt::TextAlignmentRole).toInt(); };
    QVERIFY(alignment(0) & Qt::AlignRight); // numbers
    QVERIFY(alignment(1) & Qt::AlignLeft);
    QCOMPARE(table.index(1, 1).data(RowModel::kToneRole).value<Tone>(), Tone::faint);
    QVERIFY(table.summary().contains(QStringLiteral("3")) && table.summary().contains(QStringLiteral("more")));
    result = {};
    result.affected = 4;
    table.show(result);
    QCOMPARE(table.columnCount(), 0);
    QVERIFY(table.summary().contains(QStringLiteral("4")));
}

QTEST_GUILESS_MAIN(RowModelTest)
#include "row_model_test.moc"
