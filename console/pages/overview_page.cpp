// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/overview_page.h"

#include "charts/live_chart.h"
#include "look/spacing.h"
#include "models/words.h"

#include <QHBoxLayout>
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
    // Rows of charts of one width; what is read most stands above.
    QHBoxLayout *row = nullptr;
    const auto addRow = [&] {
        row = new QHBoxLayout;
        row->setSpacing(2 * look::kUnit);
        content().addLayout(row, 1);
    };
    const auto add = [&](charts::Subject subject) { row->addWidget(new LiveChart(std::move(subject), history), 1); };
    addRow();
    add({tr("Requests per second"),
         tr("Answered by all sites"),
         {{Series::requests, &Colours::accent, {}}},
         &models::rateText});
    add({tr("Latency"),
         tr("From a request's first byte to its answer's last. Half of the requests took no longer than p50, and\n"
            "ninety-nine in a hundred no longer than p99, over all sites."),
         {{Series::p50, &Colours::accent, tr("p50")}, {Series::p99, &Colours::violet, tr("p99")}},
         &models::durationText,
         1000,
         false,
         true});
    addRow();
    add({tr("Server errors per second"),
         tr("Answers with a status of 500 to 599"),
         {{Series::errors, &Colours::bad, {}}},
         &models::rateText});
    add({tr("DNS queries per second"),
         tr("All that were answered"),
         {{Series::queries, &Colours::teal, {}}},
         &models::rateText});
    add({tr("Connections"),
         tr("Open client connections"),
         {{Series::connections, &Colours::violet, {}}},
         &models::rateText,
         4});
    addRow();
    add({tr("CPU"),
         tr("Of one core, used by the service"),
         {{Series::cpu, &Colours::amber, {}}},
         &models::percentText,
         10});
    add({tr("Memory"),
         tr("Used by the service"),
         {{Series::memory, &Colours::good, {}}},
         &models::memoryText,
         16.0 * 1024 * 1024,
         true});
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
