// SPDX-License-Identifier: GPL-3.0-or-later
// Bodies of requests however they are framed and cut.
#include "engine/socket.h"
#include "engine/task_scope.h"
#include "http/request_body.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mainstay;
using namespace std::chrono_literals;
using http::RequestBody;
using Status = RequestBody::Status;
using Kind = wire::BodyFraming::Kind;

class RequestBodyTest : public QObject {
    Q_OBJECT

    // A body and the client that sends it.
    class Reading {
    public:
        struct Options {
            std::uint64_t limit = 0;
            bool continues = false;
            std::string arrived{}; // together with the head
        };
        Reading(const wire::BodyFraming &framing, const Options &options)
            : m_socket(m_loop, makePair()), m_in(m_loop.buffers())
        {
            if (!options.arrived.empty())
                m_in.append(options.arrived);
            body.begin(m_socket, m_in, framing, options.continues, 200ms);
            body.setLimit(options.limit);
        }
        ~Reading()
        {
            m_socket.cancel();
            turn();
            closeClient();
        }

        void send(std::string_view bytes) const { (void)::send(m_client, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
        void closeClient() { ::close(std::exchange(m_client, -1)); }
        std::string sentToClient() const
        {
            std::array<char, 1000> some{};
            const ssize_t size = ::recv(m_client, some.data(), some.size(), MSG_DONTWAIT);
            return {some.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
        }
        // Reads to the end, or as far as it goes now.
        void read()
        {
            if (m_tasks.running() == 0)
                m_tasks.start(readAll());
            turn();
        }
        // All of it while it is gathered, as far as that goes.
        void feed(std::string_view bytes, http::Spool &spool)
        {
            gather(&spool);
            for (int i = 0; i < 2000 && !bytes.empty() && isWaiting(); ++i) {
                const ssize_t sent = ::send(m_client, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
                bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
                m_loop.turn(1ms);
            }
        }
        void gather(http::Spool *spool = nullptr)
        {
            if (m_tasks.running() == 0)
                m_tasks.start(body.gather(spool));
            turn();
        }
        void invite() { m_tasks.start(inviteOnly()); }
        void turn()
        {
            for (int i = 0; i < 5; ++i)
                m_loop.turn(0ms);
        }
        // Until the reading has ended by itself.
        void await()
        {
            for (int i = 0; i < 1000 && m_tasks.running() > 0; ++i)
                m_loop.turn(1ms);
        }
        [[nodiscard]] std::string stored() const
        {
            const engine::FileRange range = body.stored();
            std::string bytes(range.length, '\0');
            bytes.resize(engine::readFile(range, bytes));
            return bytes;
        }
        [[nodiscard]] bool isWaiting() const { return m_tasks.running() > 0; }
        [[nodiscard]] std::string left() const { return std::string(m_in.view()); }

        RequestBody body;
        std::string content;

    private:
        engine::NativeSocket makePair()
        {
            std::array<int, 2> ends{};
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0)
                qFatal("no sockets");
            m_client = ends[1];
            return engine::NativeSocket(ends[0]);
        }
        engine::Task<> readAll()
        {
            for (;;) {
                const RequestBody::Piece piece = co_await body.next();
                if (piece.status != Status::data)
                    co_return;
                content += piece.bytes;
            }
        }
        engine::Task<> inviteOnly() { static_cast<void>(co_await body.invite()); }

        engine::Loop m_loop;
        int m_client = -1;
        engine::Socket m_socket;
        engine::Buffer m_in;
        engine::TaskScope m_tasks;
    };

    static constexpr wire::BodyFraming kChunked{Kind::chunked, 0};
    static wire::BodyFraming lengthOf(std::uint64_t length) { return {Kind::length, length}; }

private Q_SLOTS:
    void noBody()
    {
        Reading reading({}, {.arrived = "GET / HTTP/1.1\r\n"});
        QVERIFY(reading.body.ended());
        QVERIFY(reading.body.isWhole());
        QCOMPARE(reading.body.whole(), std::string_view());
        reading.read();
        QVERIFY(!reading.isWaiting());
        QCOMPARE(reading.left(), std::string("GET / HTTP/1.1\r\n"));
    }

    void lengthInAnyPieces_data()
    {
        QTest::addColumn<int>("piece");
        for (const int piece : {1, 2, 3, 7, 100})
            QTest::addRow("%d", piece) << piece;
    }
    void lengthInAnyPieces()
    {
        QFETCH(int, piece);
        const std::string all = "hello world, and the next request";
        Reading reading(lengthOf(11), {});
        QVERIFY(!reading.body.isWhole());
        reading.read();
        for (std::size_t at = 0; at < all.size(); at += static_cast<std::size_t>(piece)) {
            reading.send(all.substr(at, static_cast<std::size_t>(piece)));
            reading.turn();
        }
        QVERIFY(reading.body.ended());
        QCOMPARE(reading.content, std::string("hello world"));
        QCOMPARE(reading.body.received(), std::uint64_t{11});
        QVERIFY(all.substr(11).starts_with(reading.left())); // never a byte of what is not its own
    }

    void chunksInAnyPieces_data() { lengthInAnyPieces_data(); }
    void chunksInAnyPieces()
    {
        QFETCH(int, piece);
        const std::string all = "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
        Reading reading(kChunked, {});
        reading.read();
        for (std::size_t at = 0; at < all.size(); at += static_cast<std::size_t>(piece)) {
            reading.send(all.substr(at, static_cast<std::size_t>(piece)));
            reading.turn();
        }
        QVERIFY(reading.body.ended());
        QCOMPARE(reading.content, std::string("hello world"));
        QCOMPARE(reading.body.received(), std::uint64_t{11});
        QCOMPARE(reading.left(), std::string());
    }

    void whatHasArrivedIsLookedAtFirst()
    {
        for (const char *bad : {"x", "5\r\nhello!", "5\r\nhello\r\nx", "0\r\nno colon\r\n"}) {
            Reading reading(kChunked, {.arrived = bad});
            QVERIFY(reading.body.status() == Status::malformed);
            QVERIFY(reading.body.untouched());
            reading.read();
            QCOMPARE(reading.content, std::string());
        }
        for (const char *good : {"5", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n\r\nGET bad request"}) {
            Reading reading(kChunked, {.arrived = good});
            QVERIFY(reading.body.status() == Status::data);
        }
    }

    // Then it can be sent again, as one by length.
    void chunksThatAreAtHand()
    {
        Reading reading(kChunked, {.arrived = "5;x=y\r\nhello\r\n006\r\n world\r\n0\r\n\r\nGET /"});
        QVERIFY(reading.body.isWhole());
        QCOMPARE(reading.body.whole(), std::string_view("hello world"));
        QVERIFY(reading.body.framing() == lengthOf(11));
        QVERIFY(reading.body.untouched() && reading.body.hasMoreBehind());
        reading.body.consumeIfWhole();
        QCOMPARE(reading.left(), std::string("GET /"));
        Reading empty(kChunked, {.arrived = "0\r\n\r\n"});
        QVERIFY(empty.body.ended() && !empty.body.hasMoreBehind());
        QVERIFY(Reading(kChunked, {.limit = 4, .arrived = "5\r\nhello\r\n0\r\n\r\n"}).body.status() ==
                Status::tooLarge);
    }

    // A body by length has no place for them.
    void chunksThatAreAtHandWithTrailers()
    {
        Reading reading(kChunked, {.arrived = "5\r\nhello\r\n0\r\nT: x\r\n\r\nGET /"});
        QVERIFY(!reading.body.isWhole() && reading.body.untouched());
        reading.read();
        QVERIFY(reading.body.ended());
        QCOMPARE(reading.content, std::string("hello"));
        QCOMPARE(reading.body.trailers(), std::string("T: x\r\n"));
        QCOMPARE(reading.left(), std::string("GET /"));
    }

    void gathering_data() { lengthInAnyPieces_data(); }
    void gathering()
    {
        QFETCH(int, piece);
        const std::string chunks = "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
        for (const auto &[framing, all] :
             {std::pair{lengthOf(11), std::string("hello world")}, std::pair{kChunked, chunks}}) {
            Reading reading(framing, {});
            reading.gather();
            for (std::size_t at = 0; at < all.size(); at += static_cast<std::size_t>(piece)) {
                QVERIFY(reading.isWaiting());
                reading.send(all.substr(at, static_cast<std::size_t>(piece)));
                reading.turn();
            }
            QVERIFY(!reading.isWaiting());
            QVERIFY(reading.body.isWhole() && reading.body.untouched());
            QCOMPARE(reading.body.whole(), std::string_view("hello world"));
            QVERIFY(reading.body.framing() == lengthOf(11));
        }
    }

    void gatheringEndsWhereTheBufferDoes()
    {
        constexpr std::size_t kBlock = engine::kBlockSize;
        for (const std::size_t size : {kBlock - 1, kBlock, 3 * kBlock}) {
            Reading reading(lengthOf(size), {.arrived = "12345"});
            const std::string rest(size - 5, 'x');
            reading.gather();
            for (std::size_t at = 0; at < rest.size(); at += 20'000) {
                reading.send(std::string_view(rest).substr(at, 20'000));
                reading.gather();
            }
            reading.await();
            QCOMPARE(reading.body.isWhole(), size < kBlock);
            QCOMPARE(reading.left().size(), std::min(size, kBlock));
            QVERIFY(reading.body.untouched());
            while (!reading.body.ended())
                reading.read();
            QCOMPARE(reading.content, "12345" + rest);
        }
    }

    void whatTheBufferDoesNotTakeIsStored_data()
    {
        QTest::addColumn<bool>("chunked");
        QTest::addColumn<int>("size");
        for (const int size : {65'536, 65'537, 131'072, 200'000}) {
            QTest::addRow("%d by length", size) << false << size;
            QTest::addRow("%d in chunks", size) << true << size;
        }
    }
    void whatTheBufferDoesNotTakeIsStored()
    {
        QFETCH(bool, chunked);
        QFETCH(int, size);
        const QTemporaryDir folder;
        http::Spool spool({folder.filePath(QStringLiteral("spool")).toStdString(), {}});
        std::string content;
        for (int i = 0; i < size; ++i)
            content += static_cast<char>('a' + i % 23);
        std::string all = content;
        if (chunked) {
            all.clear();
            for (std::size_t at = 0; at < content.size(); at += 1000) {
                const std::string part = content.substr(at, 1000);
                all += QByteArray::number(part.size(), 16).toStdString() + "\r\n" + part + "\r\n";
            }
            all += "0\r\n\r\n";
        }
        all += "GET /";
        Reading reading(chunked ? kChunked : lengthOf(content.size()), {});
        reading.feed(all, spool);
        reading.await();
        QVERIFY(reading.body.isStored() && reading.body.isWhole() && reading.body.isAtHand());
        QVERIFY(reading.body.framing() == lengthOf(content.size()));
        QCOMPARE(reading.body.received(), content.size());
        QCOMPARE(reading.body.whole(), std::string_view());
        QVERIFY(reading.stored() == content);
        QVERIFY(std::string("GET /").starts_with(reading.left())); // never a byte of what is not its own
        QCOMPARE(spool.used(), content.size());
        reading.body.forgetStored();
        QVERIFY(!reading.body.isStored() && !reading.body.isAtHand() && reading.body.ended());
        QTRY_COMPARE(spool.used(), std::uint64_t{0});
    }

    void aSpoolRefuses()
    {
        const QTemporaryDir folder;
        std::vector<std::string> told;
        http::Spool small({folder.path().toStdString(), [&told](const Error &error) { told.push_back(error.code); }});
        small.setLimit(150'000);
        Reading first(lengthOf(140'000), {});
        first.feed(std::string(140'000, 'x'), small);
        first.await();
        QVERIFY(first.body.isStored());
        Reading second(lengthOf(140'000), {});
        second.feed(std::string(140'000, 'x'), small);
        second.await();
        QVERIFY(second.body.status() == Status::notStored);
        QCOMPARE(told, std::vector<std::string>{"spool.limit"});
        Reading large(kChunked, {.arrived = "30000\r\n"});
        first.body.forgetStored();
        QTRY_COMPARE(small.used(), std::uint64_t{0});
        large.feed(std::string(0x30000, 'x') + "\r\n0\r\n\r\n", small);
        large.await();
        QVERIFY(large.body.status() == Status::tooLarge);

        std::ofstream(folder.filePath(QStringLiteral("file")).toStdString()) << "x";
        http::Spool none({folder.filePath(QStringLiteral("file/none")).toStdString(), {}});
        Reading failing(lengthOf(100'000), {});
        failing.feed(std::string(100'000, 'x'), none);
        failing.await();
        QVERIFY(failing.body.status() == Status::notStored);
        QCOMPARE(none.used(), std::uint64_t{0});
    }

    void filesHaveNoName()
    {
        const QTemporaryDir folder;
        const std::string path = folder.path().toStdString();
        for (const auto make : {&http::SpoolFile::create, &http::SpoolFile::createNamed}) {
            auto file = make(path + "/new");
            QVERIFY(file && file->append("hello") && file->append(" world"));
            QCOMPARE(file->size(), std::uint64_t{11});
            QVERIFY(std::filesystem::is_empty(path + "/new"));
            struct stat status {};
            QCOMPARE(::fstat(file->handle(), &status), 0);
            QCOMPARE(status.st_mode & 0777U, 0600U);
            QCOMPARE(status.st_nlink, nlink_t{0});
        }
        std::ofstream(path + "/body-1-2") << "left by a crash";
        std::ofstream(path + "/other") << "not ours";
        http::SpoolFile::cleanUp(path);
        QVERIFY(!std::filesystem::exists(path + "/body-1-2") && std::filesystem::exists(path + "/other"));
    }

    void gatheringMeetsWhatIsWrong()
    {
        Reading slow(lengthOf(5), {.arrived = "he"});
        slow.gather();
        QVERIFY(slow.isWaiting());
        slow.await();
        QVERIFY(slow.body.status() == Status::timedOut);

        Reading large(kChunked, {.limit = 4, .arrived = "5\r\nhel"});
        large.gather();
        large.send("lo\r\n0\r\n\r\n");
        large.turn();
        QVERIFY(large.body.status() == Status::tooLarge);

        Reading wrong(kChunked, {.arrived = "5\r\nhel"});
        wrong.gather();
        wrong.send("lo!");
        wrong.turn();
        QVERIFY(wrong.body.status() == Status::malformed);

        Reading gone(lengthOf(5), {.arrived = "he"});
        gone.gather();
        gone.closeClient();
        gone.await();
        QVERIFY(gone.body.status() == Status::lost);
    }

    void malformedLater()
    {
        Reading reading(kChunked, {.arrived = "5\r\nhello\r\n"});
        reading.read();
        reading.send("zz");
        reading.turn();
        QVERIFY(reading.body.status() == Status::malformed);
        QCOMPARE(reading.content, std::string("hello"));
    }

    void aBodyThatIsAtHand()
    {
        Reading reading(lengthOf(5), {.arrived = "helloGET /"});
        QVERIFY(reading.body.isWhole());
        QVERIFY(!reading.body.ended());
        QCOMPARE(reading.body.whole(), std::string_view("hello"));
        QVERIFY(reading.body.untouched());
        reading.body.consumeIfWhole();
        QVERIFY(reading.body.ended());
        QCOMPARE(reading.left(), std::string("GET /"));
        QCOMPARE(reading.body.received(), std::uint64_t{5});
        reading.body.consumeIfWhole(); // once is enough
        QCOMPARE(reading.left(), std::string("GET /"));
    }

    // Who has taken a piece and gives up: what is left must not be counted from the wrong place.
    void aPieceThatWasTakenIsNotAtHandAnyMore()
    {
        Reading reading(lengthOf(10), {.arrived = "hello"});
        QCOMPARE(reading.body.atHand()->bytes, std::string_view("hello"));
        QVERIFY(!reading.body.isWhole());
        reading.body.consumeIfWhole();
        QVERIFY(!reading.body.ended());

        Reading whole(lengthOf(5), {.arrived = "helloGET /"});
        QCOMPARE(whole.body.atHand()->bytes, std::string_view("hello"));
        QCOMPARE(whole.body.whole(), std::string_view());
        whole.body.consumeIfWhole();
        QVERIFY(whole.body.ended());
        QCOMPARE(whole.left(), std::string("GET /"));
    }

    void limits()
    {
        QVERIFY(Reading(lengthOf(11), {.limit = 10}).body.status() == Status::tooLarge);
        QVERIFY(Reading(lengthOf(10), {.limit = 10}).body.status() == Status::data);
        Reading reading(kChunked, {.limit = 10, .arrived = "6\r\nworlds\r\n"});
        reading.read();
        reading.send("6\r\nworlds\r\n0\r\n\r\n");
        reading.turn();
        QVERIFY(reading.body.status() == Status::tooLarge);
    }

    void invitation()
    {
        Reading waiting(lengthOf(5), {.continues = true});
        waiting.invite();
        QCOMPARE(waiting.sentToClient(), std::string("HTTP/1.1 100 Continue\r\n\r\n"));
        waiting.invite();
        QCOMPARE(waiting.sentToClient(), std::string());
        Reading sending(lengthOf(5), {.continues = true, .arrived = "h"}); // does not wait after all
        sending.invite();
        QCOMPARE(sending.sentToClient(), std::string());
        Reading silent(lengthOf(5), {});
        silent.invite();
        QCOMPARE(silent.sentToClient(), std::string());
    }

    void clientsThatStop()
    {
        Reading slow(lengthOf(5), {.arrived = "he"});
        slow.read();
        QVERIFY(slow.isWaiting());
        slow.await();
        QVERIFY(slow.body.status() == Status::timedOut);
        QCOMPARE(slow.content, std::string("he"));

        Reading gone(lengthOf(5), {.arrived = "he"});
        gone.read();
        gone.closeClient();
        gone.await();
        QVERIFY(gone.body.status() == Status::lost);
        gone.read(); // it stays so
        QVERIFY(gone.body.status() == Status::lost);
    }
};

QTEST_APPLESS_MAIN(RequestBodyTest)
#include "request_body_test.moc"
