// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/overview_page.h"

#include "charts/live_chart.h"
#include "look/spacing.h"
#include "models/words.h"

#include <QGridLayout>
#include <QVBoxLayout>

namespace mainstay::pages {

using charts::Line;
using charts::LiveChart;
using look::Colours;
using models::Series;

OverviewPage::OverviewPage(const models::History &history, const models::Inventory &inventory, QWidget *parent)
    : Page(tr("Overview"), QStringLiteral("overview"),
           {tr("Waiting for the service"), tr("Figures appear here as soon as it answers.")}, parent),
      m_inventory(inventory)
{
    auto *grid = new QGridLayout;
    grid->setSpacing(2 * look::kUnit);
    const auto add = [&](int row, int column, int span, charts::Subject subject) {
        grid->addWidget(new LiveChart(std::move(subject), history), row, column, 1, span);
    };
    add(0, 0, 3,
        {tr("Requests per second"),
         tr("Answered by all sites"),
         {{Series::requests, &Colours::accent, {}}},
         &models::rateText});
    add(0, 3, 3,
        {tr("Latency"),
         tr("From a request's first byte to its answer's last. Half of the requests took no longer than p50, and\n"
            "ninety-nine in a hundred no longer than p99. Over several sites, p50 is the mean of their own, and p99\n"
            "that of the slowest one."),
         {{Series::p50, &Colours::accent, tr("p50")}, {Series::p99, &Colours::violet, tr("p99")}},
         &models::durationText,
         1000,
         false,
         true});
    add(1, 0, 2,
        {tr("Errors per second"),
         tr("Answers of the classes 5xx"),
         {{Series::errors, &Colours::bad, {}}},
         &models::rateText});
    add(1, 2, 2,
        {tr("DNS queries per second"),
         tr("All that were answered"),
         {{Series::queries, &Colours::teal, {}}},
         &models::rateText});
    add(1, 4, 2,
        {tr("Connections"),
         tr("Open client connections"),
         {{Series::connections, &Colours::violet, {}}},
         &models::rateText,
         4});
    add(2, 0, 3,
        {tr("CPU"),
         tr("Of one core, used by the service"),
         {{Series::cpu, &Colours::amber, {}}},
         &models::percentText,
         10});
    add(2, 3, 3,
        {tr("Memory"),
         tr("Used by the service"),
         {{Series::memory, &Colours::good, {}}},
         &models::memoryText,
         16.0 * 1024 * 1024,
         true});
    for (int column = 0; column < 6; ++column)
        grid->setColumnStretch(column, 1);
    for (int row = 0; row < 3; ++row)
        grid->setRowStretch(row, 1);
    content().addLayout(grid);
    setEmpty(true);
    connect(&m_inventory, &models::Inventory::updated, this, &OverviewPage::summarise);
}

void OverviewPage::summarise()
{
    const rpc::Status &status = *m_inventory.status();
    setEmpty(false);
    setSummary(tr("%1 · up %2").arg(models::label(status.state), models::spanText(status.uptime)));
}

} // namespace mainstay::pages
