# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers behind the service that speak HTTP/2, frame by frame."""
import socket
import typing

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

import http_peers


class Request(typing.NamedTuple):
    stream: int
    fields: dict
    body: bytes
    trailers: dict


class Peer:
    """The server's end of a connection. Opens windows for what it has received."""

    def __init__(self, connection: socket.socket, settings: dict = {}):
        self.socket = connection
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        values = {**self.h2.local_settings, **settings}  # from the first: an update would wait for an acknowledgement
        self.h2.local_settings = h2.settings.Settings(client=False, initial_values=values)
        self.h2.initiate_connection()
        self.events = []
        self._answered = set()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise http_peers.Ended("the connection")
        for event in self.h2.receive_data(data):
            self.events.append(event)
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        self.flush()

    def of(self, kind, stream: int = None) -> list:
        return [event for event in self.events
                if isinstance(event, kind) and (stream is None or event.stream_id == stream)]

    def wait(self, kind, stream: int = None):
        while not self.of(kind, stream):
            self.receive()
        return self.of(kind, stream)[0]

    def head(self) -> Request:
        """The next request, as soon as its head is there."""
        while True:
            for event in self.of(h2.events.RequestReceived):
                if event.stream_id not in self._answered:
                    self._answered.add(event.stream_id)
                    return Request(event.stream_id, dict(event.headers), b"", {})
            self.receive()

    def whole(self, request: Request) -> Request:
        self.wait(h2.events.StreamEnded, request.stream)
        body = b"".join(event.data for event in self.of(h2.events.DataReceived, request.stream))
        trailers = {}
        for event in self.of(h2.events.TrailersReceived, request.stream):
            trailers.update(dict(event.headers))
        return request._replace(body=body, trailers=trailers)

    def request(self) -> Request:
        return self.whole(self.head())

    def answer(self, request: Request, body: bytes = b"ok\n", *fields, status: int = 200, trailers: list = None):
        """In one piece, which the window has room for."""
        head = [(":status", str(status)), *fields]
        bare = not body and trailers is None
        self.h2.send_headers(request.stream, head, end_stream=bare)
        if body:
            self.h2.send_data(request.stream, body, end_stream=trailers is None)
        if trailers is not None:
            self.h2.send_headers(request.stream, trailers, end_stream=True)
        self.flush()


class Backend(http_peers.Backend):
    """Calls `serve` with the Peer of each connection on which HTTP/2 is spoken."""

    def __init__(self, serve, settings: dict = {}):
        self._spoken = []
        self._settings = settings
        super().__init__(serve)

    @property
    def connections(self) -> int:
        """Those on which there were requests."""
        return sum(bool(peer.of(h2.events.RequestReceived)) for peer in self._spoken)

    def _run(self, peer: http_peers.Peer):
        try:
            spoken = Peer(peer.socket, self._settings)
            self._spoken.append(spoken)
            spoken.receive()  # the preface
            self._serve(spoken)
        except (http_peers.Ended, OSError, h2.exceptions.ProtocolError):
            pass
        peer.close()


def answering(*answer, **options):
    """A `serve` that gives this answer to every request."""
    def serve(peer: Peer):
        while True:
            peer.answer(peer.request(), *answer, **options)
    return serve
