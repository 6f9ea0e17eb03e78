// SPDX-License-Identifier: GPL-3.0-or-later
// The interface of handlers written in C++. A plugin is a library that Qt loads; it links Qt Core and nothing of ours:
//
//     class Hello : public QObject, public mainstay::apphost::HandlerPlugin {
//         Q_OBJECT
//         Q_PLUGIN_METADATA(IID MAINSTAY_HANDLER_PLUGIN)
//         Q_INTERFACES(mainstay::apphost::HandlerPlugin)
//     public:
//         std::vector<std::string> handlers() const override { return {"hello"}; }
//         Response handle(const std::string &name, const PluginRequest &request, Database &database) override;
//     };
//
// and `[[app.NAME.handler]]` with path = "/hello" and plugin = "hello" leads there.
#pragma once

#include "apphost/message.h"

#include <QVariant>
#include <QtPlugin>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace mainstay::apphost {

// Why the database did not do it. Left uncaught, it becomes the answer that a SQL handler would give.
class DatabaseError : public std::runtime_error {
public:
    DatabaseError(std::string code, const std::string &message) : std::runtime_error(message), m_code(std::move(code))
    {}
    [[nodiscard]] const std::string &code() const { return m_code; } // "database.timeout"

private:
    std::string m_code;
};

struct DatabaseRows {
    std::vector<std::string> columns;
    std::vector<std::vector<QVariant>> rows; // PostgreSQL's dates and times are texts, in ISO 8601
};

// Any thread that may wait. The database of the app, by the app's pool. All of them throw DatabaseError.
class Database {
public:
    using Values = std::map<std::string, QVariant, std::less<>>;
    struct Statement {
        std::string sql; // parameters are `:name`
        Values values;
    };

    virtual ~Database() = default;
    // One statement that changes nothing. At most max_rows of the handler.
    [[nodiscard]] virtual DatabaseRows read(const std::string &sql, const Values &values) = 0;
    // All or none. The rows of the last.
    virtual DatabaseRows write(const std::vector<Statement> &statements) = 0;
};

struct PluginRequest : Request {
    // Those of the configuration, checked and typed.
    std::map<std::string, QVariant, std::less<>> parameters;
};

// handle() is called from several threads at once.
class HandlerPlugin {
public:
    virtual ~HandlerPlugin() = default;
    // The names by which the configuration calls them.
    [[nodiscard]] virtual std::vector<std::string> handlers() const = 0;
    // May wait, but when it takes longer than `timeout` the client has been told so. What it throws, and an answer with
    // a status or header that HTTP does not know, is answered with 500 and logged; headers that frame the message are
    // left out.
    virtual Response handle(const std::string &name, const PluginRequest &request, Database &database) = 0;
};

} // namespace mainstay::apphost

#define MAINSTAY_HANDLER_PLUGIN "org.mainstay.HandlerPlugin/1"
Q_DECLARE_INTERFACE(mainstay::apphost::HandlerPlugin, MAINSTAY_HANDLER_PLUGIN)
