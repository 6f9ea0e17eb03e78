# SPDX-License-Identifier: GPL-3.0-or-later
"""Both ends of HTTP/1 byte by byte, for the tests of what curl would not send and Node.js would not answer."""
import contextlib
import socket
import threading
import typing

import mainstay


class Message(typing.NamedTuple):
    start: str    # the first line
    fields: list  # of (name, value), as they came
    body: bytes

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    def all(self, name: str) -> list:
        return [value for field, value in self.fields if field.lower() == name]

    def get(self, name: str, otherwise=None):
        return next(iter(self.all(name)), otherwise)


class Ended(Exception):
    """The other side has ended the connection too early."""


class Peer:
    """One end of a connection."""

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self.received = b""  # all of it
        self._taken = 0

    def send(self, *parts):
        self.socket.sendall(b"".join(part.encode("latin-1") if isinstance(part, str) else part for part in parts))

    def _receive(self) -> bool:
        try:
            some = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self.received += some
        return bool(some)

    def until(self, mark: bytes) -> bytes:
        while True:
            at = self.received.find(mark, self._taken)
            if at >= 0:
                return self._take(at + len(mark) - self._taken)
            if not self._receive():
                raise Ended(f"{self.received[self._taken:][:200]!r} and no {mark!r}")

    def exactly(self, count: int) -> bytes:
        while len(self.received) - self._taken < count:
            if not self._receive():
                raise Ended(f"{len(self.received) - self._taken} bytes instead of {count}")
        return self._take(count)

    def rest(self) -> bytes:
        """Up to the end of the connection, which must come in time."""
        while self._receive():
            pass
        return self.buffered()

    def buffered(self) -> bytes:
        """What has been received and not been looked at: for who goes on with the socket itself."""
        return self._take(len(self.received) - self._taken)

    def _take(self, count: int) -> bytes:
        taken = self.received[self._taken:self._taken + count]
        self._taken += count
        return taken

    def head(self) -> Message:
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
        return Message(lines[0], fields, b"")

    def message(self, bodiless: bool = False) -> Message:
        """A whole request or response. `bodiless` for the response to HEAD."""
        head = self.head()
        is_response = head.start.startswith("HTTP/")
        if bodiless or (is_response and (head.status < 200 or head.status in (204, 304))):
            return head
        if head.get("transfer-encoding") == "chunked":
            return head._replace(body=self.chunks())
        if head.get("content-length") is not None:
            return head._replace(body=self.exactly(int(head.get("content-length"))))
        return head._replace(body=self.rest()) if is_response else head

    def chunks(self) -> bytes:
        body = b""
        while size := int(self.until(b"\r\n").split(b";")[0], 16):
            body += self.exactly(size)
            if self.exactly(2) != b"\r\n":
                raise Ended("no CRLF behind a chunk")
        while self.until(b"\r\n") != b"\r\n":
            pass
        return body

    def close(self):
        self.socket.close()


class Backend:
    """A server that does what `serve` says: a function of a Peer, called in a thread for each connection. What it
    leaves is closed. `address`: or the path of a Unix socket. Connections on which nothing is said are health checks."""

    def __init__(self, serve: typing.Callable[[Peer], None], receive_buffer: int = 0, address=("127.0.0.1", 0)):
        self._serve = serve
        self._peers = []
        is_path = isinstance(address, str)
        self._listener = (socket.socket(socket.AF_UNIX) if is_path else socket.create_server(address, backlog=256))
        if is_path:
            self._listener.bind(address)
            self._listener.listen(256)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.port = 0 if is_path else self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                connection.settimeout(mainstay.PATIENCE)
                self._peers.append(Peer(connection))
                threading.Thread(target=self._run, args=[self._peers[-1]], daemon=True).start()

    def _run(self, peer: Peer):
        with contextlib.suppress(Ended, OSError):
            self._serve(peer)
        peer.close()

    @property
    def received(self) -> list:
        """What came on each connection on which anything did."""
        return [peer.received for peer in self._peers if peer.received]

    def end(self):
        self._listener.close()
        for peer in self._peers:
            peer.close()


def answering(response, times: int = 1000):
    """A `serve` that answers requests with `response`, bytes or a function of the request, and ends after so many."""
    def serve(peer: Peer):
        for _ in range(times):
            request = peer.message()
            peer.send(response(request) if callable(response) else response)
    return serve


def ok(body: bytes = b"ok\n", *fields: str) -> bytes:
    head = "".join(f"{field}\r\n" for field in fields)
    return f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


class TestCase(mainstay.TestCase):
    """A service with one listener; `self.port` is its port."""

    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def backend(self, serve, receive_buffer: int = 0, address=("127.0.0.1", 0)) -> Backend:
        backend = Backend(serve, receive_buffer, address)
        self.addCleanup(backend.end)
        return backend

    def serve_backend(self, *places, backend: str = "", listener: str = "", route: str = "", server: str = "",
                      service: str = "", health_interval: str = "1h"):
        """A service that passes everything on to these servers, by port or address, of which each is probed once."""
        addresses = [place if isinstance(place, str) else f"127.0.0.1:{place}" for place in places]
        servers = "".join(f'[backend.app.server.s{i}]\naddress = "{address}"\n{server}\n'
                          for i, address in enumerate(addresses))
        return self.serve(
            f'[service]\nworkers = 1\n{service}\n'
            f'[listener.web]\naddress = ["127.0.0.1:{self.port}"]\n{listener}\n'
            f'[site.all]\nhosts = ["*"]\n[[site.all.route]]\npath = "/"\nbackend = "app"\n{route}\n'
            f'[backend.app]\nhealth_interval = "{health_interval}"\n{backend}\n{servers}')

    def connect(self) -> Peer:
        connection = mainstay.connect(self.port)
        self.addCleanup(connection.close)
        return Peer(connection)

    def ask(self, request, bodiless: bool = False) -> Message:
        """The answer to one request on a connection of its own."""
        peer = self.connect()
        peer.send(request)
        answer = peer.message(bodiless)
        peer.close()
        return answer

    def get(self, path: str = "/", *fields: str, method: str = "GET", host: str = "www.test") -> Message:
        lines = "".join(f"{field}\r\n" for field in fields)
        return self.ask(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n", bodiless=method == "HEAD")
