# SPDX-License-Identifier: GPL-3.0-or-later
"""What `cmake --install` puts down: all of it in its place, a unit that systemd takes, programs that find each other."""
import os
import pathlib
import sys
import tempfile
import unittest

os.environ["MAINSTAY_KEEP_ROOT"] = "yes"  # installing writes into the build folder, which may be root's
import mainstay

BUILD = mainstay.PROGRAMS.parent


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mainstay-")
        self.addCleanup(folder.cleanup)
        self.stage = pathlib.Path(folder.name)
        done = mainstay.run("cmake", "--install", BUILD, env={**os.environ, "DESTDIR": str(self.stage)}, seconds=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.root = self.stage / "usr/local"

    def test_it_is_whole(self):
        for place in "sbin/mainstayd", "sbin/mainstay-core", "sbin/mainstay-attendant", "sbin/mainstay-apphost", \
                     "bin/mainstayctl", "bin/mainstay-console":
            path = self.root / place
            self.assertTrue(os.access(path, os.X_OK), path)
            if path.name == "mainstay-attendant":
                continue  # it is not for people
            version = mainstay.run(path, "--version", env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
            self.assertEqual((version.returncode, version.stdout.split()[0]), (0, path.name), version)
        for place in "share/mainstay/demo/mainstay.toml", "share/doc/mainstay/reference/configuration.schema.json", \
                     "include/mainstay/apphost/plugin.h", "lib/sysusers.d/mainstay.conf":
            self.assertTrue((self.root / place).is_file(), place)

    def test_the_unit(self):
        text = (self.root / "lib/systemd/system/mainstay.service").read_text()
        self.assertIn("ExecStart=/usr/local/sbin/mainstayd ", text)
        unit = self.stage / "mainstay.service"
        unit.write_text(text.replace("ExecStart=", f"ExecStart={self.stage}"))
        done = mainstay.run("systemd-analyze", "verify", "--man=no", unit)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = mainstay.run("systemd-sysusers", "--dry-run", self.root / "lib/sysusers.d/mainstay.conf")
        self.assertIn("'mainstay'", done.stdout + done.stderr)

    def test_the_programs_find_each_other(self):
        done = mainstay.run(self.root / "bin/mainstayctl", "config", "check", "--config", self.root / "share/mainstay/demo")
        self.assertIn("The configuration is valid", done.stdout, done.stderr)


if __name__ == "__main__":
    if not os.access(BUILD, os.W_OK):
        sys.exit(77)
    mainstay.main()
