// SPDX-License-Identifier: GPL-3.0-or-later
// config …: what runs, what stands on disk, and the way from one to the other.
#include "cli/arguments.h"
#include "cli/format.h"
#include "cli/offline_check.h"
#include "cli/output.h"
#include "cli/service_session.h"
#include "cli/verbs.h"
#include "config/values.h"
#include "rpc/config_methods.h"
#include "rpc/socket_path.h"
#include "schema/toml.h"
#include "schema/writer.h"

namespace mainstay::cli {
namespace {

QString text(const std::string &utf8)
{
    return QString::fromStdString(utf8);
}

// The names of `backend.app` or `zone."example.org"`.
QStringList splitPath(const QString &path)
{
    QStringList names{QString()};
    bool quoted = false;
    for (const QChar c : path) {
        if (c == QLatin1Char('"'))
            quoted = !quoted;
        else if (c == QLatin1Char('.') && !quoted)
            names << QString();
        else
            names.last() += c;
    }
    return names;
}

// "backend.app" around what [backend.app] holds, as it would stand in a file.
QJsonObject nested(const QStringList &path, const QJsonValue &value)
{
    QJsonValue result = value;
    for (auto name = path.rbegin(); name != path.rend(); ++name)
        result = QJsonObject{{*name, result}};
    return result.toObject();
}

Result<ExitCode> get(Invocation &invocation)
{
    rpc::GetConfig request;
    if (!invocation.arguments.positional.isEmpty())
        request.path = invocation.arguments.positional.at(0).toStdString();
    Result<rpc::ConfigView> view = invocation.service.call(request);
    if (!view)
        return forward(std::move(view));
    Output &output = invocation.output;
    if (output.isJson()) {
        output.value(*view);
        return ExitCode::done;
    }
    for (const rpc::ObjectOrigin &origin : view->origins)
        output.line(output.styled(
            QStringLiteral("# %1: %2, %3").arg(text(origin.path), text(origin.source.text()), text(origin.owner)),
            Style::faint));
    if (!view->config.isObject()) {
        output.json(view->config);
        return ExitCode::done;
    }
    const QJsonObject whole =
        view->path.empty() ? view->config.toObject() : nested(splitPath(text(view->path)), view->config);
    output.line(text(schema::writeToml(schema::fromJson(whole))).trimmed());
    return ExitCode::done;
}

Result<ExitCode> printCheck(Output &output, const rpc::ConfigCheck &check, bool isOffline)
{
    if (output.isJson()) {
        output.value(check);
    } else {
        output.problems(check.problems);
        if (check.valid)
            output.line(output.styled(isOffline
                                          ? QStringLiteral("The configuration is valid. Whether its addresses can be "
                                                           "listened on, only the service can tell.")
                                          : QStringLiteral("The configuration is valid."),
                                      Style::good));
        else
            output.line(output.styled(QStringLiteral("The configuration cannot be applied."), Style::bad));
    }
    return check.valid ? ExitCode::done : ExitCode::refused;
}

Result<ExitCode> check(Invocation &invocation)
{
    Result<rpc::ConfigCheck> checked;
    const std::optional<QString> folder = invocation.arguments.value(QStringLiteral("config"));
    if (!folder)
        checked = invocation.service.call(rpc::CheckConfig{});
    // Who names another service does not mean the files of the installed one.
    const bool isInstalled = invocation.arguments.socket == rpc::installedSocketPath();
    const bool isOffline = folder || (isInstalled && !checked && checked.error().code == "service.unreachable");
    if (isOffline)
        checked = checkOffline(folder.value_or(QString()));
    if (!checked)
        return forward(std::move(checked));
    return printCheck(invocation.output, *checked, isOffline);
}

void printChange(Output &output, const schema::ObjectChange &change)
{
    using Kind = schema::ObjectChange::Kind;
    const bool added = change.kind == Kind::added;
    const bool removed = change.kind == Kind::removed;
    output.line(output.styled(QStringLiteral("%1 %2").arg(added     ? QStringLiteral("+")
                                                          : removed ? QStringLiteral("-")
                                                                    : QStringLiteral("~"),
                                                          text(change.path)),
                              added     ? Style::good
                              : removed ? Style::bad
                                        : Style::warning));
    for (const schema::SettingChange &setting : change.settings) {
        const QString before = setting.before.empty() ? QStringLiteral("(none)") : text(setting.before);
        const QString after = setting.after.empty() ? QStringLiteral("(none)") : text(setting.after);
        const QString values = added ? after : removed ? before : before + QStringLiteral(" → ") + after;
        output.line(harmless(QStringLiteral("    %1 = %2").arg(text(setting.name), values)));
    }
}

Result<ExitCode> diff(Invocation &invocation)
{
    const auto from = invocation.arguments.number(QStringLiteral("from"), 1, UINT32_MAX);
    const auto to = invocation.arguments.number(QStringLiteral("to"), 1, UINT32_MAX);
    if (!from || !to)
        return tl::unexpected<Error>(from ? to.error() : from.error());
    rpc::DiffConfig request;
    request.from = *from;
    request.to = *to;
    Result<rpc::ConfigDiff> difference = invocation.service.call(request);
    if (!difference)
        return forward(std::move(difference));
    Output &output = invocation.output;
    if (output.isJson()) {
        output.value(*difference);
        return hasErrors(difference->problems) ? ExitCode::refused : ExitCode::done;
    }
    output.problems(difference->problems);
    if (hasErrors(difference->problems))
        return ExitCode::refused;
    for (const schema::ObjectChange &change : difference->changes)
        printChange(output, change);
    if (difference->changes.empty())
        output.line(QStringLiteral("Nothing differs."));
    return ExitCode::done;
}

Result<ExitCode> printApplied(Output &output, const rpc::ConfigApplied &result)
{
    if (output.isJson()) {
        output.value(result);
    } else {
        output.problems(result.problems);
        if (!result.applied)
            output.line(output.styled(QStringLiteral("Nothing was changed; revision %1 runs on.").arg(result.revision),
                                      Style::bad));
        else
            output.line(output.styled(QStringLiteral("Revision %1 runs.").arg(result.revision), Style::good));
        if (result.applied && result.confirmBy)
            output.line(output.styled(QStringLiteral("It goes back %1 unless confirmed: mainstayctl config confirm")
                                          .arg(agoText(*result.confirmBy, WallClock::now())),
                                      Style::warning));
    }
    return result.applied ? ExitCode::done : ExitCode::refused;
}

template <class Request>
Result<ExitCode> change(Invocation &invocation, const Request &request)
{
    Result<rpc::ConfigApplied> applied = invocation.service.call(request);
    if (!applied)
        return forward(std::move(applied));
    return printApplied(invocation.output, *applied);
}

std::string reasonOf(const Arguments &arguments)
{
    return arguments.value(QStringLiteral("reason")).value_or(QString()).toStdString();
}

Result<ExitCode> apply(Invocation &invocation)
{
    const auto confirm = invocation.arguments.duration(QStringLiteral("confirm"));
    if (!confirm)
        return tl::unexpected<Error>(confirm.error());
    rpc::ApplyConfig request;
    request.reason = reasonOf(invocation.arguments);
    if (*confirm) {
        request.confirm = std::chrono::duration_cast<Seconds>(**confirm);
        if (*request.confirm < Seconds(1) || *request.confirm > std::chrono::hours(24))
            return fail("usage.value", "`--confirm` must be from 1s to 24h");
    }
    return change(invocation, request);
}

Result<ExitCode> rollBack(Invocation &invocation)
{
    const auto revision = wholeNumber(invocation.arguments.positional.at(0), QStringLiteral("REVISION"), 1, UINT32_MAX);
    if (!revision)
        return tl::unexpected<Error>(revision.error());
    rpc::RollBackConfig request;
    request.revision = *revision;
    request.reason = reasonOf(invocation.arguments);
    return change(invocation, request);
}

Result<ExitCode> history(Invocation &invocation)
{
    const auto limit = invocation.arguments.number(QStringLiteral("lines"), 1, 10'000);
    if (!limit)
        return tl::unexpected<Error>(limit.error());
    rpc::ListRevisions request;
    request.limit = static_cast<std::uint32_t>(limit->value_or(request.limit));
    Result<rpc::RevisionList> list = invocation.service.call(request);
    if (!list)
        return forward(std::move(list));
    if (invocation.output.isJson()) {
        invocation.output.value(list->revisions);
        return ExitCode::done;
    }
    Table table({{QStringLiteral("REVISION"), Align::right},
                 {},
                 {QStringLiteral("APPLIED")},
                 {QStringLiteral("BY")},
                 {QStringLiteral("REASON")}});
    for (const rpc::RevisionEntry &entry : list->revisions)
        table.add({QString::number(entry.revision),
                   {entry.running ? QStringLiteral("runs") : QString(), Style::good},
                   localTimeText(entry.time),
                   Cell::of(entry.author),
                   Cell::of(entry.reason)});
    invocation.output.table(table);
    return ExitCode::done;
}

Option reasonOption()
{
    return {QStringLiteral("reason"), {}, QStringLiteral("TEXT"), QStringLiteral("Why, for the history")};
}

} // namespace

std::vector<Verb> configVerbs()
{
    return {
        {.name = QStringLiteral("config get"),
         .arguments = QStringLiteral("[OBJECT]"),
         .summary = QStringLiteral("Show the configuration that runs, or one object of it"),
         .details = QStringLiteral("As TOML, with the file and line each object comes from."),
         .options = {},
         .examples = {{QStringLiteral("config get"), QStringLiteral("everything")},
                      {QStringLiteral("config get backend.app"), QStringLiteral("one backend with its servers")}},
         .run = get},
        {.name = QStringLiteral("config check"),
         .arguments = {},
         .summary = QStringLiteral("Tell whether the files on disk could be applied"),
         .details = QStringLiteral("Zones and certificates are read, nothing is changed. Without a service, or with\n"
                                   "--config, this program does it by itself."),
         .options = {{QStringLiteral("config"),
                      {},
                      QStringLiteral("FOLDER"),
                      QStringLiteral("Check this folder's files, without asking the service")}},
         .examples = {{QStringLiteral("config check"), QStringLiteral("before an apply")},
                      {QStringLiteral("config check --config ./etc"), QStringLiteral("before a deployment")}},
         .run = check},
        {.name = QStringLiteral("config diff"),
         .arguments = {},
         .summary = QStringLiteral("Show what an apply would change, or what differs between revisions"),
         .details = {},
         .options = {{QStringLiteral("from"),
                      {},
                      QStringLiteral("REVISION"),
                      QStringLiteral("Compare with this one (default: the one that runs)")},
                     {QStringLiteral("to"),
                      {},
                      QStringLiteral("REVISION"),
                      QStringLiteral("Compare this one (default: the files on disk)")}},
         .examples = {{QStringLiteral("config diff"), QStringLiteral("what `config apply` would change")},
                      {QStringLiteral("config diff --from 11 --to 12"), QStringLiteral("what revision 12 changed")}},
         .run = diff},
        {.name = QStringLiteral("config apply"),
         .arguments = {},
         .summary = QStringLiteral("Make the files on disk the running configuration"),
         .details = QStringLiteral("Either all of it is applied or nothing is changed."),
         .options = {reasonOption(),
                     {QStringLiteral("confirm"),
                      {},
                      QStringLiteral("TIME"),
                      QStringLiteral("Go back by itself unless `config confirm` comes within this time")}},
         .examples = {{QStringLiteral("config apply --reason \"new shop\""), QStringLiteral("at once, for good")},
                      {QStringLiteral("config apply --confirm 60s"), QStringLiteral("should it lock you out")}},
         .run = apply},
        {.name = QStringLiteral("config confirm"),
         .arguments = {},
         .summary = QStringLiteral("Keep the configuration that waits for confirmation"),
         .details = {},
         .options = {},
         .examples = {{QStringLiteral("config confirm"), QStringLiteral("after `config apply --confirm`")}},
         .run = [](Invocation &invocation) { return change(invocation, rpc::ConfirmConfig{}); }},
        {.name = QStringLiteral("config history"),
         .arguments = {},
         .summary = QStringLiteral("List the configurations that were applied, newest first"),
         .details = {},
         .options = {{QStringLiteral("lines"), QLatin1Char('n'), QStringLiteral("N"),
                      QStringLiteral("No more than so many (default: 50)")}},
         .examples = {{QStringLiteral("config history -n 5"), QStringLiteral("the last five")}},
         .run = history},
        {.name = QStringLiteral("config rollback"),
         .arguments = QStringLiteral("REVISION"),
         .summary = QStringLiteral("Run the configuration of an earlier revision again"),
         .details = {},
         .options = {reasonOption()},
         .examples = {{QStringLiteral("config rollback 11 --reason \"12 broke the shop\""),
                       QStringLiteral("revision 11 again, as a new revision")}},
         .run = rollBack},
    };
}

} // namespace mainstay::cli
