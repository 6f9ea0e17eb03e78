// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks and their leases: bounds, reuse, and that nobody touches what was given back.
#include "engine/buffer_pool.h"

#include <QTest>
#include <algorithm>
#include <deque>
#include <random>

using namespace mainstay;
using namespace mainstay::engine;

class BufferPoolTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void lastInFirstOut();
    void keepsNoMoreThanAsked();
    void anEmptyBufferHoldsNoBlock();
    void full();
    void compact();
    void moving();
    void model();
    void freeBlocksArePoisoned();
};

void BufferPoolTest::lastInFirstOut()
{
    BufferPool pool;
    char *first = pool.take();
    char *second = pool.take();
    QCOMPARE(pool.leased(), std::size_t(2));
    pool.giveBack(first);
    pool.giveBack(second);
    QCOMPARE(pool.leased(), std::size_t(0));
    char *again = pool.take();
    QCOMPARE(static_cast<void *>(again), static_cast<void *>(second));
    pool.giveBack(again);
}

void BufferPoolTest::keepsNoMoreThanAsked()
{
    BufferPool pool(0);
    std::array<char *, 3> blocks{pool.take(), pool.take(), pool.take()};
    for (char *block : blocks) {
        std::fill_n(block, kBlockSize, 'x');
        pool.giveBack(block);
    }
    QCOMPARE(pool.leased(), std::size_t(0));
}

void BufferPoolTest::anEmptyBufferHoldsNoBlock()
{
    BufferPool pool;
    Buffer buffer(pool);
    QVERIFY(buffer.isEmpty());
    QVERIFY(!buffer.isFull());
    QCOMPARE(pool.leased(), std::size_t(0));
    QCOMPARE(buffer.room().size(), kBlockSize);
    QCOMPARE(pool.leased(), std::size_t(1));
    buffer.trim(); // nothing came
    QCOMPARE(pool.leased(), std::size_t(0));

    buffer.append("abc");
    buffer.trim();
    QCOMPARE(pool.leased(), std::size_t(1));
    buffer.consume(2);
    QCOMPARE(std::string(buffer.view()), std::string("c"));
    buffer.consume(1);
    QCOMPARE(pool.leased(), std::size_t(0));
    buffer.append("again");
    QCOMPARE(buffer.room().size(), kBlockSize - 5);
    buffer.clear();
    buffer.clear();
    QCOMPARE(pool.leased(), std::size_t(0));
}

void BufferPoolTest::full()
{
    BufferPool pool;
    Buffer buffer(pool);
    buffer.append(std::string(kBlockSize - 1, 'a'));
    QVERIFY(!buffer.isFull());
    QCOMPARE(buffer.room().size(), std::size_t(1));
    buffer.append("b");
    QVERIFY(buffer.isFull());
    QVERIFY(buffer.room().empty());
    QCOMPARE(buffer.size(), kBlockSize);
    QCOMPARE(buffer.view().back(), 'b');
    buffer.consume(kBlockSize);
    QVERIFY(!buffer.isFull());
}

void BufferPoolTest::compact()
{
    BufferPool pool;
    Buffer buffer(pool);
    buffer.compact();
    buffer.append(std::string(kBlockSize - 4, 'a') + "tail");
    buffer.consume(kBlockSize - 5);
    QVERIFY(buffer.isFull()); // the space in front is not room yet
    buffer.compact();
    QCOMPARE(std::string(buffer.view()), std::string("atail"));
    QCOMPARE(buffer.room().size(), kBlockSize - 5);
}

void BufferPoolTest::moving()
{
    BufferPool pool;
    Buffer source(pool);
    source.append("moved");
    Buffer target(std::move(source));
    QVERIFY(source.isEmpty());
    QCOMPARE(std::string(target.view()), std::string("moved"));
    QCOMPARE(pool.leased(), std::size_t(1));
    Buffer other(pool);
    other.append("other");
    other = std::move(target);
    QCOMPARE(std::string(other.view()), std::string("moved"));
    source.append("anew");
    QCOMPARE(std::string(source.view()), std::string("anew"));
}

void BufferPoolTest::model()
{
    BufferPool pool(2);
    std::mt19937 random(3);
    Buffer buffer(pool);
    std::deque<char> expected;
    for (int step = 0; step < 20'000; ++step) {
        const std::size_t amount = random() % (random() % 20 == 0 ? kBlockSize : 300);
        switch (random() % 5) {
        case 0:
        case 1: {
            const std::size_t count = std::min(amount, buffer.room().size());
            std::string text(count, '\0');
            std::generate(text.begin(), text.end(), [&random] { return static_cast<char>(random()); });
            buffer.append(text);
            expected.insert(expected.end(), text.begin(), text.end());
            buffer.trim();
            break;
        }
        case 2:
        case 3: {
            const std::size_t count = std::min(amount, buffer.size());
            buffer.consume(count);
            expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(count));
            break;
        }
        default:
            buffer.compact();
        }
        QCOMPARE(buffer.size(), expected.size());
        QCOMPARE(pool.leased(), std::size_t(expected.empty() ? 0 : 1));
        if (step % 50 == 0)
            QVERIFY(std::equal(expected.begin(), expected.end(), buffer.view().begin()));
    }
}

void BufferPoolTest::freeBlocksArePoisoned()
{
#ifdef MAINSTAY_POISON
    BufferPool pool(1);
    char *block = pool.take();
    QVERIFY(!__asan_address_is_poisoned(block));
    pool.giveBack(block);
    QVERIFY(__asan_address_is_poisoned(block));
    QVERIFY(__asan_address_is_poisoned(block + kBlockSize - 1));
    block = pool.take();
    QVERIFY(!__asan_address_is_poisoned(block));
    QVERIFY(!__asan_address_is_poisoned(block + kBlockSize - 1));
    pool.giveBack(block);
#else
    QSKIP("needs AddressSanitizer");
#endif
}

QTEST_APPLESS_MAIN(BufferPoolTest)
#include "buffer_pool_test.moc"
