// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/data_plane.h"

#include <future>

namespace mainstay::control {

// Worker thread.
struct DataPlane::Inside : private engine::Timer {
    Inside(engine::Worker &owner, const Doors &doors)
        : worker(owner), reader(owner.index(), doors.release), http(owner.loop(), reader, doors.release),
          dns(owner.loop(), reader, doors.release)
    {
        http.setScriptErrors(doors.onScriptError);
        http.setUpstreamFailures(doors.onUpstreamFailure);
        http.setPool(doors.pool);
        http.setSpool(doors.spool);
        if (owner.index() != 0)
            return;
        probes = std::make_unique<http::HealthProbes>(owner.loop(), [&doors](http::ProbeReport report) {
            doors.toControl([&doors, report = std::move(report)] { doors.onProbe(report); });
        });
    }

    void adopt(std::shared_ptr<const snapshot::Publication> publication)
    {
        worker.loop().watchTurn();
        reader.adopt(std::move(publication));
        http.adopt();
        dns.adopt();
        if (probes)
            probes->adopt(reader.current());
    }

    // `done` is called on this thread.
    void drain(Milliseconds limit, std::function<void()> done)
    {
        onDrained = std::move(done);
        waitingFor = probes ? 3 : 2;
        worker.loop().timers().set(*this, limit);
        if (probes)
            probes->stop([this] { partDrained(); });
        http.drain([this] { partDrained(); });
        dns.drain([this] { partDrained(); });
    }

    engine::Worker &worker;
    snapshot::Reader reader;
    http::Server http;
    dns::Server dns;
    std::unique_ptr<http::HealthProbes> probes;

private:
    void onDue() override
    {
        http.abort();
        dns.abort();
    }
    void partDrained()
    {
        if (--waitingFor > 0)
            return;
        Timer::clear();
        onDrained();
    }

    std::function<void()> onDrained;
    int waitingFor = 0;
};

DataPlane::DataPlane(engine::WorkerIndex index, Doors doors) : m_doors(std::move(doors)), m_worker(index)
{
    m_worker.post([this] { m_inside = std::make_unique<Inside>(m_worker, m_doors); });
    m_worker.start();
}

DataPlane::~DataPlane()
{
    std::promise<void> gone;
    m_worker.post([this, &gone] {
        m_inside->drain(Milliseconds{0}, [this, &gone] {
            // Not from within the callback of what is destroyed.
            m_worker.post([this, &gone] {
                m_inside.reset();
                gone.set_value();
            });
        });
    });
    gone.get_future().wait();
}

template <class Function>
void DataPlane::onWorker(Function function)
{
    m_worker.post([this, function = std::move(function)]() mutable { function(*m_inside); });
}

void DataPlane::publish(std::shared_ptr<const snapshot::Publication> publication)
{
    onWorker([publication = std::move(publication)](Inside &inside) mutable { inside.adopt(std::move(publication)); });
}

void DataPlane::settle(engine::Job done)
{
    onWorker([this, done = std::move(done)](Inside &) { m_doors.toControl(done); });
}

void DataPlane::listen(const ListeningPlace &place, handover::Descriptor socket)
{
    // Shared, because a job has to be copyable.
    auto shared = std::make_shared<handover::Descriptor>(std::move(socket));
    onWorker([place, shared](Inside &inside) {
        engine::NativeSocket native(shared->release());
        switch (place.plane) {
        case Plane::http:
            inside.http.listen(place.listener, place.endpoint.text(), std::move(native));
            break;
        case Plane::dnsUdp:
            inside.dns.listenUdp(place.listener, place.endpoint.text(), std::move(native));
            break;
        case Plane::dnsTcp:
            inside.dns.listenTcp(place.listener, place.endpoint.text(), std::move(native));
            break;
        }
    });
}

void DataPlane::stopListening(const ListeningPlace &place, engine::Job done)
{
    onWorker([this, place, done = std::move(done)](Inside &inside) {
        switch (place.plane) {
        case Plane::http:
            inside.http.stopListening(place.listener, place.endpoint.text());
            break;
        case Plane::dnsUdp:
            inside.dns.stopUdp(place.listener, place.endpoint.text());
            break;
        case Plane::dnsTcp:
            inside.dns.stopTcp(place.listener, place.endpoint.text());
            break;
        }
        m_doors.toControl(done);
    });
}

void DataPlane::drain(Milliseconds limit, engine::Job done)
{
    onWorker([this, limit, done = std::move(done)](Inside &inside) {
        inside.drain(limit, [this, done] { m_doors.toControl(done); });
    });
}

} // namespace mainstay::control
