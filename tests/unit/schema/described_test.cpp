// SPDX-License-Identifier: GPL-3.0-or-later
// Every setting of every object, taken from the descriptions themselves: written and read again, its bounds, its
// type, its name misspelt; and the published JSON Schema against what the reader says.
#include "schema/json_schema.h"
#include "schema/toml.h"
#include "schema/writer.h"

#include <QJsonArray>
#include <QRegularExpression>
#include <QTest>
#include <limits>

using namespace mainstay;
using namespace mainstay::schema;
using namespace mainstay::config;

namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

// Puts a value other than its default into every setting. All objects are called "x", so that references lead there.
class Filling {
public:
    template <Described T>
    void fill(T &object)
    {
        forEachSetting(object, [&](auto &value, const char *, const Setting &setting) { set(value, setting); });
    }

private:
    template <class T>
    void set(T &value, const Setting &setting)
    {
        if constexpr (Described<T>)
            fill(value);
        else if constexpr (NamedObjects<T>)
            fill(value["x"]);
        else if constexpr (List<T>)
            set(value.emplace_back(), setting);
        else if constexpr (std::same_as<T, bool>)
            value = !value;
        else if constexpr (Integer<T>)
            value = static_cast<T>(value == setting.min ? setting.min + 1 : setting.min);
        else if constexpr (Enumeration<T>)
            value = enumerators(T{}).back().value;
        else if constexpr (std::same_as<T, Duration>)
            value = Duration(Milliseconds(setting.min + 1));
        else if constexpr (std::same_as<T, ByteSize>)
            value = ByteSize(static_cast<std::uint64_t>(setting.min) + 1);
        else if constexpr (std::same_as<T, std::string>)
            value = "\"text\" \\ # ' \xc3\xa9";
        else if constexpr (std::same_as<T, FilePath>)
            value.path = "/srv/a file";
        else if constexpr (std::same_as<T, UrlPath>)
            value.path = "/app/";
        else if constexpr (ReferenceValue<T>)
            value.name = "x";
        else
            value = sample(value);
    }
    static HostPattern sample(const HostPattern &) { return {"*.a.test"}; }
    static HostPort sample(const HostPort &) { return {"2001:db8::1", 80}; }
    static ServerAddress sample(const ServerAddress &) { return {{}, "/run/app.sock"}; }
    static StatusRange sample(const StatusRange &) { return {200, 204}; }
    static EnvironmentVariable sample(const EnvironmentVariable &) { return {"NAME", "a value"}; }
    static Network sample(const Network &) { return *Network::parse("10.0.0.0/8"); }
    static FieldMatch sample(const FieldMatch &) { return *FieldMatch::parse("X-Beta: a \"b\""); }
    static QueryMatch sample(const QueryMatch &) { return *QueryMatch::parse("!beta"); }
    static FieldEdit sample(const FieldEdit &) { return *FieldEdit::parse("+X-One: a, b"); }
    static RateLimit sample(const RateLimit &) { return *RateLimit::parse("5/h burst 7 by cookie a"); }
    static PathRule sample(const PathRule &) { return *PathRule::parse("*.css: max-age=1"); }
    static Endpoint sample(const Endpoint &) { return *Endpoint::parse("[::1]:8080"); }
};

Configuration filled()
{
    Configuration configuration;
    Filling().fill(configuration);
    return configuration;
}

// A setting somewhere in filled(): its place in the tree and what its description says.
struct Place {
    std::vector<std::string> members; // "#" is the first element of a list
    std::string path;
    Setting setting;
    std::int64_t typeMax = kNoLimit;
    enum class Type { boolean, integer, duration, size, enumeration, text } type = Type::text;
    bool isRequired = false; // and has no default
    bool isList = false;
};

class Places {
public:
    template <Described T>
    void add(const std::vector<std::string> &members, const std::string &path)
    {
        const T initial;
        T::describe([&]<class Value>(Value T::*member, const char *name, const Setting &setting) {
            auto below = members;
            below.emplace_back(name);
            const std::string where = joinPath(path, name);
            if constexpr (Described<Value>) {
                add<Value>(below, where);
            } else if constexpr (NamedObjects<Value>) {
                below.emplace_back("x");
                add<typename Value::mapped_type>(below, joinPath(where, "x"));
            } else {
                if constexpr (List<Value>)
                    if constexpr (Described<typename Value::value_type>) {
                        below.emplace_back("#");
                        return add<typename Value::value_type>(below, where + "[0]");
                    }
                Place place{below, where, setting};
                if constexpr (requires { (initial.*member).empty(); })
                    place.isRequired = setting.required && (initial.*member).empty();
                place.isList = List<Value>;
                describe<Value>(place);
                all.push_back(std::move(place));
            }
        });
    }

