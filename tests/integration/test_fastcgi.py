# SPDX-License-Identifier: GPL-3.0-or-later
"""A site of PHP scripts, run by PHP-FPM as a supervised app."""
import hashlib
import os
import pathlib
import re
import socket
import tempfile
import time

import http_peers
import mainstay

FPM = re.search(r"^```ini\n(.*?)^```$", (mainstay.HERE.parents[1] / "docs/php.md").read_text(), re.M | re.S)[1]

FILES = {
    "fpm.conf": FPM,
    "php/index.php": "<?php echo 'index ', $_SERVER['PATH_INFO'] ?? '-';",
    "php/vars.php": "<?php foreach ($_SERVER as $name => $value) if (is_string($value)) echo \"$name=$value\\n\";",
    "php/post.php": "<?php echo md5(file_get_contents('php://input'));",
    "php/slow.php": "<?php usleep(20000); echo getmypid();",
    "php/complains.php": "<?php for ($i = 0; $i < 20; ++$i) error_log(\"said by hand \\x1b[31m\"); echo $nothing; echo 'done';",
    "php/large.php": "<?php for ($i = 0; $i < 2000000; ++$i) printf('%07d', $i);",
    "php/teapot.php": "<?php http_response_code(418); header('X-Own: yes'); echo 'tea';",
    "php/style.css": "body { color: green }",
    "php/upload.jpg": "<?php echo 'never run';",
    "php/.env": "SECRET=1",
}


