# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of requests: formats under hostile content, rotation under load and through crashes, syslog and the journal,
sampling, slow requests and their phases."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading

import mainstay

SITE = """
    [listener.web]
    address = ["127.0.0.1:{port}"]

    [site.all]
    hosts = ["*"]

    [[site.all.route]]
    path = "/"
    root = "site"

    [[site.all.route]]
    path = "/app/"
    backend = "app"
    strip_prefix = true

    [backend.app.server.a]
    address = "127.0.0.1:{node}"
    """


class LogCase(mainstay.TestCase):
    def begin(self, toml: str):
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.node_port = self.node("a").port
        self.toml = SITE.format(port=self.port, node=self.node_port) + toml
        self.service = self.serve(self.toml, {"site/index.html": "hello"})
        self.logs = self.service.state / "log"

    def lines(self, name: str, count: int) -> list:
        """Those of a log, once there are so many."""
        path = self.logs / name
        mainstay.wait_until(lambda: path.exists() and path.read_bytes().count(b"\n") >= count, f"{count} lines in {name}")
        return path.read_bytes().decode().splitlines()

    def send(self, head: bytes) -> bytes:
        with mainstay.connect(self.port) as client:
            client.sendall(head)
            answer = b""
            while part := client.recv(65536):
                answer += part
            return answer


