// SPDX-License-Identifier: GPL-3.0-or-later
// metrics.get and metrics.subscribe.
#include "control/method_groups.h"
#include "control/metrics_sampler.h"
#include "rpc/methods.h"

#include <QTimer>

namespace mainstay::control {

namespace {

// Control thread. Feeds one stream; deletes itself when that ends.
class MetricsFeed : public QObject {
public:
    MetricsFeed(const Reporting &reporting, rpc::SubscribeMetrics request, Stream<rpc::MetricsSample> stream)
        : QObject(&reporting.configuration), m_sampler(reporting), m_stream(std::move(stream))
    {
        m_stream.onClosed([this] { deleteLater(); });
        m_timer.callOnTimeout(this, &MetricsFeed::send);
        m_timer.start(request.interval);
        send();
    }

private:
    void send()
    {
        if (m_stream.send(m_sampler.take()))
            return;
        m_timer.stop();
        deleteLater();
    }

    MetricsSampler m_sampler;
    Stream<rpc::MetricsSample> m_stream;
    QTimer m_timer;
};

} // namespace

void bindMetricsMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::GetMetrics>(
        [&reporting](const rpc::GetMetrics &, const Caller &) -> Result<rpc::MetricsSample> {
            return MetricsSampler(reporting).take();
        });
    methods.stream<rpc::SubscribeMetrics>(
        [&reporting](const rpc::SubscribeMetrics &request, const Caller &, Stream<rpc::MetricsSample> stream) {
            new MetricsFeed(reporting, request, std::move(stream)); // its parent owns it
        });
}

} // namespace mainstay::control
