// SPDX-License-Identifier: GPL-3.0-or-later
// An interference at one point of a run, or at all of them.
#pragma once

#include "engine/frame_pool.h"
#include "engine/interference.h"
#include "loopback.h"

#include <QTest>

namespace mainstay::test {

enum class Disturbance : std::uint8_t { none, defer, oneByte, cancel };

// Disturbs the attempt with the given number, counted from 1, or with `kEverywhere` each one; of deferrals then every
// other one, so that things go on.
class Interfering final : public engine::Interference {
public:
    static constexpr int kEverywhere = 0;

    explicit Interfering(Disturbance disturbance = Disturbance::none, int point = kEverywhere)
        : m_disturbance(disturbance), m_point(point)
    {}

    Verdict onAttempt(engine::OperationKind) override
    {
        ++m_attempts;
        if (m_disturbance == Disturbance::defer && (m_point == kEverywhere ? m_attempts % 2 == 1 : isHere()))
            return Verdict::defer;
        if (m_disturbance == Disturbance::cancel && isHere())
            return Verdict::cancel;
        return Verdict::proceed;
    }
    std::size_t limit(engine::OperationKind, std::size_t wanted) override
    {
        return m_disturbance == Disturbance::oneByte && isHere() ? 1 : wanted;
    }
    [[nodiscard]] int attempts() const { return m_attempts; }

private:
    [[nodiscard]] bool isHere() const { return m_point == kEverywhere || m_attempts == m_point; }

    Disturbance m_disturbance;
    int m_point;
    int m_attempts = 0;
};

// How a run ended. `clean` means that all that was begun has ended, and `right` that it did what it was to do.
struct Ending {
    bool clean = false;
    bool right = false;
};

// Runs `exchange` once undisturbed and then with each disturbance at each of its points. It must be right whatever was
// put off or cut into pieces, and clean even when something was cancelled.
inline void disturbEverywhere(const std::function<Ending(Interfering &)> &exchange)
{
    const auto check = [&exchange](Disturbance disturbance, int point) {
        const std::size_t frames = engine::frames::live();
        const int descriptors = openDescriptors();
        Interfering interfering(disturbance, point);
        const Ending ending = exchange(interfering);
        const QByteArray where = QByteArray("disturbance ") + QByteArray::number(static_cast<int>(disturbance)) +
                                 " at point " + QByteArray::number(point);
        [&] {
            QVERIFY2(ending.clean, where.constData());
            QVERIFY2(ending.right || disturbance == Disturbance::cancel, where.constData());
            QVERIFY2(engine::frames::live() == frames, where.constData());
            QVERIFY2(openDescriptors() == descriptors, where.constData());
        }();
        return interfering.attempts();
    };
    const int points = check(Disturbance::none, Interfering::kEverywhere);
    QVERIFY2(points > 5, qPrintable(QString::number(points)));
    for (const Disturbance disturbance : {Disturbance::defer, Disturbance::oneByte, Disturbance::cancel}) {
        for (int point = 1; point <= points && !QTest::currentTestFailed(); ++point)
            check(disturbance, point);
    }
    check(Disturbance::defer, Interfering::kEverywhere);
    check(Disturbance::oneByte, Interfering::kEverywhere);
}

} // namespace mainstay::test
