// SPDX-License-Identifier: GPL-3.0-or-later
// The transport on QtHttpServer, which parses and buffers requests; heads are looked at and answers are written here.
#include "apphost/transport.h"

#include "apphost/door.h"
#include "apphost/head_scanner.h"
#include "base/clock.h"
#include "base/http_status.h"

#include <QAbstractHttpServer>
#include <QHttpServerRequest>
#include <QHttpServerResponder>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace mainstay::apphost {
namespace {

constexpr std::size_t kMaxConnections = 1024;
// Beyond those, for requests that come at once, such as a look whether we are ready: each ends with its answer.
constexpr std::size_t kHurriedConnections = 128;
constexpr std::size_t kMaxUploads = 512;       // requests whose head is there, and whose body is not
constexpr std::size_t kMaxRefused = 256;       // that are read for a while after their answer
constexpr std::size_t kAtOnce = 64 << 10;      // a body of up to this comes in one piece from the proxy
constexpr Milliseconds kHeadPatience{10'000};  // for a head to come in whole
constexpr Milliseconds kBodyPatience{300'000}; // for more of a body to come: who sends it is bounded by the proxy
constexpr Milliseconds kHurriedPatience{2000}; // for all of it, where there are too many already
constexpr Milliseconds kKeepAlive{120'000};    // between two; longer than a proxy keeps its own
constexpr Milliseconds kRefusalPatience{2000}; // for a client to hear that it was refused
constexpr std::size_t kMaxFields = 100;        // QtHttpServer forgets those beyond, be it our token or the length
constexpr qint64 kMaxUnsent = 256 << 20;       // of all answers together
constexpr qsizetype kFraming = 64 << 10;       // what a head, and the marks between chunks, add to a body

std::string methodName(QHttpServerRequest::Method method)
{
    switch (method) {
    case QHttpServerRequest::Method::Get:
        return "GET";
    case QHttpServerRequest::Method::Put:
        return "PUT";
    case QHttpServerRequest::Method::Delete:
        return "DELETE";
    case QHttpServerRequest::Method::Post:
        return "POST";
    case QHttpServerRequest::Method::Head:
        return "HEAD";
    case QHttpServerRequest::Method::Options:
        return "OPTIONS";
    case QHttpServerRequest::Method::Patch:
        return "PATCH";
    default:
        return "OTHER";
    }
}

std::string_view phrase(int status)
{
    return reasonPhrase(static_cast<unsigned>(status));
}

QByteArray bytesOf(const Response &response, bool withBody, bool closes)
{
    std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
    text += phrase(response.status);
    text += "\r\n";
    for (const auto &[name, value] : response.headers)
        text += name + ": " + value + "\r\n";
    const bool hasNone = response.status == 204 || response.status == 304;
    if (!hasNone)
        text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
    if (closes)
        text += "Connection: close\r\n";
    text += "\r\n";
    const std::size_t body = withBody && !hasNone ? response.body.size() : 0;
    QByteArray bytes;
    bytes.reserve(static_cast<qsizetype>(text.size() + body));
    bytes.append(text.data(), static_cast<qsizetype>(text.size()));
    bytes.append(response.body.data(), static_cast<qsizetype>(body));
    return bytes;
}

// What all sockets have together.
struct Shared {
    qint64 unsent = 0;       // bytes of answers that wait for clients to take them
    std::size_t places = 0;  // taken by connections that have not been refused
    std::size_t uploads = 0; // requests whose body is on its way
    std::size_t refused = 0; // connections that have been, and are still there
};

// A client's connection. QtHttpServer reads from it; what it may come to read is decided here first.
class Socket : public QTcpSocket {
public:
    // Where all places but those for the hurried are taken, what does not come at once is refused, and the connection
    // ends with its first answer.
    Socket(const Transport::Options &options, std::shared_ptr<Shared> shared, QObject *parent)
        : QTcpSocket(parent), m_options(options), m_shared(std::move(shared)),
          m_hurried(m_shared->places >= kMaxConnections)
    {
        ++m_shared->places;
        connect(this, &QTcpSocket::bytesWritten, this, [this] {
            countUnsent();
            if (bytesToWrite() > 0)
                m_patience.start(kKeepAlive); // it goes on
        });
        // Connected before QtHttpServer does, and so called before it.
        connect(this, &QTcpSocket::readyRead, this, &Socket::lookAtHead);
        connect(&m_patience, &QTimer::timeout, this, &Socket::loseFaith);
        m_patience.setSingleShot(true);
        m_patience.start(m_hurried ? kHurriedPatience : kHeadPatience);
    }

    ~Socket() override
    {
        m_shared->unsent -= m_counted;
        setUploading(false);
        --(m_refused ? m_shared->refused : m_shared->places);
    }
    Socket(const Socket &) = delete;
    Socket &operator=(const Socket &) = delete;

    bool isAnswering = false;
    bool closes = false; // after the answer

    void answer(const Response &response, bool withBody)
    {
        if (m_shared->unsent + static_cast<qint64>(response.body.size()) <= kMaxUnsent)
            send(bytesOf(response, withBody, closes));
        else
            send(bytesOf(tooMuchUnsent(), withBody, closes));
        countUnsent();
        isAnswering = false;
        m_scanner = {};
        m_taken = 0;
        m_patience.start(kKeepAlive);
        if (closes)
            disconnectFromHost();
    }
    void setAnswering()
    {
        isAnswering = true;
        closes = closes || m_hurried;
        setUploading(false);
        m_patience.stop(); // the handlers have limits of their own
    }

private:
    static Response tooMuchUnsent()
    {
        return {503,
                {{"Content-Type", "application/json"}, {"Retry-After", "1"}},
                "{\"error\":\"too many answers wait for their clients\",\"code\":\"request.unsent\"}\n"};
    }

    static Response tooManyUploads()
    {
        return {503,
                {{"Content-Type", "application/json"}, {"Retry-After", "1"}},
                "{\"error\":\"too many requests are on their way\",\"code\":\"request.crowded\"}\n"};
    }

    void countUnsent()
    {
        const qint64 now = bytesToWrite();
        m_shared->unsent += now - std::exchange(m_counted, now);
    }
    void setUploading(bool uploading)
    {
        if (std::exchange(m_isUploading, uploading) == uploading)
            return;
        if (uploading)
            ++m_shared->uploads;
        else
            --m_shared->uploads;
    }

    // What was waited for has not come.
    void loseFaith()
    {
        if (m_refused || m_taken == 0)
            abort();
        else if (m_isHurriedUpload || m_hurried)
            refuse(tooManyUploads());
        else
            refuse({408, {}, {}});
    }

    void lookAtHead()
    {
        if (m_refused) {
            readAll();
            return;
        }
        if (m_taken == 0 && !isAnswering && !m_hurried)
            m_patience.start(kHeadPatience);
        else if (m_isUploading && !m_isHurriedUpload)
            m_patience.start(kBodyPatience);
        m_taken += bytesAvailable();
        if (!m_scanner.isComplete()) {
            const QByteArray more = peek(bytesAvailable());
            m_scanner.add({more.data(), static_cast<std::size_t>(more.size())});
            if (m_scanner.isTooLong() || (m_scanner.isComplete() && m_scanner.headers().size() > kMaxFields))
                return refuse({431, {}, {}});
            if (m_scanner.isComplete() && !admitHead())
                return;
        }
        if (m_taken > static_cast<qsizetype>(m_options.maxBody) + kFraming)
            refuse({413, {}, {}});
    }

    bool admitHead()
    {
        closes = m_scanner.wantsClose();
        std::optional<Response> refusal = m_options.admit(m_scanner.headers());
        if (!refusal && m_scanner.contentLength() > m_options.maxBody)
            refusal = Response{413, {}, {}};
        if (refusal) {
            refuse(*refusal);
            return false;
        }
        setUploading(true); // one that is there has been taken by the time of setAnswering()
        m_isHurriedUpload = m_hurried || m_shared->uploads > kMaxUploads;
        if (m_isHurriedUpload && (m_scanner.isChunked() || m_scanner.contentLength() > kAtOnce)) {
            refuse(tooManyUploads());
            return false;
        }
        if (!m_hurried)
            m_patience.start(m_isHurriedUpload ? kHurriedPatience : kBodyPatience);
        if (m_scanner.expectsContinue())
            write("HTTP/1.1 100 Continue\r\n\r\n");
        return true;
    }

    // Nothing that comes is kept from here on. It is read all the same for a while: a client that is cut off while it
    // sends may not see the answer.
    void refuse(const Response &response)
    {
        if (!std::exchange(m_refused, true)) {
            --m_shared->places;
            ++m_shared->refused;
        }
        closes = true;
        setUploading(false);
        disconnect(this, &QTcpSocket::readyRead, parentServer(), nullptr);
        if (isTransactionStarted())
            commitTransaction();
        readAll();
        Response whole = response;
        if (whole.body.empty()) {
            whole.headers.emplace_back("Content-Type", "application/json");
            whole.body = R"({"error":")" + std::string(phrase(response.status)) + "\"}\n";
        }
        send(bytesOf(whole, true, true));
        m_patience.start(m_shared->refused > kMaxRefused ? Milliseconds{0} : kRefusalPatience);
    }
    // At once, as far as the socket takes it, rather than with the next turn of the loop.
    void send(const QByteArray &bytes)
    {
        write(bytes);
        flush();
    }
    [[nodiscard]] QObject *parentServer() const { return parent() ? parent()->parent() : nullptr; }

    const Transport::Options &m_options;
    const std::shared_ptr<Shared> m_shared;
    const bool m_hurried;
    bool m_isUploading = false;
    bool m_isHurriedUpload = false;
    qint64 m_counted = 0; // of what is unsent, this one's
    HeadScanner m_scanner;
    QTimer m_patience;
    qsizetype m_taken = 0; // bytes of the request so far
    bool m_refused = false;
};

class Listener : public QTcpServer {
public:
    Listener(const Transport::Options &options, QObject *parent) : QTcpServer(parent), m_options(options)
    {
        setMaxPendingConnections(static_cast<int>(kMaxConnections + kHurriedConnections));
        setListenBacklogSize(511);
    }

protected:
    void incomingConnection(qintptr descriptor) override
    {
        auto *socket = new Socket(m_options, m_shared, this);
        socket->setSocketDescriptor(descriptor);
        if (m_shared->places > kMaxConnections + kHurriedConnections) {
            delete socket;
            return;
        }
        socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        addPendingConnection(socket);
    }

private:
    const Transport::Options &m_options;
    const std::shared_ptr<Shared> m_shared = std::make_shared<Shared>();
};

class QtTransport : public QAbstractHttpServer, public Transport {
public:
    explicit QtTransport(Options options) : m_options(std::move(options)) {}

    Result<> listen(std::uint16_t port) override
    {
        auto *listener = new Listener(m_options, this);
        if (!listener->listen(QHostAddress::LocalHost, port))
            return fail("apphost.cannot-listen", "cannot listen on 127.0.0.1:" + std::to_string(port) + ": " +
                                                     listener->errorString().toStdString());
        m_listener = listener;
        bind(listener);
        return {};
    }
    [[nodiscard]] std::uint16_t port() const override { return m_listener ? m_listener->serverPort() : 0; }
    [[nodiscard]] std::size_t inFlight() const override { return m_asked.size(); }

    void drain(std::function<void()> done) override
    {
        m_drained = std::move(done);
        if (m_listener)
            m_listener->close();
        finishDrain();
    }

protected:
    bool handleRequest(const QHttpServerRequest &request, QTcpSocket *tcp) override
    {
        auto *socket = static_cast<Socket *>(tcp);
        if (socket->isAnswering) { // one that does not wait for its answer could get another's
            socket->abort();
            return true;
        }
        socket->setAnswering();
        socket->closes = socket->closes || m_drained != nullptr;
        Request taken;
        taken.method = methodName(request.method());
        taken.path = request.url().path(QUrl::FullyEncoded).toStdString();
        taken.query = request.url().query(QUrl::FullyEncoded).toStdString();
        for (const auto &[name, value] : request.headers())
            taken.headers.emplace_back(name.toStdString(), value.toStdString());
        taken.body = request.body().toStdString();
        m_options.handle(std::move(taken), replyTo(socket, request.method() != QHttpServerRequest::Method::Head));
        return true;
    }
    void missingHandler(const QHttpServerRequest &, QTcpSocket *) override {}

private:
    // A request that has not been answered.
    struct Asked {
        QPointer<Socket> socket;
        bool withBody;
    };

    // For any thread, and what is told a second time is dropped.
    Reply replyTo(Socket *socket, bool withBody)
    {
        m_asked.emplace(++m_number, Asked{socket, withBody});
        return [this, number = m_number](Response response) {
            m_door.post([this, number, response = std::move(response)] { answer(number, response); });
        };
    }

    void answer(std::uint64_t number, const Response &response)
    {
        const auto asked = m_asked.extract(number);
        if (asked.empty())
            return;
        if (Socket *socket = asked.mapped().socket)
            socket->answer(response, asked.mapped().withBody);
        finishDrain();
    }

    void finishDrain()
    {
        if (m_drained && m_asked.empty()) {
            const auto sent = std::exchange(m_drained, [] {});
            // Behind the bytes of the last answers.
            QTimer::singleShot(50, this, sent);
        }
    }

    const Options m_options;
    Door m_door;
    QPointer<Listener> m_listener;
    std::unordered_map<std::uint64_t, Asked> m_asked; // by number
    std::uint64_t m_number = 0;
    std::function<void()> m_drained;
};

} // namespace

std::unique_ptr<Transport> makeTransport(Transport::Options options)
{
    return std::make_unique<QtTransport>(std::move(options));
}

} // namespace mainstay::apphost
