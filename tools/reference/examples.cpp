// SPDX-License-Identifier: GPL-3.0-or-later
#include "reference/documents.h"

#include <algorithm>
#include <array>

namespace mainstay::reference {
namespace {

struct Example {
    std::string_view header;
    std::string_view toml;
};

constexpr std::array kExamples{
    Example{"[service]", R"([service]
workers = 4
drain_timeout = "30s"
)"},
    Example{"[listener.NAME]", R"([listener.web]
address = ["0.0.0.0:80", "[::]:80"]

[listener.tls]
address = ["0.0.0.0:443", "[::]:443"]
protocol = "https"
default_certificate = "shop"

[listener.dns]
address = ["0.0.0.0:53", "[::]:53"]
protocol = "dns"
)"},
    Example{"[certificate.NAME]", R"([certificate.shop]
certificate = "/etc/ssl/shop.pem"
key = "/etc/ssl/private/shop.key"

[certificate.intranet]
source = "local"
names = ["intranet.example.org"]
)"},
    Example{"[site.NAME]", R"([site.shop]
hosts = ["shop.example.org", "www.shop.example.org"]
certificate = "shop"

[[site.shop.route]]
path = "/"
app = "shop"

[[site.shop.route]]
path = "/static/"
root = "/srv/shop/static"
strip_prefix = true

[[site.shop.route]]
path = "/search/"
backend = "search"
)"},
    Example{"[log.NAME]", R"([log.main]
format = "json"
rotate = "daily"
keep = 30

[log.slow]
requests = "slow"
slow = "500ms"
format = "timed"
)"},
    Example{"[cache.NAME]", R"([cache.pages]
memory = "128MiB"
disk = "2GiB"
)"},
    Example{"[backend.NAME]", R"([backend.search]
balance = "least_connections"
health_path = "/health"

[backend.search.server.a]
address = "10.0.0.5:8080"

[backend.search.server.b]
address = "10.0.0.6:8080"
weight = 2
)"},
    Example{"[app.NAME]", R"([app.shop]
command = "node"
arguments = ["server.js", "--port", "{port}"]
environment = ["NODE_ENV=production"]
folder = "/srv/shop"
instances = 2
ready_path = "/health"
memory_limit = "512MiB"
)"},
    Example{"[[app.NAME.handler]]", R"([app.entries]
kind = "handlers"
database = "main"

[[app.entries.handler]]
path = "/entries/{id}"
sql = ["SELECT id, text FROM entries WHERE id = :id"]
result = "object"

[[app.entries.handler.parameter]]
name = "id"
type = "integer"
in = "path"
min = 1
)"},
    Example{"[database.NAME]", R"([database.main]
file = "main.db"
migrations = "migrations"

[database.orders]
driver = "postgresql"
host = "db.example.org"
name = "orders"
user = "shop"
password_file = "/etc/mainstay/orders.password"
)"},
    Example{"[zone.NAME]", R"([zone."example.org"]
file = "zones/example.org.zone"
)"},
};

} // namespace

std::string_view exampleOf(std::string_view header)
{
    const auto found =
        std::ranges::find_if(kExamples, [&](const Example &example) { return example.header == header; });
    return found == kExamples.end() ? std::string_view() : found->toml;
}

} // namespace mainstay::reference
