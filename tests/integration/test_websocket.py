# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that change their protocol on the way to a server: WebSocket by a real client and server, and by hand."""
import asyncio
import os
import threading
import time

import websockets

import http_peers
import mainstay

UPGRADE = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: own/1\r\n\r\n"
SWITCHED = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own/1\r\nX-Own: yes\r\n\r\n"


class EchoServer:
    """WebSocket in a thread of its own: says back what it hears."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.paths = []

        async def serve():
            async def echo(socket, path):
                self.paths.append(path)
                async for message in socket:
                    await socket.send(message)
            self.server = await websockets.serve(echo, "127.0.0.1", 0, max_size=None)
            self.port = self.server.sockets[0].getsockname()[1]
            started.set()
        self.loop.create_task(serve())
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        started.wait(mainstay.PATIENCE)

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)


class WebSocket(http_peers.TestCase):
    def test_messages_both_ways(self):
        server = EchoServer()
        self.addCleanup(server.end)
        service = self.serve_backend(server.port)
        messages = ["hello", b"\0\1\2", "", os.urandom(3_000_000), "x" * 70_000]

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{self.port}/chat?a=b", max_size=None) as socket:
                for message in messages:
                    await socket.send(message)
                    self.assertEqual(await socket.recv(), message)
                await asyncio.gather(*(socket.send(str(i)) for i in range(500)))
                self.assertEqual([await socket.recv() for _ in range(500)], [str(i) for i in range(500)])
        asyncio.run(asyncio.wait_for(talk(), mainstay.PATIENCE))
        self.assertEqual(server.paths, ["/chat?a=b"])
        log = service.state / "log/access.log"
        mainstay.wait_until(lambda: '"GET /chat?a=b HTTP/1.1" 101' in log.read_text(), "the line in the access log")

    def test_what_each_side_sees(self):
        heard = []

        def serve(peer):
            heard.append(peer.head())
            peer.send(SWITCHED, "first")
            heard.append(peer.exactly(4))
            peer.send("last")
        self.serve_backend(self.backend(serve).port)
        peer = self.connect()
        peer.send(UPGRADE, "ping")  # without waiting for the answer
        head = peer.head()
        self.assertEqual((head.status, head.get("upgrade"), head.get("connection"), head.get("x-own")),
                         (101, "own/1", "Upgrade", "yes"))
        self.assertEqual(peer.rest(), b"firstlast")
        self.assertEqual((heard[0].get("upgrade"), heard[0].get("connection"), heard[1]), ("own/1", "Upgrade", b"ping"))

    def test_a_side_that_ends_in_order_still_hears(self):
        def serve(peer):
            peer.head()
            peer.send(SWITCHED)
            said = peer.rest()  # up to the client's end
            peer.send(b"heard " + said)
        self.serve_backend(self.backend(serve).port)
        peer = self.connect()
        peer.send(UPGRADE)
        peer.head()
        peer.send("all of it")
        peer.socket.shutdown(1)
        self.assertEqual(peer.rest(), b"heard all of it")

    def test_a_server_that_does_not_change(self):
        self.serve_backend(self.backend(http_peers.answering(http_peers.ok())).port)
        peer = self.connect()
        for _ in range(2):  # and the connection goes on
            peer.send(UPGRADE)
            self.assertEqual(peer.message().body, b"ok\n")

    def test_another_http_is_no_change_to_pass_on(self):
        heard = []

        def serve(peer):
            heard.append(peer.message())
            peer.send(http_peers.ok())
        self.serve_backend(self.backend(serve).port)
        for offer in "h2c", "own/1, H2C":
            peer = self.connect()
            peer.send(UPGRADE.replace("own/1", offer))
            self.assertEqual(peer.message().body, b"ok\n")
            self.assertIsNone(heard[-1].get("upgrade"))

    def test_a_change_that_nobody_asked_for(self):
        self.serve_backend(self.backend(http_peers.answering(SWITCHED.encode())).port)
        for request in ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: own/1\r\n\r\n",
                        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: own/1\r\nContent-Length: 1\r\n\r\nx"):
            self.assertEqual(self.ask(request).status, 502)

    def test_silence_ends_it(self):
        ended = []

        def serve(peer):
            peer.head()
            peer.send(SWITCHED)
            for _ in range(5):
                time.sleep(0.6)
                peer.send("x")  # which is no silence
            began = time.monotonic()
            peer.rest()
            ended.append(time.monotonic() - began)
        self.serve_backend(self.backend(serve).port, backend='tunnel_timeout = "2s"')
        peer = self.connect()
        peer.send(UPGRADE)
        peer.head()
        self.assertEqual(peer.rest(), b"xxxxx")
        mainstay.wait_until(lambda: ended, "the server's end")
        self.assertLess(ended[0], 8)

    def test_a_client_that_is_gone_is_told_to_the_server(self):
        ended = threading.Event()

        def serve(peer):
            peer.head()
            peer.send(SWITCHED)
            peer.rest()
            ended.set()
        self.serve_backend(self.backend(serve).port)
        peer = self.connect()
        peer.send(UPGRADE)
        peer.head()
        peer.close()
        self.assertTrue(ended.wait(5))

    def test_stopping_ends_it(self):
        def serve(peer):
            peer.head()
            peer.send(SWITCHED)
            peer.rest()
        service = self.serve_backend(self.backend(serve).port)
        service.configure((service.config / "mainstay.toml").read_text().replace("[service]", '[service]\ndrain_timeout = "1s"'))
        service.apply()
        peer = self.connect()
        peer.send(UPGRADE)
        peer.head()
        began = time.monotonic()
        self.assertEqual(service.stop(), 0)
        self.assertLess(time.monotonic() - began, 8)


if __name__ == "__main__":
    mainstay.main()
