// SPDX-License-Identifier: GPL-3.0-or-later
// Tickets are sealed by a key for half their life, and opened by it until the last of them is too old.
#include "engine/tls_ticket_keys.h"

#include <QTest>

using namespace mainstay;
using engine::TlsTicketKeys;

class TlsTicketKeysTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void oneKeyForHalfALife()
    {
        TlsTicketKeys keys(Seconds(100));
        const SteadyTime start = SteadyClock::now();
        const auto first = keys.newest(start);
        QVERIFY(first && first->isNewest);
        QVERIFY(keys.newest(start + Seconds(49))->name == first->name);
        const auto second = keys.newest(start + Seconds(50));
        QVERIFY(second->name != first->name && second->cipher != first->cipher && second->mac != first->mac);
        QVERIFY(second->isNewest);
    }

    void opensUntilTheLastTicketIsTooOld()
    {
        TlsTicketKeys keys(Seconds(100));
        const SteadyTime start = SteadyClock::now();
        const auto first = keys.newest(start);
        (void)keys.newest(start + Seconds(60));
        const auto found = keys.find(first->name, start + Seconds(149));
        QVERIFY(found && found->cipher == first->cipher && !found->isNewest);
        QVERIFY(!keys.find(first->name, start + Seconds(150)));
    }

    void knowsNoOthers()
    {
        TlsTicketKeys keys(Seconds(100));
        const SteadyTime now = SteadyClock::now();
        (void)keys.newest(now);
        const std::array<unsigned char, TlsTicketKeys::kNameSize> name{};
        QVERIFY(!keys.find(name, now));
    }
};

QTEST_APPLESS_MAIN(TlsTicketKeysTest)
#include "tls_ticket_keys_test.moc"
