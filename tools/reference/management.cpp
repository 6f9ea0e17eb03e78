// SPDX-License-Identifier: GPL-3.0-or-later
// The manual of the management protocol, and its OpenRPC document.
#include "reference/describe_protocol.h"
#include "reference/documents.h"
#include "rpc/frame.h"
#include "rpc/json_schema.h"
#include "rpc/methods.h"

#include <QJsonDocument>

#include <algorithm>

namespace mainstay::reference {
namespace {

constexpr std::string_view kIntroduction = R"(# Management protocol

<!-- Made by `./dev reference` from shared/rpc. Change the methods there, not this file. -->

What `mainstayctl` and `mainstay-console` speak with the service, and what scripts may: [JSON-RPC
2.0](https://www.jsonrpc.org/specification), one JSON object a line, over the Unix socket `/run/mainstay/control.sock`. A call
has its parameters by name; those it leaves out have their default, and unknown ones are refused. There are no batches. A
request is at most 1 MiB long.

[management.openrpc.json](management.openrpc.json) says the same as an [OpenRPC](https://spec.open-rpc.org) document, from
which clients can be generated. A running service answers it to `rpc.discover`.

## Access

The service knows its caller by the user at the other end of the socket. Methods that need `change` are for root, the
service's own user and the group `mainstay`; those that need `look` are for the group `mainstay-view` too. Everybody else is
told why they are refused. Every change is in the audit log.

)";

constexpr std::string_view kStreams = R"(## Streams

A method that opens a stream answers with its number at once. Its events then come as notifications between the answers, and
last of all the end of the stream. A stream ends when all was sent, when the client asks for its end, or with the connection.

)";

constexpr std::string_view kValues = R"(## Values

What methods answer. A time is text as in RFC 3339, in UTC: `"2026-03-01T12:00:00.000Z"`. A newer service may send members
that are not here; clients ignore them.

)";

std::string tableText(const std::vector<SettingRow> &rows)
{
    Table table({"member", "type", "meaning"});
    for (const SettingRow &row : rows)
        table.add({code(row.name), row.type, row.meaning});
    return table.text();
}

std::string parametersText(const std::vector<SettingRow> &rows)
{
    if (rows.empty())
        return "No parameters.\n\n";
    Table table({"parameter", "type", "default", "meaning"});
    for (const SettingRow &row : rows)
        table.add({code(row.name), row.type, row.fallback, row.meaning});
    return table.text();
}

std::string json(const QByteArray &frame)
{
    return codeBlock(frame.toStdString(), "json");
}

// A call and its two possible answers, in the protocol's own words.
std::string exampleText()
{
    const rpc::ClearServerOverride request{.backend = "search", .server = "a"};
    const QByteArray call = rpc::requestFrame(1, request.kMethod.name, rpc::toJson(request).toObject());
    const Error error{"server.unknown", "backend `search` has no server `a`", "see mainstayctl backend list"};
    return "## Calls\n\nA call:\n\n" + json(call) +
           "is answered with `result`, or with `error`, whose `data` holds the stable name of what is wrong and what "
           "to do about it:\n\n" +
           json(rpc::answerFrame(1, tl::unexpected(error)));
}

template <rpc::Request M>
std::string methodText(ProtocolVisitor &visitor)
{
    std::string text = "### " + std::string(M::kMethod.name) + "\n\n" + prose(M::kMethod.summary) + ".";
    if (M::kMethod.access != rpc::Access::none)
        text += " Needs " + code(rpc::nameOf(M::kMethod.access)) + ".";
    text += "\n\n" + parametersText(visitor.parameters<M>());
    if constexpr (rpc::StreamMethod<M>)
        text += "Opens a stream; each event is: " + visitor.type<typename M::Event>() + "\n\n";
    else if constexpr (std::same_as<typename M::Result, rpc::Done>)
        text += "Answers an empty object.\n\n";
    else
        text += "Answers: " + visitor.type<typename M::Result>() + "\n\n";
    return text;
}

template <class Notification>
std::string notificationText(ProtocolVisitor &visitor)
{
    return "### " + std::string(Notification::kMethod.name) + "\n\n" + prose(Notification::kMethod.summary) + ".\n\n" +
           tableText(visitor.parameters<Notification>());
}

// visit(type identity) for each method.
template <class Visit>
void forEachMethod(Visit visit)
{
    [&]<class... M>(std::type_identity<std::tuple<M...>>) {
        (visit(std::type_identity<M>()), ...);
    }(std::type_identity<rpc::AllMethods>());
}

} // namespace

std::string managementManual()
{
    ProtocolVisitor visitor;
    Table contents({"method", "needs", "what it does"});
    std::string methods;
    forEachMethod([&]<class M>(std::type_identity<M>) {
        const std::string name(M::kMethod.name);
        contents.add({linkTo(name, name), std::string(rpc::nameOf(M::kMethod.access)), prose(M::kMethod.summary)});
        methods += methodText<M>(visitor);
    });
    std::string text(kIntroduction);
    text += exampleText() + "## Methods\n\n" + contents.text() + methods;
    text +=
        std::string(kStreams) + notificationText<rpc::StreamEvent>(visitor) + notificationText<rpc::StreamEnd>(visitor);
    text += kValues;
    for (const auto &[name, members] : visitor.values())
        text += "### " + valueHeading(name) + "\n\n" + tableText(members);
    text.pop_back();
    return text;
}

std::string managementOpenRpc()
{
    rpc::Discovery discovery;
    discovery.info.version = MAINSTAY_VERSION;
    forEachMethod([&]<class M>(std::type_identity<M>) { discovery.methods.push_back(rpc::describeMethod<M>()); });
    std::ranges::sort(discovery.methods, {}, &rpc::MethodDescription::name);
    return QJsonDocument(rpc::toJson(discovery).toObject()).toJson(QJsonDocument::Indented).toStdString();
}

} // namespace mainstay::reference
