// SPDX-License-Identifier: GPL-3.0-or-later
// The manual of the configuration, and its JSON Schema.
#include "config/configuration.h"
#include "reference/describe_configuration.h"
#include "reference/documents.h"
#include "schema/json_schema.h"

#include <QJsonDocument>

namespace mainstay::reference {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration reference

<!-- Made by `./dev reference` from shared/config. Change the descriptions there, not this file. -->

Every object and every setting. How they work together: the [guide](../guide.md), [sites and routes](../sites.md),
[HTTPS](../https.md), [single-page applications](../spa.md), [WebSocket](../websocket.md), [canaries](../canary.md),
[gRPC](../grpc.md), [caching](../cache.md), [protection](../protection.md), [apps](../apps.md), [PHP](../php.md),
[handlers](../handlers.md), [databases](../databases.md) and [logs](../logs.md).

The configuration is [TOML](https://toml.io): `/etc/mainstay/mainstay.toml` and `/etc/mainstay/conf.d/*.toml`, together one.
An object is a table with a kind and a name of your choice, `[backend.search]`, and what belongs to one stands below it:
`[backend.search.server.a]`, or `[[site.shop.route]]` where the order is all there is. `NAME` below is such a name: up to 64
letters, digits and any of `. _ -`, in quotes where there is a dot in it. `mainstayctl config check` finds what is wrong, and
`mainstayctl config apply` makes it so.

Editors that know JSON Schema complete and check settings as they are written. With [Taplo](https://taplo.tamasfe.dev), which
is in "Even Better TOML" for Visual Studio Code, the first line of a file says where the schema is:

```toml
#:schema file:///usr/local/share/doc/mainstay/reference/configuration.schema.json
```

It is [configuration.schema.json](configuration.schema.json), as exact as a schema can be: the bounds of durations and sizes,
and what holds between settings, only `config check` knows.

)";

constexpr std::string_view kAboutValues = R"(## Values

Each type as it is written behind `name =`. A list is `["one", "two"]`.

)";

template <class... T>
std::string valueForms()
{
    Table table({"type", "how it is written"});
    (table.add({valueForm<T>().one, prose(valueForm<T>().explanation)}), ...);
    return table.text();
}

} // namespace

std::vector<Section> configurationSections()
{
    return SectionVisitor<config::Configuration>().take();
}

std::string configurationManual()
{
    using namespace config;
    const std::vector<Section> sections = configurationSections();
    std::string text(kIntroduction);
    text += "## Contents\n\n- " + linkTo("Values", "Values") + "\n" + contentsText(sections);
    text += kAboutValues;
    text += valueForms<bool, std::int64_t, std::string, Duration, ByteSize, FilePath, HostPattern, Endpoint, HostPort,
                       ServerAddress, UrlPath, EnvironmentVariable, StatusRange>();
    for (const Section &section : sections)
        text += sectionText(section, exampleOf(section.header));
    text.pop_back(); // one end of line is enough
    return text;
}

std::string configurationSchema()
{
    return QJsonDocument(schema::configurationSchema()).toJson(QJsonDocument::Indented).toStdString();
}

} // namespace mainstay::reference
