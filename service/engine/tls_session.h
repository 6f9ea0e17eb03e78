// SPDX-License-Identifier: GPL-3.0-or-later
// One end of a TLS connection over a non-blocking socket.
#pragma once

#include "engine/tls_certificate.h"
#include "engine/tls_context.h"
#include "engine/tls_server_name.h"
#include "engine/tls_transport.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::engine {

class TlsClientContext;
class TlsTickets;

enum class TlsStatus : std::uint8_t {
    done,
    wantRead,  // call again when the socket is readable
    wantWrite, // call again when the socket is writable, with the bytes not yet taken
    closed,    // the peer has said goodbye (close_notify): all it sent was read
    truncated, // the peer or the network ended the connection without close_notify
    failed,    // of no use any more: failure() says why
};

struct TlsOutcome {
    TlsStatus status = TlsStatus::done;
    std::size_t bytes = 0; // moved by this call, whatever the status
};

// Worker thread. The socket stays the caller's, who closes it after this object is gone; only this object reads and
// writes it meanwhile. No call blocks, throws, raises SIGPIPE or leaves anything in OpenSSL's error queue. A socket
// call that moved less than it could is taken for a drained (or full) socket, and the next one is left to the caller.
class TlsSession {
public:
    // The server's end. `certificates` must outlive the session. It is asked once for each client hello.
    TlsSession(const TlsContext &context, int socket, const CertificateSelector &certificates);
    // The client's end. `server`: a DNS name, which is asked for too, or an IP address; what is shown must be for it,
    // where the context verifies. `tickets`, from which it resumes and which keeps what it is given, outlives the
    // session; null for none.
    TlsSession(const TlsClientContext &context, int socket, const std::string &server, TlsTickets *tickets);
    TlsSession(const TlsSession &) = delete;
    TlsSession &operator=(const TlsSession &) = delete;
    ~TlsSession();

    // Until it is done nothing is read or written but the handshake.
    TlsOutcome handshake();

    // Done with at least one byte, as many as fit and have arrived.
    TlsOutcome read(std::span<char> space);

    // Done when all is taken. Pieces that together fit a record (16 KiB) leave in one, with one system call. After
    // wantWrite the next call must begin with the bytes that were not taken; they may have moved in memory.
    TlsOutcome write(std::span<const std::string_view> pieces);
    TlsOutcome write(std::string_view bytes) { return write(std::span(&bytes, 1)); }

    // Sends close_notify; done does not mean that the peer's has come.
    TlsOutcome shutdown();

    // Whether read() may yield bytes that have left the socket already: then read before waiting for it.
    [[nodiscard]] bool hasBuffered() const noexcept;
    // Whether there is content before the end, of a connection whose peer has ended its side. May receive, but yields
    // nothing and tells of no failure: that is for read().
    [[nodiscard]] bool hasMore() noexcept;
    // Whether the last look at the socket left it empty, so that the next byte raises a new edge.
    [[nodiscard]] bool drained() const noexcept { return m_transport.drained; }
    // Whether the last write moved bytes into the socket, be they a part of a record only.
    [[nodiscard]] bool moved() const noexcept { return m_transport.moved; }

    // The rest is known once the handshake is done.
    [[nodiscard]] std::string_view serverName() const noexcept; // empty when the client sent no valid one
    [[nodiscard]] std::string_view protocol() const noexcept;   // by ALPN; empty when the client offered none
    [[nodiscard]] std::string_view version() const noexcept;    // "TLSv1.3"
    [[nodiscard]] std::string_view cipher() const noexcept;     // "TLS_AES_128_GCM_SHA256"
    [[nodiscard]] bool resumed() const noexcept;
    // Whose certificates the client could show; null when it was asked for none.
    [[nodiscard]] const TlsClientTrust *clientTrust() const noexcept { return m_choice.clients; }
    // Whether it showed one, which one of those has signed.
    [[nodiscard]] bool hasClientCertificate() const noexcept;
    // Its subject as RFC 2253 writes it, its serial number and its SHA-256, both in hexadecimal; empty without one.
    [[nodiscard]] std::string clientSubject() const;
    [[nodiscard]] std::string clientSerial() const;
    [[nodiscard]] std::string clientFingerprint() const;

    [[nodiscard]] bool hasFailed() const noexcept { return m_end.has_value(); }
    // Why it did or was truncated, in a few words.
    [[nodiscard]] std::string failure() const;

private:
    friend class TlsContext; // which registers the callbacks with OpenSSL
    friend class TlsClientContext;

    // In the order they are called in.
    static int beginHello(SSL *ssl, int *alert, void *unused) noexcept;
    static int answerServerName(SSL *ssl, int *alert, void *unused) noexcept;
    static int installCertificate(SSL *ssl, void *unused) noexcept;
    static int staple(SSL *ssl, void *unused) noexcept;
    // Of the client's end: takes the ticket over.
    static int keepTicket(SSL *ssl, ssl_session_st *ticket) noexcept;

    void useTransport(int socket);
    void expect(const std::string &server);
    // What is wrong with what the server has shown; empty when nothing is.
    [[nodiscard]] std::string distrust() const;
    TlsStatus statusOf(int returned) noexcept;
    // When nothing can be sent any more: a peer that refuses says so in an alert, and may then reset the connection.
    void hearAlert() noexcept;

    TlsTransport m_transport; // outlives m_ssl, which uses it
    TlsHandle<SSL> m_ssl;
    const CertificateSelector *m_certificates = nullptr; // null for the client's end
    TlsTickets *m_tickets = nullptr;
    TlsChoice m_choice;
    std::optional<ServerName> m_serverName;
    std::optional<TlsStatus> m_end; // truncated or failed: OpenSSL must not be called again
    unsigned long m_error = 0;      // OpenSSL's code of the failure, 0 for the socket's own
};

} // namespace mainstay::engine
