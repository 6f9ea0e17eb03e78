// SPDX-License-Identifier: GPL-3.0-or-later
// Rows as the body of an answer, in each of its shapes.
#pragma once

#include "config/handler.h"
#include "databases/rows.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::apphost {

// The thread of a connection. Writes at most `maxRows` rows, and stops before the body outgrows kMaxBytes.
class RowWriter : public databases::RowReader {
public:
    static constexpr std::size_t kMaxBytes = 64 << 20;

    explicit RowWriter(std::uint64_t maxRows) : m_maxRows(maxRows) {}

    void begin(const std::vector<databases::Column> &columns) final;
    bool read(const databases::Row &row) final;

    // The whole body. Once, at the end.
    [[nodiscard]] std::string take();
    [[nodiscard]] std::uint64_t rows() const { return m_rows; }
    // Whether there were more.
    [[nodiscard]] bool isCut() const { return m_cut; }
    // Whether it is the body's size that cut them off.
    [[nodiscard]] bool isTooLarge() const { return m_cut && m_rows < m_maxRows; }

protected:
    virtual void start(std::string &out) { (void)out; }
    virtual void write(std::string &out, const databases::Row &row) = 0;
    virtual void finish(std::string &out) { (void)out; }

    [[nodiscard]] const std::vector<databases::Column> &columns() const { return m_columns; }

private:
    std::uint64_t m_maxRows;
    std::uint64_t m_rows = 0;
    bool m_cut = false;
    std::vector<databases::Column> m_columns;
    std::string m_body;
};

// For array, object, scalar and CSV; an object and a scalar are one row. For ResultShape::none one that writes nothing.
[[nodiscard]] std::unique_ptr<RowWriter> makeRowWriter(config::ResultShape shape, std::uint64_t maxRows);

} // namespace mainstay::apphost
