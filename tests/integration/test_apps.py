# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs the service runs: started, handed an address, watched, replaced, ended; and what happens when they misbehave."""
import collections
import http.client
import json
import os
import shutil
import signal
import statistics
import threading
import time

import mainstay
from mainstay import HERE


def alive(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class TestCase(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def toml(self, *habits: str, settings: str = "", more: str = "") -> str:
        words = "".join(f', "{habit}"' for habit in habits)
        address = "{socket}" if 'listen = "socket"' in settings else "{port}"
        return f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            app = "shop"
            [[site.all.route]]
            path = "/static/"
            root = "site"
            [app.shop]
            command = "/usr/bin/python3"
            arguments = ["-B", "{HERE}/app.py", "{address}"{words}]
            ready_path = "/health"
            {settings}
            {more}
            """

    def serve_app(self, *habits: str, settings: str = "", ready: int = 1) -> mainstay.Service:
        service = self.serve(self.toml(*habits, settings=settings), {"site/static/index.html": "static"})
        if ready:
            self.await_ready(service, ready)
        return service

    def app(self, service) -> dict:
        return service.status()["apps"][0]

    def await_ready(self, service, count: int = 1):
        return mainstay.wait_until(lambda: (app := self.app(service))["ready"] == count and app, "the app is ready")

    def get(self, path: str = "/") -> mainstay.Reply:
        return mainstay.curl(self.url + path)

    def instances(self, service) -> dict:
        return {instance["name"]: instance for instance in self.app(service)["instances"]}

    def kill_core(self, service):
        core = service.core
        os.kill(core, signal.SIGKILL)
        mainstay.wait_until(lambda: service.core not in (0, core) and service.status(), "another core serves")


class Running(TestCase):
    def test_instances_and_what_they_are_handed(self):
        service = self.serve_app(settings='instances = 2\nenvironment = ["GREETING=hello {instance}", "PATH_OF={state}"]',
                                 ready=2)
        answers = {self.get().body.decode() for _ in range(8)}
        self.assertEqual({answer.split()[0] for answer in answers}, {"shop/1", "shop/2"})
        app = self.app(service)
        self.assertEqual({str(instance["pid"]) for instance in app["instances"]}, {a.split()[1] for a in answers})
        self.assertIn(self.get("/env?GREETING").body, (b"hello 1", b"hello 2"))
        self.assertEqual(self.get("/env?STATE_DIRECTORY").body.decode(), str(service.state / "apps/shop"))
        self.assertEqual(self.get("/env?MAINSTAY_SOCKET").body, b"")
        for instance in app["instances"]:
            self.assertEqual((instance["state"], instance["restarts"], instance["processes"]), ("ready", 0, 1))
            self.assertGreater(instance["memory_bytes"], 1 << 20)
        lines = service.ctl_raw("log", "tail", "--app", "shop").stdout
        self.assertEqual(lines.count("listening on"), 2)
        self.assertIn("shop/1.", service.ctl_raw("app", "list").stdout)
        self.assertEqual(service.ctl("metrics")["apps"][0]["name"], "shop")
        service.ctl("log", "tail", "--app", "none", ok=False)
        service.ctl("app", "restart", "none", ok=False)

    def test_unix_socket(self):
        service = self.serve_app(settings='listen = "socket"')
        self.assertEqual(self.get().body.split()[0], b"shop/1")
        path = self.app(service)["instances"][0]["address"].partition("unix:")[2]
        self.assertTrue(path.startswith(str(service.runtime)))
        self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o007, 0)

    def test_a_socket_that_was_left_is_no_obstacle(self):
        service = self.serve_app(settings='listen = "socket"')
        process = self.app(service)["instances"][0]["pid"]
        os.kill(process, signal.SIGKILL)
        app = mainstay.wait_until(lambda: (a := self.app(service))["ready"] == 1 and
                                  a["instances"][0]["pid"] not in (0, process) and a, "it is ready again")
        self.assertEqual(app["instances"][0]["restarts"], 1)
        self.assertEqual(self.get().status, 200)

    def test_what_is_too_long_is_refused(self):
        service = self.serve(self.toml(settings=f'environment = ["A={"a" * 40000}"]'))
        mainstay.wait_until(lambda: "is longer than 32768 bytes" in self.app(service)["reason"], "it is said")

    def test_apps_outlive_the_core(self):
        service = self.serve_app(settings="instances = 2", ready=2)
        before = {instance["pid"] for instance in self.app(service)["instances"]}
        load = self.load(self.url + "/static/")
        core = service.core
        os.kill(core, signal.SIGKILL)
        mainstay.wait_until(lambda: service.core not in (0, core) and service.status(), "another core serves")
        for _ in range(4):
            self.assertEqual(self.get().status, 200)
        self.assertEqual({instance["pid"] for instance in self.app(service)["instances"]}, before)
        load.finish()

    def test_a_core_replaced_in_a_rollout_keeps_what_is_ready(self):
        service = self.serve_app(settings='ready_timeout = "2s"')
        before = self.app(service)["instances"][0]["pid"]
        service.configure(self.toml("never-ready", settings='ready_timeout = "2s"'))
        service.apply()
        mainstay.wait_until(lambda: len(self.app(service)["instances"]) == 2, "the new one is started")
        core = service.core
        os.kill(core, signal.SIGKILL)
        mainstay.wait_until(lambda: service.core not in (0, core) and service.status(), "another core serves")
        deadline = time.monotonic() + 5  # in which the new one is given up
        while time.monotonic() < deadline:
            self.assertEqual(self.get().body.split()[1], str(before).encode())
            time.sleep(0.05)
        self.assertIn("was not ready", self.app(service)["reason"])

    def test_a_core_replaced_while_an_instance_ends_keeps_its_successor(self):
        service = self.serve_app("end-late")
        ending = self.instances(service)["1.1"]["address"]
        service.ctl("app", "restart", "shop")
        mainstay.wait_until(lambda: mainstay.curl(f"http://{ending}/").status == 0, "the old one listens no more")
        self.kill_core(service)
        self.assertEqual({name: entry["state"] for name, entry in self.instances(service).items()},
                         {"1.1": "stopping", "1.2": "ready"})
        deadline = time.monotonic() + 4
        while time.monotonic() < deadline:
            self.assertEqual(self.get().status, 200)
            time.sleep(0.05)
        self.assertEqual(list(self.instances(service)), ["1.2"])

    def test_a_restart_outlives_the_core(self):
        service = self.serve_app("late", settings="instances = 3", ready=3)
        service.ctl("app", "restart", "shop")
        mainstay.wait_until(lambda: self.instances(service).get("1.4", {}).get("state") == "ready", "the first is new")
        self.kill_core(service)
        self.assertTrue(self.app(service)["restarting"])
        mainstay.wait_until(lambda: set(self.instances(service)) == {"1.4", "2.5", "3.6"}, "all are new", 60)
        self.await_ready(service, 3)
        self.assertFalse(self.app(service)["restarting"])

    def test_why_it_cannot_be_started_again_is_said(self):
        service = self.serve(self.toml(settings='folder = "work"'), {"site/static/index.html": "static", "work/x": ""})
        self.await_ready(service)
        shutil.rmtree(service.config / "work")
        os.kill(self.app(service)["instances"][0]["pid"], signal.SIGKILL)
        said = f"cannot start /usr/bin/python3 in {service.config}/work: "
        mainstay.wait_until(lambda: said in self.app(service)["reason"], "the app says it")
        mainstay.wait_until(lambda: any(said in entry["reason"] for entry in self.instances(service).values()) or
                            not self.instances(service), "and its instance, if there is one")
        (service.config / "work").mkdir()
        self.await_ready(service)
        self.assertEqual(self.app(service)["reason"], "")

    def test_one_that_hangs_is_replaced(self):
        service = self.serve_app(settings='ready_timeout = "2s"')
        before = self.app(service)["instances"][0]["pid"]
        os.kill(before, signal.SIGSTOP)
        mainstay.wait_until(lambda: (app := self.app(service))["ready"] == 1 and
                            app["instances"][-1]["pid"] != before, "another one is ready", 30)
        self.assertEqual(self.get().status, 200)

    def test_a_restart_leaves_no_gap(self):
        service = self.serve_app(settings="instances = 2", ready=2)
        before = {instance["pid"] for instance in self.app(service)["instances"]}
        load = self.load(self.url + "/", 8)
        service.ctl("app", "restart", "shop")

        def replaced():
            app = self.app(service)
            return len(app["instances"]) == 2 and app["ready"] == 2 and not app["restarting"] and \
                before.isdisjoint(instance["pid"] for instance in app["instances"])
        mainstay.wait_until(replaced, "all instances are others")
        self.assertUnharmed(load)
        mainstay.wait_until(lambda: not any(map(alive, before)), "the old ones have ended")

    def begin_upload(self, rest: int = 1):
        """A request of which so much is yet to come."""
        client = mainstay.connect(self.port)
        self.addCleanup(client.close)
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n{" % (rest + 1))
        return client

    def test_bodies_that_do_not_come_hold_up_no_instance(self):
        service = self.serve_app(settings="instances = 2", ready=2)
        clients = [self.begin_upload(20000) for _ in range(20)]
        for _ in range(20):
            self.assertEqual(self.get().status, 200)
        self.assertEqual([entry["in_flight"] for entry in self.instances(service).values()], [0, 0])
        # And meanwhile, they may be replaced.
        service.ctl("app", "restart", "shop")
        mainstay.wait_until(lambda: set(self.instances(service)) == {"1.3", "2.4"}, "all are new")
        for client in clients:
            client.sendall(b"x" * 20000)
            answer = http.client.HTTPResponse(client)
            answer.begin()
            self.assertEqual((answer.status, answer.read()), (200, b"20001"))

    def test_a_large_body_is_passed_on_as_it_comes_where_it_is_to_be(self):
        service = self.serve_app()
        service.configure(self.toml().replace('app = "shop"', 'app = "shop"\nrequest_buffering = "off"'))
        service.apply()
        client = self.begin_upload(200_000)
        client.sendall(b"x" * 100_000)
        mainstay.wait_until(lambda: self.app(service)["instances"][0]["in_flight"] == 1, "the instance has it")
        client.sendall(b"x" * 100_000)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        self.assertEqual((answer.status, answer.read()), (200, b"200001"))

    def test_changes_replace_and_scale(self):
        service = self.serve_app()
        before = self.app(service)["instances"][0]["pid"]
        load = self.load(self.url + "/", 8)
        service.configure(self.toml(settings="instances = 3"))  # no reason to replace the first
        service.apply()
        self.await_ready(service, 3)
        self.assertIn(before, [instance["pid"] for instance in self.app(service)["instances"]])
        service.configure(self.toml(settings='instances = 1\nenvironment = ["A=b"]'))
        service.apply()
        mainstay.wait_until(lambda: [before, 1] != [(a := self.app(service))["instances"][0]["pid"], a["ready"]]
                            and len(a["instances"]) == 1 and a["ready"] == 1, "one instance, another one")
        self.assertEqual(self.get("/env?A").body, b"b")
        self.assertUnharmed(load)
        # And gone: the site leads elsewhere, the process ends.
        last = self.app(service)["instances"][0]["pid"]
        service.configure(self.toml().partition("[app.shop]")[0].replace('app = "shop"', 'root = "site"'))
        service.apply()
        mainstay.wait_until(lambda: not alive(last), "it has ended")
        mainstay.wait_until(lambda: service.status()["apps"] == [], "the service has noticed")

    def test_the_log_of_what_was_taken_out(self):
        service = self.serve_app()
        service.configure(self.toml().split("[[site")[0] + '[[site.all.route]]\npath = "/"\nroot = "site"')
        service.apply()
        mainstay.wait_until(lambda: service.status()["apps"] == [], "it has ended")
        self.assertEqual(service.ctl_raw("log", "tail", "--app", "shop").returncode, 0)
        self.assertIn("there is no app", str(service.ctl("log", "tail", "--app", "shops", ok=False)))

    def test_a_stop_lets_requests_finish(self):
        service = self.serve_app()
        peer = mainstay.connect(self.port)
        peer.sendall(b"GET /slow?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        mainstay.wait_until(lambda: self.app(service)["instances"][0]["in_flight"] == 1, "the request is in flight")
        process = self.app(service)["instances"][0]["pid"]
        self.assertEqual(service.stop(), 0)
        self.assertTrue(peer.recv(1000).startswith(b"HTTP/1.1 200"))
        peer.close()
        self.assertFalse(alive(process))

    def test_secrets_of_the_environment(self):
        service = self.prepare(self.toml(settings='environment_file = "secrets"'), {"secrets": "TOKEN=s3cret\n"})
        os.chmod(service.config / "secrets", 0o600)
        service.start()
        service.wait_serving()
        self.await_ready(service)
        self.assertEqual(self.get("/env?TOKEN").body, b"s3cret")
        self.assertNotIn("s3cret", service.ctl_raw("status", "--json").stdout + service.output())
        with open(f"/proc/{self.app(service)['instances'][0]['pid']}/cmdline") as line:
            self.assertNotIn("s3cret", line.read())
        os.chmod(service.config / "secrets", 0o644)
        service.ctl("app", "restart", "shop")
        mainstay.wait_until(lambda: "open to others" in self.app(service)["reason"], "it is said")
        self.assertEqual(self.get().status, 200)  # the old instance stays


    def test_the_environment_overrides(self):
        toml = self.toml(settings='''environment = ["PATH=/nowhere", "HOME=/a", "USER=b"]
                                       environment_file = "secrets"''').replace("/usr/bin/python3", "my-python")
        service = self.prepare(toml, {"site/static/index.html": "static"})
        (service.config / "bin").mkdir()
        (service.config / "bin/my-python").symlink_to("/usr/bin/python3")
        path = f"{service.config}/bin:/usr/bin:/bin"
        os.chmod(service.write("secrets", f"LANG=C\r\nPATH={path}\r\n"), 0o600)
        service.start()
        service.wait_serving()
        self.await_ready(service)
        self.assertEqual(service.ctl("config", "check")["problems"], [])
        for name, value in {"PATH": path, "HOME": "/a", "USER": "b", "LANG": "C"}.items():
            self.assertEqual(self.get(f"/env?{name}").body.decode(), value)
        service.configure(toml.replace("= \"secrets", "= \"others"))
        check = service.ctl("config", "check", ok=False)
        self.assertEqual({(p["code"], p["path"]) for p in check["problems"]},
                         {("app.environment", "app.shop.environment_file"), ("app.no-program", "app.shop.command")})

    def test_a_pipe_for_secrets_holds_nobody_up(self):
        service = self.prepare(self.toml(settings='environment_file = "secrets"'), {"site/static/index.html": "static"})
        os.mkfifo(service.config / "secrets", 0o600)
        service.start()
        service.wait_serving()
        mainstay.wait_until(lambda: "is not a plain file" in self.app(service)["reason"], "it is said")
        check = service.ctl("config", "check", ok=False)
        self.assertEqual([(p["code"], p["path"]) for p in check["problems"]],
                         [("app.environment", "app.shop.environment_file")])
        self.assertEqual(self.get("/static/").body, b"static")


class Misbehaving(TestCase):
    def assertContained(self, service):
        """Everything else works, and nothing has to wait."""
        times = []
        for _ in range(100):
            started = time.monotonic()
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=mainstay.PATIENCE)
            client.request("GET", "/static/")
            self.assertEqual(client.getresponse().read(), b"static")
            client.close()
            times.append(time.monotonic() - started)
            time.sleep(0.005)
        self.assertLess(statistics.median(times), 0.05 * mainstay.SLOWNESS)
        self.assertLess(max(times), 1 * mainstay.SLOWNESS)
        started = time.monotonic()
        service.status()
        self.assertLess(time.monotonic() - started, 2 * mainstay.SLOWNESS)

    def await_reason(self, service, text: str) -> dict:
        def said():
            app = self.app(service)
            return text in app["reason"] + "".join(instance["reason"] for instance in app["instances"]) and app
        return mainstay.wait_until(said, f"the status says {text!r}")

    def test_a_program_that_is_missing(self):
        toml = self.toml().replace('"/usr/bin/python3"', '"no-such-program"')
        service = self.prepare(toml, {"site/static/index.html": "static"})
        service.start()
        service.wait_serving()
        self.await_reason(service, "cannot start no-such-program: ")
        told = [problem for problem in service.status()["problems"] if problem["path"] == "app.shop"]
        self.assertEqual([problem["code"] for problem in told], ["app.unwell"])
        self.assertRegex(told[0]["message"], "^0 of 1 ready: .*cannot start no-such-program: ")
        self.assertEqual(self.get().status, 503)
        self.assertContained(service)
        # Refused where something runs already.
        check = service.ctl("config", "check", ok=False)
        self.assertEqual([(p["code"], p["path"]) for p in check["problems"]], [("app.no-program", "app.shop.command")])
        service.configure(self.toml())
        service.apply()
        self.await_ready(service)
        self.assertEqual(self.get().status, 200)

    def test_a_program_that_ends_at_once(self):
        service = self.serve_app("exit", ready=0)
        app = self.await_reason(service, "exited with code 3; its last words: cannot work like this")
        self.assertEqual(app["ready"], 0)
        self.assertContained(service)
        first = sum(instance["restarts"] for instance in self.app(service)["instances"])
        time.sleep(2)
        self.assertLess(sum(i["restarts"] for i in self.app(service)["instances"]) - first, 10)  # with back-off

    def test_a_program_that_keeps_ending(self):
        service = self.serve_app()
        for restarts in range(1, 4):
            mainstay.wait_until(lambda: self.get("/exit").status in (0, 502, 503), "it ends")
            mainstay.wait_until(lambda: sum(i["restarts"] for i in self.app(service)["instances"]) >= restarts, "it is started again")
            self.await_ready(service)
        said = "times in the last 10 minutes, the last time: exited with code 4"
        mainstay.wait_until(lambda: said in self.app(service)["reason"], "it is said")
        self.assertIn(("app.unwell", "warning"), [(p["code"], p["severity"]) for p in service.status()["problems"]])

    def test_a_program_that_never_gets_ready(self):
        service = self.serve_app("never-ready", settings='ready_timeout = "1s"', ready=0)
        self.await_reason(service, "was not ready within 1s: status 503")
        self.assertEqual(self.get().status, 503)
        self.assertContained(service)
        # A version that never gets ready does not take the place of one that works.
        service.configure(self.toml())
        service.apply()
        self.await_ready(service)
        service.configure(self.toml("never-ready", settings='ready_timeout = "1s"'))
        service.apply()
        self.await_reason(service, "was not ready within 1s")
        self.assertEqual(self.get().status, 200)

    def test_nothing_is_sent_before_it_is_ready(self):
        service = self.serve_app("late", ready=0)
        statuses = []
        while 200 not in statuses:
            statuses.append(self.get().status)
            self.assertLess(len(statuses), 2000)
        self.assertEqual(set(statuses[:-1]), {503})
        self.assertEqual(self.app(service)["ready"], 1)

    def test_a_program_that_has_to_be_killed(self):
        service = self.serve_app("ignore-term", settings='stop_timeout = "500ms"')
        service.ctl("app", "restart", "shop")
        mainstay.wait_until(lambda: "it did not end within 500 ms of being asked to, and is killed"
                            in json.dumps(service.status()["problems"]), "it is said")
        self.assertContained(service)

    def test_a_program_that_ignores_sigterm(self):
        service = self.serve_app("ignore-term", settings='stop_timeout = "500ms"')
        process = self.app(service)["instances"][0]["pid"]
        started = time.monotonic()
        service.stop()
        self.assertLess(time.monotonic() - started, 5)
        self.assertFalse(alive(process))
        self.assertIn("it did not end within 500 ms of being asked to, and is killed",
                      (service.state / "log/app-shop.log").read_text())

    def test_a_child_that_left(self):
        service = self.serve_app("leave-child")
        child = int((service.state / "apps/shop/child").read_text())
        self.assertTrue(alive(child))
        self.assertEqual(self.app(service)["instances"][0]["processes"], 2)
        os.kill(self.app(service)["instances"][0]["pid"], signal.SIGKILL)  # the child is an orphan now
        mainstay.wait_until(lambda: not alive(child), "it is ended too")
        mainstay.wait_until(lambda: self.app(service)["instances"][0]["restarts"] == 1, "the app is started again")
        self.await_ready(service)
        self.assertContained(service)

    def test_memory(self):
        service = self.serve_app("leak", settings='memory_limit = "100MiB"', ready=0)
        self.await_reason(service, "of memory, and may use 100 MiB")
        self.assertContained(service)
        mainstay.wait_until(lambda: self.app(service)["instances"][0]["restarts"] > 1, "it is started again")

    def test_processor_time(self):
        service = self.serve_app("spin", settings="cpu_limit = 20")
        before = self.app(service)["instances"][0]["cpu_seconds"], time.monotonic()
        time.sleep(3)
        after = self.app(service)["instances"][0]["cpu_seconds"], time.monotonic()
        self.assertLess((after[0] - before[0]) / (after[1] - before[1]), 0.35)
        self.assertEqual(self.get().status, 200)
        self.assertContained(service)

    def test_processor_time_of_processes_that_do_not_live_long(self):
        service = self.serve_app("spawn", settings="cpu_limit = 20")
        process = self.app(service)["instances"][0]["pid"]

        def seconds() -> float:
            with open(f"/proc/{process}/stat") as stat:
                return sum(map(int, stat.read().rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")
        before = seconds(), time.monotonic()
        time.sleep(3)
        after = seconds(), time.monotonic()
        self.assertLess((after[0] - before[0]) / (after[1] - before[1]), 0.35)
        self.assertGreater(after[0] - before[0], 0.2)  # nor is it counted twice
        self.assertContained(service)

    def test_shared_memory(self):
        service = self.serve_app("share", settings='memory_limit = "100MiB"', ready=0)
        self.await_reason(service, "of memory, and may use 100 MiB")

    def test_output_without_end(self):
        service = self.serve_app("flood")
        self.assertContained(service)
        mainstay.wait_until(lambda: "lines a second, and the rest is dropped" in json.dumps(service.status()["problems"]),
                            "it is said")
        time.sleep(2)
        logs = list((service.state / "log").glob("app-shop.log*"))
        self.assertLess(sum(log.stat().st_size for log in logs), 21 << 20)
        self.assertIn("lines were dropped", service.ctl_raw("log", "tail", "-n", "5000", "--app", "shop").stdout)
        self.assertContained(service)
        # A core that comes later knows of it, and another run that floods is told of as well.
        self.kill_core(service)
        self.await_reason(service, "lines a second, and the rest is dropped")
        os.kill(self.app(service)["instances"][0]["pid"], signal.SIGKILL)
        mainstay.wait_until(lambda: self.app(service)["instances"][0]["restarts"] == 1, "it is started again")
        self.await_reason(service, "lines a second, and the rest is dropped")

    def test_output_that_has_an_end(self):
        service = self.serve_app("burst")
        self.await_reason(service, "lines a second, and the rest is dropped")
        mainstay.wait_until(lambda: not self.app(service)["reason"], "it is over")
        self.assertEqual(service.status()["problems"], [])
        self.assertIn("lines were dropped", service.ctl_raw("log", "tail", "-n", "5000", "--app", "shop").stdout)

    def test_a_kill_under_load_fails_no_request(self):
        service = self.serve_app(settings="instances = 3", ready=3)
        load = self.load(self.url + "/", 8)
        for _ in range(3):
            time.sleep(0.3)
            os.kill(self.app(service)["instances"][0]["pid"], signal.SIGKILL)
            time.sleep(0.7)
        self.assertUnharmed(load)
        self.await_ready(service, 3)

    def test_a_kill_fails_no_request_that_may_be_repeated_with_its_body(self):
        self.put_while_instances_are_killed(40_000)

    def test_a_kill_fails_no_request_that_may_be_repeated_with_a_large_body(self):
        self.put_while_instances_are_killed(200_000)

    def put_while_instances_are_killed(self, size: int):
        service = self.serve_app(settings="instances = 3", ready=3)
        answers, over = collections.Counter(), threading.Event()

        def put():
            client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=mainstay.PATIENCE)
            while not over.is_set():
                client.putrequest("PUT", "/")
                client.putheader("Content-Length", str(size))
                client.endheaders()
                time.sleep(0.01)
                client.send(b"x" * size)
                answer = client.getresponse()
                answers[answer.status, answer.read()] += 1
            client.close()
        clients = [threading.Thread(target=put) for _ in range(6)]
        for client in clients:
            client.start()
        for _ in range(4):
            time.sleep(0.5)
            self.await_ready(service, 3)
            os.kill(self.app(service)["instances"][0]["pid"], signal.SIGKILL)
        time.sleep(0.5)
        over.set()
        for client in clients:
            client.join()
        self.assertEqual(set(answers), {(200, str(size).encode())}, answers)
        self.assertGreater(sum(answers.values()), 50)

    def test_empty_lines_without_end(self):
        service = self.serve_app("flood-lines")

        def seconds() -> float:
            with open(f"/proc/{service.guard}/stat") as stat:
                return sum(map(int, stat.read().rpartition(")")[2].split()[11:13])) / os.sysconf("SC_CLK_TCK")
        before = seconds(), time.monotonic()
        time.sleep(3)
        after = seconds(), time.monotonic()
        self.assertLess((after[0] - before[0]) / (after[1] - before[1]), 0.1)
        self.assertContained(service)

    def test_what_cannot_be_is_refused(self):
        service = self.serve_app()
        for settings, code in {'user = "root"': "app.is-root", 'user = "no-such-user"': "app.no-user",
                               'plugins = ["no-such.so"]': "app.no-plugin"}.items():
            service.configure(self.toml(settings=settings))
            check = service.ctl("config", "check", ok=False)
            self.assertIn((code, f"app.shop.{settings.split()[0]}"), [(p["code"], p["path"]) for p in check["problems"]])
        service.configure(self.toml("a\\u0000b"))
        check = service.ctl("config", "check", ok=False)
        self.assertEqual([(p["code"], p["path"]) for p in check["problems"]], [("app.zero-byte", "app.shop.arguments")])

    def test_what_another_user_cannot_reach_is_said(self):
        service = self.serve_app()
        service.configure(self.toml("{state}", settings='user = "daemon"\nlisten = "socket"'))
        check = service.ctl("config", "check", ok=False)
        self.assertEqual([(p["code"], p["path"]) for p in check["problems"]],
                         [("app.closed-folder", "app.shop.listen"), ("app.closed-folder", "app.shop.arguments")])

    def test_a_database_another_user_cannot_reach_is_said(self):
        service = self.serve_app()
        settings = """[database.main]
file = "shop.db"
[app.guest]
kind = "handlers"
database = "main"
user = "daemon"
[[app.guest.handler]]
path = "/"
sql = ["SELECT 1"]
"""
        service.configure(self.toml() + settings)
        check = service.ctl("config", "check", ok=False)
        self.assertEqual([(p["code"], p["path"]) for p in check["problems"]], [("app.closed-folder", "app.guest.database")])
        service.configure(self.toml() + settings.replace("shop.db", "/srv/shop.db"))
        self.assertEqual(service.ctl("config", "check")["problems"], [])

    def test_another_user_is_refused(self):
        service = self.serve_app(settings='user = "daemon"', ready=0)
        self.await_reason(service, "daemon")
        self.assertContained(service)


if __name__ == "__main__":
    mainstay.main()
