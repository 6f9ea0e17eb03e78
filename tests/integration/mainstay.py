# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the real programs for integration tests: mainstayd with its core, Node.js backends, and their clients.

    import mainstay

    class Reload(mainstay.TestCase):
        def test_something(self):
            a = self.node("a")                                  # tests/integration/backend.js, see there for its paths
            port = mainstay.free_port()
            service = self.serve(f'''
                [listener.web]
                address = ["127.0.0.1:{port}"]
                ...
                ''', {"site/index.html": "hello"})              # files beside mainstay.toml; paths there are relative
            reply = mainstay.curl(f"http://127.0.0.1:{port}/")
            self.assertEqual((reply.status, reply.body), (200, b"hello"))
            service.configure("..."); service.apply()           # another mainstay.toml, and `mainstayctl config apply`

    if __name__ == "__main__":
        mainstay.main()

All that a test starts is ended after it: the service by SIGTERM, which must end it in time and with status 0. A report of
a sanitizer in its output fails the test, and a test that fails prints that output. Every wait has a limit.
"""
import contextlib
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import textwrap
import time
import typing
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = pathlib.Path(os.environ.get("MAINSTAY_PROGRAMS", HERE.parents[1] / "build/release/bin"))
SLOWNESS = 4 if "MAINSTAY_SANITIZED" in os.environ else 1
PATIENCE = 30.0 * SLOWNESS  # seconds until what should happen counts as not happening

main = unittest.main

# As root, mode 0600 and ports of others would prove nothing. test_app_users.py and test_install.py alone may need root.
if os.geteuid() == 0 and "MAINSTAY_KEEP_ROOT" not in os.environ:
    _nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(_nobody.pw_gid)
    os.setuid(_nobody.pw_uid)

_reservations = []


def free_port() -> int:
    """A port that is free for TCP and UDP and that no other test is given. Outside the range of outgoing connections."""
    while True:
        port = random.randrange(10000, 32000)
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0mainstay-test-{port}")
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            reservation.close()
            continue
        _reservations.append(reservation)
        return port


def wait_until(condition: typing.Callable[[], typing.Any], what: str, seconds: float = 30):
    """What `condition` returns as soon as that is true."""
    deadline = time.monotonic() + seconds * SLOWNESS
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:g} s still not: {what}")
        time.sleep(0.02)


def start(command, **options) -> subprocess.Popen:
    """Starts a program that ends with this one, however that ends."""
    return subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "--", *map(str, command)], **options)


def run(*command, seconds: float = PATIENCE, **options) -> subprocess.CompletedProcess:
    """Runs a program to its end; its output is text."""
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds, **options)


class Reply(typing.NamedTuple):
    status: int  # 0 when there was none; then `error` says why
    headers: dict  # the names in lower case
    body: bytes
    error: str


def is_sanitized() -> bool:
    """Whether the programs run under a sanitizer, which takes memory and time of its own."""
    return "MAINSTAY_SANITIZED" in os.environ


def curl(url: str, *options: str, seconds: float = PATIENCE) -> Reply:
    with tempfile.NamedTemporaryFile() as body:
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", f"{seconds:g}", "-o", body.name, "-D", "-",
                               *options, url], capture_output=True, timeout=seconds + 5)
        # The last head is that of the answer; interim ones came before it.
        heads = [head for head in done.stdout.decode("latin-1").split("\r\n\r\n") if head]
        lines = heads[-1].split("\r\n") if heads else ["HTTP/1.1 0"]
        fields = (line.partition(":") for line in lines[1:])
        return Reply(int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in fields}, body.read(),
                     done.stderr.decode().strip())


def connect(port: int) -> socket.socket:
    """A bare connection, for what curl would not send."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


class Answer(typing.NamedTuple):
    status: str  # NOERROR, NXDOMAIN, REFUSED; empty when there was none
    flags: set
    sections: dict  # ANSWER, AUTHORITY, ADDITIONAL: lists of "name ttl class type data"
    text: str

    @property
    def answer(self):
        return self.sections.get("ANSWER", [])