    std::vector<Place> all;

private:
    template <class Value>
    static void describe(Place &place)
    {
        if constexpr (List<Value>) {
            describe<typename Value::value_type>(place);
        } else if constexpr (std::same_as<Value, bool>) {
            place.type = Place::Type::boolean;
        } else if constexpr (Integer<Value>) {
            place.type = Place::Type::integer;
            if constexpr (sizeof(Value) < sizeof(std::int64_t))
                place.typeMax = std::numeric_limits<Value>::max();
        } else if constexpr (std::same_as<Value, Duration>) {
            place.type = Place::Type::duration;
        } else if constexpr (std::same_as<Value, ByteSize>) {
            place.type = Place::Type::size;
        } else if constexpr (Enumeration<Value>) {
            place.type = Place::Type::enumeration;
        }
    }
};

const std::vector<Place> &places()
{
    static const auto all = [] {
        Places found;
        found.add<Configuration>({}, {});
        return found.all;
    }();
    return all;
}

// The table or list that holds the setting.
Node *parentOf(Node &root, const Place &place)
{
    Node *at = &root;
    for (std::size_t i = 0; i + 1 < place.members.size(); ++i) {
        if (place.members[i] == "#")
            at = &std::get<Node::Array>(at->value).front();
        else
            for (auto &member : std::get<Node::Table>(at->value))
                if (member.name == place.members[i]) {
                    at = &member.node;
                    break;
                }
    }
    return at;
}

Node &settingIn(Node &root, const Place &place)
{
    for (auto &member : std::get<Node::Table>(parentOf(root, place)->value))
        if (member.name == place.members.back())
            return member.node;
    qFatal("%s is not written", place.path.c_str());
}

Node tree()
{
    return ObjectWriter(Defaults::include, ObjectWriter::Secrets::show).write(filled());
}

Node changed(const Place &place, Node to)
{
    Node root = tree();
    if (place.isList) // of which the first element is meant
        settingIn(root, place).value = Node::Array{std::move(to)};
    else
        settingIn(root, place) = std::move(to);
    return root;
}

// The code of what is wrong with the setting or its first element; empty when nothing is.
std::string codeAt(const Node &root, const Place &place)
{
    for (const Problem &problem : readDocument(root).problems)
        if (problem.path == place.path || (place.isList && problem.path == place.path + "[0]"))
            return problem.code;
    return {};
}

// What the schema says of the keywords that configurationSchema() uses.
bool accepts(const QJsonObject &schema, const QJsonValue &value)
{
    const auto has = [&](const char *keyword) { return schema.contains(QLatin1String(keyword)); };
    const auto at = [&](const char *keyword) { return schema.value(QLatin1String(keyword)); };
    const auto isType = [&](const QString &type) {
        return (type == QLatin1String("object") && value.isObject()) ||
               (type == QLatin1String("array") && value.isArray()) ||
               (type == QLatin1String("string") && value.isString()) ||
               (type == QLatin1String("boolean") && value.isBool()) ||
               (type == QLatin1String("integer") && value.isDouble() &&
                std::trunc(value.toDouble()) == value.toDouble());
    };
    const QJsonArray types = at("type").isArray() ? at("type").toArray() : QJsonArray{at("type")};
    if (has("type") &&
        std::none_of(types.begin(), types.end(), [&](const QJsonValue &type) { return isType(type.toString()); }))
        return false;
    if (value.isDouble() && ((has("minimum") && value.toInteger() < at("minimum").toInteger()) ||
                             (has("maximum") && value.toInteger() > at("maximum").toInteger())))
        return false;
    if (value.isString()) {
        const QRegularExpression pattern(at("pattern").toString());
        if (value.toString().size() < at("minLength").toInt() || !pattern.match(value.toString()).hasMatch() ||
            (has("enum") && !at("enum").toArray().contains(value)))
            return false;
    }
    if (value.isArray()) {
        const QJsonArray items = value.toArray();
        return items.size() >= at("minItems").toInt() &&
               std::all_of(items.begin(), items.end(),
                           [&](const QJsonValue &item) { return accepts(at("items").toObject(), item); });
    }
    const QJsonObject object = value.toObject();
    for (const QJsonValue name : at("required").toArray())
        if (!object.contains(name.toString()))
            return false;
    const QJsonObject properties = at("properties").toObject();
    const QJsonObject names = at("propertyNames").toObject();
    for (auto member = object.begin(); member != object.end(); ++member) {
        if (!names.isEmpty() && !accepts(names, member.key()))
            return false;
        const QJsonValue known = properties.value(member.key());
        const QJsonValue other = at("additionalProperties");
        if (known.isUndefined() && !other.isObject())
            return false;
        if (!accepts(known.isUndefined() ? other.toObject() : known.toObject(), member.value()))
            return false;
    }
    return true;
}

