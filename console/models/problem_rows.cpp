// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/problem_rows.h"

#include "models/words.h"

#include <QCoreApplication>

#include <algorithm>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ProblemRows", text);
}

class ProblemList {
public:
    void add(Tone tone, const QString &object, const QString &what, const QString &remedy, const QString &place)
    {
        const QString key = object + QLatin1Char('\n') + what + QLatin1Char('\n') + place;
        if (std::any_of(m_rows.begin(), m_rows.end(), [&](const Row &row) { return row.key == key; }))
            return;
        m_rows.push_back({key,
                          {{tone == Tone::bad ? tr("Error") : tr("Warning"), tone, {}},
                           {object, Tone::strong, {}},
                           {what, Tone::plain, {}},
                           {remedy, Tone::plain, {}},
                           {place, Tone::faint, {}}},
                          {}});
    }

    void add(const Problem &problem)
    {
        add(problem.severity == Severity::error ? Tone::bad : Tone::warning, text(problem.path), text(problem.message),
            text(problem.remedy), text(problem.source.text()));
    }

    [[nodiscard]] std::vector<Row> take() { return std::move(m_rows); }

private:
    std::vector<Row> m_rows;
};

} // namespace

std::vector<Column> problemColumns()
{
    return {{tr("Severity"), QStringLiteral("⬤ Warning")},
            {tr("Object"), QStringLiteral("backend.app.server")},
            {tr("What is wrong"), QStringLiteral("the port is in use by another program")},
            {tr("What to do"), QStringLiteral("choose another"), Align::left, true},
            {tr("Place"), QStringLiteral("mainstay/mainstay.toml:100")}};
}

std::vector<Row> problemRows(const rpc::Status &status)
{
    ProblemList list;
    for (const Problem &problem : status.problems)
        list.add(problem);
    for (const rpc::ZoneStatus &zone : status.zones) {
        for (const Problem &problem : zone.problems)
            list.add(problem);
    }
    for (const rpc::DriftedFile &file : status.drift)
        list.add(Tone::warning, tr("Configuration"), tr("%1 since it was applied").arg(label(file.change)),
                 tr("See mainstayctl config diff, then mainstayctl config apply"), text(file.file));
    return list.take();
}

bool isBad(const std::vector<Row> &problems)
{
    return std::any_of(problems.begin(), problems.end(), [](const Row &row) { return row.cells[0].tone == Tone::bad; });
}

} // namespace mainstay::models
