// SPDX-License-Identifier: GPL-3.0-or-later
// Which file answers a path.
#include "http/script_path.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace mainstay;
using Kind = http::ScriptChoice::Kind;

class ScriptPathTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    void make(const char *name)
    {
        QFile file(m_folder.filePath(QStringLiteral("root/") + QString::fromLatin1(name)));
        QVERIFY(QDir().mkpath(QFileInfo(file).path()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("x");
    }
    std::string choose(const QByteArray &path, const QByteArray &routePath, bool strip, const QByteArray &index)
    {
        engine::Loop loop;
        http::FileCache files(loop);
        config::RouteConfig route;
        route.path = {routePath.toStdString()};
        route.stripPrefix = strip;
        route.index = index.toStdString();
        route.root = {m_folder.filePath(QStringLiteral("root")).toStdString()};
        const http::ScriptChoice choice = http::chooseScript(files, route, path.toStdString());
        switch (choice.kind) {
        case Kind::script:
            return choice.script.name + "|" + choice.script.pathInfo + "|" + choice.script.file;
        case Kind::file:
            return "file";
        case Kind::refused:
            break;
        }
        return std::to_string(choice.status);
    }

private Q_SLOTS:
    void initTestCase()
    {
        for (const char *name :
             {"index.php",         "style.css",       "a/index.php",    "a/b.php",        "a/deep/c.txt",
              "empty/x.txt",       "upload.jpg",      "odd.php/in.php", "odd.php/in.css", "UPPER.PHP",
              "old.php5",          "page.phtml",      "lib.phar",       ".env",           ".git/x.php",
              ".well-known/x.txt", "html/index.html", "../secret.php",  "name.php.txt",   "blog/index.php"})
            make(name);
        QVERIFY(QFile::link(m_folder.filePath(QStringLiteral("secret.php")),
                            m_folder.filePath(QStringLiteral("root/leak.php"))));
        QVERIFY(QFile::link(QStringLiteral("a/b.php"), m_folder.filePath(QStringLiteral("root/inside.php"))));
    }

    void paths_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("chosen");
        const auto row = [](const char *path, const char *chosen) {
            QTest::newRow(path) << QByteArray(path) << QByteArray(chosen);
        };
        row("/", "/index.php||/index.php");
        row("/index.php", "/index.php||/index.php");
        row("/index.php/", "/index.php|/|/index.php");
        row("/a/b.php/more/c.php", "/a/b.php|/more/c.php|/a/b.php");
        row("/a/", "/a/index.php||/a/index.php");
        row("/a", "file"); // sent to "/a/"
        row("/inside.php", "/inside.php||/inside.php");
        // Files.
        row("/style.css", "file");
        row("/a/deep/c.txt", "file");
        row("/name.php.txt", "file");
        row("/.well-known/x.txt", "file");
        // All others are for the front controller.
        row("/nothing", "/index.php|/nothing|/index.php");
        row("/style.css/", "/index.php|/style.css/|/index.php");
        row("/a/nothing/at/all", "/index.php|/a/nothing/at/all|/index.php");
        row("/missing.php", "/index.php|/missing.php|/index.php");
        row("/missing.php/b.php", "/index.php|/missing.php/b.php|/index.php");
        row("/empty/", "/index.php|/empty/|/index.php");
        row("/index.phpx", "/index.php|/index.phpx|/index.php");
        // A file that is no script is not made one by what follows it.
        row("/upload.jpg/x.php", "/index.php|/upload.jpg/x.php|/index.php");
        row("/upload.jpg/.php", "404");
        row("/style.css/index.php/a", "/index.php|/style.css/index.php/a|/index.php");
        // A folder that is called like one.
        row("/odd.php/in.php/info", "/odd.php/in.php|/info|/odd.php/in.php");
        row("/odd.php/in.css", "file");
        // Sources are not for reading.
        row("/UPPER.PHP", "/index.php|/UPPER.PHP|/index.php");
        row("/old.php5", "/index.php|/old.php5|/index.php");
        row("/page.phtml", "/index.php|/page.phtml|/index.php");
        row("/lib.phar", "/index.php|/lib.phar|/index.php");
        // Out of the root.
        row("/leak.php", "403");
        row("/leak.php/info", "403");
        // Hidden.
        row("/.env", "404");
        row("/.git/x.php", "404");
        row("/.php", "404");
        row("/index.php/.env", "/index.php|/.env|/index.php");
    }
    void paths()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, chosen);
        QCOMPARE(QByteArray::fromStdString(choose(path, "/", false, "index.php")), chosen);
    }

    void routes_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("route");
        QTest::addColumn<bool>("strip");
        QTest::addColumn<QByteArray>("index");
        QTest::addColumn<QByteArray>("chosen");
        const auto row = [](const char *path, const char *route, bool strip, const char *index, const char *chosen) {
            QTest::addRow("%s at %s with %s", path, route, index)
                << QByteArray(path) << QByteArray(route) << strip << QByteArray(index) << QByteArray(chosen);
        };
        row("/shop/a/b.php/i", "/shop", true, "index.php", "/shop/a/b.php|/i|/a/b.php");
        row("/shop/x", "/shop/", true, "index.php", "/shop/index.php|/x|/index.php");
        row("/shop/", "/shop", true, "index.php", "/shop/index.php||/index.php");
        row("/shop", "/shop", true, "index.php", "file"); // sent to "/shop/"
        row("/shop/style.css", "/shop", true, "index.php", "file");
        // Of the route's folder, or else of the root.
        row("/blog/x", "/blog", false, "index.php", "/blog/index.php|/x|/blog/index.php");
        row("/blog/x", "/blog/", false, "index.php", "/blog/index.php|/x|/blog/index.php");
        row("/api/x", "/api", false, "index.php", "/index.php|/api/x|/index.php");
        row("/api", "/api", false, "index.php", "/index.php|/api|/index.php");
        // Without an index that is a script there is no front controller.
        row("/html/", "/", false, "index.html", "file");
        row("/nothing", "/", false, "index.html", "404");
        row("/missing.php", "/", false, "", "404");
        row("/a/b.php/i", "/", false, "", "/a/b.php|/i|/a/b.php");
        row("/nothing", "/", false, "none.php", "404");
        row("/nothing", "/", false, "leak.php", "403");
        row("/nothing", "/", false, "odd.php", "404");
    }
    void routes()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, route);
        QFETCH(bool, strip);
        QFETCH(QByteArray, index);
        QFETCH(QByteArray, chosen);
        QCOMPARE(QByteArray::fromStdString(choose(path, route, strip, index)), chosen);
    }
};

QTEST_GUILESS_MAIN(ScriptPathTest)
#include "script_path_test.moc"
