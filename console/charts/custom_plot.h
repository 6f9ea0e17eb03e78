// SPDX-License-Identifier: GPL-3.0-or-later
// QCustomPlot, whose header is written with Qt's keywords, which this project does without.
#pragma once

#include <QObject>

#define foreach Q_FOREACH
#define signals Q_SIGNALS
#define slots Q_SLOTS
#include <qcustomplot.h>
#undef foreach
#undef signals
#undef slots
