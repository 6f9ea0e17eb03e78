// SPDX-License-Identifier: GPL-3.0-or-later
// Passwords: where they come from, and how they stay out of what is said.
#pragma once

#include "base/result.h"
#include "config/values.h"

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::databases {

// Any thread that may block on a disk. The first line of a file that nobody but its owner and group may read. Fails
// with "secret.unreadable", "secret.exposed" or "secret.empty"; no message says what stands in it.
[[nodiscard]] Result<std::string> readSecretFile(const config::FilePath &file);

// Immutable once filled. What must not be told.
class Redaction {
public:
    void add(const std::string &secret);
    // The same text with "***" for each secret, on one line.
    [[nodiscard]] std::string apply(std::string_view text) const;

private:
    std::vector<std::string> m_secrets; // the longest first
};

} // namespace mainstay::databases