def dig(port: int, *question: str) -> Answer:
    """Asks 127.0.0.1; no tries but the first, and no hidden second one over TCP."""
    text = run("dig", "@127.0.0.1", "-p", port, "+tries=1", "+timeout=5", "+ignore", "+nocookie", *question).stdout
    status = re.search(r"status: (\w+)", text)
    flags = re.search(r";; flags: ([^;]*);", text)
    sections = {}
    for name, lines in re.findall(r";; (\w+) SECTION:\n((?:[^;\n].*\n)+)", text):
        sections[name] = [" ".join(line.split()) for line in lines.splitlines()]
    return Answer(status[1] if status else "", set(flags[1].split()) if flags else set(), sections, text)


class Node:
    """A backend in Node.js."""

    def __init__(self, name: str):
        self.name = name
        self.port = free_port()
        self._process = None
        self.start()

    def start(self):
        self._process = start(["node", HERE / "backend.js", self.name, self.port], stdout=subprocess.PIPE)
        if self._process.stdout.readline() != b"listening\n":
            raise AssertionError(f"backend {self.name} did not start")

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def count(self) -> dict:
        """Requests answered and connections taken so far: {"requests", "connections"}. This one is a connection."""
        return json.loads(curl(f"http://127.0.0.1:{self.port}/count").body)

    def end(self):
        if self._process.poll() is None:
            self.kill()


class Load:
    """wrk at work in the background, until finish()."""

    def __init__(self, url: str, connections: int, *options: str):
        self._process = start(["wrk", "-t1", f"-c{connections}", f"-d{100 * SLOWNESS}s", "--timeout", "10s", *options, url],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self) -> "LoadResult":
        self._process.send_signal(signal.SIGINT)  # wrk counts what it has done so far
        text = self._process.communicate(timeout=PATIENCE)[0]
        requests = re.search(r"(\d+) requests in", text)
        # wrk prints these lines only when there is something to say.
        return LoadResult(int(requests[1]) if requests else 0,
                          re.findall(r"Socket errors:.*|Non-2xx.*|unable to connect.*", text), text)

    def end(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


class LoadResult(typing.NamedTuple):
    requests: int
    errors: list
    text: str


def clients_of(port: int) -> set:
    """The local ports of the connections open to `port`: a connection made anew has another one."""
    target = f"0100007F:{port:04X}"
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table]
    return {row[1] for row in rows if row[2] == target and row[3] == "01"}


