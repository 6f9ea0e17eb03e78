// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/password_checks.h"

#include "http/password_hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <utility>

namespace mainstay::http {

namespace {

// Work for the pool. Shared with it.
struct Verification {
    Verification(std::string passwordText, std::string hashText)
        : password(std::move(passwordText)), hash(std::move(hashText))
    {}
    Verification(const Verification &) = delete;
    Verification &operator=(const Verification &) = delete;
    ~Verification() { OPENSSL_cleanse(password.data(), password.size()); }

    std::string password;
    const std::string hash;
    bool isRight = false; // for the worker, once it is told
};

// Resumes on the worker when the pool has done the work.
struct OnPool {
    engine::Loop &loop;
    const PasswordChecks::Pool &pool;
    std::shared_ptr<Verification> work;

    bool await_ready() const
    {
        if (!pool)
            work->isRight = verifyPassword(work->password, work->hash);
        return !pool;
    }
    void await_suspend(std::coroutine_handle<> waiter) const
    {
        pool([&loop = loop, work = work, waiter] {
            work->isRight = verifyPassword(work->password, work->hash);
            loop.post([&loop, waiter] { loop.resumeSoon(waiter); });
        });
    }
    bool await_resume() const noexcept { return work->isRight; }
};

} // namespace

PasswordChecks::PasswordChecks(engine::Loop &loop) : m_loop(loop)
{
    if (RAND_bytes(m_key.data(), static_cast<int>(m_key.size())) != 1)
        std::abort(); // without secrets there is nothing to serve with
}

PasswordChecks::Digest PasswordChecks::digestOf(const wire::BasicCredentials &credentials,
                                                const std::string &hash) const
{
    std::string text = credentials.user + '\0' + credentials.password + '\0' + hash; // none has a NUL
    Digest digest{};
    unsigned size = 0;
    HMAC(EVP_sha256(), m_key.data(), static_cast<int>(m_key.size()), reinterpret_cast<unsigned char *>(text.data()),
         text.size(), digest.data(), &size);
    OPENSSL_cleanse(text.data(), text.size());
    return digest;
}

bool PasswordChecks::remembers(const snapshot::UserTable &users, const wire::BasicCredentials &credentials) const
{
    const auto known = users.hashes.find(credentials.user);
    if (known == users.hashes.end())
        return false;
    const Digest digest = digestOf(credentials, known->second);
    const Remembered &place = m_remembered[digest[0]];
    return CRYPTO_memcmp(place.digest.data(), digest.data(), digest.size()) == 0 && m_loop.now() < place.until;
}

engine::Task<PasswordChecks::Verdict> PasswordChecks::check(std::shared_ptr<const snapshot::UserTable> users,
                                                            wire::BasicCredentials credentials)
{
    if (m_waiting.size() >= kMostWaiting)
        co_return Verdict::busy;
    if (users->hashes.empty())
        co_return Verdict::wrong;
    const auto known = users->hashes.find(credentials.user);
    const bool isKnown = known != users->hashes.end();
    const std::string hash = isKnown ? known->second : users->hashes.begin()->second;
    const bool isSame = co_await verify(credentials.password, hash);
    const bool isRight = isSame && isKnown;
    if (isRight) {
        const Digest digest = digestOf(credentials, hash);
        m_remembered[digest[0]] = {digest, m_loop.now() + kMemory};
    }
    OPENSSL_cleanse(credentials.password.data(), credentials.password.size());
    co_return isRight ? Verdict::right : Verdict::wrong;
}

engine::Task<bool> PasswordChecks::verify(std::string password, std::string hash)
{
    struct Turn {
        PasswordChecks &checks;
        bool await_ready() const noexcept { return checks.m_running < kAtOnce; }
        void await_suspend(std::coroutine_handle<> waiter) const { checks.m_waiting.push_back(waiter); }
        void await_resume() const noexcept {}
    };
    const bool hasWaited = m_running >= kAtOnce;
    Turn turn{*this};
    co_await turn;
    if (!hasWaited)
        ++m_running; // else it goes on in the place of the one that has ended
    OnPool onPool{m_loop, m_pool, std::make_shared<Verification>(std::move(password), std::move(hash))};
    const bool isRight = co_await onPool;
    if (m_waiting.empty()) {
        --m_running;
    } else {
        m_loop.resumeSoon(m_waiting.front());
        m_waiting.pop_front();
    }
    co_return isRight;
}

} // namespace mainstay::http
