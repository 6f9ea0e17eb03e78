// SPDX-License-Identifier: GPL-3.0-or-later
// What scripts write to their error stream, line by line.
#pragma once

#include "snapshot/backend.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mainstay::http {

// Takes one line, without its end, as the script wrote it: it may hold any byte but LF. On the worker's thread, which
// it must not keep; the references are valid during the call.
using ScriptErrorSink =
    std::function<void(const snapshot::Backend &backend, const snapshot::Server &server, std::string_view line)>;

// Worker thread. The lines of one request, bounded: kMostBytes in all, and longer lines are cut into pieces of
// kLongestLine. What is beyond is dropped, and a last line says so.
class ScriptErrors {
public:
    static constexpr std::size_t kMostBytes = std::size_t{8} * 1024;
    static constexpr std::size_t kLongestLine = 1024;

    // `sink` may be empty. All outlive this.
    ScriptErrors(const ScriptErrorSink &sink, const snapshot::Backend &backend) : m_sink(sink), m_backend(backend) {}

    void add(const snapshot::Server &server, std::string_view part)
    {
        if (!m_sink || m_full)
            return;
        for (const char c : part) {
            if (c == '\n' || m_line.size() == kLongestLine)
                endLine(server);
            if (m_full)
                return;
            if (c != '\n')
                m_line += c;
        }
    }
    // Passes on what has no end yet.
    void endLine(const snapshot::Server &server)
    {
        if (m_line.ends_with('\r'))
            m_line.pop_back();
        if (m_line.empty())
            return;
        m_full = m_bytes + m_line.size() > kMostBytes;
        m_bytes += m_line.size();
        m_sink(m_backend, server, m_full ? std::string_view("(more was written, and is left out)") : m_line);
        m_line.clear();
    }

private:
    const ScriptErrorSink &m_sink;
    const snapshot::Backend &m_backend;
    std::string m_line;
    std::size_t m_bytes = 0;
    bool m_full = false;
};

} // namespace mainstay::http
