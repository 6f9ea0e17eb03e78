// SPDX-License-Identifier: GPL-3.0-or-later
// Every method: named once and well, described fully, and its defaults keep its own limits.
#include "rpc/methods.h"

#include "rpc/json_schema.h"

#include <QRegularExpression>
#include <QSet>
#include <QTest>

using namespace mainstay;

namespace {

template <class Visit>
void forEachMethod(Visit visit)
{
    [&]<class... M>(std::type_identity<std::tuple<M...>>) {
        (visit(std::type_identity<M>()), ...);
    }(std::type_identity<rpc::AllMethods>());
}

// Every property, at any depth, says what it is.
void checkDescriptions(const QJsonObject &schema, const QString &path)
{
    const QJsonObject properties = schema.value(QLatin1String("properties")).toObject();
    for (auto property = properties.begin(); property != properties.end(); ++property) {
        const QString inner = path + QLatin1Char('.') + property.key();
        QVERIFY2(!property->toObject().value(QLatin1String("description")).toString().isEmpty(), qPrintable(inner));
        checkDescriptions(property->toObject(), inner);
    }
    const QJsonValue items = schema.value(QLatin1String("items"));
    if (items.isObject())
        checkDescriptions(items.toObject(), path + QStringLiteral("[]"));
}

} // namespace

class MethodsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void names();
    void descriptions();
    void defaultsFit();
    void schemaOfLimits();
};

void MethodsTest::names()
{
    QSet<QString> seen;
    const QRegularExpression form(QStringLiteral("^[a-z]+\\.[a-z_]+$"));
    forEachMethod([&]<class M>(std::type_identity<M>) {
        const QString name = QString::fromStdString(std::string(M::kMethod.name));
        QVERIFY2(form.match(name).hasMatch(), qPrintable(name));
        QVERIFY2(!seen.contains(name), qPrintable(name));
        QVERIFY(M::kMethod.access != rpc::Access::none);
        seen.insert(name);
    });
    QCOMPARE(seen.size(), static_cast<qsizetype>(std::tuple_size_v<rpc::AllMethods>));
}

void MethodsTest::descriptions()
{
    forEachMethod([]<class M>(std::type_identity<M>) {
        const rpc::MethodDescription description = rpc::describeMethod<M>();
        QVERIFY(!description.summary.empty());
        const QString name = QString::fromStdString(description.name);
        for (const rpc::ContentDescriptor &param : description.params)
            QVERIFY2(!param.summary.empty(), qPrintable(name + QString::fromStdString(param.name)));
        checkDescriptions(description.result.schema.toObject(), name);
        checkDescriptions(description.event.toObject(), name);
        QCOMPARE(rpc::StreamMethod<M>, description.event.isObject());
    });
}

void MethodsTest::defaultsFit()
{
    // A required member may not keep its initialiser; everything else must be valid as it is.
    forEachMethod([]<class M>(std::type_identity<M>) {
        bool required = false;
        rpc::Members<M>::describe(
            [&](auto M::*, const char *, const rpc::Setting &setting) { required = required || setting.required; });
        if (!required)
            QVERIFY(rpc::readRequest<M>(rpc::toJson(M{}).toObject()));
    });
}

void MethodsTest::schemaOfLimits()
{
    const rpc::MethodDescription weight = rpc::describeMethod<rpc::SetServerWeight>();
    const auto &param = weight.params.at(2);
    QCOMPARE(param.name, std::string("weight"));
    QVERIFY(param.required);
    QCOMPARE(param.schema[QLatin1String("type")].toString(), QStringLiteral("integer"));
    QCOMPARE(param.schema[QLatin1String("minimum")].toInt(), 1);
    QCOMPARE(param.schema[QLatin1String("maximum")].toInt(), 256);

    const rpc::MethodDescription state = rpc::describeMethod<rpc::SetServerState>();
    QCOMPARE(state.params.at(2).schema[QLatin1String("enum")].toArray(),
             QJsonArray({QStringLiteral("ready"), QStringLiteral("drain"), QStringLiteral("maint")}));
    QCOMPARE(state.access, rpc::Access::change);
}

QTEST_APPLESS_MAIN(MethodsTest)
#include "methods_test.moc"
