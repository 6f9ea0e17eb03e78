// SPDX-License-Identifier: GPL-3.0-or-later
// discover and rpc: the management protocol itself.
#include "cli/arguments.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"
#include "rpc/config_methods.h"
#include "rpc/discover_methods.h"
#include "schema/near_miss.h"

#include <QJsonDocument>
#include <QJsonParseError>

#include <algorithm>

namespace mainstay::cli {
namespace {

template <rpc::Request M>
QString methodName()
{
    return QString::fromUtf8(M::kMethod.name.data(), static_cast<qsizetype>(M::kMethod.name.size()));
}

QString typeText(const QJsonValue &schema)
{
    const QJsonArray names = schema[QLatin1String("enum")].toArray();
    if (!names.isEmpty()) {
        QStringList texts;
        for (const QJsonValue &name : names)
            texts << name.toString();
        return texts.join(QLatin1Char('|'));
    }
    const QJsonArray alternatives = schema[QLatin1String("anyOf")].toArray();
    if (!alternatives.isEmpty())
        return typeText(alternatives.first());
    const QString type = schema[QLatin1String("type")].toString();
    return type.isEmpty() ? QStringLiteral("any") : type;
}

void printMethods(Output &output, const rpc::Discovery &discovery)
{
    Table table({{QStringLiteral("METHOD")}, {QStringLiteral("NEEDS")}, {QStringLiteral("WHAT IT DOES")}});
    for (const rpc::MethodDescription &method : discovery.methods)
        table.add({Cell::of(method.name, Style::strong), Cell::of(std::string(rpc::nameOf(method.access))),
                   Cell::of(method.summary)});
    output.table(table);
}

void printMethod(Output &output, const rpc::MethodDescription &method)
{
    output.line(output.styled(QString::fromStdString(method.name), Style::strong) + QStringLiteral(": ") +
                QString::fromStdString(method.summary));
    output.line(QStringLiteral("Needs: ") + QString::fromStdString(std::string(rpc::nameOf(method.access))));
    const auto printProperties = [&](const QString &title, const Table &table) {
        if (table.isEmpty())
            return;
        output.line();
        output.line(title);
        output.table(table);
    };
    Table params({{QStringLiteral("PARAMETER")}, {QStringLiteral("TYPE")}, {}, {QStringLiteral("WHAT IT IS")}});
    for (const rpc::ContentDescriptor &param : method.params)
        params.add({Cell::of(param.name), typeText(param.schema),
                    param.required ? QStringLiteral("required") : QString(), Cell::of(param.summary)});
    printProperties(QStringLiteral("Parameters"), params);

    const QJsonValue answer = method.event.isObject() ? method.event : method.result.schema;
    Table members({{QStringLiteral("MEMBER")}, {QStringLiteral("TYPE")}, {QStringLiteral("WHAT IT IS")}});
    const QJsonObject properties = answer[QLatin1String("properties")].toObject();
    for (auto property = properties.begin(); property != properties.end(); ++property)
        members.add(
            {property.key(), typeText(*property), property->toObject().value(QLatin1String("description")).toString()});
    printProperties(method.event.isObject() ? QStringLiteral("Each event") : QStringLiteral("Answer"), members);
}

Result<ExitCode> discover(Invocation &invocation)
{
    Result<rpc::Discovery> discovery = invocation.service.call(rpc::Discover{});
    if (!discovery)
        return forward(std::move(discovery));
    Output &output = invocation.output;
    if (invocation.arguments.positional.isEmpty()) {
        output.isJson() ? output.value(*discovery) : printMethods(output, *discovery);
        return ExitCode::done;
    }
    const std::string name = invocation.arguments.positional.at(0).toStdString();
    const auto &methods = discovery->methods;
    const auto method =
        std::find_if(methods.begin(), methods.end(), [&](const auto &known) { return known.name == name; });
    if (method == methods.end()) {
        std::vector<std::string_view> names;
        for (const auto &known : methods)
            names.push_back(known.name);
        return fail("rpc.method-not-found", "unknown method `" + name + "`", schema::suggestion(name, names));
    }
    output.isJson() ? output.value(*method) : printMethod(output, *method);
    return ExitCode::done;
}

Result<ExitCode> call(Invocation &invocation)
{
    const QStringList &positional = invocation.arguments.positional;
    QJsonObject params;
    if (positional.size() > 1) {
        QJsonParseError problem;
        const auto document = QJsonDocument::fromJson(positional[1].toUtf8(), &problem);
        if (!document.isObject())
            return fail("usage.value",
                        "the parameters are no JSON object" +
                            (document.isNull() ? ": " + problem.errorString().toStdString() : std::string()),
                        "as in '{\"path\": \"site.shop\"}'");
        params = document.object();
    }
    Result<QJsonValue> answer = invocation.service.callByName(positional[0], params);
    if (!answer)
        return forward(std::move(answer));
    invocation.output.json(*answer);
    return ExitCode::done;
}

} // namespace

std::vector<Verb> protocolVerbs()
{
    return {
        {.name = QStringLiteral("discover"),
         .arguments = QStringLiteral("[METHOD]"),
         .summary = QStringLiteral("Describe the methods of the management protocol"),
         .details = QStringLiteral("With --json it prints an OpenRPC document, from which clients can be made."),
         .options = {},
         .examples = {{QStringLiteral("discover"), QStringLiteral("all methods")},
                      {QStringLiteral("discover ") + methodName<rpc::ApplyConfig>(),
                       QStringLiteral("one of them, with its parameters")}},
         .run = discover},
        {.name = QStringLiteral("rpc"),
         .arguments = QStringLiteral("METHOD [JSON]"),
         .summary = QStringLiteral("Call a method of the management protocol and print its answer"),
         .details = QStringLiteral("For methods no verb stands for. Streams end with the call."),
         .options = {},
         .examples = {{QStringLiteral("rpc ") + methodName<rpc::GetConfig>() +
                           QStringLiteral(" '{\"path\": \"site.shop\"}'"),
                       QStringLiteral("what `config get site.shop` asks")}},
         .run = call},
    };
}

} // namespace mainstay::cli
