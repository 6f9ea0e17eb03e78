// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs from several threads: all of them, in order, with no wake-up lost and few too many.
#include "engine/mailbox.h"

#include <QTest>
#include <array>
#include <poll.h>
#include <thread>
#include <vector>

using namespace mainstay::engine;

namespace {

bool isReadable(const Mailbox &mailbox, int patience)
{
    pollfd waiting{mailbox.handle(), POLLIN, 0};
    return ::poll(&waiting, 1, patience) == 1;
}

} // namespace

class MailboxTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void wakesWhenThereAreJobs();
    void aJobMayPost();
    void manyProducers();
    void jobsNeverRunAreDestroyed();
};

void MailboxTest::wakesWhenThereAreJobs()
{
    Mailbox mailbox;
    QVERIFY(!isReadable(mailbox, 0));
    std::vector<int> ran;
    mailbox.post([&ran] { ran.push_back(1); });
    mailbox.post([&ran] { ran.push_back(2); });
    QVERIFY(isReadable(mailbox, 0));
    mailbox.run();
    QCOMPARE(ran, (std::vector<int>{1, 2}));
    QVERIFY(!isReadable(mailbox, 0));
    mailbox.run();
    QCOMPARE(ran.size(), std::size_t(2));
}

void MailboxTest::aJobMayPost()
{
    Mailbox mailbox;
    int ran = 0;
    mailbox.post([&] {
        ++ran;
        mailbox.post([&ran] { ran += 10; });
    });
    mailbox.run();
    QCOMPARE(ran, 1); // its own is for the next run, so that a loop is never held up
    QVERIFY(isReadable(mailbox, 0));
    mailbox.run();
    QCOMPARE(ran, 11);
}

void MailboxTest::manyProducers()
{
    constexpr int kProducers = 4;
    constexpr int kJobs = 20'000;
    Mailbox mailbox;
    std::array<int, kProducers> next{};
    bool inOrder = true;
    int ran = 0;
    std::vector<std::thread> producers;
    for (int producer = 0; producer < kProducers; ++producer)
        producers.emplace_back([&, producer] {
            for (int number = 0; number < kJobs; ++number)
                mailbox.post([&, producer, number] {
                    inOrder &= next[static_cast<std::size_t>(producer)]++ == number;
                    ++ran;
                });
        });
    bool woken = true;
    while (ran < kProducers * kJobs && woken) {
        woken = isReadable(mailbox, 10'000);
        mailbox.run();
    }
    for (std::thread &producer : producers)
        producer.join();
    QVERIFY2(woken, "a wake-up was lost");
    QVERIFY(inOrder);
    QCOMPARE(ran, kProducers * kJobs);
}

void MailboxTest::jobsNeverRunAreDestroyed()
{
    const auto held = std::make_shared<int>(0);
    {
        Mailbox mailbox;
        mailbox.post([held] { ++*held; });
        QCOMPARE(held.use_count(), 2L);
    }
    QCOMPARE(held.use_count(), 1L);
    QCOMPARE(*held, 0);
}

QTEST_APPLESS_MAIN(MailboxTest)
#include "mailbox_test.moc"
