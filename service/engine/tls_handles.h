// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSL objects owned by type, and OpenSSL's error queue as one sentence.
#pragma once

#include <memory>
#include <openssl/types.h>
#include <span>
#include <string>

struct stack_st_X509;
struct ssl_session_st;
struct X509_extension_st;

namespace mainstay::engine {

struct TlsRelease {
    void operator()(SSL *object) const noexcept;
    void operator()(SSL_CTX *object) const noexcept;
    void operator()(ssl_session_st *object) const noexcept;
    void operator()(X509 *object) const noexcept;
    void operator()(stack_st_X509 *certificates) const noexcept; // and each certificate in it
    void operator()(EVP_PKEY *object) const noexcept;            // wiped
    void operator()(BIO *object) const noexcept;                 // wiped
    void operator()(BIGNUM *object) const noexcept;
    void operator()(X509_extension_st *object) const noexcept;
};

template <class T>
using TlsHandle = std::unique_ptr<T, TlsRelease>;

using TlsChain = TlsHandle<stack_st_X509>;

// In lower case.
[[nodiscard]] std::string hexadecimal(std::span<const unsigned char> bytes);

// The reason of the first error in this thread's queue, which is empty afterwards.
[[nodiscard]] std::string takeTlsError();

} // namespace mainstay::engine
