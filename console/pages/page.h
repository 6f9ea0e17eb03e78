// SPDX-License-Identifier: GPL-3.0-or-later
// What all pages share: a heading with a summary and buttons, the content, and what to show while there is none.
#pragma once

#include <QKeySequence>
#include <QLabel>
#include <QPushButton>
#include <QWidget>

class QHBoxLayout;
class QStackedLayout;
class QVBoxLayout;

namespace mainstay::pages {

// Immutable. Shown in place of the content.
struct Emptiness {
    QString headline;
    QString hint; // what to do about it
};

// Interface thread.
class Page : public QWidget {
    Q_OBJECT

public:
    Page(const QString &title, const QString &icon, const Emptiness &emptiness, QWidget *parent = nullptr);

    [[nodiscard]] QString title() const { return m_title->text(); }
    [[nodiscard]] QString iconName() const { return m_icon; }

    // Beside the title, in few words.
    void setSummary(const QString &summary);
    void setEmpty(bool empty);

protected:
    // At the right end of the heading. The key works while the page is shown; the tool tip tells it.
    QPushButton *addButton(const QString &text, const QString &icon, const QString &toolTip, const QKeySequence &key);
    // Where the page puts what it shows.
    [[nodiscard]] QVBoxLayout &content() { return *m_content; }
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] QWidget *emptyPlace(const Emptiness &emptiness);

    const QString m_icon;
    QLabel *m_title;
    QLabel *m_summary;
    QHBoxLayout *m_heading;
    QVBoxLayout *m_content;
    QStackedLayout *m_stack;
    QLabel *m_picture;
    QLabel *m_headline;
};

} // namespace mainstay::pages
