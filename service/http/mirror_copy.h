// SPDX-License-Identifier: GPL-3.0-or-later
// A request's copy on its way into being.
#pragma once

#include "snapshot/backend.h"
#include "wire/http_method.h"
#include "wire/proxy_header.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread. Its place is one of those that all copies of a worker share.
class MirrorCopy {
public:
    // Of a body.
    static constexpr std::size_t kMostBody = std::size_t{64} * 1024;

    // `places`: how many are taken; outlives this.
    MirrorCopy(std::size_t &places, std::shared_ptr<const snapshot::Backend> to, std::string_view head,
               wire::Method method, bool isChunked);
    MirrorCopy(const MirrorCopy &) = delete;
    MirrorCopy &operator=(const MirrorCopy &) = delete;
    ~MirrorCopy() { --m_places; }

    // Adds content of the body. False when there is too much of it.
    [[nodiscard]] bool add(std::string_view content);
    // Once it is all there: the request as it is to be sent. Head and body may be told apart by nobody any more.
    [[nodiscard]] std::string takeRequest();

    [[nodiscard]] const snapshot::Backend &backend() const noexcept { return *m_backend; }
    [[nodiscard]] wire::Method method() const noexcept { return m_method; }

    std::optional<wire::ProxyHeaderText> greeting; // for a connection made for it

private:
    std::size_t &m_places;
    std::shared_ptr<const snapshot::Backend> m_backend;
    std::string m_request;
    std::size_t m_headSize;
    wire::Method m_method;
    bool m_isChunked;
};

} // namespace mainstay::http
