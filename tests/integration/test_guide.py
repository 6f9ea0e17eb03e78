# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/guide.md as its reader has it: all its examples together are one configuration, and each command works."""
import json
import re
import subprocess
import tomllib

import mainstay

GUIDE = (mainstay.HERE.parents[1] / "docs/guide.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.M | re.S)  # (language, text)

ZONE = "$TTL 300\n@ SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n"


def merge(into: dict, new: dict) -> dict:
    """Tables grow, lists of tables too, and the last of all else counts."""
    for key, value in new.items():
        if isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            into.setdefault(key, []).extend(value)
        else:
            into[key] = value
    return into


def toml(value) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


class Guide(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        examples = {}
        for language, block in BLOCKS:
            if language == "toml":
                merge(examples, tomllib.loads(block))
        # What no test may have: other addresses, and files elsewhere.
        for listener in examples["listener"].values():
            listener["address"] = [f"127.0.0.1:{mainstay.free_port()}"]
        examples["site"]["home"]["route"][0]["root"] = "www"
        examples["certificate"]["home"].update(certificate="home.pem", key="home.key")
        examples["backend"]["api"]["health_interval"] = "1h"  # its servers are in another network
        text = "".join(f"{kind} = {toml(objects)}\n" for kind, objects in examples.items())
        self.service = self.prepare(text, {"www/index.html": "hello", "zones/example.org.zone": ZONE})
        done = mainstay.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-subj", "/CN=www.example.org", "-addext", "subjectAltName=DNS:www.example.org",
                            "-keyout", self.service.config / "home.key", "-out", self.service.config / "home.pem")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.service.start()
        self.service.wait_serving()

    def commands(self) -> list:
        return [line.split("#")[0].split() for _, block in BLOCKS for line in block.splitlines()
                if line.startswith("mainstayctl ")]

    def test_examples_are_served_without_a_problem(self):
        status = self.service.status()
        # The servers it names are not there.
        self.assertEqual([one for one in status["problems"] if one["code"] != "backend.no-server"], [])
        self.assertEqual([site["active"] for site in status["sites"]], [True])

    def test_each_command_works(self):
        commands = self.commands()
        self.assertGreater(len(commands), 12)
        for name, *arguments in commands:
            with self.subTest(" ".join(arguments)):
                if "--confirm" in arguments:  # there has to be something to confirm
                    self.service.write("zones/example.org.zone", ZONE.replace("admin 1", "admin 2"))
                arguments = ["1" if word == "12" else word for word in arguments]
                if "-f" in arguments:
                    self.assertGoesOn(arguments)
                    continue
                done = self.service.ctl_raw(*arguments)
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
                self.assertNotEqual(done.stdout, "")

    def assertGoesOn(self, arguments):
        process = mainstay.start([mainstay.PROGRAMS / "mainstayctl", *arguments, "--socket",
                                  self.service.runtime / "control.sock"], stdout=subprocess.DEVNULL)
        try:
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(0.5)
        finally:
            process.terminate()
            process.wait(mainstay.PATIENCE)


if __name__ == "__main__":
    mainstay.main()
