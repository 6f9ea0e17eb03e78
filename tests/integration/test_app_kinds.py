# SPDX-License-Identifier: GPL-3.0-or-later
"""Real applications in the ways their own manuals start them: Node.js, and Flask and Django under gunicorn."""
import json
import shutil
import unittest

import mainstay
from mainstay import HERE

UNIT = HERE.parents[1] / "installer/systemd/mainstay.service.in"

FLASK = """
import os
from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
@app.route("/flask/sum", methods=["POST"])
def total():
    return {"sum": sum(request.get_json()), "from": request.remote_addr, "url": request.url, "of": os.environ["APP"]}
"""

DJANGO = """
import os
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path
settings.configure(ALLOWED_HOSTS=["www.test", "localhost"], ROOT_URLCONF=__name__, SECRET_KEY=os.environ["SECRET_KEY"],
                   USE_X_FORWARDED_HOST=True, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
def hello(request, name):
    return JsonResponse({"hello": name, "host": request.get_host(), "secure": request.is_secure()})
urlpatterns = [path("django/hello/<str:name>", hello)]
application = get_wsgi_application()
"""

NODE = """
const http = require('node:http');
const server = http.createServer((request, response) => response.end(`node ${process.version} ${request.url}`));
server.listen(process.env.PORT || process.env.SOCKET);
process.on('SIGTERM', () => { server.close(); server.closeIdleConnections(); });
"""


class AppKinds(mainstay.TestCase):
    def test_all_of_them_behind_one_site(self):
        self.check_all_of_them()

    @unittest.skipUnless(shutil.which("systemd-analyze"), "needs systemd, which need not run")
    @unittest.skipIf(mainstay.is_sanitized(), "the filter takes what the search for leaks needs")
    def test_under_the_filter_of_the_packaged_unit(self):
        self.check_all_of_them("/usr/bin/python3", "-B", HERE / "syscall_filter.py", UNIT)

    def check_all_of_them(self, *under):
        port = mainstay.free_port()
        service = self.prepare(f"""
            [listener.web]
            address = ["127.0.0.1:{port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/flask/"
            app = "flask"
            [[site.all.route]]
            path = "/django/"
            app = "django"
            [[site.all.route]]
            path = "/node/"
            app = "node"
            [app.flask]
            command = "gunicorn"
            arguments = ["--workers", "2", "--bind", "unix:{{socket}}", "shop:app"]
            folder = "flask"
            listen = "socket"
            [app.django]
            command = "gunicorn"
            arguments = ["--bind", "127.0.0.1:{{port}}", "hello:application"]
            folder = "django"
            environment = ["SECRET_KEY=for-the-test"]
            ready_path = "/django/hello/ready"
            [app.node]
            command = "node"
            arguments = ["server.js"]
            folder = "node"
            instances = 2
            listen = "socket"
            """, {"flask/shop.py": FLASK, "django/hello.py": DJANGO, "node/server.js": NODE})
        service.under = under
        service.start()
        service.wait_serving()
        mainstay.wait_until(lambda: [app["ready"] for app in service.status()["apps"]] == [1, 1, 2], "all are ready")
        url = f"http://127.0.0.1:{port}"
        reply = mainstay.curl(url + "/flask/sum", "-H", "Content-Type: application/json", "-d", "[1, 2, 39]",
                              "-H", "Host: www.test")
        self.assertEqual(json.loads(reply.body), {"sum": 42, "from": "127.0.0.1", "url": "http://www.test/flask/sum",
                                                  "of": "flask"})
        reply = mainstay.curl(url + "/django/hello/W%C3%B6rld", "-H", "Host: www.test")
        self.assertEqual(json.loads(reply.body), {"hello": "Wörld", "host": "www.test", "secure": False})
        self.assertRegex(mainstay.curl(url + "/node/x?y").body, rb"^node v\d+\.\d+.* /node/x\?y$")
        # gunicorn's workers are its children, and are counted and ended with it.
        flask = next(app for app in service.status()["apps"] if app["name"] == "flask")["instances"][0]
        self.assertEqual(flask["processes"], 3)
        load = self.load(url + "/node/", 8)
        for name in "flask", "django", "node":
            service.ctl("app", "restart", name)
        mainstay.wait_until(lambda: all(app["ready"] == app["wanted"] == len(app["instances"]) and not app["restarting"]
                                        for app in service.status()["apps"]), "all have been replaced")
        self.assertUnharmed(load)
        self.assertEqual(mainstay.curl(url + "/django/hello/x", "-H", "Host: www.test").status, 200)


if __name__ == "__main__":
    mainstay.main()
