// SPDX-License-Identifier: GPL-3.0-or-later
// What the service asks the program of an app's instance, beside the requests that workers pass on.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"

#include <QByteArray>
#include <QObject>

#include <functional>
#include <string>

namespace mainstay::control {

// Control thread. GETs one of the service's own paths; `done` once, later, with the whole answer, or with nothing when
// that does not come within `patience` or is longer than kLongestAnswer. Never when dropQuestions(asker) comes before.
struct InstanceQuestion {
    static constexpr qsizetype kLongestAnswer = 16'384; // bytes, head included

    Endpoint address;
    std::string token;
    const char *path;
    Milliseconds patience;
};
void askInstance(QObject *asker, const InstanceQuestion &question, std::function<void(const QByteArray &answer)> done);

// To be called where the asker ends, whose questions would find half of it.
void dropQuestions(QObject *asker);

// The body of an answer.
[[nodiscard]] QByteArray bodyOf(const QByteArray &answer);
[[nodiscard]] bool isOk(const QByteArray &answer);

} // namespace mainstay::control
