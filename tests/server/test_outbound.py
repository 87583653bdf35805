"""Mail to other servers: what is said to them, and what is made of it."""

import os
import socket
import tempfile
import time
import unittest

from driver import outcomes, send
from harness import free_port
from names import Names
from sinks import Scripted, Sink

OFFERS = "250-scripted.test\r\n250-PIPELINING\r\n250-SIZE 100000\r\n" \
         "250 8BITMIME"


class Outbound(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.message = cls.file(b"Subject: hi\r\n\r\nHello\r\n.dot\r\n..\r\n")

    @classmethod
    def file(cls, octets):
        with tempfile.NamedTemporaryFile(delete=False) as f:
            f.write(octets)
        cls.addClassCleanup(os.unlink, f.name)
        return f.name

    def send(self, *words, **more):
        return send("-b", self.message, *words, **more)

    def one(self, *words, **more):
        report, = self.send(*words, **more)
        return report

    # The sink, which is Postfix's own test of clients.

    def test_a_sink_gets_what_was_sent(self):
        for words in ([], ["-p"], ["-e"]):
            with Sink(*words) as sink:
                reports = self.send(sink.hop, to=("ann@a.test", "bob@b.test"))
                message, = sink.messages()
            self.assertEqual(outcomes(reports), ["delivered"] * 2)
            self.assertIn("X-Mail-Args: <x@us.test>", message)
            self.assertIn("X-Rcpt-Args: <bob@b.test>\n", message)
            self.assertIn("\nX-Trace: here\nSubject: hi\n\nHello\n.dot\n..\n",
                          message)

    def test_a_sink_that_refuses_for_now_is_later(self):
        for command in ("MAIL", "RCPT", "DATA", "."):
            with Sink("-r", command) as sink:
                report = self.one(sink.hop)
            self.assertEqual(report[2:5], ("later", 450, "4.3.0"), command)

    def test_a_sink_that_refuses_for_ever_is_never(self):
        for command in ("MAIL", "RCPT", "DATA", "."):
            with Sink("-f", command) as sink:
                report = self.one(sink.hop)
            self.assertEqual(report[2:5], ("never", 500, "5.3.0"), command)

    def test_a_sink_without_EHLO_is_greeted_with_HELO(self):
        with Sink("-f", "EHLO") as sink:
            self.assertEqual(self.one(sink.hop).outcome, "delivered")

    def test_a_sink_that_refuses_to_talk_is_judged_by_its_code(self):
        for flag, command, outcome in (
                ("-f", "CONNECT", "never"), ("-r", "CONNECT", "later"),
                ("-f", "EHLO,HELO", "never"), ("-r", "EHLO", "later")):
            with Sink(flag, command) as sink:
                report = self.one(sink.hop)
            self.assertEqual(report.outcome, outcome, command)

    def test_a_sink_that_hangs_up_is_later(self):
        for flag in ("-q", "-Q"):
            for command in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."):
                with Sink(flag, command) as sink:
                    report = self.one(sink.hop)
                self.assertEqual(report.outcome, "later", command)
                self.assertEqual(report.code, 421 if flag == "-Q" else 0)

    def test_a_sink_that_is_slow_is_waited_for(self):
        with Sink("-w", "1") as sink:
            self.assertEqual(self.one("-w", "3", sink.hop).outcome,
                             "delivered")
        with Sink("-w", "3") as sink:
            report = self.one("-w", "1", sink.hop)
        self.assertEqual(report[2:5], ("later", 0, "4.4.2"))
        self.assertIn("timed out, awaiting the reply to", report.text)

    def test_a_sink_that_ends_DATA_early_ends_it(self):
        big = self.file(b"x" * 70 + b"\r\n" + b"y" * 5000000 + b"\r\n")
        with Sink("-A", "0") as sink:
            report, = send("-b", big, sink.hop)
        self.assertIn(report.outcome, ("never", "later"))

    def test_a_sink_that_takes_nothing_is_given_up(self):
        big = self.file(b"x" * 70 + b"\r\n" + b"y" * 20000000 + b"\r\n")
        with Sink("-H", "5", "-T", "8192") as sink:
            report, = send("-b", big, "-w", "1", sink.hop)
        self.assertEqual(report[2:5], ("later", 0, "4.4.2"))
        self.assertEqual(report.text,
                         "timed out, awaiting the message to be taken")

    def test_a_large_message_arrives_octet_for_octet(self):
        line = b".a line with a dot, and the number %07d\r\n"
        text = b"".join(line % k for k in range(300000))
        big = self.file(text)
        with Sink() as sink:
            report, = send("-b", big, sink.hop)
            message, = sink.messages()
        self.assertEqual(report.outcome, "delivered")
        self.assertTrue(message.encode().rstrip(b"\n").endswith(
            b"X-Trace: here\n" + text.replace(b"\r\n", b"\n")[:-1]))

    # What is said, exactly.

    def test_without_offers_one_command_waits_for_the_other(self):
        with Scripted() as s:
            self.assertEqual(self.one(s.hop).outcome, "delivered")
        self.assertEqual(s.sessions[0], [
            "EHLO us.test", "MAIL FROM:<x@us.test>", "RCPT TO:<ann@a.test>",
            "DATA", "X-Trace: here", "Subject: hi", "", "Hello", "..dot",
            "...", ".", "QUIT"])

    def test_what_is_offered_is_used(self):
        with Scripted({"EHLO": OFFERS}) as s:
            self.assertEqual(self.one("-8", "-f", "", s.hop).outcome,
                             "delivered")
        size = os.path.getsize(self.message) + len("X-Trace: here\r\n")
        self.assertEqual(s.commands("MAIL"), [
            "MAIL FROM:<> SIZE=%d BODY=8BITMIME" % size])

    def test_each_recipient_has_a_fate_of_its_own(self):
        fates = {"a": "250 OK", "b": "450 4.2.1 later", "c": "550 5.1.1 no",
                 "d": "552 5.5.3 too many", "e": "251 will forward"}
        for offers in ("250 x", OFFERS):
            with Scripted({"EHLO": offers,
                           "RCPT": lambda line: fates[line[9]]}) as s:
                reports = self.send(s.hop, to=[k + "@x.test" for k in fates])
            self.assertEqual([(r.outcome, r.status) for r in reports], [
                ("delivered", "2.0.0"), ("later", "4.2.1"),
                ("never", "5.1.1"), ("later", "4.5.3"),
                ("delivered", "2.0.0")])

    def test_nobody_accepted_means_no_message(self):
        for offers in ("250 x", OFFERS):
            with Scripted({"EHLO": offers, "RCPT": "550 no"}) as s:
                self.assertEqual(self.one(s.hop).outcome, "never")
            self.assertNotIn("Hello", s.sessions[0])

    def test_what_is_too_large_for_the_other_is_not_sent(self):
        with Scripted({"EHLO": "250-x\r\n250 SIZE 20"}) as s:
            report = self.one(s.hop)
        self.assertEqual(report[2:5], ("never", 0, "5.3.4"))
        self.assertEqual(s.commands("MAIL"), [])

    def test_what_the_other_says_is_made_harmless(self):
        with Scripted({"RCPT": "550-5.1.1 a\x1b[31m\tb\r\n550 5.1.1 c"}) as s:
            report = self.one(s.hop)
        self.assertEqual(report[2:5], ("never", 550, "5.1.1"))
        self.assertEqual(report.text, "550 5.1.1 a?[31m b 5.1.1 c")

    def test_garbage_is_later(self):
        for word in ("", "EHLO", "MAIL", "RCPT", "DATA", "."):
            with Scripted({word: "<html>"}) as s:
                report = self.one(s.hop)
            self.assertEqual(report[2:5], ("later", 0, "4.5.0"), word)

    # Connections.

    def test_a_connection_is_used_again(self):
        with Scripted() as s:
            reports = self.send("-n", "5", s.hop)
        self.assertEqual(outcomes(reports), ["delivered"] * 5)
        self.assertEqual(len(s.sessions), 1)
        self.assertEqual(len(s.commands("MAIL")), 5)
        self.assertEqual(s.commands("RSET"), [])

    def test_what_was_not_ended_is_reset(self):
        with Scripted({"RCPT": ["550 no", "250 OK"]}) as s:
            reports = self.send("-n", "2", s.hop)
        self.assertEqual(outcomes(reports), ["never", "delivered"])
        self.assertEqual([line[:4] for line in s.sessions[0][:6]], [
            "EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT"])

    def test_a_connection_takes_so_many_messages(self):
        with Scripted() as s:
            reports = self.send("-n", "5", "-m", "2", s.hop)
        self.assertEqual(outcomes(reports), ["delivered"] * 5)
        self.assertEqual([len([x for x in lines if x.startswith("MAIL")])
                          for lines in s.sessions], [2, 2, 1])

    def test_an_idle_connection_is_used_or_ended(self):
        with Scripted() as s:
            self.send("-r", "2", "-d", "200", "-i", "5", s.hop)
        self.assertEqual(len(s.sessions), 1)
        with Scripted() as s:
            self.send("-r", "2", "-d", "1500", "-i", "1", s.hop)
        self.assertEqual([lines[-1] for lines in s.sessions], ["QUIT"] * 2)

    def test_a_next_hop_gets_so_many_connections(self):
        def slowly(_):
            time.sleep(0.1)
            return "250 OK"
        with Scripted({"MAIL": slowly}) as s:
            reports = self.send("-n", "12", "-p", "3", s.hop)
        self.assertEqual(outcomes(reports), ["delivered"] * 12)
        self.assertEqual(s.most_open, 3)

    def test_a_server_that_wants_fewer_connections_gets_them(self):
        with Scripted({"": ["220 one", "421 too many!"]}) as s:
            reports = self.send("-n", "6", "-p", "3", s.hop)
        self.assertEqual(outcomes(reports), ["delivered"] * 6)

    def test_one_that_was_closed_while_idle_costs_nothing(self):
        with Scripted({".": ["250 OK!", "250 OK"]}) as s:
            reports = self.send("-n", "2", s.hop)
        self.assertEqual(outcomes(reports), ["delivered"] * 2)
        self.assertEqual(len(s.sessions), 2)

    def test_the_addresses_are_tried_in_order(self):
        with Scripted() as s:
            report = self.one("127.0.0.1:%d %s" % (free_port(), s.hop))
        self.assertEqual(report.outcome, "delivered")
        self.assertEqual(report.remote,
                         "127.0.0.1[127.0.0.1]:%d" % s.port)

    def test_one_that_refuses_to_talk_is_passed_over(self):
        for greeting in ("554 no SMTP here", "421 busy", None, "<html>"):
            with Scripted({"": greeting}) as bad, Scripted() as good:
                report = self.one("%s %s" % (bad.hop, good.hop))
            self.assertEqual(report.outcome, "delivered")
            self.assertEqual(report.remote[-5:].strip(":"), str(good.port))

    def test_one_that_breaks_before_the_end_is_passed_over(self):
        for word in ("EHLO", "MAIL", "RCPT", "DATA"):
            with Scripted({word: None}) as bad, Scripted() as good:
                report = self.one("%s %s" % (bad.hop, good.hop))
            self.assertEqual(report.outcome, "delivered", word)

    def test_one_that_breaks_after_the_end_is_not(self):
        with Scripted({".": None}) as bad, Scripted() as good:
            report = self.one("%s %s" % (bad.hop, good.hop))
        self.assertEqual(report[2:5], ("later", 0, "4.4.2"))
        self.assertEqual(good.sessions, [])

    def test_those_who_have_a_reply_are_not_asked_for_elsewhere(self):
        with Scripted({"RCPT": ["550 5.1.1 no", None]}) as bad, \
                Scripted() as good:
            reports = self.send("%s %s" % (bad.hop, good.hop),
                                to=("ann@a.test", "bob@b.test"))
        self.assertEqual(outcomes(reports), ["never", "delivered"])
        self.assertEqual(good.commands("RCPT"), ["RCPT TO:<bob@b.test>"])

    def test_a_server_that_always_breaks_ends_as_later(self):
        with Scripted({"RCPT": None}) as s:
            reports = self.send("-n", "3", s.hop)
        self.assertEqual(outcomes(reports), ["later"] * 3)
        self.assertEqual(len(s.sessions), 3)

    def test_a_dead_next_hop_costs_nothing_to_others(self):
        # An address that takes connections and never says a word.
        with socket.create_server(("127.0.0.1", 0), backlog=50) as silent, \
                Scripted() as s:
            hop = "127.0.0.1:%d" % silent.getsockname()[1]
            began = time.monotonic()
            reports = self.send("-n", "20", "-w", "2", hop, s.hop)
            took = time.monotonic() - began
        self.assertEqual(outcomes(reports), ["delivered"] * 20 +
                         ["later"] * 20)
        self.assertLess(took, 5)

    def test_what_is_dead_is_remembered_for_a_while(self):
        with Scripted({"": ["421 busy", "220 here again"]}) as s:
            reports = self.send("-r", "3", "-d", "100", s.hop)
        self.assertEqual(outcomes(reports), ["later"] * 3)
        self.assertEqual({r.text for r in reports}, {"421 busy"})
        self.assertEqual(len(s.sessions), 1)

    def test_IPv6_is_as_good(self):
        with Scripted(host="::1") as s:
            self.assertEqual(self.one(s.hop).remote,
                             "::1[::1]:%d" % s.port)

    def test_an_address_can_be_bound(self):
        with Scripted() as s:
            self.assertEqual(self.one("-a", "127.0.0.2", s.hop).outcome,
                             "delivered")
            self.assertEqual(s.peer[0], "127.0.0.2")
            report = self.one("-a", "192.0.2.1", s.hop)
        self.assertEqual(report[2:5], ("later", 0, "4.4.1"))

    def test_exchangers_are_asked_for_and_tried(self):
        records = "isi MX 10 first\nisi MX 20 second\nfirst A 127.0.0.9\n" \
                  "second A 127.0.0.1\nnone MX 0 .\n"
        with Names("test", records) as names, Scripted() as s:
            reports = self.send("-s", names.server, "-n", "2",
                                "mx:isi.test:%d" % s.port,
                                "mx:none.test:%d" % s.port)
        self.assertEqual([(r.outcome, r.status, r.remote) for r in reports], [
            ("never", "5.1.10", "-")] * 2 + [
            ("delivered", "2.0.0", "second.test[127.0.0.1]:%d" % s.port)] * 2)


if __name__ == "__main__":
    unittest.main()
