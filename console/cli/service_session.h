// SPDX-License-Identifier: GPL-3.0-or-later
// Calls that wait for their answer: what a command line needs of the client.
#pragma once

#include "base/clock.h"
#include "rpc/client.h"

#include <QEventLoop>
#include <QTimer>

#include <functional>
#include <optional>
#include <utility>

namespace mainstay::cli {

// Main thread. Connects with the first call. Besides the client's errors a call fails with "service.no-answer".
class ServiceSession {
public:
    ServiceSession(QString path, Milliseconds patience) : m_path(std::move(path)), m_patience(patience) {}

    template <rpc::Method M>
    Result<typename M::Result> call(const M &request)
    {
        return wait<typename M::Result>(
            [&](QEventLoop &loop, auto take) { client().call(request, &loop, std::move(take)); });
    }
    Result<QJsonValue> callByName(const QString &method, const QJsonObject &params);

    // What must come in time of a stream.
    enum class Begins {
        withAnEvent, // or with its end
        quietly,     // the service opens it, and may have nothing to tell for long
    };
    // Hands over each event until onEvent returns false or the stream ends.
    template <rpc::StreamMethod M>
    Result<> follow(const M &request, Begins begins, const std::function<bool(const typename M::Event &)> &onEvent)
    {
        QEventLoop loop;
        Result<> ended;
        bool wanted = true;
        bool hasBegun = false;
        const auto take = [&](const typename M::Event &event) {
            hasBegun = true;
            // More may be on its way already.
            wanted = wanted && onEvent(event);
            if (!wanted)
                loop.quit();
        };
        const auto end = [&](Result<> why) {
            ended = std::move(why);
            loop.quit();
        };
        const auto id = client().subscribe(request, &loop, take, end);
        QTimer::singleShot(m_patience, &loop, [&] {
            if (!hasBegun && (begins == Begins::withAnEvent || !client().isStreaming(id)))
                end(tl::unexpected<Error>(noAnswer()));
        });
        loop.exec();
        client().unsubscribe(id);
        return ended;
    }

    // For those who call the client themselves: how long they wait, and what they say then.
    [[nodiscard]] rpc::Client &client();
    [[nodiscard]] Milliseconds patience() const noexcept { return m_patience; }
    [[nodiscard]] Error noAnswer() const;

private:
    template <class T, class Start>
    Result<T> wait(Start start)
    {
        QEventLoop loop;
        std::optional<Result<T>> answer;
        start(loop, [&](Result<T> result) {
            answer = std::move(result);
            loop.quit();
        });
        QTimer::singleShot(m_patience, &loop, &QEventLoop::quit);
        loop.exec();
        return answer ? std::move(*answer) : Result<T>(tl::unexpected<Error>(noAnswer()));
    }

    QString m_path;
    Milliseconds m_patience;
    rpc::Client m_client;
    bool m_opened = false;
};

// Whether an error means that no service answers.
[[nodiscard]] bool isUnreachable(const Error &error);

} // namespace mainstay::cli
