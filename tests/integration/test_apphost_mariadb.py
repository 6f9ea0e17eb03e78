# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on MariaDB, natively and through its ODBC driver."""
import database_servers
import mainstay
from sql_handlers import OnAnyServer


class MariadbNative(OnAnyServer, mainstay.TestCase):
    kind = database_servers.Mariadb


class MariadbOdbc(OnAnyServer, mainstay.TestCase):
    kind = database_servers.Mariadb
    settings = "odbc"


if __name__ == "__main__":
    mainstay.main()
