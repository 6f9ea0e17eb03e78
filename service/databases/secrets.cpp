// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/secrets.h"

#include "base/regular_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace mainstay::databases {
namespace {

constexpr std::size_t kMaxSecret = 8192;

} // namespace

Result<std::string> readSecretFile(const config::FilePath &file)
{
    const OpenedFile opened = openRegularFile(file.path);
    if (!opened)
        return fail("secret.unreadable", "cannot read `" + file.path + "`: " + std::generic_category().message(errno),
                    "let the service's user, or its group, read it");
    std::error_code error;
    const auto mode = std::filesystem::status(file.path, error).permissions();
    constexpr auto kOthers = std::filesystem::perms::others_all;
    if (error || (mode & kOthers) != std::filesystem::perms::none)
        return fail("secret.exposed", "`" + file.path + "` holds a secret and is open to every user of this machine",
                    "chmod o= " + file.path);
    std::array<char, kMaxSecret> buffer{};
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), opened.get());
    std::string secret(buffer.data(), count);
    secret.resize(std::min(secret.find('\n'), secret.size()));
    if (!secret.empty() && secret.back() == '\r')
        secret.pop_back();
    if (secret.empty())
        return fail("secret.empty", "the first line of `" + file.path + "` is empty", "write the secret there");
    return secret;
}

void Redaction::add(const std::string &secret)
{
    if (secret.empty())
        return;
    m_secrets.push_back(secret);
    std::stable_sort(m_secrets.begin(), m_secrets.end(),
                     [](const std::string &a, const std::string &b) { return a.size() > b.size(); });
}

std::string Redaction::apply(std::string_view text) const
{
    std::string result(text);
    for (const std::string &secret : m_secrets) {
        for (std::size_t at = 0; (at = result.find(secret, at)) != std::string::npos; at += 3)
            result.replace(at, secret.size(), "***");
    }
    std::replace(result.begin(), result.end(), '\n', ' ');
    while (!result.empty() && result.back() == ' ')
        result.pop_back();
    return result;
}

} // namespace mainstay::databases