const QJsonObject &publishedSchema()
{
    static const QJsonObject schema = configurationSchema();
    return schema;
}

void addPlaces()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < places().size(); ++i)
        QTest::newRow(places()[i].path.c_str()) << int(i);
}

const Place &fetched()
{
    QFETCH(int, index);
    return places()[static_cast<std::size_t>(index)];
}

std::string quantityText(Place::Type type, std::int64_t count)
{
    return type == Place::Type::duration ? Duration(Milliseconds(count)).text()
                                         : ByteSize(static_cast<std::uint64_t>(count)).text();
}

} // namespace

class DescribedTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everySettingIsFilled()
    {
        QVERIFY(places().size() > 45);
        // Written without defaults, each is still there.
        Node root = ObjectWriter(Defaults::omit, ObjectWriter::Secrets::show).write(filled());
        for (const Place &place : places())
            settingIn(root, place);
    }

    void roundTripOfEverySetting()
    {
        const Configuration before = filled();
        const std::string text = schema::writeToml(before);
        const Loaded fromToml = readConfiguration(std::vector<SourceFile>{{"/any/where.toml", text, Owner::files}});
        QVERIFY2(fromToml.configuration == before, text.c_str());
        for (const Defaults defaults : {Defaults::omit, Defaults::include})
            QVERIFY(readJson(writeJson(before, defaults)).configuration == before);
        QCOMPARE(schema::writeToml(fromToml.configuration), text);
    }

    void bounds_data() { addPlaces(); }
    void bounds()
    {
        const Place &place = fetched();
        const bool isInteger = place.type == Place::Type::integer;
        if (!isInteger && place.type != Place::Type::duration && place.type != Place::Type::size)
            return;
        const std::int64_t min = place.setting.min;
        const std::int64_t max = std::min(place.setting.max, place.typeMax);
        const auto codeOf = [&](std::int64_t count) {
            Node value;
            if (isInteger)
                value.value = count;
            else
                value.value = quantityText(place.type, count);
            const std::string code = codeAt(changed(place, std::move(value)), place);
            return code.starts_with("config.") ? code : std::string(); // others are between settings
        };
        QCOMPARE(codeOf(min), std::string());
        QCOMPARE(codeOf(max), std::string());
        if (min > 0 || isInteger)
            QCOMPARE(codeOf(min - 1), std::string("config.out-of-range"));
        if (max != kNoLimit)
            QCOMPARE(codeOf(max + 1), std::string("config.out-of-range"));
        // The schema knows the bounds of numbers; those of quantities are text there.
        if (isInteger)
            for (const std::int64_t count : {min - 1, min, max, max + 1})
                QCOMPARE(accepts(publishedSchema(), toJson(changed(place, {count}))), count >= min && count <= max);
    }

    void wrongType_data() { addPlaces(); }
    void wrongType()
    {
        const Place &place = fetched();
        std::vector<Node> wrong{{Node::Table{}}, {1.5}, {}};
        if (place.type != Place::Type::boolean)
            wrong.push_back({true});
        if (place.type == Place::Type::boolean || place.type == Place::Type::integer)
            wrong.push_back({std::string("1")});
        if (place.type == Place::Type::text || place.type == Place::Type::enumeration)
            wrong.push_back({std::int64_t{1}});
        for (const Node &value : wrong) {
            const Node root = changed(place, value);
            QCOMPARE(codeAt(root, place), std::string("config.wrong-type"));
            QVERIFY(!accepts(publishedSchema(), toJson(root)));
        }
        if (place.isList) {
            Node root = tree();
            settingIn(root, place) = {std::string("x")};
            QCOMPARE(codeAt(root, place), std::string("config.wrong-type"));
            QVERIFY(!accepts(publishedSchema(), toJson(root)));
        }
    }

    void misspeltName_data() { addPlaces(); }
    void misspeltName()
    {
        const Place &place = fetched();
        Node root = tree();
        const std::string &name = place.members.back();
        const std::string misspelt = name + "s";
        for (auto &member : std::get<Node::Table>(parentOf(root, place)->value))
            if (member.name == name)
                member.name = misspelt;
        const Problems problems = readDocument(root).problems;
        const auto found = std::find_if(problems.begin(), problems.end(), [&](const Problem &problem) {
            return problem.code == "config.unknown-setting" && problem.path == place.path + "s";
        });
        QVERIFY(found != problems.end());
        QVERIFY2(found->remedy.find("did you mean `" + name + "`?") != std::string::npos, found->remedy.c_str());
        QVERIFY(!accepts(publishedSchema(), toJson(root)));
    }

    void missing_data() { addPlaces(); }
    void missing()
    {
        const Place &place = fetched();
        Node root = tree();
        std::erase_if(std::get<Node::Table>(parentOf(root, place)->value),
                      [&](const Node::Member &member) { return member.name == place.members.back(); });
        const bool isMissed = codeAt(root, place) == "config.missing-setting";
        QCOMPARE(isMissed, place.isRequired);
        QCOMPARE(accepts(publishedSchema(), toJson(root)), !place.isRequired);
    }

    void emptyText_data() { addPlaces(); }
    void emptyText()
    {
        const Place &place = fetched();
        if (place.type != Place::Type::text)
            return;
        const Node root = changed(place, {std::string()});
        // Whatever the schema refuses the reader refuses.
        if (!accepts(publishedSchema(), toJson(root)))
            QVERIFY(!codeAt(root, place).empty());
        if (place.isList || place.setting.required)
            QVERIFY(!codeAt(root, place).empty() && !accepts(publishedSchema(), toJson(root)));
    }

    // What both must say the same of.
    void schemaAgreesWithReader_data()
    {
        QTest::addColumn<QString>("toml");
        const auto row = [](const char *name, const char *toml) { QTest::newRow(name) << QString::fromUtf8(toml); };
        row("nothing", "");
        row("server", "[backend.a.server.b]\naddress = \"h:1\"\n");
        row("no address", "[backend.a.server.b]\nweight = 1\n");
        row("weight as text", "[backend.a.server.b]\naddress = \"h:1\"\nweight = \"1\"\n");
        row("balance", "[backend.a]\nbalance = \"least_connections\"\n");
        row("unknown balance", "[backend.a]\nbalance = \"Round_robin\"\n");
        row("unknown kind", "[backends.a]\n");
        row("unknown setting", "[service]\nworker = 1\n");
        row("list of listeners", "[[listener]]\naddress = [\":1\"]\n");
        row("no listen address", "[listener.a]\naddress = []\n");
        row("address as text", "[listener.a]\naddress = \":1\"\n");
        row("route as table", "[site.a]\nhosts = [\"*\"]\nroute = {root = \"x\"}\n");
        row("seconds", "[service]\ndrain_timeout = \"10s\"\n");
        row("seconds with a space", "[service]\ndrain_timeout = \"10 s\"\n");
        row("two spaces", "[service]\ndrain_timeout = \"10  s\"\n");
        row("space behind", "[service]\ndrain_timeout = \"10s \"\n");
        row("no unit", "[service]\ndrain_timeout = \"10\"\n");
        row("a bare number", "[service]\ndrain_timeout = 10\n");
        row("fraction", "[service]\ndrain_timeout = \"1.5s\"\n");
        row("size", "[listener.a]\naddress = [\":1\"]\nmax_head = \"16KiB\"\n");
        row("size of bytes", "[listener.a]\naddress = [\":1\"]\nmax_head = \"2048\"\n");
        row("size with a space", "[listener.a]\naddress = [\":1\"]\nmax_head = \"2048 \"\n");
        row("size in units of ten", "[listener.a]\naddress = [\":1\"]\nmax_head = \"2KB\"\n");
        row("size as a number", "[listener.a]\naddress = [\":1\"]\nmax_head = 2048\n");
        row("small size as a number", "[listener.a]\naddress = [\":1\"]\nmax_head = 12\n");
        row("large size as a number", "[listener.a]\naddress = [\":1\"]\nmax_head = 1048577\n");
        row("negative size", "[listener.a]\naddress = [\":1\"]\nmax_body = -1\n");
        row("empty reference in a list", "[zone.a]\nfile = \"f\"\nlisteners = [\"\"]\n");
        row("empty reference", "[site.a]\nhosts = [\"*\"]\ncertificate = \"\"\n");
        row("empty host", "[site.a]\nhosts = [\"\"]\n");
        row("empty file", "[zone.a]\nfile = \"\"\n");
        row("zone", "[zone.\"example.org\"]\nfile = \"f\"\n");
        row("zone with a final dot", "[zone.\"example.org.\"]\nfile = \"f\"\n");
        row("zone in capitals", "[zone.\"Example.org\"]\nfile = \"f\"\n");
        row("object with a dot in its name", "[backend.\"a.b\"]\n");
        row("object with a space in its name", "[backend.\"a b\"]\n");
        row("object with a dash before its name", "[backend.-a]\n");
        row("object without a name", "[backend.\"\"]\n");
        row("long name", "[backend.a123456789b123456789c123456789d123456789e123456789f123456789abcd]\n");
        row("too long a name", "[backend.a123456789b123456789c123456789d123456789e123456789f123456789abcde]\n");
        row("server without a name", "[backend.a.server.\"\"]\naddress = \"h:1\"\n");
        row("listen address without a port", "[listener.a]\naddress = [\"127.0.0.1\"]\n");
        row("server address without a port", "[backend.a.server.b]\naddress = \"h\"\n");
        row("host with a port", "[site.a]\nhosts = [\"h:80\"]\n");
        row("host in capitals", "[site.a]\nhosts = [\"*.Example.ORG.\"]\n");
        row("relative URL", "[backend.a]\nhealth_path = \"health\"\n");
        row("no URL", "[backend.a]\nhealth_path = \"\"\n");
        row("URL with a query", "[backend.a]\nhealth_path = \"/health?a\"\n");
        row("status", "[backend.a]\nhealth_status = \"204\"\n");
        row("status class", "[backend.a]\nhealth_status = \"2xx\"\n");
        row("no status", "[backend.a]\nhealth_status = \"\"\n");
        row("variable", "[app.a]\ncommand = \"c\"\nenvironment = [\"A=b\", \"B=\"]\n");
        row("variable without a value", "[app.a]\ncommand = \"c\"\nenvironment = [\"A\"]\n");
    }
    void schemaAgreesWithReader()
    {
        QFETCH(QString, toml);
        const auto document = parseToml(toml.toStdString(), "sample");
        QVERIFY(document);
        const bool isValid = !hasErrors(readDocument(*document).problems);
        QCOMPARE(accepts(publishedSchema(), toJson(*document)), isValid);
    }

    void schemaTellsWhatNeedsARestart()
    {
        const QJsonObject service = publishedSchema()
                                        .value(QLatin1String("properties"))
                                        .toObject()
                                        .value(QLatin1String("service"))
                                        .toObject()
                                        .value(QLatin1String("properties"))
                                        .toObject();
        const auto needs = [&](const char *name) {
            return service.value(QLatin1String(name)).toObject().value(QLatin1String("x-restart")).toBool();
        };
        QVERIFY(needs("workers") && !needs("access_log") && !needs("drain_timeout"));
    }

    // One of each mistake, in two files: all told at once, each where it stands.
    void allMistakesAtOnce()
    {
        const Loaded loaded = readConfiguration(std::vector<SourceFile>{
            {"/etc/a.toml", "[service]\nworkers = 300\nfoo = 1\n[listener.web]\nprotocol = \"htp\"\n", Owner::files},
            {"/etc/b.toml",
             "[site.a]\nhosts = [\"a b\"]\nlisteners = [\"wbe\", \"\"]\n[[site.a.route]]\n"
             "backend = \"app\"\nroot = 3\n[zone.z]\n",
             Owner::files}});
        std::vector<std::string> all;
        for (const Problem &problem : loaded.problems)
            if (problem.severity == Severity::error)
                all.push_back(problem.source.text() + " " + problem.path + " " + problem.code);
        QCOMPARE(all, (std::vector<std::string>{"/etc/a.toml:2 service.workers config.out-of-range",
                                                "/etc/a.toml:3 service.foo config.unknown-setting",
                                                "/etc/a.toml:4 listener.web.address config.missing-setting",
                                                "/etc/a.toml:5 listener.web.protocol config.unknown-value",
                                                "/etc/b.toml:2 site.a.hosts[0] host.malformed",
                                                "/etc/b.toml:3 site.a.listeners[0] config.unknown-reference",
                                                "/etc/b.toml:3 site.a.listeners[1] config.empty-item",
                                                "/etc/b.toml:5 site.a.route[0].backend config.unknown-reference",
                                                "/etc/b.toml:6 site.a.route[0].root config.wrong-type",
                                                "/etc/b.toml:7 zone.z.file config.missing-setting"}));
    }
};

QTEST_APPLESS_MAIN(DescribedTest)
#include "described_test.moc"
