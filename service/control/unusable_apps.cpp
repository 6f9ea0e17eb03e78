// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/unusable_apps.h"

#include "apps/app_user.h"
#include "apps/environment_file.h"
#include "schema/node.h"

#include <QStandardPaths>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace mainstay::control {

namespace {

class Finding {
public:
    Finding(const config::Configuration &configuration, const schema::Origins &origins)
        : m_configuration(configuration), m_origins(origins)
    {}

    Problems run()
    {
        for (const auto &[name, app] : m_configuration.apps) {
            const std::string path = schema::joinPath("app", name);
            std::error_code error;
            if (const std::filesystem::path folder = app.folder.path;
                !folder.empty() && !std::filesystem::is_directory(folder / ".", error))
                problem({"app.unusable-folder", "cannot start it in " + folder.string() + ": " + error.message(),
                         "make it a folder that the app's user may enter"},
                        path + ".folder");
            const auto secrets = apps::readEnvironmentFile(app.environmentFile.path);
            if (!secrets)
                problem(secrets.error(), path + ".environment_file");
            checkUser(app, path);
            checkPlugins(app, path);
            if (std::any_of(app.arguments.begin(), app.arguments.end(),
                            [](const std::string &text) { return text.find('\0') != std::string::npos; }))
                problem({"app.zero-byte", "an argument with a zero byte would be cut there", "leave it out"},
                        path + ".arguments");
            // Others are looked for where the program starts, as its own user.
            const bool isName = !app.command.empty() && app.command.find('/') == std::string::npos;
            const bool isAbsolute = app.command.starts_with('/');
            if ((isName && !isInPath(app, secrets.value_or(std::vector<std::string>{}))) ||
                (isAbsolute && !std::filesystem::exists(app.command, error)))
                problem({"app.no-program", "there is no program " + app.command,
                         isName ? "install it, or name it with its path" : "install it, or correct the path"},
                        path + ".command");
        }
        return std::move(m_problems);
    }

private:
    void problem(const Error &error, const std::string &path)
    {
        m_problems.push_back({error.code, path, error.message, error.remedy, m_origins.place(path), Severity::error});
    }

    void checkUser(const config::AppConfig &app, const std::string &path)
    {
        const auto number = apps::userNumber(app.user);
        if (!number)
            problem({"app.no-user", "there is no user " + app.user, "create it, or name another"}, path + ".user");
        else if (!app.user.empty() && *number == 0)
            problem(
                {"app.is-root", "user " + app.user + " is root, as which no app is run", "name an unprivileged user"},
                path + ".user");
        if (apps::runsAsAnotherUser(app))
            checkReachOfAnotherUser(app, path);
    }

    void checkPlugins(const config::AppConfig &app, const std::string &path)
    {
        for (const config::FilePath &plugin : app.plugins) {
            std::error_code error;
            if (!std::filesystem::is_regular_file(plugin.path, error))
                problem({"app.no-plugin", "there is no file " + plugin.path, "build it, or correct the path"},
                        path + ".plugins");
        }
    }

    void checkReachOfAnotherUser(const config::AppConfig &app, const std::string &path)
    {
        if (app.listen == config::AppListen::socket)
            problem({"app.closed-folder", "user " + app.user + " cannot make a socket in the service's folder",
                     "set listen = \"port\", or leave user out"},
                    path + ".listen");
        const auto database = m_configuration.databases.find(app.database.name);
        if (database != m_configuration.databases.end() && !database->second.file.empty() &&
            std::filesystem::path(database->second.file.path).is_relative())
            problem({"app.closed-folder",
                     "user " + app.user + " cannot open the file of database " + database->first +
                         ", which lies in the service's folder",
                     "name a file in a folder of that user's, with its whole path, or leave user out"},
                    path + ".database");
        const auto names = [](const std::string &text) { return text.find("{state}") != std::string::npos; };
        const bool inArguments = std::any_of(app.arguments.begin(), app.arguments.end(), names);
        const bool inEnvironment = std::any_of(app.environment.begin(), app.environment.end(),
                                               [&](const auto &variable) { return names(variable.value); });
        if (inArguments || inEnvironment)
            problem({"app.closed-folder", "user " + app.user + " cannot enter {state}, a folder of the service's",
                     "name a folder of that user's, or leave user out"},
                    path + (inArguments ? ".arguments" : ".environment"));
    }

    // In the service's PATH, or the app's own.
    static bool isInPath(const config::AppConfig &app, const std::vector<std::string> &secrets)
    {
        std::string path = qEnvironmentVariable("PATH").toStdString();
        for (const config::EnvironmentVariable &variable : app.environment)
            path = variable.name == "PATH" ? variable.value : path;
        for (const std::string &variable : secrets)
            path = variable.starts_with("PATH=") ? variable.substr(5) : path;
        return path.find('{') != std::string::npos || // which differs between instances
               !QStandardPaths::findExecutable(QString::fromStdString(app.command),
                                               QString::fromStdString(path).split(QLatin1Char(':')))
                    .isEmpty();
    }

    const config::Configuration &m_configuration;
    const schema::Origins &m_origins;
    Problems m_problems;
};

} // namespace

Problems findUnusableApps(const config::Configuration &configuration, const schema::Origins &origins)
{
    return Finding(configuration, origins).run();
}

} // namespace mainstay::control
