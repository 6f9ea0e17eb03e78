// SPDX-License-Identifier: GPL-3.0-or-later
// Media types of file names, and paths as URLs spell them.
#include "http/media_types.h"
#include "http/path_encoding.h"
#include "wire/http_path.h"

#include <QTest>

#include <string>

using namespace mainstay;

class NamesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mediaTypes_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("type");
        const auto row = [](const char *file, const char *type) {
            QTest::newRow(file) << QByteArray(file) << QByteArray(type);
        };
        row("index.html", "text/html; charset=utf-8");
        row("INDEX.HTML", "text/html; charset=utf-8");
        row("a/b.c/style.css", "text/css; charset=utf-8");
        row("app.min.js", "text/javascript; charset=utf-8");
        row("archive.tar.gz", "application/gzip");
        row("first.7z", "application/x-7z-compressed");
        row("last.zst", "application/zstd");
        row("site.webmanifest", "application/manifest+json"); // the longest ending there is
        row("site.webmanifests", "application/octet-stream");
        row("README", "application/octet-stream");
        row("folder.html/README", "application/octet-stream");
        row("dot.", "application/octet-stream");
        row(".html", "text/html; charset=utf-8");
        row("", "application/octet-stream");
        row("a.htm\xc3\xbc", "application/octet-stream");
    }
    void mediaTypes()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, type);
        const std::string_view found = http::mediaTypeOf({file.constData(), static_cast<std::size_t>(file.size())});
        QCOMPARE(QByteArray(found.data(), static_cast<qsizetype>(found.size())), type);
    }

    void encodedPaths()
    {
        QCOMPARE(http::percentEncoded("/a-b/c.d_e~f"), std::string("/a-b/c.d_e~f"));
        QCOMPARE(http::percentEncoded("/a b?c#d%e"), std::string("/a%20b%3Fc%23d%25e"));
        QCOMPARE(http::percentEncoded("/\xc3\xbc\r\n"), std::string("/%C3%BC%0D%0A"));
        QCOMPARE(http::percentEncoded(""), std::string());
    }

    // What was encoded means the same when it is read again, whatever the bytes.
    void encodingIsReadBack()
    {
        for (int octet = 1; octet < 256; ++octet) {
            if (octet == '/' || octet == '\\')
                continue;
            const std::string path = std::string("/x") + static_cast<char>(octet) + "y";
            std::string out(3 * path.size(), '\0');
            const auto read = wire::normalizePath(http::percentEncoded(path), out);
            QVERIFY(read);
            QCOMPARE(std::string(*read), path);
        }
    }
};

QTEST_APPLESS_MAIN(NamesTest)
#include "names_test.moc"
