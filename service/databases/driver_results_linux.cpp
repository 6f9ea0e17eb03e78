// SPDX-License-Identifier: GPL-3.0-or-later
// The libraries are not linked: each is there when its driver is, which is optional.
#include "databases/driver_results.h"

#include <QSqlResult>
#include <QVariant>

#include <dlfcn.h>

#include <initializer_list>
#include <string_view>

namespace mainstay::databases {
namespace {

constexpr unsigned kNoCharacterSet = 63; // "binary"
constexpr int kMysqlJson = 245;
constexpr int kFormatName = 1; // MARIADB_FIELD_ATTR_FORMAT_NAME

// MYSQL_FIELD, the same in libmariadb 3 and libmysqlclient 21.
struct MysqlField {
    const char *names[7];
    unsigned long lengths[2];
    unsigned nameLengths[7];
    unsigned flags;
    unsigned decimals;
    unsigned characterSet;
    int type;
    void *extension;
};

struct MariadbText {
    const char *text;
    std::size_t size;
};

// A function of a library that somebody else has loaded.
template <class Function>
Function *loaded(std::initializer_list<const char *> libraries, const char *name)
{
    for (const char *library : libraries)
        if (void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD)) // stays: the driver keeps it anyway
            if (void *function = dlsym(handle, name))
                return reinterpret_cast<Function *>(function);
    return nullptr;
}

// QSqlResult::handle(), whose type Qt documents by its other name: "MYSQL_RES*" and "PGresult*".
void *handleOf(const QSqlQuery &query, std::string_view type)
{
    const QSqlResult *result = query.result();
    const QVariant handle = result ? result->handle() : QVariant();
    return handle.isValid() && handle.typeName() == type ? *static_cast<void *const *>(handle.constData()) : nullptr;
}

} // namespace

std::optional<MysqlColumn> mysqlColumn(const QSqlQuery &query, int column)
{
    static const auto fetchField = loaded<const MysqlField *(void *, unsigned)>(
        {"libmariadb.so.3", "libmysqlclient.so.21"}, "mysql_fetch_field_direct");
    static const auto attribute =
        loaded<int(MariadbText *, const MysqlField *, int)>({"libmariadb.so.3"}, "mariadb_field_attr");
    void *result = handleOf(query, "st_mysql_res*");
    const MysqlField *field = result && fetchField ? fetchField(result, static_cast<unsigned>(column)) : nullptr;
    if (!field)
        return std::nullopt;
    MariadbText format{nullptr, 0};
    const bool isMariadbJson = attribute && attribute(&format, field, kFormatName) == 0 && format.text &&
                               std::string_view(format.text, format.size) == "json";
    return MysqlColumn{field->characterSet == kNoCharacterSet && field->type != kMysqlJson,
                       field->type == kMysqlJson || isMariadbJson};
}

std::optional<QString> postgresqlText(const QSqlQuery &query, int column)
{
    static const auto getValue = loaded<char *(const void *, int, int)>({"libpq.so.5"}, "PQgetvalue");
    const void *result = handleOf(query, "pg_result*");
    if (!result || !getValue)
        return std::nullopt;
    return QString::fromUtf8(getValue(result, query.isForwardOnly() ? 0 : query.at(), column));
}

} // namespace mainstay::databases
