# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/reference/management.openrpc.json is what a running service answers."""
import json

import mainstay

WRITTEN = mainstay.HERE.parents[1] / "docs/reference/management.openrpc.json"


class Reference(mainstay.TestCase):
    def test_methods(self):
        service = self.serve(f"[listener.web]\naddress = [\"127.0.0.1:{mainstay.free_port()}\"]\n")
        said = {method["name"]: method for method in service.ctl("discover")["methods"]}
        written = {method["name"]: method for method in json.loads(WRITTEN.read_text())["methods"]}
        self.assertEqual(sorted(written), sorted(said))
        for name, method in written.items():
            self.assertEqual(method, said[name])


if __name__ == "__main__":
    mainstay.main()
