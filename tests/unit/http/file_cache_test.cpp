// SPDX-License-Identifier: GPL-3.0-or-later
// Files as the cache finds them: inside the root, in versions, within bounds.
#include "http/file_cache.h"

#include "http/compressor.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace mainstay;
using http::FileCache;
using http::OpenStatus;

namespace {

constexpr auto kTrusted = std::chrono::milliseconds(1050);

int openDescriptors()
{
    const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
    return static_cast<int>(std::distance(begin(folder), end(folder)));
}

} // namespace

class FileCacheTest : public QObject {
    Q_OBJECT

    struct Files {
        QTemporaryDir folder;
        std::string root = folder.path().toStdString() + "/root";
        engine::Loop loop;
        FileCache cache{loop};

        Files() { std::filesystem::create_directories(root); }
        void write(const std::string &name, const std::string &text) const
        {
            std::filesystem::create_directories(std::filesystem::path(root + "/" + name).parent_path());
            std::ofstream(root + "/" + name) << text;
        }
        FileCache::Found find(std::string_view path) { return cache.find(root, path); }
        // Until what is cached is looked at anew.
        void wait()
        {
            QTest::qSleep(static_cast<int>(kTrusted.count()));
            loop.turn(Milliseconds{0});
        }
    };

private Q_SLOTS:
    void twoVersionsWithinOneStepOfTheClock()
    {
        Files files;
        const std::string before(4000, 'o');
        const std::string after(4000, 'n');
        std::vector<std::string> etags;
        const auto name = [](int number) { return "/" + std::to_string(number) + ".txt"; };
        const auto coded = [&files](const std::string &path) {
            return files.cache.coded(files.root, path, files.find(path).file, wire::Coding::gzip);
        };
        for (int number = 0; number < 20; ++number) {
            files.write(name(number), before);
            QCOMPARE(files.find(name(number)).file->content, before);
            etags.push_back(files.find(name(number)).file->etag + coded(name(number))->etag);
            files.write(name(number), after);
        }
        files.wait();
        for (int number = 0; number < 20; ++number) {
            const auto found = files.find(name(number)).file;
            QCOMPARE(found->content, after);
            QVERIFY(found->etag + coded(name(number))->etag != etags[static_cast<std::size_t>(number)]);
            QCOMPARE(coded(name(number))->content, http::compressed(wire::Coding::gzip, after));
        }
    }

    void whatIsFound()
    {
        Files files;
        files.write("a.txt", "hello");
        files.write("sub/b.html", "page");
        files.write("../outside.txt", "secret");
        std::filesystem::create_symlink("a.txt", files.root + "/link");
        std::filesystem::create_symlink("../outside.txt", files.root + "/out");
        std::filesystem::create_symlink("/etc", files.root + "/etc");
        ::mkfifo((files.root + "/fifo").c_str(), 0600);

        const auto found = files.find("/a.txt");
        QVERIFY(found.status == OpenStatus::file);
        QCOMPARE(found.file->content, std::string("hello"));
        QVERIFY(found.file->inMemory());
        QCOMPARE(found.file->size(), std::uint64_t{5});
        QCOMPARE(found.file->lengthField, std::string("Content-Length: 5\r\n"));
        QCOMPARE(found.file->mediaType, std::string_view("text/plain; charset=utf-8"));
        QVERIFY(found.file->fields.starts_with("Last-Modified: "));
        QVERIFY(found.file->fields.ends_with("\r\nETag: " + found.file->etag + "\r\nAccept-Ranges: bytes\r\n"));
        QVERIFY(files.find("/link").status == OpenStatus::file);
        QVERIFY(files.find("/sub").status == OpenStatus::folder);
        QVERIFY(files.find("/").status == OpenStatus::folder);
        QVERIFY(files.find("/sub/").status == OpenStatus::folder);
        QVERIFY(files.find("/a.txt/").status == OpenStatus::missing);
        QVERIFY(files.find("/a.txt/b").status == OpenStatus::missing);
        QVERIFY(files.find("/missing").status == OpenStatus::missing);
        QVERIFY(files.find("/" + std::string(5000, 'x')).status == OpenStatus::missing);
        for (const char *path : {"/out", "/etc/passwd", "/fifo"})
            QVERIFY(files.find(path).status == OpenStatus::forbidden);
        QVERIFY(files.cache.find(files.root + "/no such root", "/a.txt").status == OpenStatus::missing);
        // The root is part of the name.
        QVERIFY(files.cache.find(files.root + "/sub", "/b.html").status == OpenStatus::file);
        QVERIFY(files.find("/b.html").status == OpenStatus::missing);
    }

