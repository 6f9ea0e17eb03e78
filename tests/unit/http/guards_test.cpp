// SPDX-License-Identifier: GPL-3.0-or-later
// What guards a route, on a loop that puts operations off, cuts them short and cancels them at every point.
#include "engine/interference.h"
#include "http/cors.h"
#include "http/password_hash.h"
#include "http_service.h"

#include <algorithm>
#include <thread>

using namespace mainstay;
using tests::Client;
using tests::Origin;
using tests::Service;

namespace {

class Meddler final : public engine::Interference {
public:
    bool defers = false;
    std::size_t most = SIZE_MAX;
    int cancelAt = -1;
    int attempts = 0;

    Verdict onAttempt(engine::OperationKind /*kind*/) override
    {
        const int number = attempts++;
        if (number == cancelAt)
            return Verdict::cancel;
        return defers && number % 2 == 0 ? Verdict::defer : Verdict::proceed;
    }
    std::size_t limit(engine::OperationKind /*kind*/, std::size_t wanted) override { return std::min(wanted, most); }
};

// As htpasswd -B makes it of "b", at the least cost.
constexpr const char *kHash = "$2y$04$abcdefghijklmnopqrstuu12f.Pu8ic0A965BfTwGcW6x7Xin9Xgu";
constexpr const char *kAlice = "Authorization: Basic YTpi\r\n"; // a:b

std::string ok(const std::string &fields, const std::string &body)
{
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The authority and the server behind it are one.
std::string answer(const std::string &request)
{
    const auto has = [&request](const char *text) { return request.find(text) != std::string::npos; };
    if (!request.starts_with("GET /verify "))
        return ok("", has("X-User: it") && !has("X-User: me") && !has("Authorization") ? "right" : "wrong");
    if (has("X-Forwarded-Uri: /app/no"))
        return "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";
    return "HTTP/1.1 103 Early Hints\r\n\r\n" + ok("X-User: it\r\n", "fine");
}

void guard(Service &service)
{
    auto guards = std::make_shared<snapshot::Guards>();
    guards->rules.users = {"users"};
    guards->rules.authBackend = {"app"};
    guards->rules.authPath = {"/verify"};
    guards->rules.authCopies = {"X-User"};
    guards->rules.clientRequests = 1;
    guards->rates = std::make_shared<shared_state::RateTable>(8);
    guards->clientCounts = std::make_shared<shared_state::ClientCounts>(8);
    guards->logins = {{}, {std::chrono::hours(1), std::chrono::hours(2)}, 1};
    guards->limits = {{{}, {std::chrono::hours(1), std::chrono::hours(7)}, 2}};
    auto users = std::make_shared<snapshot::UserTable>();
    users->hashes.emplace("a", kHash);
    guards->users = users;
    guards->authority = std::make_shared<const snapshot::Backend>(service.backend);
    service.appGuards = guards;
    service.publish();
}

// One yes, one no of the authority, no password, three wrong ones and one too many, too many requests.
std::string script()
{
    const auto get = [](const std::string &path, const std::string &fields) {
        return "GET /app/" + path + " HTTP/1.1\r\nHost: a\r\nX-User: me\r\n" + fields + "\r\n";
    };
    std::string text = get("", kAlice) + get("no", kAlice) + get("", "");
    for (int i = 0; i < 4; ++i)
        text += get("", "Authorization: Basic YTpj\r\n");
    return text + get("", kAlice) + get("", kAlice);
}

std::string statusesOf(const std::string &text)
{
    std::string statuses;
    constexpr std::string_view kBegin = "HTTP/1.1 ";
    for (std::size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1))
        statuses += (statuses.empty() ? "" : " ") + text.substr(at + kBegin.size(), 3);
    return statuses;
}

std::string runScript(Meddler *meddler)
{
    Origin origin(answer);
    Service service({&origin}, meddler);
    guard(service);
    Client client(service);
    client.send(script());
    return client.receive();
}

} // namespace

class GuardsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hashes()
    {
        QVERIFY(http::isUsableHash(kHash));
        QVERIFY(http::verifyPassword("b", kHash));
        QVERIFY(!http::verifyPassword("c", kHash) && !http::verifyPassword("", kHash));
        for (const char *bad :
             {"", "b", "$1$x$y", "$apr1$x$y", "{SHA}x", "$2y$15$", "$6$rounds=1000001$x$y", "$6$x$y", "*", "$y$"})
            QVERIFY2(!http::isUsableHash(bad), bad);
        QVERIFY(!http::verifyPassword("*0", "*0"));
    }

    void theScript()
    {
        const std::string plain = runScript(nullptr);
        QCOMPARE(statusesOf(plain), std::string("200 403 401 401 401 401 429 200 429"));
        QVERIFY(plain.find("right") != std::string::npos && plain.find("wrong") == std::string::npos);
    }

    void theSameHoweverOperationsAreCut_data()
    {
        QTest::addColumn<bool>("defers");
        QTest::addColumn<int>("most");
        for (const bool defers : {false, true}) {
            for (const int most : {1, 7, 100'000})
                QTest::addRow("%s %d", defers ? "deferred" : "at once", most) << defers << most;
        }
    }
    void theSameHoweverOperationsAreCut()
    {
        QFETCH(bool, defers);
        QFETCH(int, most);
        Meddler meddler;
        meddler.defers = defers;
        meddler.most = static_cast<std::size_t>(most);
        QCOMPARE(statusesOf(runScript(&meddler)), statusesOf(runScript(nullptr)));
    }

    // Nothing is left behind, and nobody gets in who would not.
    void cancelledAnywhere()
    {
        Meddler whole;
        (void)runScript(&whole);
        QVERIFY(whole.attempts > 20);
        for (int at = 0; at < whole.attempts; ++at) {
            Meddler meddler;
            meddler.cancelAt = at;
            const std::string text = runScript(&meddler);
            QVERIFY2(text.find("wrong") == std::string::npos, text.c_str());
        }
    }

    // The worker goes on meanwhile, and takes the verdict when it comes.
    void passwordsOnThePool()
    {
        Origin origin(answer);
        Service service({&origin});
        std::vector<std::thread> pool;
        service.server.setPool([&pool](engine::Job job) { pool.emplace_back(std::move(job)); });
        guard(service);
        Client client(service);
        client.send(script());
        Client other(service);
        other.send("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
        QVERIFY(other.receive().ends_with("hello"));
        const std::string expected = "200 403 401 401 401 401 429 200 429";
        for (int i = 0; i < 5000 && statusesOf(client.receive(20)) != expected; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        QCOMPARE(statusesOf(client.receive(20)), expected);
        for (std::thread &thread : pool)
            thread.join();
    }

    void origins()
    {
        QVERIFY(http::matchesOrigin("*", "https://a.test") && http::matchesOrigin("https://a.test", "https://a.test"));
        QVERIFY(http::matchesOrigin("https://*.a.test", "https://b.a.test"));
        for (const char *bad : {"https://a.test", "https://.a.test", "http://b.a.test", "https://b/.a.test",
                                "https://b.a.test:1", "https://ba.test", ""})
            QVERIFY2(!http::matchesOrigin("https://*.a.test", bad), bad);
        QVERIFY(!http::matchesOrigin("*", ""));
    }
};

QTEST_APPLESS_MAIN(GuardsTest)
#include "guards_test.moc"
