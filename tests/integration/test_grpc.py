# SPDX-License-Identifier: GPL-3.0-or-later
"""gRPC through the service, with its own client and server."""
import concurrent.futures
import json
import pathlib
import shutil
import tempfile
import threading
import time

import grpc

import http_peers
import mainstay
import tls_peers

LARGE = 3_000_000


class Calls(grpc.GenericRpcHandler):
    """Methods of every kind, on messages that are bytes."""

    def __init__(self):
        self.cancelled = threading.Event()

    def service(self, details):
        kinds = {"echo": grpc.unary_unary_rpc_method_handler, "count": grpc.unary_stream_rpc_method_handler,
                 "quiet": grpc.unary_stream_rpc_method_handler, "endless": grpc.unary_stream_rpc_method_handler,
                 "sum": grpc.stream_unary_rpc_method_handler, "talk": grpc.stream_stream_rpc_method_handler,
                 "fail": grpc.unary_unary_rpc_method_handler}
        name = details.method.rpartition("/")[2]
        return kinds[name](getattr(self, name)) if name in kinds else None

    def echo(self, message, context):
        context.send_initial_metadata([("initial", dict(context.invocation_metadata()).get("asked", ""))])
        context.set_trailing_metadata([("trailing", "yes")])
        return message

    def fail(self, message, context):
        context.abort(grpc.StatusCode.NOT_FOUND, "there is no " + message.decode())

    def count(self, message, _context):
        for number in range(int(message)):
            yield b"%d" % number

    def quiet(self, _message, _context):
        yield b"first"
        time.sleep(2.5)
        yield b"last"

    def endless(self, _message, context):
        context.add_callback(self.cancelled.set)
        while not self.cancelled.wait(0.05):
            yield b"more"

    def sum(self, messages, _context):
        return b"%d" % sum(len(message) for message in messages)

    def talk(self, messages, _context):
        for message in messages:
            yield message[::-1]


class Grpc(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.calls = Calls()

    def server(self, credentials: grpc.ServerCredentials = None) -> tuple:
        """A gRPC server and its port."""
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(64), handlers=[self.calls])
        if credentials:
            port = server.add_secure_port("127.0.0.1:0", credentials)
        else:
            port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(lambda: server.stop(None).wait())
        return server, port

    def serve_grpc(self, *ports: int, backend: str = 'protocol = "h2c"', options=()) -> grpc.Channel:
        self.service = self.serve_backend(*ports, backend=f'response_timeout = "1s"\n{backend}')
        channel = grpc.insecure_channel(f"127.0.0.1:{self.port}", [("grpc.enable_http_proxy", 0), *options])
        self.addCleanup(channel.close)
        return channel

    def test_a_call_with_its_metadata(self):
        channel = self.serve_grpc(self.server()[1])
        reply, call = channel.unary_unary("/Test/echo").with_call(b"hello", timeout=mainstay.PATIENCE,
                                                                  metadata=[("asked", "this")])
        self.assertEqual(reply, b"hello")
        self.assertEqual(dict(call.initial_metadata())["initial"], "this")
        self.assertEqual(dict(call.trailing_metadata())["trailing"], "yes")

    def test_an_error_is_the_servers(self):
        channel = self.serve_grpc(self.server()[1])
        for method, code, detail in ("fail", grpc.StatusCode.NOT_FOUND, "there is no tea"), \
                                    ("none", grpc.StatusCode.UNIMPLEMENTED, "Method not found!"):
            with self.assertRaises(grpc.RpcError) as failed:
                channel.unary_unary(f"/Test/{method}")(b"tea", timeout=mainstay.PATIENCE)
            self.assertEqual((failed.exception.code(), failed.exception.details()), (code, detail))

    def test_streams_in_all_directions(self):
        channel = self.serve_grpc(self.server()[1])
        counted = list(channel.unary_stream("/Test/count")(b"2000", timeout=mainstay.PATIENCE))
        self.assertEqual(counted, [b"%d" % number for number in range(2000)])
        added = channel.stream_unary("/Test/sum")(iter([b"x" * 1000] * 500), timeout=mainstay.PATIENCE)
        self.assertEqual(added, b"500000")
        turn = threading.Semaphore(1)

        def messages():
            for number in range(20):
                turn.acquire()  # not before the one before was answered
                yield b"ab%d" % number
        heard = []
        for message in channel.stream_stream("/Test/talk")(messages(), timeout=mainstay.PATIENCE):
            heard.append(message)
            turn.release()
        self.assertEqual(heard, [(b"ab%d" % number)[::-1] for number in range(20)])

    def test_large_messages(self):
        channel = self.serve_grpc(self.server()[1])
        message = bytes(range(250)) * (LARGE // 250)
        self.assertEqual(channel.unary_unary("/Test/echo")(message, timeout=mainstay.PATIENCE), message)

    def test_many_calls_share_few_connections(self):
        port = self.server()[1]
        channel = self.serve_grpc(port)
        call = channel.unary_unary("/Test/echo")
        futures = [call.future(b"%d" % number, timeout=mainstay.PATIENCE) for number in range(500)]
        self.assertEqual([future.result() for future in futures], [b"%d" % number for number in range(500)])
        self.assertLessEqual(len(mainstay.clients_of(port)), 8)

    def test_a_call_may_be_quiet(self):
        channel = self.serve_grpc(self.server()[1])
        self.assertEqual(list(channel.unary_stream("/Test/quiet")(b"", timeout=mainstay.PATIENCE)), [b"first", b"last"])

    def test_a_call_that_is_cancelled(self):
        channel = self.serve_grpc(self.server()[1])
        call = channel.unary_stream("/Test/endless")(b"", timeout=mainstay.PATIENCE)
        self.assertEqual(next(call), b"more")
        call.cancel()
        self.assertTrue(self.calls.cancelled.wait(mainstay.PATIENCE))

    def test_no_server(self):
        channel = self.serve_grpc(mainstay.free_port())
        with self.assertRaises(grpc.RpcError) as failed:
            channel.unary_unary("/Test/echo")(b"", timeout=mainstay.PATIENCE)
        self.assertEqual(failed.exception.code(), grpc.StatusCode.UNAVAILABLE)

    def test_a_server_that_is_stopped_loses_no_call(self):
        """With a client that makes such calls again: until its GOAWAY is read, a gRPC server that was stopped answers new
        calls with CANCELLED, by which nobody but the client can tell that they may be repeated."""
        first, second = self.server(), self.server()
        channel = self.serve_grpc(first[1], second[1], options=[("grpc.service_config", json.dumps({"methodConfig": [{
            "name": [{}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s",
                                          "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}]}))])
        call = channel.unary_unary("/Test/echo")
        futures = []
        for number in range(400):
            futures.append(call.future(b"%d" % number, timeout=mainstay.PATIENCE))
            if number == 200:
                first[0].stop(mainstay.PATIENCE)  # finishes what it has
            time.sleep(0.002)
        self.assertEqual([future.result() for future in futures], [b"%d" % number for number in range(400)])

    def test_over_tls(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="mainstay-certificates-"))
        self.addCleanup(shutil.rmtree, folder)
        authority = tls_peers.Authority(folder)
        pem, key = authority.sign("app.test")
        port = self.server(grpc.ssl_server_credentials([(key.read_bytes(), pem.read_bytes())]))[1]
        channel = self.serve_grpc(port, backend=f'protocol = "h2"\ntls_name = "app.test"\ntls_ca = "{authority.pem}"')
        self.assertEqual(channel.unary_unary("/Test/echo")(b"hello", timeout=mainstay.PATIENCE), b"hello")


if __name__ == "__main__":
    mainstay.main()
