# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on PostgreSQL, natively and through its ODBC driver."""
import database_servers
import mainstay
from sql_handlers import OnAnyServer


class PostgresqlNative(OnAnyServer, mainstay.TestCase):
    kind = database_servers.Postgresql


class PostgresqlOdbc(OnAnyServer, mainstay.TestCase):
    kind = database_servers.Postgresql
    settings = "odbc"


if __name__ == "__main__":
    mainstay.main()
