// SPDX-License-Identifier: GPL-3.0-or-later
// Which handler answers a method and a path.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::apphost {

// Immutable once filled. Paths are compared segment by segment, after percent-decoding; "{name}" takes any one segment
// that is not empty. Where several fit, the one that is literal further to the left wins.
class Router {
public:
    struct Match {
        bool isPath = false;                // some method answers there
        std::optional<std::size_t> handler; // the one given to add()
        std::map<std::string, std::string, std::less<>> values;
        std::string allow; // where no handler is: the methods that are answered, "GET, HEAD, POST"
    };

    void add(std::string_view method, std::string_view path, std::size_t handler);
    // HEAD is answered where GET is.
    [[nodiscard]] Match find(std::string_view method, std::string_view path) const;

private:
    struct Route {
        std::vector<std::string> segments;
        std::map<std::string, std::size_t, std::less<>> handlers; // by method
    };

    std::vector<Route> m_routes; // the more literal ones first
};

// Without "%XX"; nothing when that is broken or no UTF-8, or has a NUL. "+" is a space when `form`.
[[nodiscard]] std::optional<std::string> percentDecoded(std::string_view text, bool form = false);

} // namespace mainstay::apphost
