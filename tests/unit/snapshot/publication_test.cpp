// SPDX-License-Identifier: GPL-3.0-or-later
// Pins keep what a publish drops, workers free nothing themselves, and two of them need no lock.
#include "snapshot/reader.h"
#include "snapshot/site.h"

#include <QTest>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

using namespace mainstay;
using snapshot::Pin;
using snapshot::Publication;
using snapshot::Reader;
using snapshot::Snapshot;

namespace {

std::atomic<int> g_live = 0;

// Something that remembers the thread it is freed on.
class Object final : public snapshot::Pinnable {
public:
    Object(int value, std::uint32_t workers) : Pinnable(workers), m_value(value) { ++g_live; }
    ~Object() override
    {
        m_value = -1;
        --g_live;
        freedOn = std::this_thread::get_id();
    }
    [[nodiscard]] int value() const noexcept { return m_value; }

    static inline thread_local std::thread::id freedOn;

private:
    int m_value;
};

// Where workers hand in what they are done with; emptied by another thread.
class Heap {
public:
    Reader::Release door()
    {
        return [this](std::shared_ptr<const void> object) {
            const std::lock_guard lock(m_mutex);
            m_objects.push_back(std::move(object));
        };
    }
    void empty()
    {
        std::vector<std::shared_ptr<const void>> objects;
        const std::lock_guard lock(m_mutex);
        objects.swap(m_objects);
    }

private:
    std::mutex m_mutex;
    std::vector<std::shared_ptr<const void>> m_objects;
};

std::shared_ptr<const Publication> publication(std::uint64_t generation,
                                               std::vector<std::shared_ptr<const snapshot::Pinnable>> dropped = {})
{
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->generation = generation;
    auto made = std::make_shared<Publication>();
    made->snapshot = std::move(snapshot);
    made->dropped = std::move(dropped);
    return made;
}

} // namespace

class PublicationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { QCOMPARE(g_live.load(), 0); }

    void aPinOutlivesThePublish()
    {
        Heap heap;
        Reader reader(0, heap.door());
        auto object = std::make_shared<const Object>(7, 1);
        reader.adopt(publication(1));
        Pin<Object> pin = reader.pin(*object);
        Pin<Object> second = reader.pin(*object);
        reader.adopt(publication(2, {object}));
        object.reset();
        heap.empty();
        QCOMPARE(reader.current().generation, std::uint64_t{2});
        QCOMPARE(pin->value(), 7);
        pin.reset();
        heap.empty();
        QCOMPARE(second->value(), 7);
        second = {};
        QCOMPARE(g_live.load(), 1); // it waits in the heap
        heap.empty();
    }

    void whatNobodyPinnedGoesWithThePublication()
    {
        Heap heap;
        Reader reader(0, heap.door());
        reader.adopt(publication(1, {std::make_shared<const Object>(7, 1)}));
        QCOMPARE(g_live.load(), 1);
        heap.empty();
    }

    void pinsMove()
    {
        Heap heap;
        Reader reader(0, heap.door());
        auto object = std::make_shared<const Object>(7, 1);
        auto other = std::make_shared<const Object>(8, 1);
        Pin<Object> pin = reader.pin(*object);
        Pin<Object> moved = std::move(pin);
        QVERIFY(moved);
        Pin<Object> third = reader.pin(*other);
        third = std::move(moved); // swaps: what `moved` has now goes with it
        QCOMPARE(third->value(), 7);
        reader.adopt(publication(1, {object, other}));
        object.reset();
        other.reset();
        heap.empty();
        QCOMPARE(g_live.load(), 2);
        moved.reset();
        third.reset();
        heap.empty();
    }

    void aPinOfOneWorkerIsNoneOfAnother()
    {
        Heap heap;
        Reader first(0, heap.door());
        Reader second(1, heap.door());
        auto object = std::make_shared<const Object>(7, 2);
        Pin<Object> pin = first.pin(*object);
        const auto next = publication(1, {object});
        object.reset();
        second.adopt(next);
        first.adopt(next);
        heap.empty();
        QCOMPARE(g_live.load(), 1);
        QCOMPARE(pin->value(), 7);
        pin.reset();
        heap.empty();
    }

    // For ThreadSanitizer: two workers pin and let go while versions come and go.
    void underLoad()
    {
        constexpr int kVersions = 2000;
        constexpr std::uint32_t kWorkers = 2;
        Heap heap;
        struct Place {
            std::mutex mutex;
            std::vector<std::pair<std::shared_ptr<const Publication>, std::shared_ptr<const Object>>> mail;
        };
        std::vector<Place> places(kWorkers);
        std::atomic<int> wrong = 0;
        std::atomic<bool> freedHere = false;
        std::vector<std::thread> workers;
        for (std::uint32_t index = 0; index < kWorkers; ++index) {
            workers.emplace_back([&, index] {
                Reader reader(index, heap.door());
                std::mt19937 random(index);
                const Object *current = nullptr;
                std::vector<std::pair<Pin<Object>, int>> pins;
                for (int adopted = 0; adopted < kVersions;) {
                    std::vector<std::pair<std::shared_ptr<const Publication>, std::shared_ptr<const Object>>> mail;
                    {
                        const std::lock_guard lock(places[index].mutex);
                        mail.swap(places[index].mail);
                    }
                    for (auto &[next, object] : mail) {
                        current = object.get();
                        object.reset(); // the control thread holds it until the publication that drops it
                        reader.adopt(std::move(next));
                        ++adopted;
                        for (int i = 0; i < 3; ++i)
                            pins.emplace_back(reader.pin(*current), current->value());
                        while (pins.size() > 20)
                            pins.erase(pins.begin() + static_cast<std::ptrdiff_t>(random() % pins.size()));
                        for (const auto &[pin, value] : pins)
                            wrong += pin->value() != value;
                    }
                }
                pins.clear();
                freedHere = freedHere || Object::freedOn == std::this_thread::get_id();
            });
        }
        std::shared_ptr<const Object> published;
        for (int version = 0; version < kVersions; ++version) {
            auto object = std::make_shared<const Object>(version, kWorkers);
            std::vector<std::shared_ptr<const snapshot::Pinnable>> dropped;
            if (published)
                dropped.push_back(published);
            const auto next = publication(static_cast<std::uint64_t>(version), std::move(dropped));
            published = object;
            for (Place &place : places) {
                const std::lock_guard lock(place.mutex);
                place.mail.emplace_back(next, object);
            }
            if (version % 16 == 0)
                heap.empty();
        }
        for (std::thread &worker : workers)
            worker.join();
        QCOMPARE(wrong.load(), 0);
        QVERIFY(!freedHere.load());
        published.reset();
        heap.empty();
    }
};

QTEST_APPLESS_MAIN(PublicationTest)
#include "publication_test.moc"
