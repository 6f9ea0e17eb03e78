// SPDX-License-Identifier: GPL-3.0-or-later
// Sets OpenSSL up for a policy.
#include "engine/tls_context.h"

#include "engine/tls_session.h"

#include <algorithm>
#include <array>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

namespace mainstay::engine {

namespace {

std::basic_string<unsigned char> encodeProtocols(const std::vector<std::string> &protocols)
{
    std::basic_string<unsigned char> encoded;
    for (const std::string &protocol : protocols) {
        encoded += static_cast<unsigned char>(protocol.size());
        encoded.append(protocol.begin(), protocol.end());
    }
    return encoded;
}

} // namespace

TlsContext::TlsContext(const TlsPolicy &policy)
    : m_context(SSL_CTX_new(TLS_server_method())), m_ticketKeys(policy.ticketLifetime),
      m_protocols(encodeProtocols(policy.protocols))
{}

Result<TlsContext::Pointer> TlsContext::make(const TlsPolicy &policy)
{
    const std::shared_ptr<TlsContext> context(new TlsContext(policy));
    if (auto configured = context->configure(policy); !configured)
        return forward(std::move(configured));
    return context;
}

Result<> TlsContext::configure(const TlsPolicy &policy)
{
    SSL_CTX *context = m_context.get();
    ERR_clear_error();
    const bool accepted = context != nullptr &&
                          SSL_CTX_set_min_proto_version(
                              context, policy.minimum == TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
                          SSL_CTX_set_ciphersuites(context, policy.cipherSuites.c_str()) == 1 &&
                          SSL_CTX_set_cipher_list(context, policy.ciphers.c_str()) == 1 &&
                          SSL_CTX_set1_groups_list(context, policy.groups.c_str()) == 1;
    if (!accepted)
        return fail("tls.policy-refused", "the TLS policy cannot be used: " + takeTlsError());

    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1); // a record's head and body in one system call
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_client_hello_cb(context, TlsSession::beginHello, nullptr);
    SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                          reinterpret_cast<void (*)()>(TlsSession::answerServerName));
    SSL_CTX_callback_ctrl(context, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB, reinterpret_cast<void (*)()>(TlsSession::staple));
    SSL_CTX_set_cert_cb(context, TlsSession::installCertificate, nullptr);
    if (!m_protocols.empty())
        SSL_CTX_set_alpn_select_cb(context, chooseProtocol, this);
    configureTickets(policy.ticketLifetime);
    return {};
}

void TlsContext::configureTickets(Seconds lifetime)
{
    SSL_CTX *context = m_context.get();
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (lifetime == Seconds::zero()) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(context, 0);
        return;
    }
    constexpr unsigned char kName[] = "mainstay";
    SSL_CTX_set_session_id_context(context, kName, sizeof kName - 1);
    SSL_CTX_set_timeout(context, static_cast<long>(lifetime.count()));
    SSL_CTX_set_num_tickets(context, 1); // OpenSSL's default of two costs a second key derivation for each handshake
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, useTicketKey);
}

int TlsContext::useTicketKey(SSL *ssl, unsigned char *name, unsigned char *initial, EVP_CIPHER_CTX *cipher,
                             EVP_MAC_CTX *mac, int isSealing) noexcept
{
    constexpr int kFailed = -1, kUnknown = 0, kDone = 1, kRenew = 2;
    const auto &context = *static_cast<const TlsContext *>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    const SteadyTime now = SteadyClock::now();
    const EVP_CIPHER *algorithm = EVP_aes_256_cbc();
    auto key = isSealing != 0 ? context.m_ticketKeys.newest(now)
                              : context.m_ticketKeys.find({name, TlsTicketKeys::kNameSize}, now);
    if (!key)
        return isSealing != 0 ? kFailed : kUnknown;
    char digest[] = "SHA256";
    const std::array parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac.data(), key->mac.size()),
                                OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                OSSL_PARAM_construct_end()};
    if (EVP_MAC_CTX_set_params(mac, parameters.data()) != 1)
        return kFailed;
    if (isSealing != 0) {
        std::copy(key->name.begin(), key->name.end(), name);
        const bool done = RAND_bytes(initial, EVP_CIPHER_get_iv_length(algorithm)) == 1 &&
                          EVP_EncryptInit_ex(cipher, algorithm, nullptr, key->cipher.data(), initial) == 1;
        return done ? kDone : kFailed;
    }
    if (EVP_DecryptInit_ex(cipher, algorithm, nullptr, key->cipher.data(), initial) != 1)
        return kFailed;
    // In TLS 1.3 a ticket is for one use, lest it tell who comes again (RFC 8446 appendix C.4).
    return key->isNewest && SSL_version(ssl) < TLS1_3_VERSION ? kDone : kRenew;
}

int TlsContext::chooseProtocol(SSL * /*ssl*/, const unsigned char **chosen, unsigned char *chosenSize,
                               const unsigned char *offered, unsigned int offeredSize, void *context)
{
    const auto &ours = static_cast<const TlsContext *>(context)->m_protocols;
    unsigned char *protocol = nullptr;
    const int found = SSL_select_next_proto(&protocol, chosenSize, ours.data(), static_cast<unsigned int>(ours.size()),
                                            offered, offeredSize);
    if (found != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; // no_application_protocol, RFC 7301 section 3.2
    *chosen = protocol;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace mainstay::engine
