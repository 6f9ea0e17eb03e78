// SPDX-License-Identifier: GPL-3.0-or-later
// Stands in for mainstay-core in the tests of the guard: does what the lines of CONFIG/script say, one after the other.
//
//   bind tcp|udp ENDPOINT NAME COUNT     and print "bound tcp ENDPOINT COUNT" or "failed MESSAGE"
//   release tcp|udp ENDPOINT NAME
//   ready, stopping, status TEXT
//   serve POLITE|DEAF                    answers connections and datagrams with its process id; prints "drain
//                                        MILLISECONDS" and then ends or does not; when the guard dies it ends half a
//                                        second later, having made STATE/gone
//   print TEXT, flood LINES
//   report                               who runs this, and with what privileges
//   orphan FILE PLAIN|STUBBORN           starts a process in a session of its own; its id goes to the file
//   child FILE                           the same in this process group
//   once FILE COMMAND…                   the command, unless the file exists, which it makes
//   app NAME LOG FILE COMMAND…           has the guard run the command in a shell, with FILE (- for none) as its
//                                        descriptor 3 and no rights to it beyond this user's; prints "app NAME
//                                        RUNS|WAITS|ENDING|ENDED REASON" while it serves
//   patience MILLISECONDS                what apps after it are given to end; 1000 without
//   end NAME                             has the guard end that app
//   exit CODE, abort, pause MILLISECONDS, await FILE
#include "handover/guard_link.h"
#include "handover/local_binder.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace mainstay;
using namespace mainstay::handover;

void print(const std::string &text)
{
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
}

class FakeCore {
public:
    FakeCore(std::map<std::string, std::string> options, std::optional<GuardLink> link)
        : m_options(std::move(options)), m_link(std::move(link))
    {}

    void run()
    {
        std::stringstream script;
        script << std::ifstream(m_options["--config"] + "/script").rdbuf();
        for (std::string line; std::getline(script, line);) {
            std::istringstream words(line);
            execute(words);
        }
    }

private:
    struct Served {
        ListenAddress address;
        Descriptor socket;
    };

    void execute(std::istringstream &words)
    {
        std::string command;
        words >> command;
        if (command == "bind")
            bind(words);
        else if (command == "release")
            release(readAddress(words));
        else if (command == "ready" && m_link)
            m_link->ready();
        else if (command == "stopping" && m_link)
            m_link->stopping();
        else if (command == "status" && m_link)
            m_link->status(rest(words));
        else if (command == "serve")
            serve(rest(words) == "POLITE");
        else if (command == "print")
            print(rest(words));
        else if (command == "flood")
            flood(readNumber(words));
        else if (command == "report")
            report();
        else if (command == "orphan")
            orphan(words);
        else if (command == "child")
            child(words);
        else if (command == "once")
            once(words);
        else if (command == "app")
            app(words);
        else if (command == "end" && m_link)
            m_link->stopApp(rest(words));
        else if (command == "patience")
            m_patience = static_cast<std::uint32_t>(readNumber(words));
        else if (command == "exit")
            std::exit(readNumber(words));
        else if (command == "abort")
            ::kill(::getpid(), SIGKILL);
        else if (command == "pause")
            std::this_thread::sleep_for(Milliseconds(readNumber(words)));
        else if (command == "await")
            await(rest(words));
    }

    static void await(const std::string &file)
    {
        while (!std::filesystem::exists(file))
            std::this_thread::sleep_for(Milliseconds(10));
    }

    static std::string rest(std::istringstream &words)
    {
        std::string text;
        std::getline(words >> std::ws, text);
        return text;
    }
    static int readNumber(std::istringstream &words)
    {
        int number = 0;
        words >> number;
        return number;
    }
    static ListenAddress readAddress(std::istringstream &words)
    {
        std::string transport;
        std::string endpoint;
        ListenAddress address;
        words >> transport >> endpoint >> address.name;
        address.transport = transport == "udp" ? Transport::udp : Transport::tcp;
        address.endpoint = Endpoint::parse(endpoint).value();
        return address;
    }

    SocketSource &source() { return m_link ? static_cast<SocketSource &>(*m_link) : m_local; }

    void bind(std::istringstream &words)
    {
        const ListenAddress address = readAddress(words);
        auto bound = source().bind(address, static_cast<std::uint16_t>(readNumber(words)));
        if (!bound) {
            print("failed " + bound.error().text());
            return;
        }
        print(std::string("bound ") + textOf(address.transport) + " " + bound->local.text() + " " +
              std::to_string(bound->sockets.size()));
        for (Descriptor &socket : bound->sockets)
            m_served.push_back({address, std::move(socket)});
    }

    void release(const ListenAddress &address)
    {
        std::erase_if(m_served, [&](const Served &served) { return served.address == address; });
        source().release(address);
    }

