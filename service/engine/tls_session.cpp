// SPDX-License-Identifier: GPL-3.0-or-later
// Drives OpenSSL and turns what it says into a TlsOutcome.
#include "engine/tls_session.h"

#include "base/endpoint.h"
#include "engine/tls_client_context.h"
#include "engine/tls_client_trust.h"
#include "engine/tls_tickets.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <system_error>

namespace mainstay::engine {

namespace {

constexpr int kSessionIndex = 0; // of the SSL's application data
constexpr std::size_t kRecordSize = SSL3_RT_MAX_PLAIN_LENGTH;

// Walks over the bytes of several pieces, a record at a time.
class PieceReader {
public:
    explicit PieceReader(std::span<const std::string_view> pieces) : m_pieces(pieces) { skipEmpty(); }

    [[nodiscard]] bool atEnd() const noexcept { return m_pieces.empty(); }

    // At least what fits a record, or all. Small pieces are brought together in `scratch`.
    [[nodiscard]] std::string_view next(std::span<char, kRecordSize> scratch) const noexcept
    {
        const std::string_view first = m_pieces.front().substr(m_offset);
        if (first.size() >= kRecordSize || m_pieces.size() == 1)
            return first;
        std::size_t size = first.copy(scratch.data(), kRecordSize);
        for (const std::string_view piece : m_pieces.subspan(1))
            size += piece.copy(scratch.data() + size, kRecordSize - size);
        return {scratch.data(), size};
    }

    void advance(std::size_t count) noexcept
    {
        while (count > 0) {
            const std::size_t step = std::min(count, m_pieces.front().size() - m_offset);
            m_offset += step;
            count -= step;
            skipEmpty();
        }
    }

private:
    void skipEmpty() noexcept
    {
        while (!m_pieces.empty() && m_pieces.front().size() == m_offset) {
            m_pieces = m_pieces.subspan(1);
            m_offset = 0;
        }
    }

    std::span<const std::string_view> m_pieces;
    std::size_t m_offset = 0; // into the first piece
};

// The first host name in the hello that is being read (RFC 6066 section 3); empty without one.
std::string_view nameInHello(SSL *ssl) noexcept
{
    constexpr unsigned char kHostName = 0;
    constexpr std::size_t kBefore = 5; // the lengths of list and name, and the name's kind
    const unsigned char *bytes = nullptr;
    std::size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &bytes, &size) != 1 || size < kBefore ||
        bytes[2] != kHostName)
        return {};
    const std::size_t length = static_cast<std::size_t>(bytes[3]) << 8 | bytes[4];
    return length <= size - kBefore ? std::string_view(reinterpret_cast<const char *>(bytes) + kBefore, length)
                                    : std::string_view();
}

std::string_view viewOf(const char *text) noexcept
{
    return text != nullptr ? std::string_view(text) : std::string_view();
}

} // namespace

TlsSession::TlsSession(const TlsContext &context, int socket, const CertificateSelector &certificates)
    : m_ssl(SSL_new(context.native())), m_certificates(&certificates)
{
    useTransport(socket);
    SSL_set_accept_state(m_ssl.get());
}

TlsSession::TlsSession(const TlsClientContext &context, int socket, const std::string &server, TlsTickets *tickets)
    : m_ssl(SSL_new(context.native())), m_tickets(tickets)
{
    useTransport(socket);
    SSL_set_connect_state(m_ssl.get());
    expect(server);
    if (context.policy().certificate && !context.policy().certificate->installInto(m_ssl.get()))
        throw std::bad_alloc();
    if (const auto ticket = m_tickets ? m_tickets->take() : nullptr)
        SSL_set_session(m_ssl.get(), ticket.get());
    ERR_clear_error();
}

