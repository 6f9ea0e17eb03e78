// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/row_writers.h"

#include "apphost/json_text.h"

namespace mainstay::apphost {
namespace {

using databases::Column;
using databases::Row;

class ObjectWriter : public RowWriter {
public:
    using RowWriter::RowWriter;

protected:
    void start(std::string &) override
    {
        m_keys.clear();
        for (const Column &column : columns()) {
            std::string key = m_keys.empty() ? "{" : ",";
            appendJsonString(key, column.name);
            m_keys.push_back(key + ":");
        }
    }
    void write(std::string &out, const Row &row) override
    {
        for (std::size_t i = 0; i < m_keys.size(); ++i) {
            out += m_keys[i];
            appendJsonValue(out, row.value(i), columns()[i]);
        }
        out += '}';
    }

private:
    std::vector<std::string> m_keys;
};

class ArrayWriter : public ObjectWriter {
public:
    using ObjectWriter::ObjectWriter;

protected:
    void start(std::string &out) override
    {
        ObjectWriter::start(out);
        out += '[';
        m_separator = "";
    }
    void write(std::string &out, const Row &row) override
    {
        out += m_separator;
        m_separator = ",\n";
        ObjectWriter::write(out, row);
    }
    void finish(std::string &out) override { out += out.empty() ? "[]\n" : "]\n"; }

private:
    const char *m_separator = "";
};

class ScalarWriter : public RowWriter {
public:
    using RowWriter::RowWriter;

protected:
    void write(std::string &out, const Row &row) override { appendJsonValue(out, row.value(0), columns().at(0)); }
};

// RFC 4180.
class CsvWriter : public RowWriter {
public:
    using RowWriter::RowWriter;

protected:
    void start(std::string &out) override
    {
        for (std::size_t i = 0; i < columns().size(); ++i)
            append(out, columns()[i].name, i == 0);
        out += "\r\n";
    }
    void write(std::string &out, const Row &row) override
    {
        for (std::size_t i = 0; i < columns().size(); ++i)
            append(out, databases::textOf(row.value(i)).value_or(""), i == 0);
        out += "\r\n";
    }

private:
    static void append(std::string &out, const std::string &text, bool isFirst)
    {
        if (!isFirst)
            out += ',';
        if (text.find_first_of(",\"\r\n") == std::string::npos) {
            out += text;
            return;
        }
        out += '"';
        for (const char c : text)
            out += c == '"' ? std::string("\"\"") : std::string(1, c);
        out += '"';
    }
};

class NothingWriter : public RowWriter {
public:
    using RowWriter::RowWriter;

protected:
    void write(std::string &, const Row &) override {}
};

} // namespace

void RowWriter::begin(const std::vector<Column> &columns)
{
    m_columns = columns;
    m_body.clear();
    m_rows = 0;
    m_cut = false;
    start(m_body);
}

bool RowWriter::read(const Row &row)
{
    m_cut = m_rows >= m_maxRows || m_body.size() > kMaxBytes;
    if (m_cut)
        return false;
    write(m_body, row);
    ++m_rows;
    return true;
}

std::string RowWriter::take()
{
    finish(m_body);
    return std::move(m_body);
}

std::unique_ptr<RowWriter> makeRowWriter(config::ResultShape shape, std::uint64_t maxRows)
{
    switch (shape) {
    case config::ResultShape::array:
        return std::make_unique<ArrayWriter>(maxRows);
    case config::ResultShape::object:
        return std::make_unique<ObjectWriter>(1);
    case config::ResultShape::scalar:
        return std::make_unique<ScalarWriter>(1);
    case config::ResultShape::csv:
        return std::make_unique<CsvWriter>(maxRows);
    case config::ResultShape::none:
        break;
    }
    return std::make_unique<NothingWriter>(maxRows);
}

} // namespace mainstay::apphost
