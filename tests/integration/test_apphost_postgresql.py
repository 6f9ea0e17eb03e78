# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on PostgreSQL, natively and through its ODBC driver."""
import os
import unittest.mock

import database_servers
import mainstay
from apphost import Apphost, parameter
from sql_handlers import OnAnyServer


class OnPostgresql(OnAnyServer):
    def test_text_too_long_is_the_clients_fault(self):
        self.server.run("ALTER TABLE entry ALTER COLUMN text TYPE VARCHAR(5)")
        self.assertEqual(self.host.send("POST", "/entries", {"text": "sixsix"}).status, 400)

    def test_parameters_whose_type_their_place_does_not_tell(self):
        for text in "anna", "bob":
            self.add(text)
        text, number = parameter("q"), parameter("i", "integer")
        host = Apphost.serve(self, [
            {"path": "/like", "sql": ["SELECT text FROM entry WHERE text LIKE CONCAT('%', :q, '%')"], "result": "scalar",
             "parameter": [text]},
            {"path": "/select", "sql": ["SELECT :q AS q, :i AS i"], "result": "object", "parameter": [text, number]},
        ], getattr(self.server, self.settings)())
        self.assertEqual(host.json("/like?q=nn"), "anna")
        self.assertEqual(host.json("/select?q=x&i=5"), {"q": "x", "i": 5})

    def test_a_number_that_does_not_fit_is_the_clients_fault(self):
        self.assertEqual(self.host.send("POST", "/entries", {"text": "x", "amount": 1e20}).status, 400)

    def test_backslashes_stay_where_they_are_not_standard(self):
        self.addCleanup(self.server.run, "ALTER DATABASE shop RESET standard_conforming_strings")
        self.server.run("ALTER DATABASE shop SET standard_conforming_strings = off")
        host = self.serve_host()
        self.assertEqual(host.send("POST", "/entries", {"text": "a\\b'c\\'"}).status, 204)
        self.assertEqual(self.server.run("SELECT text FROM entry"), "a\\b'c\\'")


class PostgresqlNative(OnPostgresql, mainstay.TestCase):
    kind = database_servers.Postgresql

    @unittest.mock.patch.dict(os.environ, TZ="Europe/Berlin")
    def test_times(self):
        times = {
            "timestamp '2024-03-31 02:30:00'": "2024-03-31T02:30:00",  # which Berlin's clocks skip
            "timestamp '2024-01-01 12:00:00.123456'": "2024-01-01T12:00:00.123456",
            "timestamptz '2024-10-27 01:30:00.5+00'": "2024-10-27T01:30:00.5+00:00",
            "timestamp 'infinity'": "infinity",
            "date '2024-02-29'": "2024-02-29",
            "date '0044-03-15 BC'": "0044-03-15 BC",
            "time '24:00'": "24:00:00",
            "timetz '12:00+05'": "12:00:00+05:00",
            "NULL::timestamptz": None,
        }
        self.server.run("ALTER ROLE shop SET timezone = 'UTC'")
        self.addCleanup(self.server.run, "ALTER ROLE shop RESET timezone")
        columns = ", ".join(f"{time} AS c{i}" for i, time in enumerate(times))
        host = Apphost.serve(self, [{"path": "/", "sql": [f"SELECT {columns}"], "result": "object"}], self.server.settings())
        self.assertEqual(host.json("/"), {f"c{i}": text for i, text in enumerate(times.values())})
        csv = Apphost.serve(self, [{"path": "/", "sql": [f"SELECT {columns}"], "result": "csv"}], self.server.settings())
        self.assertEqual(csv.get("/").body.decode().splitlines()[1], ",".join(text or "" for text in times.values()))


class PostgresqlOdbc(OnPostgresql, mainstay.TestCase):
    kind = database_servers.Postgresql
    settings = "odbc"

    @unittest.mock.patch.dict(os.environ, TZ="Europe/Berlin")
    def test_values(self):
        host = Apphost.serve(self, [{"path": "/", "result": "object", "sql": [
            "SELECT timestamp '2024-03-31 02:30:00' AS t, 1e20::float8 AS d, 1e-5::float8 AS e, 1.5e30::float4 AS f"]}],
            self.server.odbc())
        self.assertEqual(host.json("/"), {"t": "2024-03-31T02:30:00.000", "d": 1e20, "e": 1e-5, "f": 1.5e30})


if __name__ == "__main__":
    mainstay.main()
