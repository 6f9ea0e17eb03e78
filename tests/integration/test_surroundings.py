# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine refuses: one clear line that names the object and the file, and everything else is served."""
import os
import signal
import socket

import mainstay

ZONE = "@ 300 SOA ns hostmaster 1 3600 900 86400 300\n@ NS ns\nns A 127.0.0.1\n"


class Surroundings(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port, self.dns, self.tls = (mainstay.free_port() for _ in range(3))
        self.toml = f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]

            [listener.dns]
            address = ["127.0.0.1:{self.dns}"]
            protocol = "dns"

            [site.demo]
            hosts = ["demo.test"]
            listeners = ["web"]

            [[site.demo.route]]
            path = "/"
            root = "site"

            [zone."demo.test"]
            file = "demo.test.zone"
            """
        self.files = {"site/index.html": "hello", "demo.test.zone": ZONE, "broken.zone": ZONE + "www A 1.2.3\n",
                      "server.pem": "", "server.key": ""}

    def harm(self):
        """More configuration, of which nothing can work; with the object and the file that each line must name."""
        holder = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(holder.close)
        self.taken = holder.getsockname()[1]
        more = f"""
            [listener.taken]
            address = ["127.0.0.1:{self.taken}"]

            [listener.tls]
            address = ["127.0.0.1:{self.tls}"]
            protocol = "https"
            default_certificate = "closed"

            [certificate.closed]
            certificate = "server.pem"
            key = "server.key"

            [zone."broken.test"]
            file = "broken.zone"

            [zone."absent.test"]
            file = "absent.zone"

            [site.empty]
            hosts = ["empty.test"]
            listeners = ["web"]

            [[site.empty.route]]
            path = "/"
            root = "absent"
            """
        return holder, more, {
            "listener.taken.address": f"127.0.0.1:{self.taken}",
            "certificate.closed": "server.pem",
            'zone."broken.test"': "broken.zone:4",
            'zone."absent.test"': "absent.zone",
            "site.empty.route[0].root": "config/absent",
        }

    def assertNamed(self, lines, expected):
        for path, what in expected.items():
            line, = [line for line in lines if path in line]
            self.assertIn(what, line)

    def assertServes(self):
        self.assertEqual(mainstay.curl(f"http://127.0.0.1:{self.port}/", "-H", "Host: demo.test").body, b"hello")
        self.assertEqual(mainstay.dig(self.dns, "ns.demo.test", "A").status, "NOERROR")

    def test_at_first_start_the_rest_is_served_and_what_heals_joins_in(self):
        holder, more, expected = self.harm()
        service = self.prepare(self.toml + more, self.files)
        (service.config / "server.pem").chmod(0)
        service.start()
        service.wait_serving()
        self.assertServes()
        self.assertNamed(service.output().splitlines(), expected)
        self.assertNamed(service.ctl_raw("status").stdout.split("\n\n")[1].splitlines(), expected)
        status = service.status()
        self.assertEqual([listener["name"] for listener in status["listeners"] if not listener["bound"]], ["taken"])
        self.assertEqual(mainstay.dig(self.dns, "broken.test", "SOA").status, "SERVFAIL")

        holder.close()
        service.write("broken.zone", ZONE)
        service.write("absent.zone", ZONE)
        service.write("absent/index.html", "hello")
        mainstay.wait_until(lambda: mainstay.curl(f"http://127.0.0.1:{self.taken}/").status, "the port is served")
        for zone in "broken.test", "absent.test":
            self.assertEqual(mainstay.dig(self.dns, f"ns.{zone}", "A").status, "NOERROR")
        left = [problem["path"] for problem in service.status()["problems"]]
        self.assertEqual(left, ["certificate.closed"])

    def test_at_apply_it_is_refused_and_nothing_changes(self):
        service = self.serve(self.toml, self.files)
        (service.config / "server.pem").chmod(0)
        _, more, expected = self.harm()
        service.configure(self.toml + more)
        done = service.ctl_raw("config", "apply")
        self.assertEqual(done.returncode, 1)
        self.assertNamed(done.stdout.splitlines(), expected)
        self.assertServes()
        status = service.status()
        self.assertEqual((status["revision"], status["problems"]), (1, []))
        self.assertEqual([listener["name"] for listener in status["listeners"]], ["dns", "dns", "web"])
        # Mistakes in the text are told together with those of files and ports.
        service.configure(self.toml + more + "nonsense = 1\n")
        done = service.ctl_raw("config", "apply")
        self.assertNamed(done.stdout.splitlines(), expected | {"site.empty.route[0].nonsense": "mainstay.toml"})

    def lock_away(self, service, mode):
        """Changes what may be done with the state folder and all that is in it."""
        for folder, _, files in os.walk(service.state):
            os.chmod(folder, mode)
            for file in files:
                os.chmod(os.path.join(folder, file), mode & 0o666)

    def test_unwritable_state_at_first_start(self):
        service = self.prepare(self.toml, self.files)
        service.state.chmod(0o500)
        service.start()
        service.wait_serving()
        self.assertServes()
        self.assertEqual(service.output().count(f"cannot write the state folder {service.state}"), 1)
        status = service.status()
        self.assertEqual(status["revision"], 0)
        self.assertIn("state.unwritable", [problem["code"] for problem in status["problems"]])
        service.state.chmod(0o700)
        self.assertEqual(service.apply()["revision"], 1)
        self.assertNotIn("state.unwritable", [problem["code"] for problem in service.status()["problems"]])

    def test_unwritable_state_at_start(self):
        service = self.serve(self.toml, self.files)
        self.assertEqual(service.stop(), 0)
        service.write("demo.test.zone", ZONE + "new A 127.0.0.1\n")
        self.lock_away(service, 0o500)
        service.start()
        service.wait_serving()
        self.assertServes()
        self.assertEqual(mainstay.dig(self.dns, "new.demo.test", "A").status, "NXDOMAIN")  # it is not applied yet
        status = service.status()
        self.assertEqual(status["revision"], 1)
        self.assertIn("state.unwritable", [problem["code"] for problem in status["problems"]])
        self.lock_away(service, 0o700)
        self.assertEqual(service.apply()["revision"], 2)
        mainstay.wait_until(lambda: not service.status()["problems"], "all is well")

    def test_damaged_version_of_the_state(self):
        service = self.serve(self.toml, self.files)
        version = service.state / "version"
        for text in "", "\0\0":
            self.assertEqual(service.stop(), 0)
            version.write_text(text)
            service.start()
            service.wait_serving()
            self.assertServes()
            problem, = service.status()["problems"]
            self.assertEqual(problem["code"], "state.damaged")
            self.assertIn(str(version), problem["message"])
            service.configure(self.toml + "# " + repr(text) + "\n")
            refused = service.ctl_raw("config", "apply")
            self.assertEqual((refused.returncode, version.read_text()), (1, text))
            self.assertIn(str(version), refused.stdout)
            version.write_text("1\n")
            service.apply()
            self.assertEqual(service.status()["problems"], [])

    def test_descriptors_that_run_out(self):
        service = self.prepare(self.toml, self.files)
        service.under = ["prlimit", "--nofile=300:300"]
        service.start()
        service.wait_serving()
        clients = [mainstay.connect(self.port) for _ in range(400)]
        problem, = mainstay.wait_until(lambda: service.status()["problems"], "it is told")
        self.assertEqual(problem["code"], "service.no-descriptors")
        self.assertIn("300", problem["message"])
        mainstay.wait_until(lambda: "LimitNOFILE" in service.output(), "it is in the log")
        self.assertEqual(service.output().count("LimitNOFILE"), 1)
        for client in clients:
            client.close()
        mainstay.wait_until(lambda: not service.status()["problems"], "it is over")
        self.assertServes()

    def test_state_that_becomes_unwritable(self):
        service = self.serve(self.toml, self.files)
        folders = [folder for folder, _, _ in os.walk(service.state)]
        for folder in folders:
            os.chmod(folder, 0o500)
        service.configure(self.toml + "\n[backend.app.server.a]\naddress = \"127.0.0.1:1\"\n")
        done = service.ctl_raw("config", "apply")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(service.state), done.stdout.splitlines()[0])
        self.assertServes()
        os.kill(service.core, signal.SIGKILL)
        service.wait_serving()
        self.assertServes()
        self.assertTrue(any(str(service.state) in problem["message"] for problem in service.status()["problems"]))
        for folder in folders:
            os.chmod(folder, 0o700)
        self.assertEqual(service.apply()["revision"], 2)
        # Nothing listens where the new server should be.
        self.assertEqual([one["code"] for one in service.status()["problems"] if one["code"] != "backend.no-server"], [])

    def test_missing_core(self):
        service = self.prepare(self.toml, self.files)
        service.start("--core", str(service.folder / "mainstay-core"))
        self.assertEqual(service.wait(), 1)
        line, = service.output().splitlines()
        self.assertIn(str(service.folder / "mainstay-core"), line)

    def test_core_that_goes_missing_is_waited_for(self):
        service = self.prepare(self.toml, self.files)
        core = service.folder / "mainstay-core"
        core.symlink_to(mainstay.PROGRAMS / "mainstay-core")
        service.start("--core", str(core))
        service.wait_serving()
        core.rename(service.folder / "away")
        os.kill(service.core, signal.SIGKILL)
        mainstay.wait_until(lambda: f"cannot start {core}" in service.output(), "the missing program is named")
        (service.folder / "away").rename(core)
        service.signal(signal.SIGHUP)  # now and not after the back-off
        service.wait_serving()
        self.assertServes()

    def test_unusable_runtime_folder_leaves_the_sites_alone(self):
        service = self.prepare(self.toml, self.files)
        service.runtime.chmod(0o500)
        service.start()
        mainstay.wait_until(lambda: str(service.runtime / "control.sock") in service.output(), "the socket is named")
        mainstay.wait_until(lambda: mainstay.curl(f"http://127.0.0.1:{self.port}/", "-H", "Host: demo.test").body == b"hello",
                            "the site is served")
        self.assertServes()
        service.runtime.chmod(0o700)
        service.wait_serving()


if __name__ == "__main__":
    mainstay.main()
