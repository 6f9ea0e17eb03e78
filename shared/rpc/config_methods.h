// SPDX-License-Identifier: GPL-3.0-or-later
// config.*: the configuration that runs, what stands on disk, and the way from one to the other.
#pragma once

#include "base/clock.h"
#include "rpc/method.h"
#include "schema/difference.h"

#include <QJsonValue>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::schema {

constexpr auto enumerators(ObjectChange::Kind)
{
    using Kind = ObjectChange::Kind;
    return std::array{
        config::Enumerator{Kind::added, "added", MS_NOOP("Rpc", "Added")},
        config::Enumerator{Kind::removed, "removed", MS_NOOP("Rpc", "Removed")},
        config::Enumerator{Kind::changed, "changed", MS_NOOP("Rpc", "Changed")},
    };
}

} // namespace mainstay::schema

namespace mainstay::rpc {

template <>
struct Members<schema::SettingChange> {
    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&schema::SettingChange::name, "name", {.help = "Setting within the object"});
        v(&schema::SettingChange::before, "before", {.help = "Value it had, as TOML; empty for none"});
        v(&schema::SettingChange::after, "after", {.help = "Value it has, as TOML; empty for none"});
    }
};

template <>
struct Members<schema::ObjectChange> {
    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&schema::ObjectChange::kind, "change", {.help = "What happened to the object"});
        v(&schema::ObjectChange::path, "path", {.help = "Object, as in backend.api.server.a"});
        v(&schema::ObjectChange::settings, "settings", {.help = "Its settings that differ"});
    }
};

struct ObjectOrigin {
    std::string path;
    std::string owner;
    SourcePlace source;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ObjectOrigin::path, "path", {.help = "Object, as in backend.api.server.a"});
        v(&ObjectOrigin::owner, "owner", {.help = "Who writes it: files or managed"});
        v(&ObjectOrigin::source, "source", {.help = "Where it is defined"});
    }
};

struct ConfigView {
    std::uint64_t revision = 0;
    std::string path;
    QJsonValue config;
    std::vector<ObjectOrigin> origins;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ConfigView::revision, "revision", {.help = "Revision it is from"});
        v(&ConfigView::path, "path", {.help = "What was asked for, its names quoted where they hold dots"});
        v(&ConfigView::config, "config", {.help = "The object asked for, or all objects by kind and name"});
        v(&ConfigView::origins, "origins", {.help = "Where each object in it is defined"});
    }
};

struct GetConfig {
    static constexpr MethodInfo kMethod{"config.get", Access::look, "The configuration that runs, or one object of it"};
    using Result = ConfigView;

    std::string path;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&GetConfig::path, "path", {.help = "Object, as in site.shop; all when left out"});
    }
};

// Also what `mainstay-core --check --json` prints, as one JSON object.
struct ConfigCheck {
    bool valid = false;
    Problems problems;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ConfigCheck::valid, "valid", {.help = "Whether it could be applied: no problem is an error"});
        v(&ConfigCheck::problems, "problems", {.help = "Every mistake and warning"});
    }
};

struct CheckConfig {
    static constexpr MethodInfo kMethod{"config.check", Access::look,
                                        "Whether the files on disk could be applied, zones and certificates included"};
    using Result = ConfigCheck;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

struct ConfigDiff {
    std::vector<schema::ObjectChange> changes;
    Problems problems;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ConfigDiff::changes, "changes", {.help = "What differs, object by object"});
        v(&ConfigDiff::problems, "problems",
          {.help = "What is wrong with the second of them, and what needs a restart"});
    }
};

struct DiffConfig {
    static constexpr MethodInfo kMethod{"config.diff", Access::look, "What differs between two configurations"};
    using Result = ConfigDiff;

    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DiffConfig::from, "from", {.help = "Revision; the one that runs when left out", .min = 1});
        v(&DiffConfig::to, "to", {.help = "Revision; the files on disk when left out", .min = 1});
    }
};

struct ConfigApplied {
    bool applied = false;
    std::uint64_t revision = 0;
    std::optional<WallTime> confirmBy;
    Problems problems;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ConfigApplied::applied, "applied", {.help = "Whether it runs now; nothing changed when not"});
        v(&ConfigApplied::revision, "revision", {.help = "Revision that runs now"});
        v(&ConfigApplied::confirmBy, "confirm_by", {.help = "When it is taken back unless confirmed"});
        v(&ConfigApplied::problems, "problems", {.help = "Why it was refused, and warnings"});
    }
};

struct ApplyConfig {
    static constexpr MethodInfo kMethod{"config.apply", Access::change,
                                        "Make the files on disk the running configuration"};
    using Result = ConfigApplied;

    std::string reason;
    std::optional<Seconds> confirm;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ApplyConfig::reason, "reason", {.help = "Why, for the history"});
        v(&ApplyConfig::confirm, "confirm_s",
          {.help = "Go back by itself unless confirmed within so many seconds", .min = 1, .max = 86'400});
    }
};

struct ConfirmConfig {
    static constexpr MethodInfo kMethod{"config.confirm", Access::change,
                                        "Keep the configuration that waits for confirmation"};
    using Result = ConfigApplied;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

struct RevisionEntry {
    std::uint64_t revision = 0;
    WallTime time;
    std::string author;
    std::string reason;
    bool running = false;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RevisionEntry::revision, "revision", {.help = "Counts from 1"});
        v(&RevisionEntry::time, "time", {.help = "When it was applied"});
        v(&RevisionEntry::author, "author", {.help = "User who applied it"});
        v(&RevisionEntry::reason, "reason", {.help = "Why"});
        v(&RevisionEntry::running, "running", {.help = "Whether it is the one that runs"});
    }
};

struct RevisionList {
    std::vector<RevisionEntry> revisions;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RevisionList::revisions, "revisions", {.help = "Newest first"});
    }
};

struct ListRevisions {
    static constexpr MethodInfo kMethod{"config.history", Access::look,
                                        "Configurations that were applied, newest first"};
    using Result = RevisionList;

    std::uint32_t limit = 50;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ListRevisions::limit, "limit", {.help = "No more than so many", .min = 1, .max = 10'000});
    }
};

struct RollBackConfig {
    static constexpr MethodInfo kMethod{"config.rollback", Access::change,
                                        "Run the configuration of an earlier revision again"};
    using Result = ConfigApplied;

    std::uint64_t revision = 0;
    std::string reason;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RollBackConfig::revision, "revision", {.help = "Revision to go back to", .min = 1, .required = true});
        v(&RollBackConfig::reason, "reason", {.help = "Why, for the history"});
    }
};

} // namespace mainstay::rpc
