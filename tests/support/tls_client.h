// SPDX-License-Identifier: GPL-3.0-or-later
// A TLS client over a non-blocking socket, driven step by step, and certificates made for a test.
#pragma once

#include "certificates/x509_issue.h"
#include "engine/tls_certificate.h"
#include "engine/tls_handles.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::test {

// A certificate for `names` signed by an authority that nobody else knows. Null when it could not be made.
inline engine::TlsCertificate::Pointer makeCertificate(const std::vector<std::string> &names)
{
    const WallTime now = WallClock::now();
    const certificates::Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(24)};
    const auto authorityKey = certificates::makeKey().value();
    const auto authority = certificates::makeAuthority("test", authorityKey.get(), validity).value();
    const auto key = certificates::makeKey().value();
    const auto leaf =
        certificates::makeServerCertificate(names, key.get(), authority.get(), authorityKey.get(), validity).value();
    const auto leafPem = certificates::toPem(leaf.get());
    const auto keyPem = certificates::toPem(key.get());
    return engine::TlsCertificate::fromPem({certificates::textOf(leafPem.get()), "leaf"},
                                           {certificates::textOf(keyPem.get()), "key"})
        .value_or(nullptr);
}

// What a client offers.
struct TlsOffer {
    std::string serverName{};
    std::vector<std::string> protocols{};
    int minimum = TLS1_2_VERSION;
    int maximum = TLS1_3_VERSION;
};

// Verifies nothing. Keeps the last ticket it was given, to be resumed by another client of the same TlsOffer.
class TlsClient {
public:
    using Session = std::shared_ptr<SSL_SESSION>;

    // The socket stays the caller's.
    explicit TlsClient(int socket, const TlsOffer &offer = {}, const Session &resumed = {})
        : m_context(SSL_CTX_new(TLS_client_method()))
    {
        SSL_CTX_set_security_level(m_context.get(), 0); // so that it can offer what the server must refuse
        SSL_CTX_set_min_proto_version(m_context.get(), offer.minimum);
        SSL_CTX_set_max_proto_version(m_context.get(), offer.maximum);
        SSL_CTX_set_session_cache_mode(m_context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(m_context.get(), keepSession);
        m_ssl.reset(SSL_new(m_context.get()));
        SSL_set_ex_data(m_ssl.get(), 0, this);
        SSL_set_fd(m_ssl.get(), socket);
        SSL_set_connect_state(m_ssl.get());
        if (!offer.serverName.empty())
            SSL_ctrl(m_ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     const_cast<char *>(offer.serverName.c_str()));
        std::basic_string<unsigned char> protocols;
        for (const std::string &protocol : offer.protocols) {
            protocols += static_cast<unsigned char>(protocol.size());
            protocols.append(protocol.begin(), protocol.end());
        }
        if (!protocols.empty())
            SSL_set_alpn_protos(m_ssl.get(), protocols.data(), static_cast<unsigned int>(protocols.size()));
        if (resumed)
            SSL_set_session(m_ssl.get(), resumed.get());
    }

    // Each returns SSL_ERROR_NONE when done, else what SSL_get_error() says; reason() then explains.
    int handshake() { return result(SSL_do_handshake(m_ssl.get())); }
    int shutdown() { return result(SSL_shutdown(m_ssl.get()) >= 0 ? 1 : -1); }
    int write(std::string_view bytes)
    {
        std::size_t written = 0;
        return result(SSL_write_ex(m_ssl.get(), bytes.data(), bytes.size(), &written));
    }
    // Appends one record at the most.
    int read(std::string &into)
    {
        char space[SSL3_RT_MAX_PLAIN_LENGTH];
        std::size_t count = 0;
        const int returned = SSL_read_ex(m_ssl.get(), space, sizeof space, &count);
        into.append(space, count);
        return result(returned);
    }

    [[nodiscard]] const std::string &reason() const { return m_reason; }
    [[nodiscard]] const Session &session() const { return m_session; }
    [[nodiscard]] SSL *native() const { return m_ssl.get(); }

    // The common name in the server's certificate: the first name it was made for.
    [[nodiscard]] std::string serverCertificateName() const
    {
        const engine::TlsHandle<X509> certificate(SSL_get1_peer_certificate(m_ssl.get()));
        if (certificate == nullptr)
            return {};
        char name[256] = {};
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
        return name;
    }

private:
    static int keepSession(SSL *ssl, SSL_SESSION *session)
    {
        static_cast<TlsClient *>(SSL_get_ex_data(ssl, 0))->m_session = Session(session, SSL_SESSION_free);
        return 1;
    }

    int result(int returned)
    {
        const int error = returned == 1 ? SSL_ERROR_NONE : SSL_get_error(m_ssl.get(), returned);
        if (ERR_peek_error() != 0)
            m_reason = engine::takeTlsError();
        return error;
    }

    engine::TlsHandle<SSL_CTX> m_context;
    engine::TlsHandle<SSL> m_ssl;
    Session m_session;
    std::string m_reason;
};

} // namespace mainstay::test
