# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/*.md tells people to do, done as it stands: only ports, folders and hosts are the test's."""
import pathlib
import re
import shlex

import mainstay

CURL = ["-sSf", "--noproxy", "*", "-w", "%{http_code} "]
SOURCE = mainstay.HERE.parents[1]


def blocks(page: str) -> list:
    """(language, text)"""
    return re.findall(r"^```(\w*)\n(.*?)^```$", (SOURCE / "docs" / page).read_text(), re.M | re.S)


class TestCase(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.service = self.prepare("")
        self.written = {}  # what the page has for other words here

    def here(self, text: str) -> str:
        for word, ours in self.written.items():
            text = text.replace(word, str(ours))
        return text

    def type(self, block: str) -> list:
        """Types the commands, each until it works, as somebody would who is too fast; their outputs."""
        try:
            return [mainstay.wait_until(lambda: self.works(line), line) for line in block.splitlines()]
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.said}") from None

    def works(self, line: str) -> str:
        name, *arguments = shlex.split(self.here(line), comments=True)
        if name == "mainstayctl":
            done = self.service.ctl_raw(*arguments)
        else:
            done = mainstay.run(name, *arguments, *(CURL if name == "curl" else []), seconds=100)
        self.said = done.stdout + done.stderr
        promised = re.search(r"# (\S+) is ready", line)
        is_kept = not promised or (re.search(rf"^{re.escape(promised[1])} +ready\b", done.stdout, re.M) and
                                   not re.search(r"^\S+ +starting\b", done.stdout, re.M))
        return done.stdout + "\n" if done.returncode == 0 and is_kept else ""

    def serve_nothing(self):
        self.service.start()
        self.service.wait_serving()

    def ready(self, app: str):
        mainstay.wait_until(lambda: [entry["ready"] for entry in self.service.status()["apps"] if entry["name"] == app] == [1],
                            f"{app} is ready")

    def of_page(self, page: str) -> list:
        """Its blocks, in order."""
        self.serve_nothing()
        return [text for _, text in blocks(page)]

    def place(self, name: str) -> pathlib.Path:
        """A folder in the place of /srv/NAME."""
        folder = self.service.folder / name
        folder.mkdir()
        self.written[f"/srv/{name}"] = folder
        return folder