    void serve(bool polite)
    {
        for (;;) {
            std::vector<pollfd> entries;
            for (const Served &served : m_served)
                entries.push_back({.fd = served.socket.number(), .events = POLLIN, .revents = 0});
            if (m_link)
                entries.push_back({.fd = m_link->descriptor(), .events = POLLIN, .revents = 0});
            ::poll(entries.data(), entries.size(), -1);
            for (std::size_t i = 0; i < m_served.size(); ++i) {
                if (entries[i].revents)
                    answer(m_served[i]);
            }
            while (const auto order = m_link ? m_link->poll() : std::nullopt) {
                if (std::holds_alternative<GuardGone>(*order)) {
                    std::this_thread::sleep_for(Milliseconds(500));
                    std::ofstream(m_options["--state"] + "/gone") << "gone\n";
                    std::exit(0);
                }
                if (const auto *report = std::get_if<AppReport>(&*order)) {
                    constexpr std::array kPhases{"RUNS", "WAITS", "ENDING", "ENDED"};
                    print("app " + report->name + " " + kPhases.at(static_cast<std::size_t>(report->phase)) + " " +
                          report->reason);
                }
                if (std::holds_alternative<Reload>(*order)) {
                    print("reload");
                    m_link->ready();
                }
                if (const auto *drain = std::get_if<Drain>(&*order)) {
                    print("drain " + std::to_string(drain->milliseconds));
                    if (polite)
                        std::exit(0);
                }
            }
        }
    }

    static void answer(const Served &served)
    {
        const std::string text = std::to_string(::getpid()) + "\n";
        if (served.address.transport == Transport::tcp) {
            const Descriptor connection(::accept4(served.socket.number(), nullptr, nullptr, SOCK_CLOEXEC));
            if (connection.isOpen())
                (void)!::send(connection.number(), text.data(), text.size(), MSG_NOSIGNAL);
            return;
        }
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        char byte = 0;
        if (::recvfrom(served.socket.number(), &byte, 1, 0, reinterpret_cast<sockaddr *>(&peer), &size) >= 0)
            (void)!::sendto(served.socket.number(), text.data(), text.size(), 0, reinterpret_cast<sockaddr *>(&peer),
                            size);
    }

    static void flood(int lines)
    {
        for (int i = 0; i < lines; ++i)
            std::printf("line %d of a program that prints more than anybody reads\n", i);
        std::fflush(stdout);
    }

    static void report()
    {
        print("user " + std::to_string(::geteuid()));
        print("session " + std::string(::getsid(0) == ::getpid() ? "own" : "inherited"));
        print("folder " + std::filesystem::current_path().string());
        std::stringstream status;
        status << std::ifstream("/proc/self/status").rdbuf();
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("Cap") || line.starts_with("NoNewPrivs") || line.starts_with("SigBlk") ||
                line.starts_with("Groups"))
                print(line);
        }
        int open = 0;
        for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd"))
            open += entry.path().filename().string().empty() ? 0 : 1;
        print("descriptors " + std::to_string(open - 1)); // without that of the listing
        print(std::string("notify ") + (std::getenv("NOTIFY_SOCKET") ? "inherited" : "none"));
    }

    static void sleepForever(const std::string &file)
    {
        std::ofstream(file) << ::getpid() << std::endl;
        for (;;)
            ::pause();
    }

    static void orphan(std::istringstream &words)
    {
        std::string file;
        std::string kind;
        words >> file >> kind;
        if (::fork() == 0) {
            ::setsid();
            if (::fork() != 0)
                ::_exit(0);
            if (kind == "STUBBORN")
                (void)::signal(SIGTERM, SIG_IGN);
            sleepForever(file);
        }
    }

    static void child(std::istringstream &words)
    {
        const std::string file = rest(words);
        if (::fork() == 0)
            sleepForever(file);
    }

    void app(std::istringstream &words)
    {
        std::string name;
        std::string file;
        AppSpec spec;
        words >> name >> spec.log >> file;
        spec.program = "/bin/sh";
        spec.arguments = {"-c", rest(words)};
        spec.folder = "/";
        spec.patience = m_patience;
        const Descriptor inherited(file == "-" ? -1 : ::open(file.c_str(), O_PATH | O_CLOEXEC));
        if (m_link && !m_link->startApp(name, "label", spec, inherited.isOpen() ? &inherited : nullptr))
            print("app " + name + " was not sent");
    }

    void once(std::istringstream &words)
    {
        std::string file;
        words >> file;
        if (std::filesystem::exists(file))
            return;
        std::ofstream(file) << "done\n";
        execute(words);
    }

    std::uint32_t m_patience = 1000;
    std::map<std::string, std::string> m_options;
    std::optional<GuardLink> m_link;
    LocalBinder m_local;
    std::vector<Served> m_served;
};

} // namespace

int main(int argc, char **argv)
{
    (void)::signal(SIGPIPE, SIG_IGN);
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2)
        options[argv[i]] = argv[i + 1];
    std::optional<GuardLink> link;
    if (options.contains("--guard-fd")) {
        auto adopted = GuardLink::adopt(std::atoi(options["--guard-fd"].c_str()));
        if (!adopted) {
            print(adopted.error().text());
            return 64;
        }
        link = *std::move(adopted);
    }
    FakeCore(std::move(options), std::move(link)).run();
}
