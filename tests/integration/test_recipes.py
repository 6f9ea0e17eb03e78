# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes for apps, handlers, databases and protection."""
import re
import shlex
import subprocess
import tomllib

import database_servers
import mainstay
import recipes
import test_guide


class Recipes(recipes.TestCase):
    def test_sql_and_cpp_handlers(self):
        hello = self.service.folder / "hello"
        hello.mkdir()
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}", "/srv/hello": hello,
                        "/usr/local/include/mainstay": recipes.SOURCE / "service"}
        sql, handlers, try_sql, cpp, cmake, plugin, try_cpp = [
            text for language, text in recipes.blocks("handlers.md") if language or "mainstayctl" in text]
        self.serve_nothing()
        self.service.write("sql/001-guestbook.sql", sql)
        self.service.configure(self.here(handlers))
        outputs = self.type(try_sql)
        self.assertTrue(outputs[2].startswith("204 "), outputs[2])
        self.assertEqual(outputs[3].split("\n")[0], '[{"id":1,"name":"me","text":"hello"}]')
        self.assertTrue(outputs[4].startswith('{"id":1,"name":"me","text":"hello"}'), outputs[4])
        self.assertIn("1 done", outputs[5])

        (hello / "hello.cpp").write_text(cpp)
        (hello / "CMakeLists.txt").write_text(self.here(cmake))
        self.service.configure(self.here(handlers + plugin))
        outputs = self.type(try_cpp)
        self.assertTrue(outputs[4].startswith("Hello, World!\n"), outputs[4])

    def test_nodejs(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}"}
        shop = self.place("shop")
        program, settings, commands = self.of_page("nodejs.md")
        (shop / "server.js").write_text(program)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertEqual({output.split("\n")[0][-1] for output in outputs[2:4]}, {"1", "2"}, outputs)
        self.assertIn("Hello, 127.0.0.1, from instance", outputs[2])

    def test_flask(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}"}
        shop = self.place("shop")
        program, settings, commands = self.of_page("python.md")[:3]
        (shop / "shop.py").write_text(program)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertIn(self.here("Hello, 127.0.0.1, you asked for http://127.0.0.1:8080/"), outputs[2])

    def test_php(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}"}
        shop = self.place("shop")
        script, manager, settings, commands = self.of_page("php.md")[:4]
        (shop / "index.php").write_text(script)
        self.service.write("fpm.conf", manager)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertEqual([output.split("\n")[0] for output in outputs[2:4]],
                         ["Hello, 127.0.0.1, from /", "Hello, 127.0.0.1, from /any/path"])

    def test_django(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}", "/srv/store": self.service.folder / "store"}
        project, additions, secret, settings, commands = self.of_page("python.md")[3:]
        (self.service.folder / "store").mkdir()
        subprocess.run(shlex.split(self.here(project)), check=True, timeout=mainstay.PATIENCE)
        with open(self.service.folder / "store/store/settings.py", "a") as file:
            file.write(self.here(additions))
        self.service.write("store.env", secret)
        (self.service.config / "store.env").chmod(0o600)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertIn("csrfmiddlewaretoken", outputs[3])
        self.assertIn("200 ", outputs[4])

    def test_protection(self):
        self.written = {"127.0.0.1:8080": f"127.0.0.1:{mainstay.free_port()}", "/etc/mainstay": self.service.config}
        password, settings, commands = self.of_page("protection.md")[:3]
        subprocess.run(["bash", "-c", self.here(password)], check=True, timeout=mainstay.PATIENCE)
        self.service.configure(self.here(settings))
        outputs = self.type(commands)
        self.assertTrue(outputs[1].startswith("shop\n200 "), outputs[1])
        self.assertTrue(outputs[2].startswith("Hello, alice\n200 "), outputs[2])

    def test_all_of_protection(self):
        """What is no recipe must be a configuration, together with what the page has before."""
        texts = [text for language, text in recipes.blocks("protection.md") if language == "toml"]
        self.service.write("users", "alice:" + mainstay.run("openssl", "passwd", "-6", "x").stdout)
        tables = {}
        for text in texts:
            test_guide.merge(tables, tomllib.loads(text))
        tables["backend"].update(api={"server": {"a": {"address": "127.0.0.1:1"}}}, app={"server": {"a": {"address": "127.0.0.1:2"}}})
        self.service.configure("".join(f"{kind} = {test_guide.toml(objects)}\n" for kind, objects in tables.items()))
        done = mainstay.run(mainstay.PROGRAMS / "mainstayctl", "config", "check", "--config", self.service.config)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_odbc(self):
        server = database_servers.Postgresql()
        self.addCleanup(server.close)
        install, database, commands = [text for _, text in recipes.blocks("databases.md") if "stock" in text]
        self.written = {"/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so": database_servers.odbc_driver("psqlodbcw.so"),
                        "db.example.org": "127.0.0.1", "5432": server.port, "Database=stock": "Database=shop",
                        "/etc/mainstay": self.service.config}
        # As the administrator's command has it, but for the owner.
        command = shlex.split(self.here(install.splitlines()[1]).replace("-o mainstay ", ""), comments=True)
        self.assertEqual(command.pop(0), "sudo")
        subprocess.run(command, input=database_servers.PASSWORD + "\n", text=True, check=True, timeout=mainstay.PATIENCE)
        self.serve_nothing()
        self.service.configure(self.here(database))
        outputs = self.type(commands)
        self.assertIn("PostgreSQL", outputs[2])
        mainstay.wait_until(lambda: " up " in self.service.ctl_raw("database", "list").stdout, "it is up")

    def with_files(self, text: str) -> str:
        """The same with the files that it names for secrets, and its folders of migrations, made."""
        for path in re.findall(r'_file = "/etc/mainstay/([^"]+)"', text):
            self.service.write(path, "secret\n").chmod(0o600)
        for path in re.findall(r'migrations = "([^"]+)"', text):
            (self.service.config / path).mkdir(exist_ok=True)
        return text.replace('"/etc/mainstay/', f'"{self.service.config}/')

    def test_first_page_of_databases(self):
        """What is not a recipe must at least be a configuration."""
        for language, text in recipes.blocks("databases.md"):
            if language == "toml":
                self.service.configure(self.with_files(text))
                done = mainstay.run(mainstay.PROGRAMS / "mainstayctl", "config", "check", "--config", self.service.config)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    mainstay.main()
