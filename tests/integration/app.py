# SPDX-License-Identifier: GPL-3.0-or-later
"""An app for the tests: an HTTP server that misbehaves as it is told.

    app.py PORT_OR_SOCKET [HABIT]...

Habits: ignore-term, leave-child (one in a session of its own, its number in $STATE_DIRECTORY/child), never-ready,
leak (memory, in the background), share (as much, of the kind that processes share), spin (the processor), spawn
(programs that end at once), flood (its output), burst (some thousand lines of it, and then silence), flood-lines (with
empty ones), exit (at once, with code 3), late (ready after a second), end-late (asked to end, it listens no more and
ends three seconds later).
Paths: /health, / (name, process and run), /slow?ms=N, /env?NAME, /exit, /self (what /proc says of it), /try?PATH (what
comes of opening that file or connecting to that socket). PUT and POST answer how much they were sent.
"""
import http.server
import mmap
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.parse

habits = sys.argv[2:]
started = time.monotonic()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        status, text = 200, f"{os.environ['APP']}/{os.environ['INSTANCE']} {os.getpid()}"
        if url.path == "/health":
            if "never-ready" in habits or ("late" in habits and time.monotonic() < started + 1):
                status = 503
        elif url.path == "/slow":
            time.sleep(int(urllib.parse.parse_qs(url.query)["ms"][0]) / 1000)
        elif url.path == "/env":
            text = os.environ.get(url.query, "")
        elif url.path == "/self":
            with open("/proc/self/status") as file:
                text = file.read()
        elif url.path == "/try":
            text = attempt(url.query)
        elif url.path == "/exit":
            os._exit(4)
        self.answer(status, text.encode())

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.01)
        self.answer(200, str(len(body)).encode())

    do_POST = do_PUT

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "client"

    def log_message(self, format, *arguments):
        pass


def attempt(path: str) -> str:
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
        else:
            open(path).close()
    except OSError as error:
        return type(error).__name__
    return "opened"


def behave():
    if "leave-child" in habits:
        child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        with open(os.environ["STATE_DIRECTORY"] + "/child", "w") as file:
            file.write(str(child.pid))
    kept = []
    while "leak" in habits:
        kept.append(bytearray(os.urandom(4 << 20)))
        time.sleep(0.02)
    while "share" in habits:
        kept.append(mmap.mmap(-1, 4 << 20))
        kept[-1].write(b"x" * (4 << 20))
        time.sleep(0.02)
    while "spawn" in habits:
        subprocess.run(["/bin/true"])
    while "spin" in habits:
        pass
    if "burst" in habits:
        time.sleep(1)  # until somebody has seen it well
        print("\n".join(map(str, range(5000))), flush=True)
    while "flood" in habits:
        print("x" * 200, flush=False)
    while "flood-lines" in habits:
        os.write(1, b"\n" * 65536)


def end(*_):
    if "end-late" in habits:
        server.socket.close()
        threading.Timer(3, os._exit, [0]).start()
    else:
        os._exit(0)


if "exit" in habits:
    print("cannot work like this", flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "ignore-term" in habits else end)
threading.Thread(target=behave, daemon=True).start()
print("listening on", sys.argv[1], flush=True)
if sys.argv[1].isdigit():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
else:
    class UnixServer(http.server.ThreadingHTTPServer):
        address_family = socket.AF_UNIX

        def server_bind(self):
            self.socket.bind(self.server_address)
            self.server_name, self.server_port = "app", 0
    server = UnixServer(sys.argv[1], Handler)
server.request_queue_size = 128
server.serve_forever()