class Formats(LogCase):
    def setUp(self):
        super().setUp()
        self.begin("""
            [service]
            workers = 1  # lines of several come in any order
            logs = ["json", "columns", "timed"]
            [log.json]
            format = "json"
            [log.columns]
            file = "columns.txt"
            format = "{client} {method} {path} {status} {user_agent} {request_header:X-Some} {host}"
            [log.timed]
            format = "timed"
            """)

    def test_hostile_content_forges_nothing(self):
        agent = b'a" 200 "b\\c\xff\xc3\xbc {status}","status":1,"x":"\xe2\x80\xae'
        answer = self.send(b'GET /app/?q=%22x|y HTTP/1.1\r\nHost: www.test\r\nUser-Agent: ' + agent +
                           b"\r\nX-Some: one two\tthree\r\nReferer: \x80|\r\nConnection: close\r\n\r\n")
        self.assertIn(b"200 OK", answer)
        self.send(b"GET /\x01\x02\" HTTP/1.1\r\nHost: a\r\n\r\n")
        first, second = map(json.loads, self.lines("json.log", 2))
        self.assertEqual(first["user_agent"], agent.decode(errors="replace"))
        self.assertEqual((first["status"], first["host"], first["site"], first["upstream"], first["scheme"]),
                         (200, "www.test", "all", f"127.0.0.1:{self.node_port}", "http"))
        self.assertEqual(second["status"], 400)
        self.assertIn("line", second)
        line = self.lines("columns.txt", 2)[0]
        self.assertEqual(line, r"127.0.0.1 GET /app/ 200 a\x22\x20200\x20\x22b\x5Cc\xFF\xC3\xBC\x20{status}\x22,\x22status"
                               r"\x22:1,\x22x\x22:\x22\xE2\x80\xAE one\x20two\x09three www.test")
        timed = self.lines("timed.log", 2)[0]
        self.assertRegex(timed, r'^127\.0\.0\.1 - - \[[^]]+\] "GET /app/\?q=%22x\|y HTTP/1.1" 200 2 "\\x80\|" "a\\x22 200 '
                                r'[^"]*" [\d.]+ - [\d.]+ [\d.]+ [\d.]+ [\d.]+ 127\.0\.0\.1:\d+$')

    def test_phases_follow_each_other(self):
        mainstay.curl(self.url + "/app/slow?ms=300")
        mainstay.curl(self.url + "/app/chunked?parts=3&ms=150")
        mainstay.curl(self.url + "/")
        slow, chunked, file = map(json.loads, self.lines("json.log", 3))
        self.assertGreater(slow["first_byte_ms"], 250)
        self.assertLess(slow["last_byte_ms"], 200)
        self.assertGreater(chunked["last_byte_ms"], 200)
        self.assertIn("connect_ms", slow)
        for entry in slow, chunked:
            phases = sum(entry.get(name, 0) for name in ("wait_ms", "connect_ms", "first_byte_ms", "last_byte_ms"))
            self.assertAlmostEqual(phases, entry["time_ms"], delta=2)
            self.assertNotIn("tls_ms", entry)
        self.assertNotIn("wait_ms", file)
        self.assertNotIn("upstream", file)

    def test_mistakes_are_refused_with_what_was_meant(self):
        for format, hint in (("{client} {usr_agent}", "did you mean {user_agent}?"), ("jsn", "did you mean `json`?"),
                             ("{client} {whatsoever}", "known: {bytes}"), ("plain", "known: `combined`, `timed`, `json`"),
                             ("{client", "{{ and }}")):
            self.service.configure(self.toml.replace('format = "json"', f'format = "{format}"'))
            refused = self.service.ctl("config", "apply", ok=False)
            self.assertIn(hint, str(refused), format)
            self.assertIn("log.json.format", str(refused))
        self.service.configure(self.toml + '\n[log.other]\nfile = "json.log"\n')
        self.assertIn("log.file-taken", str(self.service.ctl("config", "apply", ok=False)))

    def test_a_site_has_logs_of_its_own_or_none(self):
        more = """
            [site.own]
            hosts = ["own.test"]
            logs = ["shop"]
            [[site.own.route]]
            path = "/"
            root = "site"
            [site.none]
            hosts = ["none.test"]
            access_log = false
            [[site.none.route]]
            path = "/"
            root = "site"
            [log.shop]
            file = "shop/requests.log"
            format = "{host} {path} {status}"
            """
        self.service.configure(self.toml + more)
        self.service.apply()
        for host in "own.test", "none.test", "other.test":
            mainstay.curl(f"{self.url}/", "-H", f"Host: {host}")
        self.assertEqual(self.lines("shop/requests.log", 1), ["own.test / 200"])
        self.assertEqual([json.loads(line)["host"] for line in self.lines("json.log", 1)], ["other.test"])
        self.assertIn("own.test / 200", self.service.ctl_raw("log", "tail", "--log", "shop").stdout)
        # Another format from one request to the next, in the same file.
        self.service.configure(self.toml + more.replace("{host} {path}", "{host}|{path}"))
        self.service.apply()
        mainstay.curl(f"{self.url}/", "-H", "Host: own.test")
        self.assertEqual(self.lines("shop/requests.log", 2)[1:], ["own.test|/ 200"])
        self.assertEqual(self.service.status()["problems"], [])
        # And another file: what was on its way to the old one is there.
        mainstay.curl(f"{self.url}/last", "-H", "Host: own.test")
        self.service.configure(self.toml + more.replace("requests.log", "moved.log"))
        self.service.apply()
        mainstay.curl(f"{self.url}/first", "-H", "Host: own.test")
        self.assertIn("/last", self.lines("shop/requests.log", 3)[2])
        self.assertIn("/first", self.lines("shop/moved.log", 1)[0])


class Tls(mainstay.TestCase):
    def test_the_handshake_is_a_phase_of_the_first_request(self):
        port = mainstay.free_port()
        service = self.serve(f"""
            [service]
            workers = 1
            logs = ["json"]
            [log.json]
            format = "json"
            [listener.tls]
            address = ["127.0.0.1:{port}"]
            protocol = "https"
            default_certificate = "local"
            [certificate.local]
            source = "local"
            names = ["local.test"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            root = "site"
            """, {"site/index.html": "hello"})
        for version in "--http1.1", "--http2":
            mainstay.curl(f"https://127.0.0.1:{port}/2", "-k", version, f"https://127.0.0.1:{port}/1", "-o", "/dev/null")
        log = service.state / "log/json.log"
        mainstay.wait_until(lambda: log.exists() and log.read_text().count("\n") == 4, "four lines")
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual([entry["target"] for entry in entries], ["/1", "/2", "/1", "/2"])
        self.assertEqual(["tls_ms" in entry for entry in entries], [True, False, True, False], entries)
        self.assertTrue(all(0 < entry["tls_ms"] < 10_000 for entry in entries[::2]), entries)


