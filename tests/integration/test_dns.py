# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, asked for with dig over UDP and TCP, before and after the zone file changes."""
import os
import signal
import threading

import mainstay

# The last record makes answers to TXT of `large` larger than any UDP answer may be.
ZONE = """\
$ORIGIN demo.test.
$TTL 300
@         SOA   ns hostmaster {serial} 3600 900 1209600 60
          NS    ns
          MX    10 mail
ns        A     127.0.0.1
          AAAA  ::1
mail      A     127.0.0.2
www       A     127.0.0.3
shop      CNAME store
store     CNAME www
*.wild    A     127.0.0.4
          TXT   "from a wildcard"
old       DNAME new
a.new     A     127.0.0.5
sub       NS    ns.sub
ns.sub    A     127.0.0.6
deep.empty.tree A 127.0.0.7
large     TXT   {large}
"""


class Dns(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.service = self.serve(f"""
            [listener.dns]
            address = ["127.0.0.1:{self.port}"]
            protocol = "dns"

            [zone."demo.test"]
            file = "demo.test.zone"
            """, {"demo.test.zone": self.zone(1)})

    @staticmethod
    def zone(serial):
        return ZONE.format(serial=serial, large=" ".join(f'"{i:03}{"x" * 200}"' for i in range(15)))

    def dig(self, *question):
        return mainstay.dig(self.port, *question)

    def assertAnswers(self, question, *expected, status="NOERROR"):
        """The same over UDP and TCP; each expected record is "name type data"."""
        for transport in "+notcp", "+tcp":
            reply = self.dig(*question.split(), transport)
            self.assertEqual(reply.status, status, reply.text)
            records = [" ".join((name, kind, data)) for name, _, _, kind, data in
                       (record.split(maxsplit=4) for record in reply.answer)]
            self.assertEqual(sorted(records), sorted(expected), reply.text)
            self.assertEqual("aa" in reply.flags, status != "REFUSED", reply.text)
        return reply

    def test_answers(self):
        www = "www.demo.test. A 127.0.0.3"
        self.assertAnswers("www.demo.test A", www)
        self.assertAnswers("demo.test MX", "demo.test. MX 10 mail.demo.test.")
        self.assertAnswers("shop.demo.test A", "shop.demo.test. CNAME store.demo.test.",
                           "store.demo.test. CNAME www.demo.test.", www)
        self.assertAnswers("any.thing.wild.demo.test A", "any.thing.wild.demo.test. A 127.0.0.4")
        self.assertAnswers("a.old.demo.test A", "old.demo.test. DNAME new.demo.test.",
                           "a.old.demo.test. CNAME a.new.demo.test.", "a.new.demo.test. A 127.0.0.5")
        self.assertAnswers("WwW.dEmO.tEsT A", "WwW.dEmO.tEsT. A 127.0.0.3")

    def test_what_is_not_there(self):
        for question, status in (("www.demo.test AAAA", "NOERROR"), ("x.wild.demo.test AAAA", "NOERROR"),
                                 ("empty.tree.demo.test A", "NOERROR"), ("none.demo.test A", "NXDOMAIN")):
            reply = self.assertAnswers(question, status=status)
            # The zone's SOA, with the time for which the absence may be remembered (RFC 2308, section 3).
            self.assertEqual(reply.sections["AUTHORITY"][0].split()[1:4], ["60", "IN", "SOA"], reply.text)
        self.assertAnswers("none.old.demo.test A", "old.demo.test. DNAME new.demo.test.",
                           "none.old.demo.test. CNAME none.new.demo.test.", status="NXDOMAIN")
        self.assertAnswers("www.elsewhere.test A", status="REFUSED")

    def test_delegation_with_glue(self):
        for name in "sub.demo.test", "x.y.sub.demo.test":
            reply = self.dig(name, "A")
            self.assertEqual((reply.status, reply.answer), ("NOERROR", []), reply.text)
            self.assertNotIn("aa", reply.flags)
            self.assertEqual(reply.sections["AUTHORITY"], ["sub.demo.test. 300 IN NS ns.sub.demo.test."])
            self.assertEqual(reply.sections["ADDITIONAL"], ["ns.sub.demo.test. 300 IN A 127.0.0.6"])

    def test_large_answer_is_cut_then_whole_over_tcp(self):
        cut = self.dig("large.demo.test", "TXT")
        self.assertIn("tc", cut.flags)
        self.assertEqual(cut.answer, [])
        whole = self.dig("large.demo.test", "TXT", "+tcp")
        self.assertNotIn("tc", whole.flags)
        self.assertEqual(whole.answer[0].count('"'), 30)

    def test_protocol(self):
        self.assertIn("udp: 1232", self.dig("www.demo.test", "A").text)
        self.assertEqual(self.dig("www.demo.test", "A", "+edns=1", "+noednsneg").status, "BADVERS")
        self.assertEqual(self.dig("demo.test", "ANY", "+notcp").answer[0].split()[3:], ["HINFO", '"RFC8482"', '""'])
        self.assertIn("Transfer failed", self.dig("demo.test", "AXFR", "+tcp").text)
        self.assertEqual(self.dig("www.demo.test", "A", "+opcode=UPDATE").status, "NOTIMP")

    def test_changed_zone_is_published_without_loss(self):
        lost = []
        stop = threading.Event()

        def ask():
            while not stop.is_set():
                if self.dig("www.demo.test", "A").status != "NOERROR":
                    lost.append(1)
        client = threading.Thread(target=ask)
        client.start()
        try:
            for serial in range(2, 12):
                self.service.write("demo.test.zone", self.zone(serial) + f"new{serial} A 127.0.0.9\n")
                self.service.apply()
                self.assertIn(f" {serial} ", self.dig("demo.test", "SOA").answer[0])
                self.assertAnswers(f"new{serial}.demo.test A", f"new{serial}.demo.test. A 127.0.0.9")
                self.assertAnswers(f"new{serial - 1}.demo.test A", status="NXDOMAIN")
        finally:
            stop.set()
            client.join()
        self.assertEqual(lost, [])
        self.assertEqual(self.service.status()["zones"][0]["serial"], 11)

    def kill_core(self):
        core = self.service.core
        os.kill(core, signal.SIGKILL)
        mainstay.wait_until(lambda: self.service.core not in (0, core), "another core runs")
        mainstay.wait_until(lambda: self.dig("demo.test", "SOA").status == "NOERROR", "names resolve")

    def serial(self) -> int:
        return int(self.dig("demo.test", "SOA").answer[0].split()[6])

    def test_zones_belong_to_revisions(self):
        file = self.service.config / "demo.test.zone"
        zone = 'zone."demo.test"'
        self.service.write("demo.test.zone", self.zone(2))
        self.assertEqual([change["path"] for change in self.service.ctl("config", "diff")["changes"]], [zone])
        self.assertEqual([entry["file"] for entry in self.service.status()["drift"]], [str(file)])
        self.assertEqual(self.service.apply()["revision"], 2)
        self.assertEqual((self.serial(), self.service.status()["drift"]), (2, []))
        self.assertEqual(len(self.service.ctl("config", "history")), 2)
        self.assertEqual(self.service.apply()["revision"], 2)  # the same again is no change

        self.assertEqual([change["path"] for change in self.service.ctl("config", "diff", "--from", "1", "--to", "2")["changes"]], [zone])
        self.assertEqual(self.service.ctl("config", "rollback", "1")["revision"], 3)
        self.assertEqual(self.serial(), 1)
        self.assertEqual([entry["file"] for entry in self.service.status()["drift"]], [str(file)])
        self.assertEqual(self.service.apply()["revision"], 4)
        self.assertEqual(self.serial(), 2)

    def test_what_was_not_applied_does_not_come_by_a_crash(self):
        self.service.write("demo.test.zone", self.zone(2) + "bad A 1.2.3\n")
        self.service.ctl("config", "apply", ok=False)
        self.kill_core()
        self.assertEqual(self.serial(), 1)
        self.service.write("demo.test.zone", self.zone(3))
        self.kill_core()
        self.assertEqual(self.serial(), 1)
        self.assertEqual(len(self.service.status()["drift"]), 1)
        self.service.apply()
        self.assertEqual(self.serial(), 3)
        (self.service.config / "demo.test.zone").unlink()
        self.kill_core()
        self.assertEqual(self.serial(), 3)

    def test_zone_with_a_mistake_is_refused_and_the_old_one_answers(self):
        self.service.write("demo.test.zone", self.zone(2) + "bad A 1.2.3\nworse MX\n")
        problems = self.service.ctl("config", "apply", ok=False)["problems"]
        lines = self.zone(2).count("\n")
        self.assertEqual([(problem["path"], problem["source"]["line"]) for problem in problems],
                         [('zone."demo.test"', lines + 1), ('zone."demo.test"', lines + 2)])
        self.assertEqual(problems[0]["source"]["file"], str(self.service.config / "demo.test.zone"))
        self.assertAnswers("www.demo.test A", "www.demo.test. A 127.0.0.3")
        self.assertIn(" 1 ", self.dig("demo.test", "SOA").answer[0])


if __name__ == "__main__":
    mainstay.main()
