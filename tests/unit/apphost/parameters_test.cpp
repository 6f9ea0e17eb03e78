// SPDX-License-Identifier: GPL-3.0-or-later
// Parameters are typed and checked, and what does not fit is named with what would.
#include "apphost/paging.h"
#include "apphost/parameters.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::apphost;
using config::ParameterConfig;
using config::ParameterPlace;
using config::ParameterType;

namespace {

ParameterConfig parameter(ParameterType type, ParameterPlace place = ParameterPlace::query)
{
    ParameterConfig config;
    config.name = "p";
    config.type = type;
    config.in = place;
    config.maxLength = 3;
    return config;
}

// "TYPE VALUE", or what is wrong.
std::string read(const ParameterConfig &config, const std::string &query, const std::string &body = {})
{
    Request request;
    request.query = query;
    request.body = body;
    const auto values = readParameters({config}, {}, request);
    if (!values)
        return values.error().parameter + ": " + values.error().message;
    const QVariant &value = values->at("p");
    return value.isValid() ? value.typeName() + (" " + value.toString().toStdString()) : "NULL";
}

} // namespace

class ParametersTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsTypes()
    {
        QCOMPARE(read(parameter(ParameterType::text), "p=a%26b"), std::string("QString a&b"));
        QCOMPARE(read(parameter(ParameterType::text), "p="), std::string("QString "));
        QCOMPARE(read(parameter(ParameterType::integer), "p=-12"), std::string("qlonglong -12"));
        QCOMPARE(read(parameter(ParameterType::number), "x=1&p=1.5"), std::string("double 1.5"));
        QCOMPARE(read(parameter(ParameterType::boolean), "p=1"), std::string("bool true"));
        QCOMPARE(read(parameter(ParameterType::integer, ParameterPlace::body), "", R"({"p": 9007199254740991})"),
                 std::string("qlonglong 9007199254740991"));
        QCOMPARE(read(parameter(ParameterType::integer, ParameterPlace::body), "", R"({"p": 3.0})"),
                 std::string("qlonglong 3"));
    }

    void saysWhatIsExpected()
    {
        ParameterConfig ranged = parameter(ParameterType::integer);
        ranged.min = 1;
        ranged.max = 100;
        QCOMPARE(read(ranged, "p=101"), std::string("p: must be a whole number from 1 to 100"));
        QCOMPARE(read(ranged, ""), std::string("p: is missing: it must be a whole number from 1 to 100"));
        QCOMPARE(read(parameter(ParameterType::text), "p=abcd"),
                 std::string("p: must be text of at most 3 characters"));
        QCOMPARE(read(parameter(ParameterType::boolean), "p=yes"), std::string("p: must be true or false"));
        QCOMPARE(read(parameter(ParameterType::integer), "p=9007199254740992"),
                 std::string("p: must be a whole number from -9007199254740991 to 9007199254740991"));
        QCOMPARE(read(parameter(ParameterType::integer), "p=99999999999999999999"),
                 std::string("p: must be a whole number from -9007199254740991 to 9007199254740991"));
        QCOMPARE(read(parameter(ParameterType::integer), "p=1x"), std::string("p: must be a whole number"));
        QCOMPARE(read(parameter(ParameterType::number), "p=1e300"), std::string("double 1e+300"));
        for (const char *text : {"1e400", "inf", "nan", "0x10", "", " 1", "1 "})
            QCOMPARE(read(parameter(ParameterType::number), std::string("p=") + text),
                     std::string("p: must be a number"));
        QCOMPARE(read(parameter(ParameterType::text), "p=a&p=b"), std::string("p: stands in the query more than once"));
    }

    void refusesBodies()
    {
        const auto body = [](const char *text) {
            return read(parameter(ParameterType::text, ParameterPlace::body), "", text);
        };
        for (const char *text : {"", "[]", "{", "1", R"({"p":"a"} x)"})
            QVERIFY2(body(text).starts_with(": the body must be a JSON object"), text);
        QVERIFY(body(std::string(5000, '[').c_str()).starts_with(": the body must be a JSON object"));
        QVERIFY(body(R"({"p": 1})").starts_with("p: must be text"));
        QVERIFY(body(R"({"p": null})").starts_with("p: is missing"));
    }

    void takesDefaults()
    {
        ParameterConfig optional = parameter(ParameterType::integer);
        optional.required = false;
        QCOMPARE(read(optional, ""), std::string("NULL"));
        optional.fallback = "5";
        QCOMPARE(read(optional, ""), std::string("qlonglong 5"));
    }

    void readsPages()
    {
        QCOMPARE(readPaging("page=3&per_page=10", 100)->offset(), std::uint64_t(20));
        QCOMPARE(readPaging("", 20)->perPage, std::uint64_t(20));
        for (const char *query : {"page=0", "page=-1", "per_page=101", "page=x", "page=99999999999999999999"})
            QVERIFY(!readPaging(query, 100));
    }
};

QTEST_APPLESS_MAIN(ParametersTest)
#include "parameters_test.moc"
