// SPDX-License-Identifier: GPL-3.0-or-later
// The core's end of the line, against a guard played by the test.
#include "handover/guard_link.h"

#include <QTest>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::handover;

namespace {

const ListenAddress kWeb{Transport::tcp, Endpoint::parse("127.0.0.1:0").value(), "listener.web"};

void must(const Result<> &result)
{
    if (!result)
        qFatal("%s", result.error().text().c_str());
}

struct Line {
    Channel guard;
    GuardLink core;
};

Line openLine()
{
    auto [guard, core] = Channel::pair().value();
    const int lock = STDERR_FILENO;
    must(guard.send(Hello{1}, std::span(&lock, 1)));
    auto link = GuardLink::adopt(std::move(core).take().release());
    return {std::move(guard), *std::move(link)};
}

Channel::Received next(Channel &channel)
{
    if (!channel.wait(SteadyClock::now() + Seconds(5)))
        qFatal("nothing came");
    return std::move(channel.receive().value());
}

} // namespace

class GuardLinkTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void onlyAGuardsSocketIsAdopted()
    {
        QCOMPARE(GuardLink::adopt(9999).error().code, std::string("guard.not-a-link"));
    }

    void aGuardOfAnotherReleaseIsTold()
    {
        auto [guard, core] = Channel::pair().value();
        const std::array<std::uint8_t, 2> newer{kProtocolVersion + 1, 1};
        QCOMPARE(::write(guard.descriptor(), newer.data(), newer.size()), ssize_t(2));
        QCOMPARE(GuardLink::adopt(std::move(core).take().release()).error().code, std::string("guard.other-version"));
    }

    void theStateLockIsHeld()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath(QStringLiteral("lock")).toStdString();
        const auto openFile = [&] { return Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)); };
        const auto isFree = [&] {
            const Descriptor again = openFile();
            return ::flock(again.number(), LOCK_EX | LOCK_NB) == 0;
        };
        Descriptor file = openFile();
        QCOMPARE(::flock(file.number(), LOCK_EX | LOCK_NB), 0);
        {
            auto [guard, core] = Channel::pair().value();
            const int lock = file.number();
            must(guard.send(Hello{1}, std::span(&lock, 1)));
            const auto link = GuardLink::adopt(std::move(core).take().release()).value();
            guard.close(); // the guard dies
            file.reset();
            QVERIFY(!isFree());
        }
        QVERIFY(isFree());
    }

    void ordersInTurn()
    {
        auto [guard, core] = openLine();
        QVERIFY(!core.poll());
        must(guard.send(Reload{}));
        must(guard.send(Drain{1234}));
        QVERIFY(core.poll() == Order(Reload{}));
        QVERIFY(core.poll() == Order(Drain{1234}));
        QVERIFY(!core.poll());
        guard.close();
        QVERIFY(core.poll() == Order(GuardGone{}));
    }

    void wordsOfTheCore()
    {
        auto [guard, core] = openLine();
        core.ready();
        core.status("serving");
        core.release(kWeb);
        core.writeAppLog("php/1.1", std::string(2000, 'x'));
        core.stopping();
        QVERIFY(std::holds_alternative<Ready>(next(guard).message));
        QCOMPARE(std::get<Status>(next(guard).message).text, std::string("serving"));
        QVERIFY(std::get<Release>(next(guard).message).address == kWeb);
        QVERIFY((std::get<AppLine>(next(guard).message) == AppLine{"php/1.1", std::string(kMaxTextBytes, 'x')}));
        QVERIFY(std::holds_alternative<Stopping>(next(guard).message));
    }

    // More sockets than one message carries, while an order comes in between.
    void bindCollectsEverySocket()
    {
        auto [guard, core] = openLine();
        constexpr std::uint16_t kCount = 2 * kMaxDescriptors + 3;
        std::thread guardThread([&guard] {
            auto asked = next(guard);
            const auto bind = std::get<Bind>(asked.message);
            auto replyTo = Channel::adopt(std::move(asked.descriptors.at(0))).value();
            must(guard.send(Reload{}));
            for (std::size_t left = bind.count; left > 0;) {
                const std::vector<int> part(std::min(left, kMaxDescriptors), STDERR_FILENO);
                must(replyTo.send(Bound{Endpoint::parse("127.0.0.1:81").value(), bind.count}, part));
                left -= part.size();
            }
        });
        const auto bound = core.bind(kWeb, kCount);
        guardThread.join();
        QVERIFY(bound.has_value());
        QCOMPARE(bound->sockets.size(), std::size_t(kCount));
        QCOMPARE(bound->local.port, std::uint16_t(81));
        QVERIFY(core.poll() == Order(Reload{}));
    }

    void bindPassesTheGuardsErrorOn()
    {
        auto [guard, core] = openLine();
        const Error error{"socket.address-in-use", "127.0.0.1:80: address already in use", "stop it"};
        std::thread guardThread([&guard, &error] {
            auto asked = next(guard);
            must(Channel::adopt(std::move(asked.descriptors.at(0))).value().send(Failed{error}));
        });
        const auto bound = core.bind(kWeb, 1);
        guardThread.join();
        QVERIFY(!bound);
        QVERIFY(bound.error() == error);
    }

    void bindReleasesWhatItHasNoDescriptorFor()
    {
        auto [guard, core] = openLine();
        constexpr int kLimit = 100;
        std::vector<Descriptor> below; // so that none below the limit becomes free meanwhile
        do
            below.emplace_back(::dup(STDERR_FILENO));
        while (below.back().number() < kLimit - 1);
        rlimit usual{};
        QCOMPARE(::getrlimit(RLIMIT_NOFILE, &usual), 0);
        bool released = false;
        std::thread guardThread([&guard, &usual, &released] {
            auto asked = next(guard);
            auto replyTo = Channel::adopt(std::move(asked.descriptors.at(0))).value();
            const rlimit reached{.rlim_cur = kLimit, .rlim_max = usual.rlim_max};
            ::setrlimit(RLIMIT_NOFILE, &reached);
            const int socket = STDERR_FILENO;
            must(replyTo.send(Bound{Endpoint::parse("127.0.0.1:81").value(), 1}, std::span(&socket, 1)));
            released = std::get<Release>(next(guard).message).address == kWeb;
            ::setrlimit(RLIMIT_NOFILE, &usual); // sanitizers need descriptors at the end of a thread
        });
        const auto bound = core.bind(kWeb, 1);
        guardThread.join();
        QVERIFY(!bound);
        QCOMPARE(bound.error().code, std::string("descriptor.exhausted"));
        QVERIFY(released);
    }

    void bindDoesNotWaitForAGuardThatDied()
    {
        auto [guard, core] = openLine();
        std::thread guardThread([&guard] {
            (void)next(guard);
            guard.close();
        });
        const auto start = SteadyClock::now();
        const auto bound = core.bind(kWeb, 1);
        guardThread.join();
        QCOMPARE(bound.error().code, std::string("guard.silent"));
        QVERIFY(SteadyClock::now() - start < GuardLink::kPatience);
        QCOMPARE(core.bind(kWeb, 1).error().code, std::string("guard.silent"));
    }
};

QTEST_GUILESS_MAIN(GuardLinkTest)
#include "guard_link_test.moc"
