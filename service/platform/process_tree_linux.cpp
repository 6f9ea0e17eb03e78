// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/process_tree.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace mainstay::platform {

namespace {

std::string folderOf(int process)
{
    return "/proc/" + std::to_string(process);
}

// Each thread lists the children that it has made.
void addChildrenOf(int process, std::vector<int> &found)
{
    std::error_code ended; // of the process, at any moment
    for (std::filesystem::directory_iterator thread(folderOf(process) + "/task", ended), last; !ended && thread != last;
         thread.increment(ended)) {
        std::ifstream children(thread->path() / "children");
        for (int child = 0; children >> child;)
            found.push_back(child);
    }
}

// Of lines like "RssAnon:     1234 kB": the bytes of the one with that name, or nothing.
std::optional<std::uint64_t> bytesIn(const std::string &path, std::string_view name)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name))
            return std::strtoull(line.c_str() + name.size(), nullptr, 10) << 10;
    }
    return std::nullopt;
}

std::uint64_t memoryOf(int process)
{
    const std::string status = folderOf(process) + "/status";
    const std::uint64_t own = bytesIn(status, "RssAnon:").value_or(0); // none of a process that has ended
    const std::uint64_t shared = bytesIn(status, "RssShmem:").value_or(0);
    // Its part takes longer to find out.
    return own + (shared > 0 ? bytesIn(folderOf(process) + "/smaps_rollup", "Pss_Shmem:").value_or(shared) : 0);
}

} // namespace

std::vector<int> descendantsOf(int process)
{
    std::vector<int> found;
    addChildrenOf(process, found);
    for (std::size_t i = 0; i < found.size(); ++i) // it grows meanwhile
        addChildrenOf(found[i], found);
    return found;
}

std::optional<ProcessUse> useOf(int process)
{
    std::ifstream statFile(folderOf(process) + "/stat");
    std::string line;
    if (!std::getline(statFile, line))
        return std::nullopt;
    // The name in parentheses may hold anything; utime, stime, cutime and cstime are the 12th to the 15th field behind
    // it (proc(5)).
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    std::uint64_t collectedUser = 0;
    std::uint64_t collectedSystem = 0;
    if (!(fields >> user >> system >> collectedUser >> collectedSystem))
        return std::nullopt;
    static const auto ticksPerSecond = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    ProcessUse use;
    use.processorTime = std::chrono::milliseconds((user + system) * 1000 / ticksPerSecond);
    use.collectedTime = std::chrono::milliseconds((collectedUser + collectedSystem) * 1000 / ticksPerSecond);
    use.memory = memoryOf(process);
    return use;
}

} // namespace mainstay::platform
