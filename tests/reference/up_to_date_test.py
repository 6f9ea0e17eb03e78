# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/reference is what mainstay-reference writes now, and its links lead somewhere."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TREE = pathlib.Path(os.environ.get("MAINSTAY_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
REFERENCE = TREE / "docs/reference"


def stale_files(committed: pathlib.Path, written: pathlib.Path) -> list:
    """What to tell of each file that is not the same in both folders."""
    def texts(folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def fault(name):
        if name not in new:
            return "written by nobody: remove it"
        return ("stale" if name in kept else "missing") + ": run ./dev reference"

    kept, new = texts(committed), texts(written)
    return [f"docs/reference/{name} is {fault(name)}" for name in sorted(kept.keys() | new.keys())
            if kept.get(name) != new.get(name)]


class UpToDate(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        subprocess.run([os.environ["MAINSTAY_REFERENCE"], "--into", self.folder], check=True, timeout=30)

    def test_what_is_committed(self):
        stale = stale_files(REFERENCE, self.folder)
        self.assertFalse(stale, "\n" + "\n".join(stale))

    def test_links(self):
        count = 0
        for document in sorted(self.folder.glob("*.md")):
            text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.M | re.S)
            headings = re.findall(r"^#+ (.*)$", text, re.M)
            anchors = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
            self.assertEqual(len(anchors), len(set(anchors)), f"{document.name}: two headings with one anchor")
            for target in re.findall(r"\]\(([^)]*)\)", text):
                count += 1
                if target.startswith("#"):
                    self.assertIn(target[1:], anchors, document.name)
                elif not target.startswith("https://"):
                    self.assertTrue((REFERENCE / target).exists(), f"{document.name}: {target}")
        self.assertGreater(count, 100)

    def test_a_stale_file_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            committed = pathlib.Path(folder, "reference")
            shutil.copytree(self.folder, committed)
            self.assertEqual([], stale_files(committed, self.folder))
            (committed / "commands.md").unlink()
            (committed / "notes.md").touch()
            with open(committed / "configuration.md", "a") as file:
                file.write("\n")
            self.assertEqual(["docs/reference/commands.md is missing: run ./dev reference",
                              "docs/reference/configuration.md is stale: run ./dev reference",
                              "docs/reference/notes.md is written by nobody: remove it"],
                             stale_files(committed, self.folder))


if __name__ == "__main__":
    unittest.main()
