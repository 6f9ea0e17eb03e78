# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of 2 GiB pass in both directions, and the core's memory does not notice."""
import pathlib
import subprocess
import tempfile
import threading
import time

import http_peers
import mainstay

SIZE = 2 << 30
CHUNKED_SIZE = SIZE >> 3
ALLOWED = 24 << 20  # bytes the core's memory may grow by meanwhile
PATIENCE = 100


class Large(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.taken = None
        self.zeros = tempfile.TemporaryFile()  # has no blocks on the disk
        self.addCleanup(self.zeros.close)
        self.zeros.truncate(SIZE)
        self.target = self.backend(self.exchange)
        self.web = self.serve_backend(self.target.port)
        mainstay.curl(self.url + "/", "--data-binary", "x")
        self.before = self.memory("VmRSS")

    def exchange(self, peer):
        """Takes a body of SIZE, or sends one, framed as the path says."""
        peer.socket.settimeout(PATIENCE)
        head = peer.head()
        path = head.start.split()[1]
        if path == "/length":
            peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n")
            peer.socket.sendfile(self.zeros, 0)
        elif path == "/chunked":
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            size = 16 << 20
            for at in range(0, CHUNKED_SIZE, size):
                peer.send(f"{size:x}\r\n")
                peer.socket.sendfile(self.zeros, at, size)
                peer.send("\r\n")
            peer.send("0\r\n\r\n")
        elif path == "/take":
            self.taken = self.count(peer, int(head.get("content-length")))
            peer.send(http_peers.ok())
        elif path == "/take-chunked":
            self.taken = self.count_chunks(peer)
            peer.send(http_peers.ok())
        else:
            peer.exactly(int(head.get("content-length")))
            peer.send(http_peers.ok())

    @staticmethod
    def count(peer: http_peers.Peer, size: int) -> int:
        space, count = bytearray(1 << 20), len(peer.buffered())
        while count < size and (received := peer.socket.recv_into(space)):
            count += received
        return count

    @staticmethod
    def count_chunks(peer: http_peers.Peer) -> int:
        """Content alone, which is NUL and so is no framing."""
        part = end = peer.buffered()
        count = 0
        while True:
            count += part.count(0)
            end = (end + part)[-5:]
            if end == b"0\r\n\r\n":
                return count
            part = peer.socket.recv(1 << 20)
            if not part:
                return -1

    def memory(self, what: str) -> int:
        status = pathlib.Path(f"/proc/{self.web.core}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(what))

    def assertModest(self):
        self.assertLess(self.memory("VmHWM") - self.before, ALLOWED)

    def curl(self, path: str, *options, **more) -> str:
        return subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", str(PATIENCE), "-o", "/dev/null", "-w",
                               "%{http_code} %{size_download} %{size_upload}", *options, self.url + path], text=True,
                              capture_output=True, check=True, timeout=PATIENCE + 5, **more).stdout

    def test_down(self):
        self.assertEqual(self.curl("/length"), f"200 {SIZE} 0")
        self.assertModest()

    def test_down_chunked(self):
        self.assertEqual(self.curl("/chunked"), f"200 {CHUNKED_SIZE} 0")
        self.assertModest()

    def test_up(self):
        # The length is told beforehand.
        self.assertEqual(self.curl("/take", "-T", "-", "-H", f"Content-Length: {SIZE}", "-H", "Transfer-Encoding:",
                                   stdin=self.zeros), f"200 3 {SIZE}")
        self.assertEqual(self.taken, SIZE)
        self.assertModest()

    def test_up_chunked(self):
        self.zeros.truncate(CHUNKED_SIZE)
        self.assertTrue(self.curl("/take-chunked", "-T", "-", stdin=self.zeros).startswith("200 3 "))
        self.assertEqual(self.taken, CHUNKED_SIZE)
        self.assertModest()

    def test_many_at_once(self):
        """Clients that do not read make the servers wait. Each direction of a connection may hold a block of 64 KiB."""
        def stall():
            peer = self.connect()
            peer.send("GET /length HTTP/1.1\r\nHost: a\r\n\r\n")
            peer.head()
            time.sleep(2)
        threads = [threading.Thread(target=stall) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertModest()


if __name__ == "__main__":
    mainstay.main()
