// SPDX-License-Identifier: GPL-3.0-or-later
// Sets OpenSSL up to be a client.
#include "engine/tls_client_context.h"

#include "engine/tls_context.h"
#include "engine/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace mainstay::engine {

TlsClientContext::TlsClientContext(TlsClientPolicy policy)
    : m_context(SSL_CTX_new(TLS_client_method())), m_policy(std::move(policy))
{}

Result<TlsClientContext::Pointer> TlsClientContext::make(TlsClientPolicy policy)
{
    const std::shared_ptr<TlsClientContext> context(new TlsClientContext(std::move(policy)));
    ERR_clear_error();
    if (!context->configure())
        return fail("tls.policy-refused", "TLS cannot be spoken with servers: " + takeTlsError());
    return context;
}

bool TlsClientContext::configure()
{
    SSL_CTX *context = m_context.get();
    const TlsPolicy common;
    const std::string protocols = static_cast<char>(m_policy.protocol.size()) + m_policy.protocol;
    const bool isSet = context != nullptr && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                       SSL_CTX_set_ciphersuites(context, common.cipherSuites.c_str()) == 1 &&
                       SSL_CTX_set_cipher_list(context, common.ciphers.c_str()) == 1 &&
                       SSL_CTX_set1_groups_list(context, common.groups.c_str()) == 1 &&
                       SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char *>(protocols.data()),
                                               static_cast<unsigned int>(protocols.size())) == 0;
    if (!isSet)
        return false;
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, TlsSession::keepTicket);
    if (!m_policy.authorities)
        return true;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set1_cert_store(context, m_policy.authorities->native());
    return true;
}

} // namespace mainstay::engine
