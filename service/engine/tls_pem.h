// SPDX-License-Identifier: GPL-3.0-or-later
// What PEM texts hold (RFC 7468).
#pragma once

#include "base/result.h"
#include "engine/tls_certificate.h"
#include "engine/tls_handles.h"

namespace mainstay::engine {

// All certificates of the text, in their order. Fails with "certificate.empty" or "certificate.malformed", naming the
// text.
[[nodiscard]] Result<TlsChain> readCertificates(PemText pem);

// Fails with "certificate.key-missing", "certificate.key-malformed" or "certificate.key-encrypted", naming the text.
[[nodiscard]] Result<TlsHandle<EVP_PKEY>> readPrivateKey(PemText pem);

} // namespace mainstay::engine
