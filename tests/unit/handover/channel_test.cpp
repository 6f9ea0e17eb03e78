// SPDX-License-Identifier: GPL-3.0-or-later
// Messages and descriptors between two ends, and what happens when one of them does not do its part.
#include "handover/channel.h"

#include <QTest>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::handover;

namespace {

int openDescriptors()
{
    return static_cast<int>(
        QDir(QStringLiteral("/proc/self/fd")).entryList(QDir::NoDotAndDotDot | QDir::AllEntries | QDir::System).size());
}

} // namespace

class ChannelTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void messagesKeepTheirOrderAndBoundaries()
    {
        auto [left, right] = Channel::pair().value();
        QCOMPARE(right.receive().error(), Channel::Absence::nothing);
        QVERIFY(left.send(Status{"one"}).has_value());
        QVERIFY(left.send(Ready{}).has_value());
        QCOMPARE(std::get<Status>(right.receive()->message).text, std::string("one"));
        QVERIFY(std::holds_alternative<Ready>(right.receive()->message));
        QCOMPARE(right.receive().error(), Channel::Absence::nothing);
    }

    void descriptorsArriveOpenAndClosedOnExec()
    {
        auto [left, right] = Channel::pair().value();
        std::array<int, 2> pipe{};
        QCOMPARE(::pipe(pipe.data()), 0);
        const Descriptor reading(pipe[0]);
        const Descriptor writing(pipe[1]);
        const std::array<int, 1> passed{pipe[1]};
        QVERIFY(left.send(Ready{}, passed).has_value());
        auto received = right.receive();
        QCOMPARE(received->descriptors.size(), std::size_t(1));
        QVERIFY(!received->descriptorsLost);
        const int copy = received->descriptors[0].number();
        QVERIFY(::fcntl(copy, F_GETFD) & FD_CLOEXEC);
        QCOMPARE(::write(copy, "x", 1), ssize_t(1));
        char byte = 0;
        QCOMPARE(::read(pipe[0], &byte, 1), ssize_t(1));
        QCOMPARE(byte, 'x');
    }

    void asManyDescriptorsAsAllowed()
    {
        const int before = openDescriptors();
        {
            auto [left, right] = Channel::pair().value();
            const std::vector<int> passed(kMaxDescriptors, STDERR_FILENO);
            QVERIFY(left.send(Ready{}, passed).has_value());
            QCOMPARE(right.receive()->descriptors.size(), kMaxDescriptors);
            // Never read: closed with the channel.
            QVERIFY(left.send(Ready{}, passed).has_value());
        }
        QCOMPARE(openDescriptors(), before);
    }

    void descriptorsOfAMalformedMessageAreClosed()
    {
        auto [left, right] = Channel::pair().value();
        const int before = openDescriptors();
        std::array<char, 3> garbage{kProtocolVersion, 99, 0};
        iovec part{.iov_base = garbage.data(), .iov_len = garbage.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        msghdr header{};
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        cmsghdr *item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        const int passed = STDERR_FILENO;
        std::memcpy(CMSG_DATA(item), &passed, sizeof passed);
        QVERIFY(::sendmsg(left.descriptor(), &header, 0) > 0);
        QCOMPARE(right.receive().error(), Channel::Absence::malformed);
        QCOMPARE(openDescriptors(), before);
    }

    void aClosedEndIsNoticed()
    {
        auto [left, right] = Channel::pair().value();
        QVERIFY(left.send(Stopping{}).has_value());
        left.close();
        QVERIFY(std::holds_alternative<Stopping>(right.receive()->message));
        QVERIFY(right.wait(SteadyClock::now()));
        QCOMPARE(right.receive().error(), Channel::Absence::closed);
        QCOMPARE(right.send(Ready{}).error().code, std::string("channel.closed"));
    }

    void aPeerThatDoesNotReadIsWaitedForNoLongerThanSaid()
    {
        auto [left, right] = Channel::pair().value();
        Result<> sent;
        int count = 0;
        while ((sent = left.send(Status{std::string(1000, 'x')})) && count < 100'000)
            ++count;
        QCOMPARE(sent.error().code, std::string("channel.full"));
        const auto start = SteadyClock::now();
        QVERIFY(!left.send(Ready{}, {}, Milliseconds(50)));
        const auto waited = SteadyClock::now() - start;
        QVERIFY(waited >= Milliseconds(50) && waited < Milliseconds(2000));
        QVERIFY(right.receive().has_value());
    }

    void onlyMessageSocketsAreAdopted()
    {
        std::array<int, 2> pipe{};
        QCOMPARE(::pipe(pipe.data()), 0);
        const Descriptor reading(pipe[0]);
        const Descriptor writing(pipe[1]);
        QCOMPARE(Channel::adopt(pipe[0]).error().code, std::string("channel.not-a-socket"));
        QVERIFY(::fcntl(pipe[0], F_GETFD) >= 0);
        QVERIFY(!Channel::adopt(9999));
    }
};

QTEST_APPLESS_MAIN(ChannelTest)
#include "channel_test.moc"
