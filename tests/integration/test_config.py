# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a configuration: refused with every mistake named, applied, confirmed, gone back from, kept over restarts."""
import json
import signal
import socket

import mainstay


class Config(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.toml = f"""
[listener.web]
address = ["127.0.0.1:{self.port}"]

[site.demo]
hosts = ["*"]

[[site.demo.route]]
path = "/"
root = "ROOT"
"""
        self.files = {"one/index.html": "one", "two/index.html": "two"}
        self.service = self.serve(self.toml.replace("ROOT", "one"), self.files)

    def configure(self, root, more=""):
        self.service.configure(self.toml.replace("ROOT", root) + more)

    def assertServes(self, body):
        self.assertEqual(mainstay.curl(f"http://127.0.0.1:{self.port}/").body.decode(), body)

    def restart(self):
        self.assertEqual(self.service.stop(), 0)
        self.service.start()
        self.service.wait_serving()

    def assertProblems(self, problems, expected):
        """Each expected one is (line of mainstay.toml, path, words of the message or the remedy)."""
        found = [(problem["source"]["line"], problem["path"]) for problem in problems]
        self.assertEqual(found, [(line, path) for line, path, _ in expected])
        for problem, (_, _, words) in zip(problems, expected):
            self.assertEqual(problem["source"]["file"], str(self.service.config / "mainstay.toml"))
            self.assertIn(words, problem["message"] + " / " + problem["remedy"])

    def test_all_mistakes_at_once_and_nothing_changed(self):
        self.configure("two", """
[backend.app]
balnce = "round_robin"
retries = 99

[backend.app.server.a]
address = "127.0.0.1:1"

[site.other]
hosts = ["*"]

[[site.other.route]]
path = "/"
backend = "ap"
""")
        expected = [(13, "backend.app.balnce", "did you mean `balance`?"),
                    (14, "backend.app.retries", "0 to 16"),
                    (20, "site.other.hosts[0]", "site.demo"),
                    (24, "site.other.route[0].backend", "`app`")]
        outcome = self.service.ctl("config", "apply", ok=False)
        self.assertProblems(outcome["problems"], expected)
        self.assertEqual((outcome["applied"], outcome["revision"]), (False, 1))
        self.assertProblems(self.service.ctl("config", "check", ok=False)["problems"], expected)
        self.assertProblems(self.service.ctl("config", "diff", ok=False)["problems"], expected)
        self.assertServes("one")
        status = self.service.status()
        self.assertEqual((status["revision"], status["problems"]), (1, []))
        self.assertEqual([file["change"] for file in status["drift"]], ["changed"])
        # For people, each on one line that can be clicked.
        self.assertRegex(self.service.ctl_raw("config", "apply").stdout,
                         r"(?m)^/\S+/mainstay\.toml:13: backend\.app\.balnce: unknown setting `balnce` \(did you mean `balance`\?\)$")

    def test_files_that_are_gone_close_nothing(self):
        """Or empty: an editor at work, a folder that is not mounted, a disk that was full."""
        main = self.service.config / "mainstay.toml"
        away = main.with_suffix(".away")
        for change in lambda: main.rename(away), lambda: main.write_text(""), lambda: main.write_text("[service]\nworkers = 1\n"):
            change()
            for verb in "check", "apply":
                problem = next(problem for problem in self.service.ctl("config", verb, ok=False)["problems"]
                               if problem["severity"] == "error")
                self.assertEqual((problem["code"], problem["source"]["file"]), ("config.closes-all", str(main)))
            self.assertServes("one")
        away.rename(main)
        self.service.apply()
        self.assertServes("one")

    def test_check_finds_what_apply_would(self):
        port = mainstay.free_port()
        self.configure("one", f"""
[listener.other]
address = ["127.0.0.1:{port}", "192.0.2.1:80"]
""")
        with socket.create_server(("127.0.0.1", port)):
            for verb in "check", "apply":
                problems = [problem for problem in self.service.ctl("config", verb, ok=False)["problems"]
                            if problem["severity"] == "error"]
                self.assertEqual([problem["code"] for problem in problems],
                                 ["socket.address-in-use", "socket.address-not-available"])
        self.configure("one", f'[listener.other]\naddress = ["127.0.0.1:{port}"]\n')
        self.assertEqual(self.service.ctl("config", "check")["valid"], True)

        def is_free():
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError:
                return False
            return True
        mainstay.wait_until(is_free, "it is given back")

    def test_check_needs_no_service(self):
        self.service.stop()
        folders = ["--config", self.service.config, "--state", self.service.state]
        check = [mainstay.PROGRAMS / "mainstay-core", *folders, "--check"]
        self.assertEqual(mainstay.run(*check).returncode, 0)
        self.configure("one", "[zone.\"x.test\"]\nfile = \"x.zone\"\n")
        done = mainstay.run(*check)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(self.service.config / "x.zone"), done.stderr)

    def test_a_check_is_of_what_was_meant(self):
        ctl = mainstay.PROGRAMS / "mainstayctl"
        self.assertEqual(mainstay.run(ctl, "config", "check", "--config", self.service.config).returncode, 0)
        # A folder that is not there is no valid configuration, and what the installed service keeps is not part of it.
        done = mainstay.run(ctl, "config", "check", "--json", "--config", self.service.folder / "typo")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual([problem["code"] for problem in json.loads(done.stdout)["problems"]], ["config.none"])
        # Another service that does not run is not the installed one.
        done = mainstay.run(ctl, "--socket", self.service.folder / "none.sock", "config", "check")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("none.sock", done.stderr)

    def test_unconfirmed_change_goes_back(self):
        self.configure("two")
        outcome = self.service.apply("--confirm", "1s", "--reason", "a try")
        self.assertIsNotNone(outcome["confirm_by"])
        self.assertServes("two")
        mainstay.wait_until(lambda: self.service.status()["revision"] == 3, "it went back")
        self.assertServes("one")
        self.assertIsNone(self.service.status()["confirm_by"])
        newest, tried, first = self.service.ctl("config", "history")
        self.assertEqual((tried["revision"], tried["reason"]), (2, "a try"))
        self.assertIn("not confirmed", newest["reason"])
        self.assertTrue(newest["running"])
        # What the service does by itself is on record too.
        self.assertEqual([(entry["user"], entry["result"]["revision"]) for entry in self.audit()][-1], ("mainstay", 3))
        self.configure("three")
        self.service.signal(signal.SIGHUP)
        mainstay.wait_until(lambda: self.audit()[-1]["result"]["revision"] == 4, "the reload is on record")
        self.assertEqual(self.audit()[-1]["params"], {"reason": "reload"})

    def audit(self) -> list:
        return [json.loads(line) for line in (self.service.state / "audit.log").read_text().splitlines()]

    def test_unconfirmed_change_goes_back_over_a_restart(self):
        self.configure("two")
        self.service.apply("--confirm", "1s")
        self.restart()
        mainstay.wait_until(lambda: mainstay.curl(f"http://127.0.0.1:{self.port}/").body == b"one", "it went back")

    def test_confirmed_change_stays(self):
        self.configure("two")
        self.service.apply("--confirm", "1s")
        self.assertEqual(self.service.ctl("config", "confirm")["revision"], 2)
        self.service.ctl("config", "confirm", ok=False)
        self.assertIsNone(self.service.status()["confirm_by"])
        self.restart()
        self.assertServes("two")

    def test_diff_rollback_and_history(self):
        self.configure("two", "\n[backend.app.server.a]\naddress = \"127.0.0.1:1\"\n")
        changes = self.service.ctl("config", "diff")["changes"]
        self.assertEqual([(change["change"], change["path"]) for change in changes],
                         [("changed", "site.demo"), ("added", "backend.app"), ("added", "backend.app.server.a")])
        self.assertIn("/two", changes[0]["settings"][0]["after"])
        self.service.apply()
        self.assertEqual(self.service.ctl("config", "diff")["changes"], [])
        self.assertServes("two")
        self.assertEqual(self.service.ctl("config", "rollback", "1")["revision"], 3)
        self.assertServes("one")
        self.assertEqual([entry["revision"] for entry in self.service.ctl("config", "history")], [3, 2, 1])
        self.service.ctl("config", "rollback", "99", ok=False)
        self.restart()
        self.assertServes("one")

    def test_boot_runs_the_last_applied_revision(self):
        self.service.configure("[listener.web\n")
        self.restart()
        self.assertServes("one")
        status = self.service.status()
        self.assertEqual((status["revision"], [file["change"] for file in status["drift"]]), (1, ["changed"]))

    def test_boot_passes_over_a_damaged_revision(self):
        self.configure("two")
        self.service.apply()
        self.service.stop()
        (self.service.state / "revisions/2/0.toml").write_text("not what was stored")
        self.service.start()
        self.service.wait_serving()
        self.assertServes("one")
        self.assertEqual(self.service.status()["revision"], 1)
        problem = self.service.status()["problems"][0]
        self.assertIn("revision 2", problem["path"])
        self.assertIn(str(self.service.state / "revisions/2"), problem["message"])
        self.assertIn("revision 2", self.service.output())
        self.assertEqual(self.service.apply()["revision"], 3)
        self.assertServes("two")

    def test_first_boot_with_mistakes_waits_for_better(self):
        self.service.stop()
        fresh = self.service = self.serve("balnce = 3", self.files)
        problems = fresh.status()["problems"]
        self.assertEqual([problem["source"]["line"] for problem in problems], [1])
        self.assertRegex(fresh.output(), r"mainstay\.toml:1: .*`balnce`")
        self.configure("one")
        self.assertEqual(fresh.apply()["revision"], 1)
        self.assertServes("one")


if __name__ == "__main__":
    mainstay.main()
