// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/launch.h"

#include "apps/app_user.h"
#include "apps/environment_file.h"
#include "schema/writer.h"

#include <QCryptographicHash>
#include <QJsonDocument>
#include <QJsonObject>

#include <utility>

namespace mainstay::apps {

namespace {

using Placeholders = std::vector<std::pair<std::string_view, std::string>>;

// Only the names known here; other braces are the program's.
std::string filled(std::string text, const Placeholders &placeholders)
{
    for (const auto &[name, value] : placeholders) {
        const std::string mark = "{" + std::string(name) + "}";
        for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size()))
            text.replace(at, mark.size(), value);
    }
    return text;
}

QJsonObject jsonOf(const auto &object)
{
    return schema::toJson(
               schema::ObjectWriter(schema::Defaults::omit, schema::ObjectWriter::Secrets::show).write(object))
        .toObject();
}

Result<std::filesystem::path> makeStateFolder(const std::string &app, const Surroundings &surroundings)
{
    const std::filesystem::path folder = surroundings.state / "apps" / app;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        return fail("app.folder", "cannot make " + folder.string() + ": " + error.message(),
                    "let the service's user write to the state folder");
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    return folder;
}

std::string inheritedBy(const InstanceIdentity &instance, const config::AppConfig &app,
                        const config::Configuration &configuration, const Surroundings &surroundings)
{
    config::Configuration own; // of all that is configured, what concerns the app
    own.apps.emplace(instance.app, app);
    if (const auto database = configuration.databases.find(app.database.name);
        database != configuration.databases.end())
        own.databases.insert(*database);
    QJsonObject json{{QLatin1String("app"), QString::fromStdString(instance.app)},
                     {QLatin1String("instance"), QString::fromStdString(instance.name())},
                     {QLatin1String("port"), instance.address.endpoint()->port},
                     {QLatin1String("token"), QString::fromStdString(instance.token)},
                     {QLatin1String("data"), QString::fromStdString((surroundings.state / "data").string())},
                     {QLatin1String("configuration"), schema::writeJson(own, schema::Defaults::omit)}};
    return QJsonDocument(json).toJson(QJsonDocument::Compact).toStdString();
}

} // namespace

std::string fingerprintOf(const std::string &name, const config::Configuration &configuration)
{
    config::AppConfig app = configuration.apps.at(name);
    // What concerns how many there are, and how they are spoken to, is no reason to replace them.
    const config::AppConfig same;
    app.instances = same.instances;
    app.balance = same.balance;
    app.responseTimeout = same.responseTimeout;
    app.readyPath = same.readyPath;
    app.readyTimeout = same.readyTimeout;
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QJsonDocument(jsonOf(app)).toJson(QJsonDocument::Compact));
    if (const auto database = configuration.databases.find(app.database.name);
        database != configuration.databases.end())
        hash.addData(QJsonDocument(jsonOf(database->second)).toJson(QJsonDocument::Compact));
    if (const auto variables = readEnvironmentFile(app.environmentFile.path)) {
        for (const std::string &variable : *variables)
            hash.addData(QByteArray::fromStdString(variable + "\n"));
    }
    return hash.result().toHex().left(32).toStdString();
}

bool isSurelyTheSame(const std::string &name, const config::Configuration &left, const config::Configuration &right)
{
    const config::AppConfig &app = left.apps.at(name);
    const auto databaseIn = [&app](const config::Configuration &configuration) {
        const auto database = configuration.databases.find(app.database.name);
        return database == configuration.databases.end() ? nullptr : &database->second;
    };
    const config::DatabaseConfig *one = databaseIn(left);
    const config::DatabaseConfig *other = databaseIn(right);
    return app == right.apps.at(name) && app.environmentFile.empty() && (one && other ? *one == *other : one == other);
}

Result<Launch> launchOf(const InstanceIdentity &instance, const config::Configuration &configuration,
                        const Surroundings &surroundings)
{
    const config::AppConfig &app = configuration.apps.at(instance.app);
    auto secrets = readEnvironmentFile(app.environmentFile.path);
    if (!secrets)
        return forward(std::move(secrets));
    const auto folder = makeStateFolder(instance.app, surroundings);
    if (!folder)
        return tl::unexpected(folder.error());
    const UnixAddress *socket = instance.address.unixAddress();
    const std::string port = socket ? "" : std::to_string(instance.address.endpoint()->port);
    const Placeholders placeholders{{"port", port},
                                    {"socket", socket ? socket->path : ""},
                                    {"instance", std::to_string(instance.number)},
                                    {"app", instance.app},
                                    {"state", folder->string()}};

    Launch launch;
    handover::AppSpec &spec = launch.spec;
    spec.folder = app.folder.empty() ? surroundings.config.string() : app.folder.path;
    spec.user = app.user;
    spec.socket = socket ? socket->path : "";
    spec.log = "app-" + instance.app + ".log";
    spec.memoryLimit = app.memoryLimit.bytes;
    spec.cpuLimit = app.cpuLimit;
    spec.patience = static_cast<std::uint32_t>(app.stopTimeout.value.count());
    spec.environment = {socket ? "SOCKET=" + socket->path : "PORT=" + port, "APP=" + instance.app,
                        "INSTANCE=" + std::to_string(instance.number)};
    if (!runsAsAnotherUser(app))
        spec.environment.push_back("STATE_DIRECTORY=" + folder->string());
    for (const config::EnvironmentVariable &variable : app.environment)
        spec.environment.push_back(variable.name + "=" + filled(variable.value, placeholders));
    spec.environment.insert(spec.environment.end(), secrets->begin(), secrets->end());
    if (app.kind == config::AppKind::handlers) {
        spec.program = surroundings.appHost.string();
        spec.arguments = {"--config-fd", "3"};
        if (const auto database = configuration.databases.find(app.database.name);
            database != configuration.databases.end() && !database->second.passwordVariable.empty()) {
            const char *name = database->second.passwordVariable.c_str();
            spec.environment.push_back(std::string(name) + "=" + qEnvironmentVariable(name).toStdString());
        }
        for (const char *name : {"ODBCINI", "ODBCSYSINI"}) { // where unixODBC finds data sources, as for the core
            if (const QByteArray place = qgetenv(name); !place.isEmpty())
                spec.environment.push_back(std::string(name) + "=" + place.toStdString());
        }
        launch.inherited = inheritedBy(instance, app, configuration, surroundings);
    } else {
        spec.program = app.command;
        for (const std::string &argument : app.arguments)
            spec.arguments.push_back(filled(argument, placeholders));
    }
    return launch;
}

} // namespace mainstay::apps
