// SPDX-License-Identifier: GPL-3.0-or-later
// Recycled coroutine frames: sizes, bounds and threads.
#include "engine/frame_pool.h"
#include "engine/poison.h"

#include <QTest>
#include <algorithm>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

using namespace mainstay::engine;

class FramePoolTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aFrameIsUsedAgain();
    void framesDoNotOverlap();
    void countsWhatIsLive();
    void threadsAreApart();
    void freeFramesArePoisoned();
};

void FramePoolTest::aFrameIsUsedAgain()
{
    void *first = frames::allocate(200);
    frames::release(first, 200);
    void *again = frames::allocate(250); // of the same step
    QCOMPARE(again, first);
    void *other = frames::allocate(257); // of the next
    QVERIFY(other != first);
    frames::release(again, 250);
    frames::release(other, 257);
}

void FramePoolTest::framesDoNotOverlap()
{
    struct Taken {
        unsigned char *memory;
        std::size_t size;
        unsigned char mark;
    };
    std::mt19937 random(11);
    std::vector<Taken> taken;
    const auto giveBack = [&taken](std::size_t index) {
        const Taken frame = taken[index];
        const bool whole = std::all_of(frame.memory, frame.memory + frame.size,
                                       [&](unsigned char byte) { return byte == frame.mark; });
        frames::release(frame.memory, frame.size);
        taken[index] = taken.back();
        taken.pop_back();
        return whole;
    };
    for (int step = 0; step < 20'000; ++step) {
        if (taken.empty() || random() % 2 == 0) {
            const std::size_t size = 1 + random() % 2500; // beyond 2 KiB, too, where nothing is recycled
            auto *memory = static_cast<unsigned char *>(frames::allocate(size));
            const auto mark = static_cast<unsigned char>(random());
            std::memset(memory, mark, size);
            taken.push_back({memory, size, mark});
        } else {
            QVERIFY(giveBack(random() % taken.size()));
        }
    }
    while (!taken.empty())
        QVERIFY(giveBack(taken.size() - 1));
}

void FramePoolTest::countsWhatIsLive()
{
    const std::size_t before = frames::live();
    std::vector<void *> many;
    for (int i = 0; i < 3000; ++i) // more than are kept
        many.push_back(frames::allocate(64));
    void *large = frames::allocate(5000);
    QCOMPARE(frames::live(), before + 3001);
    frames::release(large, 5000);
    for (void *frame : many)
        frames::release(frame, 64);
    QCOMPARE(frames::live(), before);
}

void FramePoolTest::threadsAreApart()
{
    const std::size_t before = frames::live();
    std::vector<std::thread> threads;
    std::array<bool, 4> right{};
    for (bool &mine : right)
        threads.emplace_back([&mine] {
            mine = frames::live() == 0;
            for (int i = 0; i < 1000; ++i) {
                auto *frame = static_cast<int *>(frames::allocate(512));
                *frame = i;
                mine &= *frame == i && frames::live() == 1;
                frames::release(frame, 512);
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(std::all_of(right.begin(), right.end(), [](bool mine) { return mine; }));
    QCOMPARE(frames::live(), before);
}

void FramePoolTest::freeFramesArePoisoned()
{
#ifdef MAINSTAY_POISON
    void *frame = frames::allocate(300);
    QVERIFY(!__asan_address_is_poisoned(frame));
    frames::release(frame, 300);
    QVERIFY(__asan_address_is_poisoned(frame));
    QCOMPARE(frames::allocate(300), frame);
    QVERIFY(!__asan_address_is_poisoned(frame));
    frames::release(frame, 300);
#else
    QSKIP("needs AddressSanitizer");
#endif
}

QTEST_APPLESS_MAIN(FramePoolTest)
#include "frame_pool_test.moc"
