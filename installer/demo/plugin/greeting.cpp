// SPDX-License-Identifier: GPL-3.0-or-later
// An example of handlers in C++: one that greets, and one that asks the app's database.
#include "apphost/plugin.h"

#include <QObject>

namespace {

using namespace mainstay::apphost;

Response text(std::string body)
{
    return {200, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

} // namespace

class Greeting : public QObject, public HandlerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID MAINSTAY_HANDLER_PLUGIN)
    Q_INTERFACES(mainstay::apphost::HandlerPlugin)

public:
    [[nodiscard]] std::vector<std::string> handlers() const override { return {"greet", "count"}; }

    Response handle(const std::string &name, const PluginRequest &request, Database &database) override
    {
        const std::string who = request.parameters.at("name").toString().toStdString();
        if (name == "greet")
            return text("Hello, " + who + "!\n");
        const DatabaseRows rows =
            database.read("SELECT count(*) FROM visits WHERE name = :name", {{"name", QString::fromStdString(who)}});
        database.write({{"INSERT INTO visits (name) VALUES (:name)", {{"name", QString::fromStdString(who)}}}});
        return text(who + " was here " + rows.rows.at(0).at(0).toString().toStdString() + " times before.\n");
    }
};

#include "greeting.moc"
