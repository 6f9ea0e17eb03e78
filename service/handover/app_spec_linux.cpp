// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/app_spec.h"

#include "handover/codec.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace mainstay::handover {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

tl::unexpected<Error> malformed(const std::string &what)
{
    return fail("app-spec.malformed", "the description of an app " + what);
}

} // namespace

Result<Descriptor> storeBytes(const std::string &bytes)
{
    Descriptor memory(::memfd_create("mainstay", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    std::size_t written = 0;
    while (memory.isOpen() && written < bytes.size()) {
        const ssize_t count = ::write(memory.number(), bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno != EINTR)
            memory.reset();
        written += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    if (!memory.isOpen())
        return fail("descriptor.exhausted", "cannot make memory to share: " + std::generic_category().message(errno),
                    "raise the limits of open files and memory");
    (void)::lseek(memory.number(), 0, SEEK_SET);
    (void)::fcntl(memory.number(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    return memory;
}

Result<Descriptor> store(const AppSpec &spec)
{
    std::vector<std::uint8_t> bytes;
    Writer writer(bytes);
    AppSpec::fields(spec, writer);
    if (writer.hasCut() || bytes.size() > kMaxBytes)
        return fail("app-spec.too-long",
                    "an argument or a variable of " + spec.program.substr(0, 200) + " is longer than " +
                        std::to_string(AppSpec::kMaxTextBytes) + " bytes, or there are more than " +
                        std::to_string(AppSpec::kMaxTexts) + " of them",
                    "hand it over in a file");
    return storeBytes({bytes.begin(), bytes.end()});
}

Result<AppSpec> loadAppSpec(const Descriptor &memory)
{
    struct stat info {};
    if (::fstat(memory.number(), &info) != 0 || !S_ISREG(info.st_mode) ||
        static_cast<std::size_t>(info.st_size) > kMaxBytes)
        return malformed("is no memory of ours");
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(info.st_size));
    if (::pread(memory.number(), bytes.data(), bytes.size(), 0) != info.st_size)
        return malformed("cannot be read");
    AppSpec spec;
    Reader reader(bytes);
    AppSpec::fields(spec, reader);
    if (!reader.complete())
        return malformed("is not whole");
    return spec;
}

} // namespace mainstay::handover