    void aVersionStaysOneObjectUntilTheFileChanges()
    {
        Files files;
        files.write("a.txt", "first");
        const auto first = files.find("/a.txt").file;
        QVERIFY(files.find("/a.txt").file == first);
        files.write("a.txt", "second");
        QVERIFY(files.find("/a.txt").file == first); // trusted for a moment
        files.wait();
        const auto second = files.find("/a.txt").file;
        QCOMPARE(second->content, std::string("second"));
        QVERIFY(second->etag != first->etag);
        QCOMPARE(first->content, std::string("first")); // for who is still sending it
        files.wait();
        QVERIFY(files.find("/a.txt").file == second);
        std::filesystem::remove(files.root + "/a.txt");
        files.wait();
        QVERIFY(files.find("/a.txt").status == OpenStatus::missing);
    }

    void largeFilesAreHeldOpen()
    {
        Files files;
        files.write("large", std::string(300'000, 'x'));
        const auto large = files.find("/large").file;
        QVERIFY(!large->inMemory());
        QVERIFY(large->content.empty());
        QCOMPARE(large->size(), std::uint64_t{300'000});
        // A version outlives its name.
        std::filesystem::remove(files.root + "/large");
        char byte = 0;
        QCOMPARE(::pread(large->file.handle(), &byte, 1, 299'999), ssize_t{1});
        QCOMPARE(byte, 'x');
    }

    void boundsOnOpenFiles()
    {
        Files files;
        const int before = openDescriptors();
        for (int i = 0; i < 400; ++i) {
            const std::string name = "large" + std::to_string(i);
            files.write(name, "");
            std::filesystem::resize_file(files.root + "/" + name, 300'000);
            QVERIFY(files.find("/" + name).status == OpenStatus::file);
        }
        QVERIFY(openDescriptors() - before <= 256);
        // The last ones are those kept.
        const auto last = files.find("/large399").file;
        QVERIFY(files.find("/large399").file == last);
    }

    void boundsOnMemory()
    {
        Files files;
        std::vector<std::weak_ptr<const http::CachedFile>> seen;
        for (int i = 0; i < 2400; ++i) {
            const std::string name = "small" + std::to_string(i);
            files.write(name, std::string(32 * 1024, 'x'));
            seen.push_back(files.find("/" + name).file);
        }
        const auto kept = std::count_if(seen.begin(), seen.end(), [](const auto &file) { return !file.expired(); });
        QVERIFY(kept > 2000 && kept < 2048); // 64 MiB with the names
        QVERIFY(seen.front().expired());
        QVERIFY(!seen.back().expired());
    }

    // Whoever asks for long names that are not there must not fill the memory with them.
    void boundsOnNames()
    {
        Files files;
        files.write("a.txt", "hello");
        const std::weak_ptr<const http::CachedFile> file = files.find("/a.txt").file;
        for (int i = 0; i < 1200; ++i)
            QVERIFY(files.find("/" + std::to_string(i) + std::string(60'000, 'x')).status == OpenStatus::missing);
        QVERIFY(file.expired()); // pushed out by 72 MB of names
    }
};

QTEST_APPLESS_MAIN(FileCacheTest)
#include "file_cache_test.moc"
