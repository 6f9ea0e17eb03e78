# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of bodies that wait for somebody have in common."""
import contextlib
import hashlib
import os
import pathlib
import random
import re

import http_peers
import mainstay
from mainstay import HERE

MIB = 1 << 20


def content(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def spooled(service) -> list:
    """Sizes of the bodies that lie on the disk."""
    sizes = []
    folder = f"/proc/{service.core}/fd"
    for handle in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):
            if os.readlink(f"{folder}/{handle}").startswith(str(service.state / "spool")):
                sizes.append(os.stat(f"{folder}/{handle}").st_size)
    return sizes


class Memory:
    """What the core takes at most from here on."""

    def __init__(self, service):
        self._process = f"/proc/{service.core}"
        pathlib.Path(self._process, "clear_refs").write_text("5")
        self._before = self._peak()

    def _peak(self) -> int:
        return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(self._process, "status").read_text())[1]) << 10

    def growth(self) -> int:
        """Nothing under a sanitizer, which takes memory of its own."""
        if mainstay.is_sanitized():
            return 0
        return self._peak() - self._before


class TestCase(http_peers.TestCase):
    def serve_app(self, *, command: str, settings: str = "", route: str = "", service: str = "", listener: str = "",
                  files: dict = {}):
        self.service = self.serve(f"""
            [service]
            {service}
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            {listener}
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            app = "shop"
            {route}
            [[site.all.route]]
            path = "/static/"
            root = "site"
            [app.shop]
            {command}
            {settings}
            """, {"site/static/index.html": "static", **files})
        mainstay.wait_until(lambda: self.app()["ready"] == self.app()["wanted"], "the app is ready")

    def serve_node(self, **options):
        self.serve_app(command=f'command = "node"\narguments = ["{HERE}/backend.js", "a", "{{port}}"]', **options)

    def app(self) -> dict:
        return self.service.status()["apps"][0]

    def in_flight(self) -> int:
        return sum(entry["in_flight"] for entry in self.app()["instances"])

    def await_stored(self, *sizes: int):
        mainstay.wait_until(lambda: sorted(spooled(self.service)) == sorted(sizes), f"{sizes} are on the disk")