class Php(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.service = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{port}"]

            [app.php]
            command = "php-fpm8.2"
            arguments = ["-F", "-y", "fpm.conf"]
            listen = "socket"
            protocol = "fastcgi"

            [site.php]
            hosts = ["*"]
            [[site.php.route]]
            path = "/"
            app = "php"
            root = "php"
            index = "index.php"
            """, FILES)
        mainstay.wait_until(lambda: self.get("/").status == 200, "PHP answers")

    def get(self, path: str, *options: str, **limits) -> mainstay.Reply:
        return mainstay.curl(self.url + path, *options, **limits)

    def test_readers_that_are_slow_hold_no_worker(self):
        readers = []
        for _ in range(8):  # of four workers
            client = socket.socket()
            self.addCleanup(client.close)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            client.connect(("127.0.0.1", self.port))
            client.sendall(b"GET /large.php HTTP/1.0\r\nHost: a\r\n\r\n")
            readers.append(http_peers.Peer(client))
        for _ in range(8):
            self.assertEqual(self.get("/", seconds=10).status, 200)
        for reader in readers:
            reader.head()
            self.assertEqual(reader.rest(), b"".join(b"%07d" % number for number in range(2_000_000)))

    def test_scripts_and_files(self):
        for path, status, body in [
            ("/", 200, b"index -"),
            ("/index.php/more", 200, b"index /more"),
            ("/any/route?x", 200, b"index /any/route"),
            ("/missing.php", 200, b"index /missing.php"),
            ("/upload.jpg/x.php", 200, b"index /upload.jpg/x.php"),
            ("/style.css", 200, b"body { color: green }"),
            ("/upload.jpg", 200, b"<?php echo 'never run';"),
            ("/teapot.php", 418, b"tea"),
        ]:
            with self.subTest(path):
                reply = self.get(path, "--path-as-is")
                self.assertEqual((reply.status, reply.body), (status, body))
        self.assertEqual(self.get("/.env").status, 404)
        self.assertEqual(self.get("/sub%2Findex.php").status, 400)

    def test_what_a_script_sees(self):
        reply = self.get("/vars.php/info?a=b", "-H", "Host: www.example.org:8080", "-H", "Proxy: evil", "-H", "X_Own: 2",
                         "-H", "X-Own: 1", "-H", "X-Forwarded-For: 6.6.6.6")
        seen = dict(line.split("=", 1) for line in reply.body.decode().splitlines())
        for name, value in {"REQUEST_METHOD": "GET", "REQUEST_URI": "/vars.php/info?a=b", "SCRIPT_NAME": "/vars.php",
                            "PATH_INFO": "/info", "QUERY_STRING": "a=b", "SERVER_NAME": "www.example.org",
                            "SERVER_ADDR": "127.0.0.1", "SERVER_PORT": str(self.port), "DOCUMENT_URI": "/vars.php/info", "REMOTE_ADDR": "127.0.0.1", "REQUEST_SCHEME": "http",
                            "HTTP_HOST": "www.example.org:8080", "HTTP_X_OWN": "1"}.items():
            self.assertEqual(seen[name], value, name)
        self.assertEqual(seen["SCRIPT_FILENAME"], seen["DOCUMENT_ROOT"] + "/vars.php")
        self.assertGreater(int(seen["REMOTE_PORT"]), 0)
        for name in "HTTP_PROXY", "HTTP_X_FORWARDED_FOR", "HTTPS":
            self.assertNotIn(name, seen)

    def test_bodies(self):
        content = os.urandom(3_000_000)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            reply = self.get("/post.php", "--data-binary", f"@{file.name}")
            self.assertEqual(reply.body.decode(), hashlib.md5(content).hexdigest())
            # A script is told the length first.
            chunked = ["/post.php", "--data-binary", f"@{file.name}", "-H", "Transfer-Encoding: chunked"]
            self.assertEqual(self.get(*chunked).body.decode(), hashlib.md5(content).hexdigest())
            toml = (self.service.config / "mainstay.toml").read_text()
            self.service.configure(toml + 'request_buffering = "off"\n')
            self.service.apply()
            self.assertEqual(self.get(*chunked).status, 411)

    def test_slow_uploads_hold_no_process(self):
        content, peers = os.urandom(1 << 20), []
        for _ in range(40):
            peer = mainstay.connect(self.port)
            self.addCleanup(peer.close)
            peer.sendall(b"POST /post.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" %
                         len(content) + content[:700_000])
            peers.append(peer)
        for _ in range(10):
            self.assertEqual(mainstay.curl(self.url + "/", seconds=5).body, b"index -")
        for peer in peers:
            peer.sendall(content[700_000:])
        for peer in peers:
            answer = b""
            while part := peer.recv(65536):
                answer += part
            self.assertIn(hashlib.md5(content).hexdigest().encode(), answer)

    def test_what_a_script_complains_of(self):
        self.assertTrue(self.get("/complains.php").body.endswith(b"done"))

        def log() -> str:
            return self.service.ctl_raw("log", "tail", "--app", "php", "-n", "1000").stdout
        mainstay.wait_until(lambda: "Undefined variable $nothing" in log(), "the warning is in the app's log")
        self.assertIn(r"PHP message: said by hand \x1b[31m", log())
        self.assertNotIn("\x1b", log())
        if mainstay.is_sanitized():
            return  # too slow for what follows
        # A script that never stops complaining costs lines and nothing else.
        load = self.load(self.url + "/complains.php", 4)
        mainstay.wait_until(lambda: "lines of scripts were dropped" in log(), "what is too much is counted")
        self.assertUnharmed(load)

    def test_more_clients_than_processes(self):
        load = self.load(self.url + "/slow.php", 12)
        time.sleep(3)
        self.assertUnharmed(load)


class Backend(mainstay.TestCase):
    """A PHP-FPM that somebody else runs, over a socket and over TCP."""

    def test_it(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mainstay-")))
        tcp, port = mainstay.free_port(), mainstay.free_port()
        for name, listen in ("socket", f"{folder}/fpm.sock"), ("tcp", f"127.0.0.1:{tcp}"):
            (folder / f"{name}.conf").write_text(f"[global]\nerror_log = {folder}/{name}.log\ndaemonize = no\n"
                                                 f"[www]\nlisten = {listen}\npm = static\npm.max_children = 2\n")
            manager = mainstay.start(["php-fpm8.2", "-F", "-y", str(folder / f"{name}.conf")])
            self.addCleanup(manager.wait)
            self.addCleanup(manager.terminate)
        service = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{port}"]
            [site.php]
            hosts = ["*"]
            [[site.php.route]]
            path = "/"
            backend = "fpm"
            root = "php"
            index = "index.php"
            [backend.fpm]
            protocol = "fastcgi"
            health_interval = "100ms"
            [backend.fpm.server.a]
            address = "unix:{folder}/fpm.sock"
            [backend.fpm.server.b]
            address = "127.0.0.1:{tcp}"
            """, FILES)
        for server in "ab":
            mainstay.wait_until(lambda: service.server(f"fpm/{server}")["health"] == "up", f"{server} is up")

        def get(path: str, *options: str) -> mainstay.Reply:
            return mainstay.curl(f"http://127.0.0.1:{port}{path}", *options)
        self.assertEqual({get("/any/path").body for _ in range(6)}, {b"index /any/path"})
        self.assertEqual(get("/style.css").headers["content-type"], "text/css; charset=utf-8")
        self.assertEqual(get("/.env").status, 404)
        body = os.urandom(300_000)
        (folder / "body").write_bytes(body)
        self.assertEqual(get("/post.php", "--data-binary", f"@{folder}/body").body.decode(), hashlib.md5(body).hexdigest())
        servers = service.ctl("metrics")["backends"][0]["servers"]
        self.assertTrue(len(servers) == 2 and all(server["requests"] > 0 for server in servers), servers)
        self.assertEqual(get("/complains.php").body, b"done")
        mainstay.wait_until(lambda: "a script says: " in service.ctl_raw("log", "tail").stdout, "the complaint")


if __name__ == "__main__":
    mainstay.main()
