// SPDX-License-Identifier: GPL-3.0-or-later
// One line that says how the last action went.
#pragma once

#include "base/result.h"
#include "models/row.h"

#include <QLabel>
#include <QWidget>

namespace mainstay::pages {

// Interface thread. Hidden until there is something to say.
class OutcomeLine : public QWidget {
    Q_OBJECT

public:
    explicit OutcomeLine(QWidget *parent = nullptr);

    void waitFor(const QString &what) { say(models::Tone::waiting, what); }
    void done(const QString &what) { say(models::Tone::good, what); }
    void failed(const QString &what, const Error &why);
    void clear() { hide(); }

    [[nodiscard]] QString text() const { return m_text->text(); }
    [[nodiscard]] models::Tone tone() const { return m_tone; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void say(models::Tone tone, const QString &text);
    void colourIn();

    models::Tone m_tone = models::Tone::plain;
    QLabel *m_sign;
    QLabel *m_text;
};

} // namespace mainstay::pages