// OpenSSL takes the tickets of a session that was not shut down for those of one that went wrong. Servers commonly end
// without close_notify.
TlsSession::~TlsSession()
{
    if (m_tickets && m_end != TlsStatus::failed)
        SSL_set_shutdown(m_ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void TlsSession::useTransport(int socket)
{
    m_transport.socket = socket;
    BIO *bio = makeTransportBio(m_transport).release();
    if (m_ssl == nullptr || bio == nullptr || SSL_set_ex_data(m_ssl.get(), kSessionIndex, this) != 1)
        throw std::bad_alloc();
    SSL_set_bio(m_ssl.get(), bio, bio);
}

void TlsSession::expect(const std::string &server)
{
    bool isSet = false;
    if (IpAddress::parse(server)) {
        isSet = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(m_ssl.get()), server.c_str()) == 1;
    } else {
        SSL_set_hostflags(m_ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        isSet = SSL_set1_host(m_ssl.get(), server.c_str()) == 1 &&
                SSL_ctrl(m_ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char *>(server.c_str())) == 1;
    }
    if (!isSet)
        throw std::bad_alloc(); // the name has been looked at before
}

TlsOutcome TlsSession::handshake()
{
    if (m_end)
        return {*m_end};
    ERR_clear_error();
    m_transport.drained = false;
    m_transport.full = false;
    const int returned = SSL_do_handshake(m_ssl.get());
    return {returned == 1 ? TlsStatus::done : statusOf(returned)};
}

TlsOutcome TlsSession::read(std::span<char> space)
{
    if (m_end)
        return {*m_end};
    ERR_clear_error();
    m_transport.drained = false;
    m_transport.full = false; // a read may have to answer a key update
    std::size_t total = 0;
    while (total < space.size()) {
        std::size_t count = 0;
        const int returned = SSL_read_ex(m_ssl.get(), space.data() + total, space.size() - total, &count);
        if (returned != 1) {
            const TlsStatus status = statusOf(returned);
            if (total == 0)
                return {status};
            break; // an end is told by the next call
        }
        total += count;
        if (m_transport.drained && SSL_has_pending(m_ssl.get()) == 0)
            break;
    }
    return {TlsStatus::done, total};
}

TlsOutcome TlsSession::write(std::span<const std::string_view> pieces)
{
    if (m_end)
        return {*m_end};
    ERR_clear_error();
    m_transport.full = false;
    m_transport.moved = false;
    std::array<char, kRecordSize> scratch; // left uninitialised: it is written before it is read
    std::size_t total = 0;
    for (PieceReader reader(pieces); !reader.atEnd();) {
        const std::string_view bytes = reader.next(scratch);
        std::size_t count = 0;
        const int returned = SSL_write_ex(m_ssl.get(), bytes.data(), bytes.size(), &count);
        if (returned != 1) {
            const TlsStatus status = statusOf(returned);
            if (m_end)
                hearAlert();
            return {status, total};
        }
        total += count;
        reader.advance(count);
    }
    return {TlsStatus::done, total};
}

TlsOutcome TlsSession::shutdown()
{
    if (m_end || SSL_is_init_finished(m_ssl.get()) == 0)
        return {TlsStatus::done};
    ERR_clear_error();
    m_transport.full = false;
    const int returned = SSL_shutdown(m_ssl.get());
    return {returned >= 0 ? TlsStatus::done : statusOf(returned)};
}

TlsStatus TlsSession::statusOf(int returned) noexcept
{
    switch (SSL_get_error(m_ssl.get(), returned)) {
    case SSL_ERROR_WANT_READ:
        return TlsStatus::wantRead;
    case SSL_ERROR_WANT_WRITE:
        return TlsStatus::wantWrite;
    case SSL_ERROR_ZERO_RETURN:
        return TlsStatus::closed;
    default:
        break;
    }
    m_error = ERR_get_error();
    ERR_clear_error();
    const bool gone = m_transport.ended || m_transport.error == ECONNRESET || m_transport.error == EPIPE;
    m_end = gone ? TlsStatus::truncated : TlsStatus::failed;
    return *m_end;
}

void TlsSession::hearAlert() noexcept
{
    const TlsTransport found = m_transport;
    m_transport.drained = false;
    char first;
    std::size_t count = 0;
    static_cast<void>(SSL_peek_ex(m_ssl.get(), &first, 1, &count));
    m_transport = found;
    const unsigned long error = ERR_get_error();
    if (ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET) {
        m_error = error;
        m_transport.error = 0;
    }
    ERR_clear_error();
}

bool TlsSession::hasBuffered() const noexcept
{
    return m_end.has_value() || SSL_has_pending(m_ssl.get()) != 0 ||
           (SSL_get_shutdown(m_ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool TlsSession::hasMore() noexcept
{
    if (m_end)
        return false;
    ERR_clear_error();
    m_transport.drained = false;
    m_transport.full = false;
    char first;
    std::size_t count = 0;
    const int returned = SSL_peek_ex(m_ssl.get(), &first, 1, &count);
    if (returned != 1)
        static_cast<void>(statusOf(returned)); // which read() repeats
    return returned == 1;
}

std::string_view TlsSession::serverName() const noexcept
{
    return m_serverName ? m_serverName->text() : std::string_view();
}

std::string_view TlsSession::protocol() const noexcept
{
    const unsigned char *name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(m_ssl.get(), &name, &size);
    return {reinterpret_cast<const char *>(name), size};
}

std::string_view TlsSession::version() const noexcept
{
    return viewOf(SSL_get_version(m_ssl.get()));
}

std::string_view TlsSession::cipher() const noexcept
{
    return viewOf(SSL_get_cipher_name(m_ssl.get()));
}

bool TlsSession::resumed() const noexcept
{
    return SSL_session_reused(m_ssl.get()) != 0;
}

bool TlsSession::hasClientCertificate() const noexcept
{
    return SSL_get0_peer_certificate(m_ssl.get()) != nullptr && SSL_get_verify_result(m_ssl.get()) == X509_V_OK;
}

std::string TlsSession::clientSubject() const
{
    if (!hasClientCertificate())
        return {};
    const TlsHandle<BIO> out(BIO_new(BIO_s_mem()));
    const X509_NAME *subject = X509_get_subject_name(SSL_get0_peer_certificate(m_ssl.get()));
    if (out == nullptr || X509_NAME_print_ex(out.get(), subject, 0, XN_FLAG_RFC2253) < 0)
        return {};
    char *text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string TlsSession::clientSerial() const
{
    if (!hasClientCertificate())
        return {};
    const ASN1_INTEGER *serial = X509_get0_serialNumber(SSL_get0_peer_certificate(m_ssl.get()));
    return hexadecimal({ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

std::string TlsSession::clientFingerprint() const
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (!hasClientCertificate() ||
        X509_digest(SSL_get0_peer_certificate(m_ssl.get()), EVP_sha256(), digest.data(), &size) != 1)
        return {};
    return hexadecimal({digest.data(), size});
}

std::string TlsSession::distrust() const
{
    const long verdict = SSL_get_verify_result(m_ssl.get());
    if (m_certificates || verdict == X509_V_OK || (SSL_get_verify_mode(m_ssl.get()) & SSL_VERIFY_PEER) == 0)
        return {};
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "its certificate, or one that signed it, has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "its certificate, or one that signed it, is not valid yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return "its certificate is not for the name " + std::string(viewOf(SSL_get_servername(m_ssl.get(), 0)));
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "its certificate is not for its address";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "its certificate is signed by no authority that is known here";
    default:
        return "its certificate cannot be trusted: " + std::string(X509_verify_cert_error_string(verdict));
    }
}

std::string TlsSession::failure() const
{
    if (std::string reason = distrust(); !reason.empty())
        return reason;
    const int reasonCode = ERR_GET_REASON(m_error);
    if (!m_certificates && (reasonCode == SSL_R_WRONG_VERSION_NUMBER || reasonCode == SSL_R_PACKET_LENGTH_TOO_LONG ||
                            reasonCode == SSL_R_UNEXPECTED_MESSAGE))
        return "it does not speak TLS";
    if (m_transport.ended) // first, since the alert that OpenSSL then sends may fail too
        return "connection ended without close_notify";
    if (m_transport.error != 0)
        return std::generic_category().message(m_transport.error);
    const char *reason = ERR_reason_error_string(m_error);
    return reason != nullptr ? reason : "unknown reason";
}

// Here, and not when the name is answered: a session is resumed before that, and has to be one with the same clients.
int TlsSession::beginHello(SSL *ssl, int *alert, void * /*unused*/) noexcept
{
    auto &session = *static_cast<TlsSession *>(SSL_get_ex_data(ssl, kSessionIndex));
    session.m_serverName = ServerName::parse(nameInHello(ssl));
    session.m_choice = session.m_certificates->select(session.serverName());
    if (session.m_choice.certificate == nullptr) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (session.m_choice.clients != nullptr && !session.m_choice.clients->installInto(ssl)) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
}

int TlsSession::answerServerName(SSL *ssl, int * /*alert*/, void * /*unused*/) noexcept
{
    const auto &session = *static_cast<const TlsSession *>(SSL_get_ex_data(ssl, kSessionIndex));
    return session.m_serverName ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

int TlsSession::installCertificate(SSL *ssl, void * /*unused*/) noexcept
{
    const auto &session = *static_cast<const TlsSession *>(SSL_get_ex_data(ssl, kSessionIndex));
    return session.m_choice.certificate != nullptr && session.m_choice.certificate->installInto(ssl) ? 1 : 0;
}

int TlsSession::keepTicket(SSL *ssl, SSL_SESSION *ticket) noexcept
{
    const auto &session = *static_cast<const TlsSession *>(SSL_get_ex_data(ssl, kSessionIndex));
    if (session.m_tickets)
        session.m_tickets->keep(TlsHandle<SSL_SESSION>(ticket));
    return session.m_tickets ? 1 : 0;
}

int TlsSession::staple(SSL *ssl, void * /*unused*/) noexcept
{
    const auto &session = *static_cast<const TlsSession *>(SSL_get_ex_data(ssl, kSessionIndex));
    const std::string_view response = session.m_choice.certificate->ocspOf(SSL_get_certificate(ssl));
    if (response.empty())
        return SSL_TLSEXT_ERR_NOACK;
    void *copy = OPENSSL_memdup(response.data(), response.size()); // goes with `ssl`
    if (copy == nullptr)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
    return SSL_TLSEXT_ERR_OK;
}

} // namespace mainstay::engine
