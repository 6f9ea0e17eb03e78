// SPDX-License-Identifier: GPL-3.0-or-later
// Comparing two configurations by their description.
#include "schema/difference.h"

#include "schema/object_writer.h"
#include "schema/toml.h"

#include <algorithm>

namespace mainstay::schema {
namespace {

template <class T>
std::string valueText(const T &value, const config::Setting &setting)
{
    return setting.secret ? quotedText(ObjectWriter::kHidden) : inlineToml(ObjectWriter(Defaults::omit).write(value));
}

class Comparison {
public:
    // Either may be null: the object is added or removed.
    template <Described T>
    void compare(const T *before, const T *after, const std::string &path)
    {
        ObjectChange change{kindOf(before, after), path, {}};
        compareSettings(before, after, {}, change.settings);
        if (change.kind != ObjectChange::Kind::changed || !change.settings.empty())
            m_changes.push_back(std::move(change));
        static const T kInitial;
        compareWithin(before ? *before : kInitial, after ? *after : kInitial, path);
    }

    // The objects of their own in an object.
    template <Described T>
    void compareWithin(const T &before, const T &after, const std::string &path)
    {
        T::describe([&]<class Value>(Value T::*member, const char *name, const config::Setting &) {
            if constexpr (NamedObjects<Value>)
                compareNamed(before.*member, after.*member, joinPath(path, name));
            else if constexpr (Described<Value>)
                compare(&(before.*member), &(after.*member), joinPath(path, name));
        });
    }

    std::vector<ObjectChange> take() && { return std::move(m_changes); }

private:
    template <class T>
    static ObjectChange::Kind kindOf(const T *before, const T *after)
    {
        if (!before)
            return ObjectChange::Kind::added;
        return after ? ObjectChange::Kind::changed : ObjectChange::Kind::removed;
    }

    template <class T>
    void compareNamed(const std::map<std::string, T> &before, const std::map<std::string, T> &after,
                      const std::string &kind)
    {
        auto old = before.begin();
        auto now = after.begin();
        while (old != before.end() || now != after.end()) {
            const bool takeOld = now == after.end() || (old != before.end() && old->first <= now->first);
            const bool takeNow = old == before.end() || (now != after.end() && now->first <= old->first);
            const std::string path = joinPath(kind, takeOld ? old->first : now->first);
            compare(takeOld ? &old->second : nullptr, takeNow ? &now->second : nullptr, path);
            old = takeOld ? std::next(old) : old;
            now = takeNow ? std::next(now) : now;
        }
    }

    template <Described T>
    void compareSettings(const T *before, const T *after, const std::string &prefix,
                         std::vector<SettingChange> &changes)
    {
        static const T kInitial;
        T::describe([&]<class Value>(Value T::*member, const char *name, const config::Setting &setting) {
            if constexpr (!NamedObjects<Value> && !Described<Value>) {
                const Value &old = (before ? *before : kInitial).*member;
                const Value &now = (after ? *after : kInitial).*member;
                if (old == now)
                    return;
                const std::string path = prefix + name;
                if constexpr (List<Value>)
                    if constexpr (Described<typename Value::value_type>)
                        return compareTables(old, now, path, changes);
                changes.push_back({path, before ? valueText(old, setting) : "", after ? valueText(now, setting) : ""});
            }
        });
    }

    // Tables of a list have no names, so they are compared by their place.
    template <Described T>
    void compareTables(const std::vector<T> &before, const std::vector<T> &after, const std::string &path,
                       std::vector<SettingChange> &changes)
    {
        for (std::size_t index = 0; index < std::max(before.size(), after.size()); ++index) {
            const std::string item = itemPath(path, index);
            if (index >= before.size())
                changes.push_back({item, "", valueText(after[index], {})});
            else if (index >= after.size())
                changes.push_back({item, valueText(before[index], {}), ""});
            else
                compareSettings(&before[index], &after[index], item + ".", changes);
        }
    }

    std::vector<ObjectChange> m_changes;
};

} // namespace

std::string_view changeName(ObjectChange::Kind kind)
{
    switch (kind) {
    case ObjectChange::Kind::added:
        return "added";
    case ObjectChange::Kind::removed:
        return "removed";
    default:
        return "changed";
    }
}

std::vector<ObjectChange> difference(const config::Configuration &before, const config::Configuration &after)
{
    Comparison comparison;
    comparison.compareWithin(before, after, {});
    return std::move(comparison).take();
}

} // namespace mainstay::schema
