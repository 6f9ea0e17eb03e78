// SPDX-License-Identifier: GPL-3.0-or-later
// Plugins keep to their time, whatever they do, and answer what HTTP allows.
#include "apphost/plugin_handler.h"

#include <QTest>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

using namespace mainstay;
using namespace mainstay::apphost;

namespace {

class FakePlugin : public HandlerPlugin {
public:
    std::vector<std::string> handlers() const override { return {"sleep", "answer", "headers"}; }
    Response handle(const std::string &name, const PluginRequest &request, Database &) override
    {
        ++begun;
        while (name == "sleep" && !ends)
            std::this_thread::sleep_for(Milliseconds(5));
        Response response = answer;
        if (name == "headers")
            for (const auto &[header, value] : request.headers)
                response.body += header + ":" + value + "\n";
        return response;
    }

    Response answer{200, {}, ""};
    std::atomic<bool> ends = false;
    std::atomic<int> begun = 0;
};

} // namespace

class PluginHandlerTest : public QObject {
    Q_OBJECT

    std::unique_ptr<FakePlugin> m_plugin;
    std::unique_ptr<PluginThreads> m_threads;
    std::vector<std::unique_ptr<PluginRoute>> m_routes; // until no thread is in them
    Log m_log;
    std::mutex m_mutex;
    std::vector<Response> m_replies;

    PluginRoute &route(const char *handler, Milliseconds timeout)
    {
        config::HandlerConfig config;
        config.path = "/a";
        config.plugin = handler;
        config.timeout = config::Duration(timeout);
        return *m_routes.emplace_back(std::make_unique<PluginRoute>(config, *m_plugin, nullptr, *m_threads, m_log));
    }
    void ask(PluginRoute &route, const Request &request = {})
    {
        route.handle(request, {}, [this](Response response) {
            const std::scoped_lock lock(m_mutex);
            m_replies.push_back(std::move(response));
        });
    }
    std::vector<Response> replies()
    {
        const std::scoped_lock lock(m_mutex);
        return m_replies;
    }
    std::vector<int> statuses()
    {
        std::vector<int> all;
        for (const Response &response : replies())
            all.push_back(response.status);
        return all;
    }

private Q_SLOTS:
    void init()
    {
        m_plugin = std::make_unique<FakePlugin>();
        m_threads = std::make_unique<PluginThreads>();
        m_threads->setSize(2);
        m_replies.clear();
    }
    void cleanup()
    {
        m_plugin->ends = true;
        m_threads->waitForDone();
        m_routes.clear();
    }

    void answersWithoutItInTime()
    {
        PluginRoute &slow = route("sleep", Milliseconds(100));
        ask(slow);
        QTRY_COMPARE_WITH_TIMEOUT(statuses(), std::vector<int>{504}, 2000);
        m_plugin->ends = true;
        m_threads->waitForDone();
        QCOMPARE(statuses(), std::vector<int>{504}); // its own answer comes too late
    }

    void stuckOnesHinderNobody()
    {
        PluginRoute &slow = route("sleep", Milliseconds(100));
        PluginRoute &quick = route("answer", Milliseconds(2000));
        for (int i = 0; i < 2; ++i)
            ask(slow);
        QTRY_COMPARE_WITH_TIMEOUT(statuses(), std::vector<int>(2, 504), 2000);
        ask(quick);
        QTRY_COMPARE_WITH_TIMEOUT(statuses().back(), 200, 1500);
    }

    void whatWaitedForTooLongIsNotBegun()
    {
        PluginRoute &slow = route("sleep", Milliseconds(60'000));
        PluginRoute &late = route("answer", Milliseconds(100));
        for (int i = 0; i < 2; ++i)
            ask(slow);
        ask(late);
        QTRY_COMPARE_WITH_TIMEOUT(statuses(), std::vector<int>{504}, 2000);
        m_plugin->ends = true;
        m_threads->waitForDone();
        QCOMPARE(m_plugin->begun.load(), 2);
    }

    void refusesWhatWaitsForNothing()
    {
        PluginRoute &slow = route("sleep", Milliseconds(60'000));
        for (int i = 0; i < 2; ++i)
            ask(slow);
        QTRY_COMPARE_WITH_TIMEOUT(m_plugin->begun.load(), 2, 2000);
        for (int i = 0; i < 2 * PluginThreads::kWaitingEach; ++i)
            ask(slow);
        QCOMPARE(statuses(), std::vector<int>{});
        ask(slow);
        QCOMPARE(statuses(), std::vector<int>{503});
        QVERIFY(header(replies()[0].headers, "Retry-After"));
    }

    void knowsNoToken()
    {
        PluginRoute &headers = route("headers", Milliseconds(2000));
        ask(headers, {"GET", "/a", "", {{"mainstay-TOKEN", "s3cret"}, {"X-Other", "1"}}, ""});
        QTRY_COMPARE_WITH_TIMEOUT(statuses(), std::vector<int>{200}, 2000);
        QCOMPARE(replies()[0].body, std::string("X-Other:1\n"));
    }

    void answersWhatHttpAllows_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("expected");
        const auto row = [](const char *name, const QByteArray &value, int status, int expected) {
            QTest::addRow("%s %s %d", name, value.toPercentEncoding().constData(), status)
                << QByteArray(name) << value << status << expected;
        };
        row("Location", "/a b\tä", 302, 302);
        row("Location", "a\r\nSet-Cookie: admin=1", 302, 500);
        row("Location", "a\nb", 302, 500);
        row("Location", QByteArray("a\0b", 3), 302, 500);
        row("X-A: b\r\nSet-Cookie", "x", 200, 500);
        row("", "x", 200, 500);
        row("X A", "x", 200, 500);
        row("X-A", "x", 101, 500);
        row("X-A", "x", 0, 500);
        row("X-A", "x", 600, 500);
        for (const char *framing : {"content-length", "Connection", "Transfer-Encoding", "Upgrade"})
            row(framing, "1", 200, 200);
    }
    void answersWhatHttpAllows()
    {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, value);
        QFETCH(int, status);
        QFETCH(int, expected);
        m_plugin->answer = {status, {{name.toStdString(), value.toStdString()}}, "body"};
        PluginRoute &answers = route("answer", Milliseconds(2000));
        ask(answers);
        QTRY_COMPARE_WITH_TIMEOUT(statuses(), std::vector<int>{expected}, 2000);
        const std::vector<Response> all = replies();
        const auto kept = header(all[0].headers, name.toStdString());
        if (expected == 302)
            QCOMPARE(kept.value_or(""), std::string_view(value.constData(), static_cast<std::size_t>(value.size())));
        else
            QVERIFY(!kept);
    }
};

QTEST_GUILESS_MAIN(PluginHandlerTest)
#include "plugin_handler_test.moc"