class Rotation(LogCase):
    ROTATING = """
        [service]
        logs = ["main"]
        [log.main]
        rotate_size = "256KiB"
        keep = 0
        compress = "{compress}"
        """

    def contents(self) -> list:
        """The lines of all files of the log, those set aside first, in their order."""
        while True:
            files = self.files()
            try:
                return [line for path in files for line in self.lines_of(path)]
            except subprocess.CalledProcessError:
                if all(path.exists() for path in files):
                    raise  # else one was compressed meanwhile

    def files(self) -> list:
        def order(path):
            time, number = re.match(r"main\.log\.(\w+)(?:-(\d+))?", path.name).groups()
            return time, int(number or 1)
        aside = [path for path in self.logs.iterdir() if path.name.startswith("main.log.") and path.suffix not in (".new", ".part")]
        return sorted(aside, key=order) + [self.logs / "main.log"]

    def lines_of(self, path: pathlib.Path) -> list:
        readers = {".gz": ["gzip", "-dc"], ".zst": ["zstd", "-dcq"]}
        text = subprocess.run([*readers.get(path.suffix, ["cat"]), path], capture_output=True, check=True).stdout
        self.assertTrue(text == b"" or text.endswith(b"\n"), path)
        return text.decode().splitlines()

    def await_lines(self, least: int) -> int:
        """Until each request, and there are so many at least, has its one line. Their number."""
        def counted():
            lines, requests = len(self.contents()), self.service.ctl("metrics")["sites"][0]["requests"]
            return lines == requests >= least and lines
        return mainstay.wait_until(counted, "each request has one line")

    def is_tidy(self, ending: str) -> bool:
        return all(path.suffix == ending for path in self.logs.iterdir() if path.name.startswith("main.log."))

    def test_no_line_is_lost_or_doubled_under_load(self):
        for compress, ending in ("zstd", ".zst"), ("gzip", ".gz"):
            with self.subTest(compress):
                self.begin(self.ROTATING.format(compress=compress))
                load = self.load(self.url + "/", 32)
                mainstay.wait_until(lambda: len(list(self.logs.iterdir())) > 12, "it has been rotated again and again")
                result = self.assertUnharmed(load)
                mainstay.wait_until(lambda: self.is_tidy(ending), "all is compressed")
                counted = self.await_lines(result.requests)
                self.assertLessEqual(counted, result.requests + 32)  # wrk counts none that it ends in the middle of
                sizes = [path.stat().st_size for path in self.logs.iterdir()]
                self.assertLessEqual(max(sizes), 256 << 10)
                self.assertEqual(self.service.status()["problems"], [])

    def test_keep(self):
        self.begin(self.ROTATING.format(compress="none").replace("keep = 0", "keep = 3"))
        load = self.load(self.url + "/", 32)
        log = self.logs / "main.log"
        seen = set()
        mainstay.wait_until(lambda: seen.update(path.name for path in self.logs.iterdir()) or len(seen) > 9, "many files")
        self.assertUnharmed(load)
        mainstay.wait_until(lambda: len(list(self.logs.iterdir())) == 4, "three are kept besides the one in use")
        self.assertTrue(log.exists())

    def test_moved_by_others_under_load(self):
        self.begin('[service]\naccess_log = "main.log"\n')
        load = self.load(self.url + "/", 32)
        log = self.logs / "main.log"
        for number in range(20):
            mainstay.wait_until(lambda: log.exists() and log.stat().st_size > 0, "there is a log")
            log.rename(self.logs / f"main.log.{number:02}")
            if number % 2:
                self.assertEqual(self.service.ctl("log", "reopen"), {"logs": 1})
                mainstay.wait_until(log.exists, "it is opened anew")
        result = self.assertUnharmed(load)
        mainstay.wait_until(log.exists, "it is opened anew")
        self.await_lines(result.requests)

    def ask(self, first: int, until) -> int:
        """Asks for /first, /first+1 and so on over one connection, until that is over. The next number."""
        number = first
        with contextlib.suppress(ConnectionError), mainstay.connect(self.port) as client:
            while not until.is_set():
                batch = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % (number + i) for i in range(50))
                client.sendall(batch)
                number += 50
                answers = b""
                while answers.count(b"HTTP/1.1 ") < 50 or not answers.endswith(b"</h1>\n"):
                    part = client.recv(1 << 20)
                    if not part:
                        return number
                    answers += part
        return number

    def test_crashes_lose_only_what_was_not_written_yet(self):
        """The core is killed again and again while it rotates and compresses. What was asked for in order is logged in
        order, once, with a gap only before each crash."""
        self.begin(self.ROTATING.format(compress="zstd").replace("256KiB", "20KiB"))
        number, begins = 0, []
        for round in range(6):
            begins.append(number)
            over = threading.Event()
            files = len(list(self.logs.iterdir()))
            result = []
            asking = threading.Thread(target=lambda: result.append(self.ask(begins[-1], over)))
            asking.start()
            mainstay.wait_until(lambda: len(list(self.logs.iterdir())) > files + 2 + round, "it is rotated", 60)
            os.kill(self.service.core, signal.SIGKILL)
            over.set()
            asking.join()
            number = result[0]
            mainstay.wait_until(lambda: self.service.status().get("state") == "serving", "it is back")
        mainstay.curl(f"{self.url}/last")
        mainstay.wait_until(lambda: self.is_tidy(".zst") and any("/last" in line for line in self.contents()), "all is tidy")
        lines = self.contents()
        whole = [int(found[1]) for line in lines if (found := re.search(r'"GET /(\d+) HTTP/1\.1" 404 \d+ "-" "-"$', line))]
        self.assertLessEqual(len(lines) - len(whole), 6 + 1)  # /last, and a line that a crash tore in two
        self.assertEqual(len(set(whole)), len(whole), "a line is doubled")
        self.assertEqual(whole, sorted(whole))
        for begin, end in zip(begins, begins[1:] + [number]):
            logged = [each for each in whole if begin <= each < end]
            self.assertGreater(len(logged), 0)
            self.assertEqual(logged, list(range(begin, begin + len(logged))), "a line that was written is lost")


