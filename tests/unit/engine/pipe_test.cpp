// SPDX-License-Identifier: GPL-3.0-or-later
// Pipes and who may have how many; what passes through them is in interference_test.cpp.
#include "engine/pipe.h"
#include "loopback.h"

#include <QTest>
#include <unistd.h>
#include <vector>

using namespace mainstay::engine;
using mainstay::test::openDescriptors;

class PipeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void areUsedAgain();
    void oneWithSomethingInItIsNot();
    void areBounded();
};

void PipeTest::areUsedAgain()
{
    PipePool pool;
    const int before = openDescriptors();
    const Pipe *first = pool.take().get(); // which gives it back
    QCOMPARE(openDescriptors(), before + 2);
    const PipePool::Lease again = pool.take();
    QCOMPARE(again.get(), first);
    QCOMPARE(again->held(), std::size_t(0));
    QCOMPARE(openDescriptors(), before + 2);
}

void PipeTest::oneWithSomethingInItIsNot()
{
    PipePool pool;
    const int before = openDescriptors();
    {
        const PipePool::Lease pipe = pool.take();
        QCOMPARE(::write(pipe->sink(), "abc", 3), ssize_t(3));
        pipe->noteIn(3);
        pipe->noteOut(2);
        QCOMPARE(pipe->held(), std::size_t(1));
    }
    QCOMPARE(openDescriptors(), before);
}

void PipeTest::areBounded()
{
    PipePool pool;
    const int before = openDescriptors();
    {
        std::vector<PipePool::Lease> leases;
        for (PipePool::Lease pipe = pool.take(); pipe; pipe = pool.take())
            leases.push_back(std::move(pipe));
        QCOMPARE(leases.size(), std::size_t(32));
        leases.pop_back();
        QVERIFY(pool.take());
    }
    QCOMPARE(openDescriptors(), before + 2 * 4);
}

QTEST_APPLESS_MAIN(PipeTest)
#include "pipe_test.moc"
