// SPDX-License-Identifier: GPL-3.0-or-later
// One mainstayd for each state folder.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "guard/identity.h"
#include "handover/descriptor.h"

#include <functional>
#include <optional>
#include <string>

namespace mainstay::guard {

// Makes the folder when it is missing, owned by `owner` if there is one; its parent must exist. `option` is how to
// name another. Fails with "folder.not-made" or "folder.not-a-folder".
Result<> prepareFolder(const std::string &path, unsigned mode, const std::optional<Identity> &owner,
                       const std::string &option);

// Immutable. Holds FOLDER/lock for as long as this or a copy of its descriptor is open anywhere; where nothing can be
// written there, and the file is not there, the folder itself.
class StateLock {
public:
    // When the mainstayd that held it is dead and only its core still finishes, waits up to `patience` and calls
    // `waiting` once. Fails with "state.locked" (naming the process that holds it) or "state.not-readable".
    static Result<StateLock> acquire(const std::string &folder, const std::optional<Identity> &owner,
                                     Milliseconds patience, const std::function<void(const std::string &)> &waiting);

    [[nodiscard]] int descriptor() const noexcept { return m_file.isOpen() ? m_file.number() : m_folder.number(); }

private:
    StateLock(handover::Descriptor file, handover::Descriptor folder)
        : m_file(std::move(file)), m_folder(std::move(folder))
    {}

    handover::Descriptor m_file; // not open where there is none
    handover::Descriptor m_folder;
};

} // namespace mainstay::guard