class Elsewhere(LogCase):
    def receiver(self, name: str) -> socket.socket:
        path = self.folder / name
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(str(path))
        receiver.settimeout(mainstay.PATIENCE)
        self.addCleanup(receiver.close)
        return receiver

    def test_syslog_and_journal(self):
        folder = tempfile.TemporaryDirectory(prefix="mainstay-logs-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        syslog, journal = self.receiver("log"), self.receiver("journal")
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(udp.close)
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(mainstay.PATIENCE)
        self.begin(f"""
            [service]
            logs = ["syslog", "journal", "remote"]
            [log.syslog]
            to = "syslog"
            socket = "{folder.name}/log"
            facility = "daemon"
            [log.journal]
            to = "journal"
            socket = "{folder.name}/journal"
            format = "{{method}} {{path}} {{status}}"
            [log.remote]
            to = "syslog"
            address = "localhost:{udp.getsockname()[1]}"
            format = "json"
            """)
        mainstay.curl(self.url + "/", "-A", 'a"b')
        self.assertRegex(syslog.recv(9000).decode(),
                         rf'^<30>1 \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z \S+ mainstay {self.service.core} syslog - '
                         r'127\.0\.0\.1 - - \[.*\] "GET / HTTP/1\.1" 200 5 "-" "a\\x22b"$')
        self.assertEqual(journal.recv(9000), b"MESSAGE=GET / 200\nPRIORITY=6\nSYSLOG_IDENTIFIER=mainstay\nMAINSTAY_LOG=journal\n")
        head, _, line = udp.recv(9000).decode().partition(" remote - ")
        self.assertRegex(head, "^<134>1 ")
        self.assertEqual(json.loads(line)["status"], 200)

        # Who does not read costs lines, which are told of, and no requests.
        load = self.load(self.url + "/", 32)
        mainstay.wait_until(lambda: {problem["path"] for problem in self.service.status()["problems"]} ==
                            {"log.syslog", "log.journal"}, "it is told")
        # More than 64 pieces of 64 KiB hold.
        mainstay.wait_until(lambda: self.service.ctl("metrics")["sites"][0]["requests"] > 80_000, "many are answered", 60)
        result = self.assertUnharmed(load)
        drained = threading.Event()

        def drain(receiver):
            receiver.settimeout(0.05)
            while not drained.is_set():
                try:
                    receiver.recv(9000)
                except TimeoutError:
                    pass
        readers = [threading.Thread(target=drain, args=[receiver]) for receiver in (syslog, journal)]
        for reader in readers:
            reader.start()
        self.addCleanup(drained.set)
        mainstay.wait_until(lambda: not self.service.status()["problems"], "all is well again")
        drained.set()
        for reader in readers:
            reader.join()
        self.assertRegex(self.service.output(), r"log\.syslog: written again; [1-9]\d* lines were lost")
        self.assertGreater(result.requests, 0)


class Choice(LogCase):
    def test_sampling_and_slow_requests(self):
        self.begin("""
            [service]
            logs = ["some", "slow", "errors"]
            [log.some]
            format = "json"
            sample = 10
            slow = "300ms"
            [log.slow]
            requests = "slow"
            slow = "300ms"
            format = "timed"
            [log.errors]
            requests = "errors"
            format = "{status} {path}"
            """)
        done = mainstay.run("h2load", "--h1", "-n2000", "-c8", self.url + "/")
        self.assertIn("2000 succeeded", done.stdout, done.stdout)
        for path in "/none", "/app/status?code=500":
            for _ in range(20):
                mainstay.curl(self.url + path)
        for _ in range(3):
            mainstay.curl(self.url + "/app/slow?ms=400")
        slow = self.lines("slow.log", 3)
        self.assertEqual(len(slow), 3)
        for line in slow:
            self.assertRegex(line, r'"GET /app/slow\?ms=400 HTTP/1\.1" 200 2 "-" "curl[^"]*" ([4-9]\d\d|\d{4,})\.\d+ - [\d.]+ \S+ ([3-9]\d\d|\d{4,})\.\d+ ')
        errors = self.lines("errors.log", 40)
        self.assertEqual((errors.count("404 /none"), errors.count("500 /app/status"), len(errors)), (20, 20, 40))
        mainstay.wait_until(lambda: "slow?ms" in (self.logs / "some.log").read_text(), "all is written")
        some = [json.loads(line) for line in self.lines("some.log", 40)]
        sampled = [entry for entry in some if entry.get("sample") == 10]
        self.assertTrue(all(entry["status"] == 200 for entry in sampled))
        self.assertEqual(len([entry for entry in some if entry["status"] >= 400]), 40)
        self.assertEqual(len([entry for entry in some if entry["target"].startswith("/app/slow")]), 3)
        self.assertGreater(len(sampled), 100)  # of 2000; 200 are expected, with a deviation of 13.4
        self.assertLess(len(sampled), 300)


if __name__ == "__main__":
    mainstay.main()
