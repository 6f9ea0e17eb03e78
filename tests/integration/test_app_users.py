# SPDX-License-Identifier: GPL-3.0-or-later
"""Apps of another `user`, which a mainstayd that was started as root can run. Only root can start these; mainstayd's
core, the apps and all clients drop root."""
import os
import pwd
import re
import signal
import sys

os.environ["MAINSTAY_KEEP_ROOT"] = "yes"
import mainstay
import test_apps

SERVICE, APP = pwd.getpwnam("nobody"), pwd.getpwnam("daemon")


class Users(test_apps.TestCase):
    def serve_as_root(self, user: str, settings: str = "") -> mainstay.Service:
        service = self.prepare(self.of_user(user, settings), {"site/static/index.html": "static"})
        os.chmod(service.folder, 0o755)
        for folder in service.state, service.runtime:
            os.chown(folder, SERVICE.pw_uid, SERVICE.pw_gid)
        service.start("--user", SERVICE.pw_name)
        service.wait_serving()
        return service

    def of_user(self, user: str, settings: str = "") -> str:
        return self.toml(settings=f'user = "{user}"\n{settings}')

    def await_process(self, service, other_than: int = 0) -> int:
        def process() -> int:
            app = self.app(service)
            pid = app["instances"][0]["pid"] if app["instances"] else 0
            return app["ready"] == 1 and pid not in (0, other_than) and pid
        return mainstay.wait_until(process, "the app is ready")

    def text(self, path: str) -> str:
        return self.get(path).body.decode()

    def test_it_is_that_user_and_no_more(self):
        service = self.serve_as_root(APP.pw_name)
        self.await_process(service)
        about = dict(re.findall(r"^(\w+):[ \t]*(.*)$", self.text("/self"), re.MULTILINE))
        self.assertEqual(about["Uid"].split(), [str(APP.pw_uid)] * 4)
        self.assertEqual(about["Gid"].split(), [str(APP.pw_gid)] * 4)
        self.assertEqual(set(map(int, about["Groups"].split())), set(os.getgrouplist(APP.pw_name, APP.pw_gid)))
        for capabilities in "CapInh", "CapPrm", "CapEff", "CapAmb":
            self.assertEqual(int(about[capabilities], 16), 0, capabilities)
        self.assertEqual(about["NoNewPrivs"], "1")
        self.assertEqual((self.text("/env?USER"), self.text("/env?HOME")), (APP.pw_name, APP.pw_dir))
        self.assertEqual(self.text("/env?STATE_DIRECTORY"), "")
        self.assertEqual(os.stat(f"/proc/{service.core}").st_uid, SERVICE.pw_uid)

    def test_the_service_is_closed_to_it(self):
        service = self.serve_as_root(APP.pw_name)
        self.await_process(service)
        secret = service.write("secret", "of the service")
        os.chmod(secret, 0o600)
        os.chown(secret, SERVICE.pw_uid, SERVICE.pw_gid)
        for path in (secret, f"/proc/{service.core}/environ", f"/proc/{service.guard}/environ",
                     service.state / "log/app-shop.log"):
            self.assertTrue(os.path.exists(path), path)
            self.assertEqual(self.text(f"/try?{path}"), "PermissionError", path)
        done = mainstay.run("setpriv", "--reuid", APP.pw_uid, "--regid", APP.pw_gid, "--clear-groups", "--",
                            mainstay.PROGRAMS / "mainstayctl", "--socket", service.runtime / "control.sock", "status")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("may not", done.stderr)

    def test_it_is_watched_and_ended_like_any_other(self):
        service = self.serve_as_root(APP.pw_name, 'environment = ["GREETING=hello"]\nmemory_limit = "200MiB"')
        first = self.await_process(service)
        self.assertGreater(self.app(service)["instances"][0]["memory_bytes"], 1 << 20)
        self.assertIn("listening on", service.ctl_raw("log", "tail", "--app", "shop").stdout)
        os.kill(first, signal.SIGKILL)
        second = self.await_process(service, other_than=first)
        service.ctl("app", "restart", "shop")
        third = self.await_process(service, other_than=second)
        self.kill_core(service)
        self.assertEqual(self.await_process(service), third)  # which knew nothing of it
        self.assertEqual(self.text("/env?GREETING"), "hello")
        service.stop()
        self.assertFalse(os.path.exists(f"/proc/{third}"))

    def test_the_user_changes(self):
        service = self.serve_as_root(APP.pw_name)
        first = self.await_process(service)
        service.configure(self.of_user(SERVICE.pw_name))
        service.apply()
        self.await_process(service, other_than=first)
        self.assertIn(f"Uid:\t{SERVICE.pw_uid}\t", self.text("/self"))

    def test_a_user_that_cannot_be(self):
        service = self.serve_as_root(APP.pw_name)
        self.await_process(service)
        for user, code in ("root", "app.is-root"), ("no-such-user", "app.no-user"):
            service.configure(self.of_user(user))
            refused = service.ctl("config", "apply", ok=False)
            self.assertEqual([(p["code"], p["path"]) for p in refused["problems"]], [(code, "app.shop.user")])
            self.assertIn("Uid:", self.text("/self"))  # the old one runs on


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("only root can start what is tested here")
        sys.exit(77)
    mainstay.main()
