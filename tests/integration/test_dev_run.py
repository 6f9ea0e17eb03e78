# SPDX-License-Identifier: GPL-3.0-or-later
"""./dev run as a user has it: every line it prints works as printed, and Ctrl-C ends all that it started.

The demo's ports are fixed, so the tests have a network of their own where the system lets them, and elsewhere use the
machine's."""
import contextlib
import ctypes
import fcntl
import http.client
import json
import os
import pathlib
import pty
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time

import mainstay

DEV = mainstay.HERE.parents[1] / "dev"

def enter_own_network():
    """Moves this process to a network namespace with nothing but loopback; its children have no capabilities there."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    pr_set_dumpable, clone_newuser, clone_newnet = 4, 0x10000000, 0x40000000
    libc.prctl(pr_set_dumpable, 1, 0, 0, 0)  # or /proc/self is still root's after a setuid()
    if libc.unshare(clone_newuser | clone_newnet) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    own = pathlib.Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"{user} {user} 1")
    (own / "gid_map").write_text(f"{group} {group} 1")
    siocsifflags, iff_up = 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, siocsifflags, struct.pack("16sH14x", b"lo", iff_up))


def can_enter_own_network() -> bool:
    """Tried in another process, as there is no way back from half of it."""
    child = os.fork()
    if child == 0:
        try:
            enter_own_network()
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def setUpModule():
    if can_enter_own_network():
        return enter_own_network()
    print("no user namespaces here: the demo uses this machine's own ports", flush=True)


class Demo:
    """`./dev run` with the programs built already, in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mainstay-")
        self.place = pathlib.Path(self.folder.name)
        # Found again in each process that comes of it, but for the apps, whose environment is their own.
        self._mark = f"MAINSTAY_TEST_DEV_RUN={self.folder.name}"
        self._output = open(self.place / "output", "w+")
        self._process = None
        self.last_output = ""  # after close()

    def start(self, *options: str, display: str = ""):
        name, _, value = self._mark.partition("=")
        environment = {**os.environ, name: value, "DISPLAY": display}
        environment.pop("WAYLAND_DISPLAY", None)
        self._output.truncate(0)
        # The leader of a session, as what a terminal runs in the foreground is of a process group.
        self._process = mainstay.start(
            [DEV, "run", "--programs", mainstay.PROGRAMS, "--place", self.place, *options], cwd="/",
            stdin=subprocess.DEVNULL, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True,
            env=environment)

    def wait_up(self, seconds: float = mainstay.PATIENCE):
        def up():
            if self._process.poll() is not None:
                raise AssertionError(f"dev run ended with status {self._process.returncode}")
            return "Ctrl-C stops everything." in self.output()
        mainstay.wait_until(up, "the demo is up", seconds)

    def output(self) -> str:
        return (self.place / "output").read_text(errors="replace")

    def lines(self) -> list:
        """What it says to type."""
        return re.findall(r"^    (\S.*)$", self.output(), re.M)

    def status(self) -> dict:
        done = mainstay.run(mainstay.PROGRAMS / "mainstayctl", "--socket", self.place / "run/control.sock", "status",
                            "--json")
        return json.loads(done.stdout)

    def servers(self) -> list:
        """What the status says of each server of the demo's backend."""
        return self.status()["backends"][0]["servers"]

    def instances(self, app: str) -> list:
        return next(one["instances"] for one in self.status()["apps"] if one["name"] == app)

    def press_ctrl_c(self):
        os.killpg(self._process.pid, signal.SIGINT)

    def wait(self, seconds: float = mainstay.PATIENCE) -> int:
        return self._process.wait(seconds)

    def processes(self) -> dict:
        """All that it started and all that these started, in whatever session: process id to command line."""
        parents, marked = {}, set()
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if self._mark.encode() in (entry / "environ").read_bytes().split(b"\0"):
                    marked.add(int(entry.name))
            except OSError:
                continue
        found = {}
        for process in parents:
            above = process
            while above and above not in marked:
                above = parents.get(above, 0)
            if above:
                with contextlib.suppress(OSError):
                    found[process] = pathlib.Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        return found

    def close(self):
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self.wait()
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.last_output = self.output()
        self._output.close()
        self.folder.cleanup()


