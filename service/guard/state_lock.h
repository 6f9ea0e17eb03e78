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

// Immutable. Holds FOLDER/lock for as long as this or a copy of its descriptor is open anywhere.
class StateLock {
public:
    // When the mainstayd that held it is dead and only its core still finishes, waits up to `patience` and calls
    // `waiting` once. Fails with "state.locked" (naming the process that holds it) or "state.not-writable".
    static Result<StateLock> acquire(const std::string &folder, const std::optional<Identity> &owner,
                                     Milliseconds patience, const std::function<void(const std::string &)> &waiting);

    [[nodiscard]] int descriptor() const noexcept { return m_file.number(); }

private:
    explicit StateLock(handover::Descriptor file) : m_file(std::move(file)) {}

    handover::Descriptor m_file;
};

} // namespace mainstay::guard
