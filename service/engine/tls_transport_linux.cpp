// SPDX-License-Identifier: GPL-3.0-or-later
// The BIO that receives from and sends to a non-blocking socket.
#include "engine/tls_transport.h"

#include <cerrno>
#include <openssl/bio.h>
#include <sys/socket.h>

namespace mainstay::engine {

namespace {

constexpr int kMoved = 1;
constexpr int kNothing = -1;
constexpr int kEndOfStream = 0;

TlsTransport &transportOf(BIO *bio)
{
    return *static_cast<TlsTransport *>(BIO_get_data(bio));
}

bool wouldBlock(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

int receive(BIO *bio, char *space, std::size_t size, std::size_t *received)
{
    TlsTransport &transport = transportOf(bio);
    BIO_clear_retry_flags(bio);
    ssize_t count = -1;
    if (!transport.drained) {
        do
            count = ::recv(transport.socket, space, size, 0);
        while (count < 0 && errno == EINTR);
        if (count == 0) {
            transport.ended = true;
            return kEndOfStream;
        }
        if (count < 0 && !wouldBlock(errno)) {
            transport.error = errno;
            return kNothing;
        }
        transport.drained = count < static_cast<ssize_t>(size);
    }
    if (count < 0) {
        BIO_set_retry_read(bio);
        return kNothing;
    }
    *received = static_cast<std::size_t>(count);
    return kMoved;
}

int send(BIO *bio, const char *bytes, std::size_t size, std::size_t *sent)
{
    TlsTransport &transport = transportOf(bio);
    BIO_clear_retry_flags(bio);
    ssize_t count = -1;
    if (!transport.full) {
        do
            count = ::send(transport.socket, bytes, size, MSG_NOSIGNAL);
        while (count < 0 && errno == EINTR);
        if (count < 0 && !wouldBlock(errno)) {
            transport.error = errno;
            return kNothing;
        }
        transport.full = count < static_cast<ssize_t>(size);
    }
    if (count < 0) {
        BIO_set_retry_write(bio);
        return kNothing;
    }
    transport.moved |= count > 0;
    *sent = static_cast<std::size_t>(count);
    return kMoved;
}

long control(BIO *bio, int command, long /*number*/, void * /*pointer*/)
{
    switch (command) {
    case BIO_CTRL_EOF:
        return transportOf(bio).ended ? 1 : 0;
    case BIO_CTRL_FLUSH:
        return 1;
    default:
        return 0;
    }
}

BIO_METHOD *makeMethod()
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mainstay socket");
    if (method != nullptr) {
        BIO_meth_set_read_ex(method, receive);
        BIO_meth_set_write_ex(method, send);
        BIO_meth_set_ctrl(method, control);
    }
    return method;
}

} // namespace

TlsHandle<BIO> makeTransportBio(TlsTransport &transport)
{
    static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD *)> kMethod(makeMethod(), BIO_meth_free);
    TlsHandle<BIO> bio(kMethod != nullptr ? BIO_new(kMethod.get()) : nullptr);
    if (bio != nullptr) {
        BIO_set_data(bio.get(), &transport);
        BIO_set_init(bio.get(), 1);
    }
    return bio;
}

} // namespace mainstay::engine
