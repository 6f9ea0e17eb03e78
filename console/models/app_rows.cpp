// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/app_rows.h"

#include "models/words.h"

#include <QCoreApplication>

#include <cmath>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("AppRows", text);
}

Cell restartsCell(std::uint64_t restarts)
{
    return count(restarts, restarts > 0 ? Tone::plain : Tone::faint,
                 tr("How often it was started again after it had ended"));
}

Cell pidCell(const rpc::InstanceStatus &instance)
{
    if (instance.pid <= 0)
        return {QStringLiteral("–"), Tone::faint, {}};
    return count(instance.pid, Tone::plain, tr("Processes: %1").arg(instance.processes));
}

Cell upCell(std::optional<WallTime> started, WallTime now)
{
    if (!started)
        return {};
    const auto span = std::chrono::duration_cast<Seconds>(now - *started);
    return figure(spanText(span), static_cast<double>(span.count()));
}

Cell memoryCell(std::uint64_t bytes, Tone tone)
{
    const auto value = static_cast<double>(bytes);
    return figure(memoryText(value), value, tone, tr("All its processes"));
}

Row instanceRow(const rpc::InstanceStatus &instance, double cpu, WallTime now)
{
    return {text(instance.name),
            {{text(instance.name), Tone::plain, {}},
             {label(instance.state), toneOf(instance.state), {}},
             pidCell(instance),
             {text(instance.address), Tone::plain, {}},
             upCell(instance.started, now),
             restartsCell(instance.restarts),
             count(instance.inFlight),
             figure(percentText(cpu), cpu, Tone::plain, tr("Of one core, all its processes")),
             memoryCell(instance.memoryBytes, Tone::plain),
             {text(instance.reason), instance.state == rpc::InstanceState::ready ? Tone::faint : Tone::plain, {}}},
            {}};
}

Cell readyCell(const rpc::AppStatus &app)
{
    if (app.restarting)
        return {tr("Restarting"), Tone::waiting, tr("Its instances are being replaced one by one")};
    const Tone tone = app.ready >= app.wanted ? Tone::good : app.ready == 0 ? Tone::bad : Tone::warning;
    return {tr("%1 of %2 ready").arg(app.ready).arg(app.wanted), tone, tr("Instances that take requests")};
}

Row appRow(const rpc::AppStatus &app, const CpuUsage &usage, WallTime now)
{
    Row row{text(app.name), {}, {}};
    std::uint64_t restarts = 0;
    std::uint64_t inFlight = 0;
    std::uint64_t memory = 0;
    double cpu = 0;
    for (const rpc::InstanceStatus &instance : app.instances) {
        const double percent = usage.percentOf(app.name, instance.name);
        restarts += instance.restarts;
        inFlight += instance.inFlight;
        memory += instance.memoryBytes;
        cpu += std::isnan(percent) ? 0 : percent;
        row.children.push_back(instanceRow(instance, percent, now));
    }
    row.cells = {{text(app.name), Tone::strong, text(app.command)},
                 readyCell(app),
                 {},
                 {},
                 {},
                 count(restarts, Tone::faint),
                 count(inFlight, Tone::faint),
                 figure(percentText(cpu), cpu, Tone::faint),
                 memoryCell(memory, Tone::faint),
                 app.reason.empty() ? Cell{text(app.command), Tone::faint, {}}
                                    : Cell{text(app.reason), Tone::plain, {}}};
    return row;
}

} // namespace

std::vector<Column> appColumns()
{
    return {{tr("App"), QStringLiteral("guestbook")},
            {tr("State"), QStringLiteral("⬤ 2 of 2 ready")},
            {tr("Process"), QStringLiteral("1000000"), Align::right, false, true},
            {tr("Address"), QStringLiteral("127.0.0.1:30001")},
            {tr("Up"), QStringLiteral("10 d 10 h"), Align::right, false, true},
            {tr("Restarts"), QStringLiteral("100"), Align::right},
            {tr("In flight"), QStringLiteral("1000"), Align::right, false, true},
            {tr("CPU"), QStringLiteral("100.0 %"), Align::right},
            {tr("Memory"), QStringLiteral("99.9 MiB"), Align::right},
            {tr("Details"), QStringLiteral("200 OK from /health"), Align::left, true}};
}

std::vector<Row> appRows(const rpc::Status &status, const CpuUsage &usage, WallTime now)
{
    std::vector<Row> rows;
    for (const rpc::AppStatus &app : status.apps)
        rows.push_back(appRow(app, usage, now));
    return rows;
}

} // namespace mainstay::models
