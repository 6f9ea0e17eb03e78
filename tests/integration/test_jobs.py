# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages for common jobs, each from nothing to what it promises; and every example of every page, checked."""
import json
import os
import re
import shlex
import tomllib
import unittest.mock

import mainstay
import recipes
import test_guide

# Of files, programs and users that an example names and this machine does not have.
SURROUNDINGS = ("file.", "secret.", "zone.unreadable", "users.", "app.no-program", "app.no-plugin", "app.unusable-folder",
                "app.environment", "database.")


def completed(tables: dict) -> dict:
    """With all that an example leaves to those before it."""
    tables.setdefault("certificate", {})["own"] = {"source": "local", "names": ["own.test"]}
    listeners = tables.setdefault("listener", {})
    listeners["own-web"] = {}
    listeners["own-tls"] = {"protocol": "https", "default_certificate": "own"}
    for number, listener in enumerate(listeners.values(), 1):
        listener.setdefault("address", [f"127.0.1.{number}:80"])
        if listener.get("protocol") == "https":
            listener.setdefault("default_certificate", "own")
    others = {"backend": {"server": {"a": {"address": "127.0.0.1:1"}}}, "app": {"command": "true"}, "cache": {}, "log": {},
              "certificate": {"source": "local", "names": ["other.test"]}, "database": {"file": "other.db"}}

    def need(kind: str, name):
        if name:
            tables.setdefault(kind, {}).setdefault(name, others[kind])
    for name in tables.get("service", {}).get("logs", []):
        need("log", name)
    for name, site in tables.get("site", {}).items():
        site.setdefault("hosts", [f"{name}.test"])
        for log in site.get("logs", []):
            need("log", log)
        need("certificate", site.get("certificate"))
        for one in [site, *site.get("route", [])]:
            for setting, kind in ("backend", "backend"), ("mirror", "backend"), ("auth_backend", "backend"), ("app", "app"), \
                                 ("auth_app", "app"), ("cache", "cache"):
                need(kind, one.get(setting))
    for listener in listeners.values():
        need("certificate", listener.get("default_certificate"))
    for certificate in list(tables["certificate"].values()):
        need("certificate", certificate.get("alternative"))
    for backend in list(tables.get("backend", {}).values()):
        need("certificate", backend.get("tls_certificate"))
    for app in list(tables.get("app", {}).values()):
        need("database", app.get("database"))
    return tables


class Jobs(recipes.TestCase):
    def test_https(self):
        web, secure = mainstay.free_port(), mainstay.free_port()
        self.written = {', "[::]:80"': "", ', "[::]:443"': "", "0.0.0.0:80": f"127.0.0.1:{web}",
                        "0.0.0.0:443": f"127.0.0.1:{secure}", "shop.example:80:": f"shop.example:{web}:",
                        "shop.example:443:": f"shop.example:{secure}:", "http://shop.example/": f"http://shop.example:{web}/",
                        "https://shop.example/": f"https://shop.example:{secure}/", "/var/lib/mainstay": self.service.state}
        shop = self.place("shop")
        page, settings, commands = self.of_page("https.md")[:3]
        (shop / "index.html").write_text(page)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertIn(f"Location: https://shop.example:{secure}/", outputs[1])
        self.assertIn("308 ", outputs[1])
        self.assertIn("Hello, over HTTPS.", outputs[2])

    def test_single_page(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}"}
        shop = self.place("shop")
        (shop / "dist/assets").mkdir(parents=True)
        page, program, api, settings, commands = self.of_page("spa.md")
        (shop / "dist/index.html").write_text(page)
        (shop / "dist/assets/main-4f2a.js").write_text(program)
        (shop / "api.js").write_text(api)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        for output in outputs[2:4]:
            self.assertIn("Cache-Control: no-cache", output)
            self.assertIn(page, output)
        self.assertIn("immutable", outputs[4])
        self.assertRegex(outputs[5], r"^\d{4}-\d\d-\d\dT")
        url = self.here("http://127.0.0.1:8080")
        self.assertEqual([mainstay.curl(url + path).status for path in ("/assets/gone.js", "/api/nothing")], [404, 404])

    def test_websocket(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}"}
        live = self.place("live")
        server, settings, client, commands = self.of_page("websocket.md")[:4]
        (live / "server.py").write_text(server)
        (live / "ask.py").write_text(client)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertTrue(outputs[2].startswith("heard hello\n"), outputs[2])
        mainstay.wait_until(lambda: '"GET /live HTTP/1.1" 101' in self.service.ctl_raw("log", "tail", "--access").stdout,
                            "its line")

    def test_canary(self):
        self.written = {f"127.0.0.1:{port}": f"127.0.0.1:{mainstay.free_port()}" for port in (8080, 9001, 9002)}
        settings, versions, commands = self.of_page("canary.md")[:3]
        self.service.configure(self.here(settings))
        self.service.write("conf.d/versions.toml", self.here(versions))
        outputs = self.type(commands)
        self.assertEqual([output.split("\n")[0] for output in outputs[2:5]], ["version 1", "version 2", "version 2"])

    def test_cache(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}"}
        shop = self.place("shop")
        program, settings, commands = self.of_page("cache.md")[:3]
        (shop / "server.js").write_text(program)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertEqual([re.search(r"X-Cache: (\w+)", outputs[at])[1] for at in (2, 3, 6)], ["MISS", "HIT", "MISS"])
        made = [re.search(r"made at (\S+)", outputs[at])[1] for at in (2, 3, 6)]
        self.assertEqual(made[0], made[1])
        self.assertNotEqual(made[1], made[2])
        self.assertIn("Cache-Status: Mainstay; fwd=uri-miss; stored", outputs[2])

    def test_grpc(self):
        self.written = {"localhost:8443": f"localhost:{(port := mainstay.free_port())}", "127.0.0.1:8443": f"127.0.0.1:{port}",
                        "127.0.0.1:50051": f"127.0.0.1:{mainstay.free_port()}", "/var/lib/mainstay": self.service.state}
        orders = self.place("orders")
        server, start, settings, client, commands = self.of_page("grpc.md")[:5]
        (orders / "server.py").write_text(server)
        (orders / "client.py").write_text(client)
        process = mainstay.start(shlex.split(self.here(start).rstrip("&\n ")))
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.service.configure(self.here(settings))
        with unittest.mock.patch.dict(os.environ, {"no_grpc_proxy": "localhost"}):
            outputs = self.type(commands)
        self.assertEqual(outputs[2].strip(), "placed: tea\ntea is packed\ntea is sent")

    def test_every_example_is_a_configuration(self):
        """Each by itself, with what it takes for granted: hosts, listeners, and what it names."""
        for page in sorted((recipes.SOURCE / "docs").glob("*.md")):
            for number, (language, text) in enumerate(recipes.blocks(page.name)):
                if language != "toml":
                    continue
                with self.subTest(f"{page.name}, block {number}"):
                    self.service.configure("".join(f"{kind} = {test_guide.toml(objects)}\n"
                                                   for kind, objects in completed(tomllib.loads(text)).items()))
                    done = mainstay.run(mainstay.PROGRAMS / "mainstayctl", "config", "check", "--json",
                                        "--config", self.service.config)
                    problems = json.loads(done.stdout)["problems"]
                    self.assertEqual([problem for problem in problems if problem["severity"] == "error" and
                                      not problem["code"].startswith(SURROUNDINGS)], [])


if __name__ == "__main__":
    mainstay.main()
