// SPDX-License-Identifier: GPL-3.0-or-later
// What guard and core say to each other: one message for each packet of an AF_UNIX SOCK_SEQPACKET socket pair, each
// declared once below and encoded and decoded from that declaration.
#pragma once

#include "base/clock.h"
#include "handover/socket_source.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace mainstay::handover {

// A packet is: version, type, then the fields in the order of fields(), integers little-endian, text with its length
// in front. The version changes when a message does; guard and core of different versions refuse each other.
inline constexpr std::uint8_t kProtocolVersion = 3;
inline constexpr std::size_t kMaxMessageBytes = 4096;
// The most descriptors that travel with one message.
inline constexpr std::size_t kMaxDescriptors = 64;
inline constexpr std::size_t kMaxNameBytes = 128;
inline constexpr std::size_t kMaxTextBytes = 1024;

// Numbers are never used again.
enum class MessageType : std::uint8_t {
    hello = 1,
    drain = 2,
    reload = 3,
    bind = 16,
    release = 17,
    ready = 18,
    status = 19,
    stopping = 20,
    bound = 32,
    failed = 33,
    startApp = 64,
    stopApp = 65,
    appReport = 66,
    appsReported = 67,
    appLine = 68,
    appReady = 69,
    appOutdated = 70,
};

// Guard to core, the first message. Comes with one descriptor, the lock of the state folder, which the core keeps
// open: the folder stays locked until both have ended.
struct Hello {
    static constexpr MessageType kType = MessageType::hello;
    std::uint32_t guardProcess = 0;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.number(message.guardProcess);
    }
    friend bool operator==(const Hello &, const Hello &) = default;
};

// Guard to core: finish what is open, take nothing new, exit. What lives past the deadline is killed.
struct Drain {
    static constexpr MessageType kType = MessageType::drain;
    std::uint32_t milliseconds = 0;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.number(message.milliseconds);
    }
    friend bool operator==(const Drain &, const Drain &) = default;
};

// Guard to core: read the configuration again. Answered by Ready, whether the new one was applied or refused.
struct Reload {
    static constexpr MessageType kType = MessageType::reload;

    template <class Message, class Visitor>
    static void fields(Message &, Visitor &)
    {}
    friend bool operator==(const Reload &, const Reload &) = default;
};

// Core to guard. Comes with one descriptor, a socket of the same kind on which the answer is expected: Bound once or
// several times, or Failed.
struct Bind {
    static constexpr MessageType kType = MessageType::bind;
    ListenAddress address;
    std::uint16_t count = 1;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.address(message.address);
        visit.number(message.count, std::uint16_t(1), kMaxSocketsPerAddress);
    }
    friend bool operator==(const Bind &, const Bind &) = default;
};

// Core to guard: the core has drained the sockets of this address; the guard closes its own.
struct Release {
    static constexpr MessageType kType = MessageType::release;
    ListenAddress address;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.address(message.address);
    }
    friend bool operator==(const Release &, const Release &) = default;
};

// Core to guard: it serves, and has bound all it wants; what an earlier core had bound and this one did not is closed.
struct Ready {
    static constexpr MessageType kType = MessageType::ready;

    template <class Message, class Visitor>
    static void fields(Message &, Visitor &)
    {}
    friend bool operator==(const Ready &, const Ready &) = default;
};

// Core to guard: one line for the service manager. Longer text is cut.
struct Status {
    static constexpr MessageType kType = MessageType::status;
    std::string text;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.text, kMaxTextBytes);
    }
    friend bool operator==(const Status &, const Status &) = default;
};

// Core to guard: it is ending for good, by order or by itself, and is not to be restarted.
struct Stopping {
    static constexpr MessageType kType = MessageType::stopping;

    template <class Message, class Visitor>
    static void fields(Message &, Visitor &)
    {}
    friend bool operator==(const Stopping &, const Stopping &) = default;
};

// Answer to Bind, with up to kMaxDescriptors sockets; sent again until `total` have come.
struct Bound {
    static constexpr MessageType kType = MessageType::bound;
    Endpoint local;
    std::uint16_t total = 1;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.endpoint(message.local);
        visit.number(message.total, std::uint16_t(1), kMaxSocketsPerAddress);
    }
    friend bool operator==(const Bound &, const Bound &) = default;
};

// Answer to Bind.
struct Failed {
    static constexpr MessageType kType = MessageType::failed;
    Error error;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.error.code, kMaxNameBytes);
        visit.text(message.error.message, kMaxTextBytes);
        visit.text(message.error.remedy, kMaxTextBytes);
    }
    friend bool operator==(const Failed &, const Failed &) = default;
};

