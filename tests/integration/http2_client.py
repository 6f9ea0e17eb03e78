# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of HTTP/2 that does what it should not."""
import socket
import struct

import h2.config
import h2.connection
import h2.events
import h2.exceptions

import mainstay


class Client:
    """Over TCP, by prior knowledge. Answers nothing by itself but SETTINGS and PING."""

    def __init__(self, port: int, first: bytes = b""):
        """`first`: sent before all else."""
        self.socket = mainstay.connect(port)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(first)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False,
            validate_inbound_headers=True))
        self.h2.initiate_connection()
        self.events = []
        self.is_closed = False
        self._unseen = b""  # what frames_until() has received and not looked at
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def ask(self, path: str = "/", *fields, method: str = "GET", ends: bool = True, authority: str = "www.test") -> int:
        """Sends the head of a request; the number of its stream."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [(":method", method), (":scheme", "http"), (":authority", authority), (":path", path),
                                      *fields], end_stream=ends)
        self.flush()
        return stream

    def send(self, stream: int, data: bytes, ends: bool = False):
        self.h2.send_data(stream, data, end_stream=ends)
        self.flush()

    def raw(self, kind: int, flags: int, stream: int, payload: bytes):
        """A frame that the library would not send."""
        self.socket.sendall(struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload)

    def kinds_until(self, kinds: set) -> list:
        """The types of the frames that come, up to the first of these, or to the end of the connection. For who has sent
        what the library knows nothing of."""
        return [kind for kind, _ in self.frames_until(kinds)]

    def frames_until(self, kinds: set) -> list:
        """(type, stream) of the same."""
        seen = []
        while not seen or seen[-1][0] not in kinds:
            while len(self._unseen) < 9 or len(self._unseen) < 9 + int.from_bytes(self._unseen[:3], "big"):
                some = self.socket.recv(65536)
                if not some:
                    return seen
                self._unseen += some
            seen.append((self._unseen[3], int.from_bytes(self._unseen[5:9], "big")))
            self._unseen = self._unseen[9 + int.from_bytes(self._unseen[:3], "big"):]
        return seen

    def receive(self) -> bool:
        """Some more events; False at the end of the connection."""
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.is_closed = True
            return False
        self.events += self.h2.receive_data(data)
        try:
            self.flush()
        except OSError:
            pass
        return True

    def of(self, kind, stream: int = None) -> list:
        return [event for event in self.events
                if isinstance(event, kind) and (stream is None or event.stream_id == stream)]

    def wait(self, kind, stream: int = None):
        """The first event of a kind, or None if the connection ends before."""
        while not self.of(kind, stream):
            if not self.receive():
                return None
        return self.of(kind, stream)[0]

    def answer(self, stream: int) -> tuple:
        """Status and body, when the stream has ended in order; (0, b"") when it was reset. Opens the window again."""
        seen = 0
        while not self.of(h2.events.StreamEnded, stream):
            if self.of(h2.events.StreamReset, stream) or not self.receive():
                return 0, b""
            for event in self.of(h2.events.DataReceived, stream)[seen:]:
                seen += 1
                if event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
            self.flush()
        head = self.of(h2.events.ResponseReceived, stream)[0]
        return int(dict(head.headers)[":status"]), b"".join(
            event.data for event in self.of(h2.events.DataReceived, stream))

    def close(self):
        self.socket.close()
