// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/problems_page.h"

#include <QItemSelectionModel>
#include <QVBoxLayout>

namespace mainstay::pages {

ProblemsPage::ProblemsPage(models::Inventory &inventory, QWidget *parent)
    : Page(tr("Problems"), QStringLiteral("good"),
           {tr("No problems"), tr("Everything the configuration asks for is as it should be.")}, parent),
      m_inventory(inventory), m_view(new RowView(inventory.problems)), m_detail(new QLabel)
{
    m_view->setFlat();
    m_detail->setWordWrap(true);
    m_detail->setTextFormat(Qt::PlainText);
    m_detail->setTextInteractionFlags(Qt::TextSelectableByMouse);
    content().addWidget(m_view, 1);
    content().addWidget(m_detail);
    connect(&m_inventory, &models::Inventory::updated, this, &ProblemsPage::update);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &ProblemsPage::update);
    update();
}

void ProblemsPage::update()
{
    const std::vector<models::Row> &problems = m_inventory.problems.rows();
    setEmpty(problems.empty());
    const QModelIndex current = m_view->currentRow();
    if (!current.isValid() || static_cast<std::size_t>(current.row()) >= problems.size())
        return m_detail->clear();
    const std::vector<models::Cell> &cells = problems[static_cast<std::size_t>(current.row())].cells;
    QStringList parts;
    for (std::size_t i : {1U, 2U, 3U, 4U}) {
        if (!cells[i].text.isEmpty())
            parts << cells[i].text;
    }
    m_detail->setText(parts.join(QLatin1Char('\n')));
}

} // namespace mainstay::pages