def in_terminal(command: str, until: bytes, then: bytes) -> tuple:
    """Runs the command with a terminal, types `then` when `until` has appeared. Returns its status and what it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(["sh", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            if until not in shown and until in shown + chunk:
                os.write(ours, then)
            shown += chunk
    except OSError:  # the other end is closed: it has ended
        pass
    os.close(ours)
    return process.wait(mainstay.PATIENCE), shown.decode(errors="replace")


class TestCase(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.demo = Demo()
        self._services.append(self.demo)  # whose output is shown when a test fails
        self.addCleanup(self.demo.close)


class DevRun(TestCase):
    def shell(self, line: str) -> str:
        """What the line prints, typed in the folder the demo names. It must end with status 0."""
        done = mainstay.run("bash", "-c", f"{self.enter} && {line}", cwd="/")
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_every_line_works_as_printed(self):
        self.demo.start()
        self.demo.wait_up()
        self.enter, *lines = self.demo.lines()
        self.assertRegex(self.enter, r"^cd /")
        self.assertEqual([server["health"] for server in self.demo.servers()], ["up", "up"])  # it said that all is well
        checks = [self.resolves, self.resolves, self.serves_page, self.serves_page, self.instances_by_turns,
                  self.says_hello, self.says_hello, self.says_hello, self.servers_by_turns, self.signs, self.reads, self.shows_status, self.shows_top, self.drains,
                  self.readies, self.restarts, self.shows_output, self.counts]
        self.assertEqual(len(lines), len(checks), lines)
        for line, check in zip(lines, checks):
            with self.subTest(line):
                check(line)

    def resolves(self, line):
        answer = self.shell(line)
        self.assertIn("status: NOERROR", answer)
        self.assertRegex(answer, r"\nwww\.demo\.test\.\s+\d+\s+IN\s+A\s+127\.0\.0\.1\n")
        self.assertIn("(TCP)" if "+tcp" in line else "(UDP)", answer)

    def serves_page(self, line):
        self.assertEqual(self.shell(line), (DEV.parent / "installer/demo/site/index.html").read_text())

    def answering(self, line, times) -> list:
        return [re.search(r"(?:Instance|Server) (\w) ", self.shell(line))[1] for _ in range(times)]

    def instances_by_turns(self, line):
        for _ in range(4):
            self.assertEqual(sorted(self.answering(line, 2)), ["1", "2"])

    def says_hello(self, line):
        kind = line.rstrip("/").rpartition("/")[2]
        self.assertEqual(self.shell(line).lower(), f"{kind} says hello to 127.0.0.1.\n")

    def servers_by_turns(self, line):
        self.mirror = line
        for _ in range(4):
            self.assertEqual(sorted(self.answering(line, 2)), ["a", "b"])

    def signs(self, line):
        self.assertEqual(self.shell(line), "")

    def reads(self, line):
        self.assertEqual([(entry["who"], entry["said"]) for entry in json.loads(self.shell(line))], [("me", "hello")])

    def counts(self, line):
        self.assertRegex(self.shell(line), r"(?m)^1$")

    def shows_status(self, line):
        shown = self.shell(line)
        for word in "serving", "demo.test", "mirror", "hello":
            self.assertIn(word, shown)

    def shows_top(self, line):
        self.assertIn("mirror", self.shell(line))  # once, as this is no terminal
        status, shown = in_terminal(f"{self.enter} && {line}", b"mirror", b"q")
        self.assertEqual(status, 0, shown)

    def drains(self, line):
        self.shell(line)
        self.assertEqual(self.answering(self.mirror, 4), ["b"] * 4)

    def readies(self, line):
        self.shell(line)
        self.servers_by_turns(self.mirror)

    def restarts(self, line):
        before = {instance["pid"] for instance in self.demo.instances("hello")}
        self.shell(line)

        def replaced():
            now = {instance["pid"] for instance in self.demo.instances("hello") if instance["state"] == "ready"}
            return len(now) == 2 and now.isdisjoint(before)
        mainstay.wait_until(replaced, "both instances are others")

    def shows_output(self, line):
        self.assertRegex(self.shell(line), r"instance 1 listens on port \d+\n")

    def test_ctrl_c_ends_all_and_it_starts_again(self):
        self.demo.start()
        self.demo.wait_up()
        started = self.demo.processes()
        programs = [command for command in started.values() if "mainstay-attendant" not in command]
        for count, name in ((1, "/mainstayd "), (1, "mainstay-core "), (2, "node app/"), (1, "mainstay-apphost "),
                            (1, "php-fpm: master")):
            self.assertEqual(sum(name in command for command in programs), count, started)
        authority = (self.demo.place / "state/ca/ca.pem").read_bytes()
        guestbook = "http://127.0.0.1:8080/api/guestbook"
        self.assertEqual(mainstay.curl(guestbook, "--json", '{"who": "Ada", "said": "I stay"}').status, 204)

        slow = http.client.HTTPConnection("127.0.0.1", 8080, timeout=mainstay.PATIENCE)
        self.addCleanup(slow.close)
        slow.putrequest("POST", "/app/")
        slow.putheader("Content-Length", "80000")
        slow.endheaders(b"x" * 70_000)
        # The one worker has seen it when it answers the next.
        self.assertEqual(mainstay.curl("http://127.0.0.1:8080/").status, 200)
        asked = time.monotonic()
        self.demo.press_ctrl_c()
        mainstay.wait_until(lambda: "Stopping." in self.demo.output(), "it stops")
        time.sleep(0.5)
        slow.send(b"x" * 10_000)
        answer = slow.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertIn(b"POST /app/", answer.read())  # whole, or this raises IncompleteRead
        self.assertEqual(self.demo.wait(), 128 + signal.SIGINT)
        self.assertLess(time.monotonic() - asked, 5)
        self.assertEqual(self.demo.processes(), {})
        self.assertEqual([process for process in started if pathlib.Path(f"/proc/{process}").exists()], [])

        again = time.monotonic()
        self.demo.start()
        self.demo.wait_up(10)
        print(f"up again after {time.monotonic() - again:.1f} s", flush=True)
        self.assertEqual((self.demo.place / "state/ca/ca.pem").read_bytes(), authority)
        self.assertEqual([entry["said"] for entry in json.loads(mainstay.curl(guestbook).body)], ["I stay"])

    def test_a_port_in_use_is_named(self):
        with socket.create_server(("127.0.0.1", 8082)):
            self.demo.start()
            self.assertEqual(self.demo.wait(), 1)
        self.assertIn("port 8082 is in use by another program", self.demo.output())
        self.assertEqual(self.demo.processes(), {})


class Console(TestCase):
    """The window that it opens, where there is a display."""

    def consoles(self) -> list:
        return [command for command in self.demo.processes().values() if "/mainstay-console " in command]

    def await_connected(self):
        """The only client there is now. The socket was made in a folder beside its place, and is known by that."""
        rows = pathlib.Path("/proc/net/unix")
        connected = f" 03 .* {re.escape(str(self.demo.place))}/run/.*$"
        mainstay.wait_until(lambda: re.search(connected, rows.read_text(), re.M), "the console has connected")

    def test_it_is_open_as_long_as_the_demo_runs(self):
        display, screen = self.display()
        self.demo.start(display=display)
        self.demo.wait_up()
        mainstay.wait_until(self.consoles, "the console runs")
        self.await_connected()
        self.demo.press_ctrl_c()
        self.assertEqual(self.demo.wait(), 128 + signal.SIGINT)
        self.assertEqual(self.demo.processes(), {})
        self.assertIsNone(screen.poll())

    def test_its_end_is_not_the_demos(self):
        display, screen = self.display()
        self.demo.start(display=display)
        self.demo.wait_up()
        mainstay.wait_until(self.consoles, "the console runs")
        self.await_connected()
        screen.kill()
        mainstay.wait_until(lambda: "The console ended with status" in self.demo.output(), "it is said")
        self.assertEqual(self.consoles(), [])
        self.assertEqual(mainstay.curl("http://127.0.0.1:8080/").status, 200)

    def test_a_display_that_is_not_there(self):
        self.demo.start(display=":12345")
        self.demo.wait_up()
        mainstay.wait_until(lambda: "The console ended with status" in self.demo.output(), "it is said")
        self.assertEqual(mainstay.curl("http://127.0.0.1:8080/").status, 200)

    def test_it_may_be_left_out(self):
        self.demo.start("--no-console", display=":12345")
        self.demo.wait_up()
        time.sleep(1)
        self.assertNotIn("console", self.demo.output().partition("Ctrl-C stops everything.")[2])
        self.assertEqual(self.consoles(), [])

    def display(self) -> tuple:
        """A screen that nobody sees: its name, and its process."""
        reading, writing = os.pipe()
        screen = mainstay.start(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
                                pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(screen.wait)
        self.addCleanup(screen.kill)
        os.close(writing)
        with os.fdopen(reading) as number:
            return f":{int(number.readline())}", screen


if __name__ == "__main__":
    mainstay.main()
