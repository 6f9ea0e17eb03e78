# SPDX-License-Identifier: GPL-3.0-or-later
"""Real PostgreSQL and MariaDB servers for integration tests, each with data of its own in a folder that goes with it, and
the ODBC drivers of Debian. All of it is required: what is not installed fails the tests that need it.

    server = database_servers.Postgresql(); self.addCleanup(server.close)
    server.settings()        # the lines of [database.NAME]
    server.odbc()            # the same through ODBC
    server.run("SELECT 1")   # as its administrator
    server.stop(); server.start()
"""
import contextlib
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import tempfile

import mainstay

LIBRARIES = pathlib.Path(f"/usr/lib/{platform.machine()}-linux-gnu/odbc")
PASSWORD = "s3cret-Pa55word"  # must show in no output


def odbc_driver(name: str) -> pathlib.Path:
    driver = LIBRARIES / name
    if not driver.exists():
        raise AssertionError(f"{driver} is missing: ./dev deps test")
    return driver


def program(*candidates: str) -> str:
    for candidate in candidates:
        found = shutil.which(candidate, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
        if found:
            return found
    raise AssertionError(f"{candidates[0]} is missing: ./dev deps test")


class Server:
    """A server in a folder of its own, on a port of 127.0.0.1 and a Unix socket."""

    def __init__(self):
        # A socket's path has room for 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ms-db-", dir="/tmp"))
        self.port = mainstay.free_port()
        self.password_file = self.folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o600)
        self._log = open(self.folder / "log", "w")
        self._process = None
        try:
            self.make()
            self.start()
            self.prepare()
        except BaseException:
            print((self.folder / "log").read_text(errors="replace"))
            self.close()
            raise

    def quietly(self, *command):
        subprocess.run([str(part) for part in command], check=True, stdout=self._log, stderr=subprocess.STDOUT,
                       timeout=mainstay.PATIENCE, cwd=self.folder)

    def start(self):
        self._process = mainstay.start(self.command(), stdout=self._log, stderr=subprocess.STDOUT, cwd=self.folder,
                                       start_new_session=True)
        mainstay.wait_until(self.answers, "the database server answers")

    def stop(self, number: int = signal.SIGKILL):
        self._process.send_signal(number)
        self._process.wait(mainstay.PATIENCE)

    def hang(self):
        """Neither answers nor goes away, until resume()."""
        self._signal_all(signal.SIGSTOP)

    def resume(self):
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int):
        children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        os.kill(self._process.pid, number)
        for process in map(int, children):
            with contextlib.suppress(ProcessLookupError):  # one that was at its end
                os.kill(process, number)

    def close(self):
        if self._process and self._process.poll() is None:
            self.resume()
            self.stop(signal.SIGQUIT)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgresql(Server):
    name = "PostgreSQL"

    def make(self):
        self.bin = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        if not self.bin:
            raise AssertionError("PostgreSQL is missing: ./dev deps test")
        # An administrator of the Unix socket, users with passwords over TCP.
        self.quietly(self.bin / "initdb", "-D", self.folder / "data", "-U", "admin", "--auth-local=trust",
                     "--auth-host=scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")

    def command(self):
        return [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, "-h", "127.0.0.1", "-p",
                self.port, "-c", "fsync=off", "-c", "max_connections=40"]

    def answers(self):
        return mainstay.run(self.bin / "psql", "-h", self.folder, "-p", self.port, "-U", "admin", "-c", "SELECT 1",
                            "postgres").returncode == 0

    def prepare(self):
        self.run(f"CREATE USER shop PASSWORD '{PASSWORD}'", "postgres")
        self.run("CREATE DATABASE shop OWNER shop", "postgres")

    def run(self, sql: str, database: str = "shop") -> str:
        done = mainstay.run(self.bin / "psql", "-h", self.folder, "-p", self.port, "-U", "admin", "-qtA", "-v",
                            "ON_ERROR_STOP=1", "-c", sql, database)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def settings(self, **changes) -> dict:
        return {"driver": "postgresql", "host": "127.0.0.1", "port": self.port, "name": "shop", "user": "shop",
                "password_file": str(self.password_file), **changes}

    def odbc(self, **changes) -> dict:
        return {"driver": "odbc", "user": "shop", "password_file": str(self.password_file),
                "dsn": f"Driver={odbc_driver('psqlodbcw.so')};Server=127.0.0.1;Port={self.port};Database=shop", **changes}


class Mariadb(Server):
    name = "MariaDB"

    def make(self):
        self.quietly(program("mariadb-install-db"), "--no-defaults", f"--datadir={self.folder / 'data'}",
                     "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")

    def command(self):
        return [program("mariadbd"), "--no-defaults", f"--datadir={self.folder / 'data'}", f"--port={self.port}",
                "--bind-address=127.0.0.1", f"--socket={self.folder / 'sock'}", f"--pid-file={self.folder / 'pid'}",
                "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
                "--performance-schema=OFF", "--skip-log-bin"]

    def answers(self):
        return mainstay.run(program("mariadb"), "--no-defaults", "-S", self.folder / "sock", "-u", "root", "-e",
                            "SELECT 1").returncode == 0

    def prepare(self):
        self.run(f"CREATE DATABASE shop; CREATE USER shop@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; "
                 "GRANT ALL ON shop.* TO shop@'127.0.0.1'", "")

    def run(self, sql: str, database: str = "shop") -> str:
        done = mainstay.run(program("mariadb"), "--no-defaults", "-S", self.folder / "sock", "-u", "root", "-N", "-B", "-e",
                            sql, *([database] if database else []))
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def settings(self, **changes) -> dict:
        return {"driver": "mysql", "host": "127.0.0.1", "port": self.port, "name": "shop", "user": "shop",
                "password_file": str(self.password_file), **changes}

    def odbc(self, **changes) -> dict:
        return {"driver": "odbc", "user": "shop", "password_file": str(self.password_file),
                "dsn": f"Driver={odbc_driver('libmaodbc.so')};Server=127.0.0.1;Port={self.port};Database=shop", **changes}


class Sqlite:
    """A file. The service makes it where it is not there."""

    name = "SQLite"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ms-db-", dir="/tmp"))
        self.file = self.folder / "shop.db"

    def run(self, sql: str) -> str:
        done = mainstay.run(program("sqlite3"), "-cmd", ".timeout 2000", self.file, sql)
        if done.returncode:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def settings(self, **changes) -> dict:
        return {"driver": "sqlite", "file": str(self.file), **changes}

    def odbc(self, **changes) -> dict:
        return {"driver": "odbc", "dsn": f"Driver={odbc_driver('libsqlite3odbc.so')};Database={self.file}",
                "unguarded_reads": True, **changes}

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
