# SPDX-License-Identifier: GPL-3.0-or-later
"""mainstay-apphost by itself, handed its configuration on a descriptor as the service does it."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import mainstay

TOKEN = "token-of-this-start-0123456789"


class Apphost:
    """`handlers` and `database` are as in the configuration, as Python values; `app` are further settings of the app."""

    def __init__(self, handlers: list, database: dict = None, **app):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ms-apphost-", dir="/tmp"))
        self.port = mainstay.free_port()
        configuration = {"app": {"shop": {"kind": "handlers", "handler": handlers, **app}}}
        if database:
            configuration["app"]["shop"]["database"] = "main"
            configuration["database"] = {"main": database}
        self._handed = json.dumps({"app": "shop", "instance": "1", "port": self.port, "token": TOKEN,
                                   "data": str(self.folder), "configuration": configuration}).encode()
        self._output = open(self.folder / "output", "w+")
        reader, writer = os.pipe()
        leaks = mainstay.HERE.parent / "support/lsan.supp"
        self._process = mainstay.start([mainstay.PROGRAMS / "mainstay-apphost", "--config-fd", reader],
                                       pass_fds=[reader], stdout=self._output, stderr=subprocess.STDOUT,
                                       env={**os.environ, "LSAN_OPTIONS": f"suppressions={leaks}:print_suppressions=0"})
        os.close(reader)
        with open(writer, "wb") as pipe:
            pipe.write(self._handed)

    @classmethod
    def serve(cls, test, *arguments, **options) -> "Apphost":
        """One that is ready, and ends with the test."""
        host = cls(*arguments, **options)
        test.addCleanup(host.close)
        mainstay.wait_until(lambda: host.get("/.mainstay/ready").status == 200 or host.fail_if_ended(), "apphost is ready")
        return host

    @property
    def pid(self) -> int:
        return self._process.pid

    def peak(self) -> int:
        """The most memory it has had, in bytes."""
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text())[1]) << 10

    def fail_if_ended(self):
        if self._process.poll() is not None:
            raise AssertionError(f"mainstay-apphost ended with {self._process.returncode}: {self.output()}")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def get(self, path: str, *options: str) -> mainstay.Reply:
        return mainstay.curl(self.url(path), "-H", f"Mainstay-Token: {TOKEN}", "-g", *options)

    def send(self, method: str, path: str, body=None, *options: str) -> mainstay.Reply:
        """`body` is sent as JSON; bytes as they are."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            return self.get(path, "-X", method, "-H", "Content-Type: application/json", "--data-binary", f"@{file.name}",
                            *options)

    def json(self, path: str):
        reply = self.get(path)
        if reply.status != 200:
            raise AssertionError(f"{path}: {reply}\n{self.output()}")
        return json.loads(reply.body)

    def counters(self) -> dict:
        return self.json("/.mainstay/status")

    def output(self) -> str:
        return (self.folder / "output").read_text(errors="replace")

    def wait(self) -> int:
        return self._process.wait(mainstay.PATIENCE)

    def signal(self, number: int):
        self._process.send_signal(number)

    def close(self):
        if self._output.closed:
            return
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            status = "no end"
        output = self.output()
        self._output.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        if status != 0 or re.search(r"Sanitizer|runtime error:|^Q[A-Z]\w+: ", output, re.MULTILINE):
            raise AssertionError(f"mainstay-apphost ended with {status}:\n{output}")


def parameter(name: str, type: str = "text", place: str = "query", **more) -> dict:
    return {"name": name, "type": type, "in": place, **more}
