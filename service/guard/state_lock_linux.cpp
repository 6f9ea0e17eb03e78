// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/state_lock.h"

#include "guard/acting_as.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace mainstay::guard {

namespace {

std::string systemText()
{
    return std::generic_category().message(errno);
}

// The folder's note of who holds it. Nothing where it is no plain file of its own.
handover::Descriptor openNote(const std::string &path)
{
    handover::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640));
    if (!file.isOpen())
        file.reset(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (!file.isOpen() || ::fstat(file.number(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_nlink != 1)
        file.reset();
    return file;
}

// The process whose id the note holds, 0 when it holds none.
pid_t holderOf(const handover::Descriptor &file)
{
    std::array<char, 16> text{};
    const ssize_t length = ::pread(file.number(), text.data(), text.size(), 0);
    pid_t holder = 0;
    if (length > 0)
        std::from_chars(text.data(), text.data() + length, holder);
    return holder;
}

bool isAlive(pid_t process)
{
    return process > 0 && (::kill(process, 0) == 0 || errno == EPERM);
}

// False while another holds it. A file system that cannot lock it leaves that to the other of the two.
bool isTaken(const handover::Descriptor &one)
{
    return !one.isOpen() || ::flock(one.number(), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
}

} // namespace

Result<> prepareFolder(const std::string &path, unsigned mode, const std::optional<Identity> &owner,
                       const std::string &option)
{
    if (::mkdir(path.c_str(), mode) == 0) {
        const bool done =
            ::chmod(path.c_str(), mode) == 0 && (!owner || ::lchown(path.c_str(), owner->user, owner->group) == 0);
        if (!done)
            return fail("folder.not-made", "cannot set the owner of " + path + ": " + systemText());
        return {};
    }
    if (errno != EEXIST)
        return fail("folder.not-made", "cannot make the folder " + path + ": " + systemText(),
                    "make it, or name another with " + option + " DIR");
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))
        return fail("folder.not-a-folder", path + " is not a folder", "name another with " + option + " DIR");
    return {};
}

Result<StateLock> StateLock::acquire(const std::string &folder, const std::optional<Identity> &owner,
                                     Milliseconds patience, const std::function<void(const std::string &)> &waiting)
{
    const std::string path = folder + "/lock";
    handover::Descriptor place;
    handover::Descriptor note;
    if (const ActingAs acting(owner); acting) { // the folder is that user's, and so is what is in it
        place.reset(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (place.isOpen())
            note = openNote(path);
    }
    if (!place.isOpen())
        return fail("state.not-readable", "cannot read the state folder " + folder + ": " + systemText(),
                    "let mainstayd's user read and write there, or name another folder with --state DIR");

    const SteadyTime deadline = SteadyClock::now() + patience;
    bool said = false;
    while (!isTaken(place) || !isTaken(note)) {
        const pid_t holder = holderOf(note);
        if (isAlive(holder))
            return fail("state.locked",
                        "the state folder " + folder + " is in use by mainstayd with process id " +
                            std::to_string(holder),
                        "stop that one first, or name another folder with --state DIR");
        if (SteadyClock::now() >= deadline)
            return fail(
                "state.locked", "the state folder " + folder + " is still in use by a mainstay-core or its mainstayd",
                "end it (`fuser " + path + " " + folder + "` names it), or name another folder with --state DIR");
        if (!said)
            waiting("waiting for the mainstay-core of an earlier mainstayd to finish");
        said = true;
        std::this_thread::sleep_for(Milliseconds(50));
    }
    // Written over what is there: on a full disk nothing else would find room.
    const std::string self = std::to_string(::getpid()) + "\n";
    if (note.isOpen() && ::pwrite(note.number(), self.data(), self.size(), 0) > 0)
        (void)!::ftruncate(note.number(), static_cast<off_t>(self.size()));
    return StateLock(std::move(note), std::move(place));
}

} // namespace mainstay::guard
