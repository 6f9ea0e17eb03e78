// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/server_overrides.h"

#include "control/durable_file.h"
#include "schema/source_file.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <system_error>

namespace mainstay::control {

namespace {

QJsonObject toJson(const ServerOverrides::Key &key, const ServerOverride &value)
{
    QJsonObject object{{QStringLiteral("backend"), QString::fromStdString(key.first)},
                       {QStringLiteral("server"), QString::fromStdString(key.second)}};
    if (value.state) {
        for (const auto &state : enumerators(config::ServerState{})) {
            if (state.value == *value.state)
                object.insert(QStringLiteral("state"),
                              QString::fromUtf8(state.name.data(), qsizetype(state.name.size())));
        }
    }
    if (value.weight)
        object.insert(QStringLiteral("weight"), qint64(*value.weight));
    return object;
}

ServerOverride fromJson(const QJsonObject &object)
{
    ServerOverride value;
    const std::string name = object.value(QLatin1String("state")).toString().toStdString();
    for (const auto &state : enumerators(config::ServerState{})) {
        if (state.name == name)
            value.state = state.value;
    }
    const int weight = object.value(QLatin1String("weight")).toInt();
    if (weight >= 1 && weight <= 256)
        value.weight = static_cast<std::uint32_t>(weight);
    return value;
}

} // namespace

ServerOverrides::ServerOverrides(const std::filesystem::path &stateFolder) : m_file(stateFolder / "overrides.json") {}

Problems ServerOverrides::load()
{
    std::error_code error;
    if (!std::filesystem::exists(m_file, error))
        return {};
    const Result<std::string> text = schema::readTextFile(m_file);
    if (!text)
        return {{text.error().code, "", text.error().message, text.error().remedy, {m_file.string()}}};
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(*text));
    if (!document.isArray()) {
        const std::filesystem::path aside = m_file.string() + ".damaged";
        std::filesystem::rename(m_file, aside, error);
        return {{"overrides.damaged",
                 "",
                 "the servers' run-time states cannot be read and are not in force",
                 "they were kept as " + aside.string() + "; set them again",
                 {m_file.string()}}};
    }
    for (const QJsonValue &entry : document.array()) {
        const QJsonObject object = entry.toObject();
        const Key key{object.value(QLatin1String("backend")).toString().toStdString(),
                      object.value(QLatin1String("server")).toString().toStdString()};
        const ServerOverride value = fromJson(object);
        if (!value.isEmpty())
            m_overrides.insert_or_assign(key, value);
    }
    return {};
}

ServerOverride ServerOverrides::find(const Key &key) const
{
    const auto found = m_overrides.find(key);
    return found == m_overrides.end() ? ServerOverride{} : found->second;
}

Result<> ServerOverrides::set(const Key &key, const ServerOverride &value)
{
    std::map<Key, ServerOverride> next = m_overrides;
    if (value.isEmpty())
        next.erase(key);
    else
        next.insert_or_assign(key, value);
    if (Result<> stored = store(next); !stored)
        return stored;
    m_overrides = std::move(next);
    return {};
}

Result<> ServerOverrides::store(const std::map<Key, ServerOverride> &overrides) const
{
    QJsonArray array;
    for (const auto &[key, value] : overrides)
        array.append(toJson(key, value));
    return writeDurably(m_file, QJsonDocument(array).toJson().toStdString());
}

} // namespace mainstay::control
