# SPDX-License-Identifier: GPL-3.0-or-later
"""The published JSON Schema, asked with a validator of others: it takes what the documents show, and refuses mistakes."""
import json
import os
import pathlib
import re
import tomllib
import unittest

import jsonschema

TREE = pathlib.Path(os.environ.get("MAINSTAY_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])
SCHEMA = json.loads((TREE / "docs/reference/configuration.schema.json").read_text())
DEMO = (TREE / "installer/demo/mainstay.toml").read_text()


def mistakes(configuration: dict) -> list:
    """The paths of all that the schema refuses."""
    errors = jsonschema.Draft202012Validator(SCHEMA).iter_errors(configuration)
    return sorted(".".join(map(str, error.absolute_path)) for error in errors)


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


class Schema(unittest.TestCase):
    def test_it_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)
        self.assertEqual("https://json-schema.org/draft/2020-12/schema", SCHEMA["$schema"])

    def test_the_demo(self):
        self.assertEqual([], mistakes(tomllib.loads(DEMO)))

    def test_what_the_documents_show(self):
        shown = 0
        for document in sorted(TREE.glob("docs/**/*.md")):
            examples = {}
            for block in re.findall(r"^```toml\n(.*?)^```$", document.read_text(), re.M | re.S):
                merge(examples, tomllib.loads(block))
                shown += 1
            self.assertEqual([], mistakes(examples), document.name)
        self.assertGreater(shown, 15)

    def test_mistakes_in_the_demo(self):
        for before, after, path in (
                ("workers = 1", "workers = 1000", "service.workers"),
                ("workers = 1", 'workers = "1"', "service.workers"),
                ("workers = 1", "worker = 1", "service"),
                ("[service]", "[services]", ""),
                ('protocol = "http"', 'protocol = "htp"', "listener.web.protocol"),
                ('["127.0.0.1:8080"]', "[]", "listener.web.address"),
                ('["127.0.0.1:8080"]', '["127.0.0.1"]', "listener.web.address.0"),
                ('["127.0.0.1:8080"]', '"127.0.0.1:8080"', "listener.web.address"),
                ('health_path = "/"', 'health_path = "health"', "backend.mirror.health_path"),
                ('health_path = "/"', 'health_interval = "2 seconds"', "backend.mirror.health_interval"),
                ('address = "127.0.0.1:8081"', "weight = 2", "backend.mirror.server.a"),
                ('address = "127.0.0.1:8081"', 'address = "127.0.0.1"', "backend.mirror.server.a.address"),
                ('file = "demo.test.zone"', 'file = ""', "zone.demo.test.file"),
                ('[zone."demo.test"]', '[zone."Demo.test"]', "zone"),
                ("max_rows = 100", "max_rows = 0", "app.guestbook.handler.0.max_rows"),
                ("max_length = 1000", "max_length = 1.5", "app.guestbook.handler.1.parameter.1.max_length")):
            with self.subTest(after):
                self.assertEqual(1, DEMO.count(before))
                self.assertEqual([path], mistakes(tomllib.loads(DEMO.replace(before, after))))


if __name__ == "__main__":
    unittest.main()
