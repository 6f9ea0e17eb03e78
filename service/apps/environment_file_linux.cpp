// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/environment_file.h"

#include "config/values.h"
#include "handover/descriptor.h"

#include <fcntl.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace mainstay::apps {

Result<std::vector<std::string>> readEnvironmentFile(const std::string &path)
{
    std::vector<std::string> variables;
    if (path.empty())
        return variables;
    // Without waiting for the writer of a pipe.
    const handover::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!file.isOpen() || ::fstat(file.number(), &info) != 0)
        return fail("app.environment", "cannot read the environment file " + path,
                    "let the service's user read it, and nobody else");
    if (!S_ISREG(info.st_mode) || static_cast<std::size_t>(info.st_size) > kMaxEnvironmentFile)
        return fail("app.environment", path + " is not a plain file of at most 1 MiB", "write NAME=value lines to one");
    if ((info.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return fail("app.environment", path + " holds secrets and is open to others", "chmod 0640 " + path);
    std::string text(static_cast<std::size_t>(info.st_size), '\0');
    if (::pread(file.number(), text.data(), text.size(), 0) != info.st_size)
        return fail("app.environment", "cannot read the environment file " + path, "see that nobody writes to it");
    std::istringstream lines(text);
    std::uint32_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        if (line.ends_with('\r'))
            line.pop_back();
        if (line.empty() || line.front() == '#')
            continue;
        if (!config::EnvironmentVariable::parse(line)) // whose message might show a secret
            return fail("app.environment", path + ":" + std::to_string(number) + " is no variable", "write NAME=value");
        variables.push_back(line);
    }
    return variables;
}

} // namespace mainstay::apps