// Core to guard: keep a program running under this name, which no other that runs has. Comes with a descriptor of the
// AppSpec (app_spec.h) and, where the program is to inherit one, a second. Answered by reports, as long as it lives.
struct StartApp {
    static constexpr MessageType kType = MessageType::startApp;
    std::string name;
    std::string label; // what a later core needs to know of it; the guard only keeps it

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.name, kMaxNameBytes);
        visit.text(message.label, kMaxTextBytes);
    }
    friend bool operator==(const StartApp &, const StartApp &) = default;
};

// Core to guard: end it, with all its processes, for good.
struct StopApp {
    static constexpr MessageType kType = MessageType::stopApp;
    std::string name;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.name, kMaxNameBytes);
    }
    friend bool operator==(const StopApp &, const StopApp &) = default;
};

// Core to guard: a line for the log of the program of this name. Longer text is cut; the guard makes it harmless.
struct AppLine {
    static constexpr MessageType kType = MessageType::appLine;
    std::string name;
    std::string text;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.name, kMaxNameBytes);
        visit.text(message.text, kMaxTextBytes);
    }
    friend bool operator==(const AppLine &, const AppLine &) = default;
};

// Core to guard: the program of this name has shown that it is ready. The guard says so to a later core, until the
// program is started again.
struct AppReady {
    static constexpr MessageType kType = MessageType::appReady;
    std::string name;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.name, kMaxNameBytes);
    }
    friend bool operator==(const AppReady &, const AppReady &) = default;
};

// Core to guard: the program of this name is to be replaced. The guard says so to a later core, however often the
// program is started again.
struct AppOutdated {
    static constexpr MessageType kType = MessageType::appOutdated;
    std::string name;

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.name, kMaxNameBytes);
    }
    friend bool operator==(const AppOutdated &, const AppOutdated &) = default;
};

enum class AppPhase : std::uint8_t {
    running,
    waiting, // it ended, or could not be started again, and is started again in a while
    ending,  // it runs, and was asked to end
    ended,   // for good: it was stopped, or could not be started at all
};

// Guard to core: when a program's phase changes, and to a new core for each there is.
struct AppReport {
    static constexpr MessageType kType = MessageType::appReport;
    std::string name;
    std::string label;
    AppPhase phase = AppPhase::running;
    std::uint32_t process = 0;   // of its attendant; 0 when it does not run
    std::uint32_t restarts = 0;  // those that failed included
    std::uint8_t wasReady = 0;   // 1 when a core has said so since it was started last
    std::uint8_t isOutdated = 0; // 1 when a core has said so
    std::uint8_t floods = 0;     // 1 while it prints more than is kept
    std::uint64_t startedAt = 0; // milliseconds since 1970
    std::string reason;          // why it ended last, or could not be started again

    template <class Message, class Visitor>
    static void fields(Message &message, Visitor &visit)
    {
        visit.text(message.name, kMaxNameBytes);
        visit.text(message.label, kMaxTextBytes);
        visit.enumerator(message.phase, AppPhase::ended);
        visit.number(message.process);
        visit.number(message.restarts);
        visit.number(message.wasReady, std::uint8_t(0), std::uint8_t(1));
        visit.number(message.isOutdated, std::uint8_t(0), std::uint8_t(1));
        visit.number(message.floods, std::uint8_t(0), std::uint8_t(1));
        visit.number(message.startedAt);
        visit.text(message.reason, kMaxTextBytes);
    }
    friend bool operator==(const AppReport &, const AppReport &) = default;
};

// Guard to a new core: it has been told of every program there is.
struct AppsReported {
    static constexpr MessageType kType = MessageType::appsReported;

    template <class Message, class Visitor>
    static void fields(Message &, Visitor &)
    {}
    friend bool operator==(const AppsReported &, const AppsReported &) = default;
};

using Message = std::variant<Hello, Drain, Reload, Bind, Release, Ready, Status, Stopping, Bound, Failed, StartApp,
                             StopApp, AppReport, AppsReported, AppLine, AppReady, AppOutdated>;

enum class DecodeError : std::uint8_t {
    malformed,
    otherVersion, // well framed, but of another kProtocolVersion
};

// At most kMaxMessageBytes. Text beyond its bound is cut.
[[nodiscard]] std::vector<std::uint8_t> encode(const Message &message);
// Takes one whole packet and nothing after it.
[[nodiscard]] tl::expected<Message, DecodeError> decode(std::span<const std::uint8_t> packet);

} // namespace mainstay::handover
