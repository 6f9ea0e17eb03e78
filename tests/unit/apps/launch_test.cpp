// SPDX-License-Identifier: GPL-3.0-or-later
// What an instance is started with.
#include "apps/launch.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace mainstay;
using namespace mainstay::apps;

namespace {

handover::AppSpec specOf(const config::AppConfig &app)
{
    const QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    config::Configuration configuration;
    configuration.apps.emplace("shop", app);
    InstanceIdentity instance;
    instance.app = "shop";
    instance.address = UnixAddress{"/run/shop.sock"};
    return launchOf(instance, configuration, {path, path, path, "/usr/bin/mainstay-apphost"}).value().spec;
}

bool has(const handover::AppSpec &spec, std::string_view variable)
{
    return std::any_of(spec.environment.begin(), spec.environment.end(),
                       [&](const std::string &text) { return text.starts_with(variable); });
}

} // namespace

class LaunchTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSocketIsNamed()
    {
        const handover::AppSpec spec = specOf({});
        QCOMPARE(spec.socket, std::string("/run/shop.sock"));
        QVERIFY(has(spec, "SOCKET=/run/shop.sock"));
    }

    void aFolderOnlyForThoseWhoMayEnterIt()
    {
        QVERIFY(has(specOf({}), "STATE_DIRECTORY="));
        config::AppConfig app;
        app.user = "daemon"; // not the one that tests run as
        QVERIFY(!has(specOf(app), "STATE_DIRECTORY="));
    }
};

QTEST_APPLESS_MAIN(LaunchTest)
#include "launch_test.moc"
