// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/process_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
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
    // The name in parentheses may hold anything; utime and stime are the 12th and 13th field behind it (proc(5)).
    std::istringstream fields(line.substr(line.rfind(')') + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    fields >> user >> system;

    std::ifstream memoryFile(folderOf(process) + "/statm");
    std::uint64_t size = 0;
    std::uint64_t resident = 0;
    std::uint64_t shared = 0;
    if (!fields || !(memoryFile >> size >> resident >> shared))
        return std::nullopt;
    static const auto ticksPerSecond = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    static const auto pageSize = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    ProcessUse use;
    use.processorTime = std::chrono::milliseconds((user + system) * 1000 / ticksPerSecond);
    use.memory = (resident - std::min(resident, shared)) * pageSize;
    return use;
}

} // namespace mainstay::platform
