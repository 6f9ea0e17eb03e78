// SPDX-License-Identifier: GPL-3.0-or-later
// Any packet is refused or is a message within its bounds with exactly one encoding; any text is cut to its bound.
#include "handover/messages.h"

#include <algorithm>
#include <concepts>
#include <cstdlib>
#include <limits>
#include <string>

using namespace mainstay;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

// Asks of each field what its message declares.
class Bounds {
public:
    template <std::unsigned_integral Number>
    void number(Number value, Number least = 0, Number most = std::numeric_limits<Number>::max())
    {
        require(value >= least && value <= most);
    }
    template <class Enum>
    void enumerator(Enum value, Enum last)
    {
        require(value <= last);
    }
    void text(const std::string &value, std::size_t most) { require(value.size() <= most); }
    void endpoint(const Endpoint &value)
    {
        const auto &bytes = value.address.bytes;
        const bool isV4 = value.address.family == IpAddress::Family::v4;
        require(isV4 || value.address.family == IpAddress::Family::v6);
        require(!isV4 || std::all_of(bytes.begin() + 4, bytes.end(), [](std::uint8_t byte) { return byte == 0; }));
    }
    void address(const handover::ListenAddress &value)
    {
        require(value.transport == handover::Transport::tcp || value.transport == handover::Transport::udp);
        endpoint(value.endpoint);
        text(value.name, handover::kMaxNameBytes);
    }
};

void checkCut(const std::string &text)
{
    const auto message = handover::decode(handover::encode(handover::Failed{.error = {text, text, text}}));
    const Error &error = std::get<handover::Failed>(message.value()).error;
    require(error.code == text.substr(0, handover::kMaxNameBytes));
    require(error.message == text.substr(0, handover::kMaxTextBytes) && error.remedy == error.message);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::span packet(data, size);
    if (const auto message = handover::decode(packet)) {
        require(std::ranges::equal(handover::encode(*message), packet));
        Bounds bounds;
        std::visit([&bounds](const auto &value) { value.fields(value, bounds); }, *message);
    }
    checkCut(std::string(packet.begin(), packet.end()));
    return 0;
}