class Service:
    """mainstayd and what it starts, with folders of its own."""

    def __init__(self, toml: str, files: dict = {}):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mainstay-"))
        self.config, self.state, self.runtime = (self.folder / name for name in ("config", "state", "run"))
        for folder in self.config, self.state, self.runtime:
            folder.mkdir()
        self._output = open(self.folder / "output", "w+")
        self.last_output = ""  # after close()
        self.under = []  # a command that mainstayd is started through
        self._process = None
        self._started_at = 0
        self.configure(toml)
        for name, text in files.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> pathlib.Path:
        """A file in the configuration folder, replaced as a careful editor does."""
        path = self.config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(textwrap.dedent(text))
        return fresh.rename(path)

    def configure(self, toml: str):
        self.write("mainstay.toml", toml)

    def start(self, *options: str):
        """Starts mainstayd; wait_serving() says when it serves."""
        self._started_at = len(self._printed())
        # In a session of its own, as a terminal's Ctrl-C reaches the parent alone.
        self._process = start([*self.under, PROGRAMS / "mainstayd", "--config", self.config, "--state", self.state, "--runtime",
                               self.runtime, *options], stdout=self._output, stderr=subprocess.STDOUT,
                              start_new_session=True)

    def wait_serving(self):
        def serving():
            if self._process.poll() is not None:
                raise AssertionError(f"mainstayd ended with status {self._process.returncode}")
            return self.status().get("state") == "serving"
        wait_until(serving, "the service serves")

    def stop(self, seconds: float = PATIENCE) -> int:
        """Ends it as an administrator does. Returns its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = PATIENCE) -> int:
        return self._process.wait(seconds)

    def signal(self, number: int):
        self._process.send_signal(number)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def guard(self) -> int:
        """Process of mainstayd."""
        return self._process.pid

    @property
    def core(self) -> int:
        """Process of mainstay-core; 0 while there is none."""
        try:
            children = pathlib.Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            return next((int(child) for child in children
                         if b"mainstay-core" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes()), 0)
        except OSError:
            return 0

    def handles(self) -> int:
        """How many files and sockets the core has open."""
        return len(os.listdir(f"/proc/{self.core}/fd"))

    def output(self) -> str:
        """What mainstayd printed since its last start, the core's lines among it."""
        return self._printed()[self._started_at:]

    def _printed(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def ctl_raw(self, *arguments) -> subprocess.CompletedProcess:
        """mainstayctl as a person calls it."""
        return run(PROGRAMS / "mainstayctl", *arguments, "--socket", self.runtime / "control.sock")

    def ctl(self, *arguments, ok: bool = True):
        """What `mainstayctl ... --json` printed. It must end with status 0, or, with ok=False, must not."""
        done = self.ctl_raw(*arguments, "--json")
        if (done.returncode == 0) != ok:
            raise AssertionError(f"mainstayctl {' '.join(map(str, arguments))}: status {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def status(self) -> dict:
        """mainstayctl status; empty while nothing answers."""
        done = self.ctl_raw("status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def apply(self, *options) -> dict:
        return self.ctl("config", "apply", *options)

    def server(self, name: str) -> dict:
        """One server of the status, named BACKEND/SERVER."""
        backend, _, server = name.partition("/")
        servers = next(entry["servers"] for entry in self.status()["backends"] if entry["name"] == backend)
        return next(entry for entry in servers if entry["name"] == server)

    def close(self):
        """Stops it if need be and removes its folders. Fails when it did not stop as it should."""
        complaint = ""
        if self.is_running:
            try:
                status = self.stop()
                complaint = f"mainstayd ended with status {status}" if status else ""
            except subprocess.TimeoutExpired:
                complaint = "mainstayd did not stop"
                core = self.core
                self._process.kill()
                self._process.wait()
                if core:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(core, signal.SIGKILL)
        self.last_output = self._printed()
        self._output.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if re.search(r"Sanitizer|runtime error:|core: Q[A-Z]\w+: ", self.last_output):
            complaint = "a sanitizer found something, or Qt did"
        if complaint:
            raise AssertionError(complaint)


class TestCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self._services = []

    def prepare(self, toml: str, files: dict = {}) -> Service:
        """A service that is to be started yet."""
        service = Service(toml, files)
        self._services.append(service)
        self.addCleanup(service.close)
        return service

    def serve(self, toml: str, files: dict = {}) -> Service:
        """A service that serves."""
        service = self.prepare(toml, files)
        service.start()
        service.wait_serving()
        return service

    def node(self, name: str) -> Node:
        node = Node(name)
        self.addCleanup(node.end)
        return node

    def load(self, url: str, connections: int = 16, *options: str) -> Load:
        """wrk asks for the URL until finish(), or until the test ends. More options are wrk's."""
        load = Load(url, connections, *options)
        self.addCleanup(load.end)
        return load

    def assertUnharmed(self, load: Load) -> LoadResult:
        """All requests of the load were answered, and well."""
        result = load.finish()
        self.assertEqual(result.errors, [], result.text)
        self.assertGreater(result.requests, 0, result.text)
        return result

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for service in self._services:
                print(f"\n---- output of mainstayd in {self.id()}\n{service.last_output}----", flush=True)
        return result
