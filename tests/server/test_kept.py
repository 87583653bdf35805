"""Mail that is kept until its domain asks for it."""

import os
import re
import select
import signal
import struct
import subprocess
import sys
import unittest

from harness import ENVIRONMENT, VERBENA, Server, wait_for
from in_place import (DELIVERED, KNOWN, LATER, LET_GO, NEVER, Collecting,
                      kept, text)
from sinks import Scripted

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "crash"))

# pylint: disable=wrong-import-position
from strace import Tracer  # noqa: E402

MODULES = '[ "basic", "directory", "$top/modules/keeper.so", "relay", ' \
          '"maildir" ]'
ENABLED = 'enable = [ "XKEPT", "XLETGO" ];'
SITE = 'may_relay = true; ' + ENABLED


class Kept(unittest.TestCase):
    """Mail for kept.test is kept, and sent to the sink when it is let go; for
    lost.test nobody knows where it would go; for far.test it is sent."""

    AGE = "1h"
    octets = len("Subject: hello\r\n\r\nhello\r\n")  # of a message

    def setUp(self):
        self.sink = Scripted().__enter__()
        self.addCleanup(self.sink.__exit__)
        self.keeps = '"kept.test", "lost.test"'
        self.server = Server({
            "modules": MODULES,
            "keeper": self.keeper(),
            "relay": '{ routes = ( { domain = "kept.test"; via = "%s"; }, '
                     '{ domain = "far.test"; via = "%s"; } ); }' % (
                         self.sink.hop, self.sink.hop),
            "retry": '{ first = "1h"; warning = "1s"; }',
        }, modules=["keeper.c"], site=SITE)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def keeper(self):
        return '{ domains = [ %s ]; age = "%s"; visit = "%s"; }' % (
            self.keeps, self.AGE, self.sink.hop)

    def send(self, *to, sender="bob@lab.test", text="hello"):
        """The id of a message that was taken."""
        client = self.server.client().begin()
        client.envelope(sender, *(to or ["joe@kept.test"]))
        client.send(b"Subject: %s\r\n\r\n%s\r\n.\r\n" % (
            text.encode(), text.encode()))
        self.assertEqual(client.reply(), 250, client.text)
        client.close()
        return re.findall("[0-9A-Z]{13}", client.text)[-1]

    def keep(self, *to, **more):
        """The same; it is in its file."""
        message = self.send(*to, **more)
        self.assert_waits(message)
        return message

    def queue(self, *words, code=0):
        got, said = self.server.run("queue", *words)
        self.assertEqual(got, code, said)
        return said

    def queue_line(self, message):
        return "".join(line for line in self.queue().splitlines()
                       if line.startswith(message))

    def assert_waits(self, message):
        wait_for(lambda: "waits for XKEPT" in self.queue_line(message))
        self.assertTrue(self.queue_line(message).endswith(
            "  waits for XKEPT"), self.queue() + self.server.log())

    def assert_kept(self, n, *domains):
        self.assertEqual(kept(self.server, *(domains or ["kept.test"])), (
            KNOWN, n, n * self.octets))

    def files(self, message):
        return [d + "/" + message for d, _, names in
                os.walk(self.server.top + "/state/queue") if message in names]

    def file(self, message):
        [path] = self.files(message)
        with open(path, "rb") as f:
            return f.read(), os.stat(path).st_mtime_ns

    def restart(self, number=signal.SIGTERM):
        if number == signal.SIGKILL:
            self.server.kill_all()
        else:
            self.assertEqual(self.server.stop(number), 0)
        os.rename(self.server.top + "/log", self.server.top + "/log.old")
        self.server.start()

    def assert_gone(self, message):
        wait_for(lambda: self.queue_line(message) == "")
        self.assertEqual(self.queue_line(message), "")


class Keeping(Kept):
    def test_it_waits_and_is_not_tried(self):
        message = self.keep("joe@kept.test", "jim@kept.test")
        sent = self.send("joe@far.test")
        self.assert_gone(sent)
        self.assertEqual(self.sink.commands("RCPT"), [
            "RCPT TO:<joe@far.test>"])
        self.assertIn("    <joe@kept.test>  waits for XKEPT\n"
                      "    <jim@kept.test>  waits for XKEPT\n"
                      "1 message, ", self.queue())
        shown = self.queue("show", message)
        self.assertIn("state: waits for XKEPT\n", shown)
        self.assertIn("domain kept.test\n    waits for XKEPT\n", shown)
        self.assertEqual(self.queue("flush"), "nothing waits\n")
        self.assertNotIn("to=<joe@kept.test>", self.server.log())

    def test_it_stays_so_over_a_restart_and_nothing_is_written(self):
        messages = [self.keep(), self.keep("bob@lab.test", "joe@lost.test")]
        before = [self.file(m) for m in messages]
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.restart(number)
            self.send("bob@lab.test")
            self.server.logged("delivered id")
            for message in messages:
                self.assert_waits(message)
        self.assertEqual([self.file(m) for m in messages], before)
        self.assertEqual(self.sink.sessions, [])

    def test_a_mark_that_a_death_left_out_is_made_up_for(self):
        # What is under way to far.test keeps the segment of the other, too.
        done = []
        self.sink.answers["RCPT"] = [
            lambda line: ("kept" in line or wait_for(lambda: done, 20)) and
            "250 ok"]
        self.send("joe@far.test")
        message = self.keep()
        self.server.kill_all()
        for path in self.segments(without=b"Subject: hello"):
            os.unlink(path)
        self.server.start()
        self.assert_waits(message)
        self.queue("flush", "kept.test")
        self.assert_gone(message)
        self.restart(signal.SIGKILL)
        done.append(True)
        self.assertTrue(wait_for(
            lambda: self.queue() == "The queue is empty.\n"), self.queue())

    def segments(self, without):
        """Those of the journal in which this does not stand."""
        found = []
        directory = self.server.top + "/state/journal"
        for name in os.listdir(directory):
            with open("%s/%s" % (directory, name), "rb") as f:
                if without not in f.read():
                    found.append("%s/%s" % (directory, name))
        return found

    def test_it_is_sent_once_the_settings_keep_it_no_longer(self):
        message, lost = self.keep(), self.keep("joe@lost.test")
        self.keeps = '"nothing.test"'
        self.server.settings["keeper"] = self.keeper()
        self.server.write()
        self.restart()
        self.assert_gone(message)
        self.assertEqual(self.sink.commands("RCPT"), [
            "RCPT TO:<joe@kept.test>"])
        wait_for(lambda: "waiting until" in self.queue_line(lost))
        self.assertRegex(self.queue(), "<joe@lost.test>  .*1 attempt, last .*"
                         ": 4.4.4 no module routes there")

    def test_whom_it_is_not_kept_for_gets_it(self):
        message = self.keep("bob@lab.test", "joe@kept.test", "joe@far.test")
        self.server.arrived(1)
        self.assertTrue(wait_for(lambda: self.sink.commands("RCPT")))
        self.assertEqual(self.sink.commands("RCPT"), [
            "RCPT TO:<joe@far.test>"])
        self.assertIn("FROM\n" + self.queue_line(message) +
                      "\n    <joe@kept.test>  waits for XKEPT\n1 message",
                      self.queue())

    def test_it_can_be_held_released_and_removed(self):
        message = self.keep()
        self.queue("hold", message)
        self.assertTrue(self.queue_line(message).endswith("  held"))
        self.restart()
        self.assertTrue(self.queue_line(message).endswith("  held"))
        self.queue("release", message)
        self.assert_waits(message)
        self.queue("remove", message)
        self.assertEqual(self.queue(), "The queue is empty.\n")
        self.assertEqual(self.sink.sessions, [])

    def test_a_large_message_is_kept_too(self):
        text = "z" * 900
        client = self.server.client().begin()
        client.envelope("bob@lab.test", "joe@kept.test")
        client.send((text.encode() + b"\r\n") * 2000 + b".\r\n")
        self.assertEqual(client.reply(), 250, client.text)
        [message] = re.findall("[0-9A-Z]{13}", client.text)
        self.assert_waits(message)
        self.assertEqual(self.queue("show", message).count(text), 2000)


class Flushing(Kept):
    def flush(self, domain):
        said = self.queue("flush", domain)
        self.assertTrue(said.startswith(domain + ": "), said)
        return said[len(domain) + 2:-1]

    def test_what_is_kept_is_let_go(self):
        messages = [self.keep(), self.keep("joe@kept.test", "joe@lost.test")]
        self.assertEqual(self.flush("Kept.test"), "2 messages are tried now")
        self.assert_gone(messages[0])
        self.assert_waits(messages[1])
        self.assertEqual(self.sink.commands("RCPT"), [
            "RCPT TO:<joe@kept.test>"] * 2)
        self.assertEqual(self.flush("kept.test"),
                         "nothing waits for this domain")

    def test_what_nobody_knows_the_way_of_is_told(self):
        message = self.keep("joe@lost.test")
        self.assertEqual(self.flush("lost.test"), "1 message waits for XKEPT")
        self.keep("joe@lost.test")
        self.assertEqual(self.flush("lost.test"),
                         "2 messages wait for XKEPT")
        self.assert_waits(message)

    def test_what_waits_for_its_time_beside_it_is_let_be(self):
        self.sink.answers["RCPT"] = ["450 4.2.1 busy"]
        message = self.send("joe@far.test", "joe@lost.test")
        self.assertTrue(wait_for(lambda: "waiting until" in self.queue()))
        self.assertEqual(self.flush("lost.test"), "1 message waits for XKEPT")
        self.assertIn("1 attempt", self.queue())
        self.sink.answers["RCPT"] = ["250 ok"]
        self.assertEqual(self.flush("far.test"), "1 message is tried now")
        self.assert_waits(message)

    def test_a_server_is_visited_though_nothing_waits(self):
        for reply, said in (("502 5.5.1 no", "not-visited .*502 5.5.1 no"),
                            ("250 go ahead", "visited .*250 go ahead")):
            self.sink.answers["TURN"] = [reply]
            self.assertEqual(self.flush("visit.test"),
                             "nothing waits; its server is asked for mail")
            self.server.logged(r"queue\[\d+\] " + said)
        self.assertEqual(self.sink.commands("TURN"), ["TURN"] * 2)
        self.assertEqual(self.sink.commands("MAIL"), [])

    def test_a_server_is_not_visited_when_it_gets_mail(self):
        self.sink.answers["RCPT"] = ["450 4.2.1 busy", "250 ok"]
        self.sink.answers["TURN"] = ["502 5.5.1 no"]
        message = self.send("joe@visit.test")
        self.assertTrue(wait_for(lambda: "1 attempt" in self.queue()))
        self.assertEqual(self.flush("visit.test"), "1 message is tried now")
        self.assert_gone(message)
        self.assertNotIn("visited", self.server.log())

    def test_the_status_counts_what_is_kept(self):
        self.keep()
        self.keep("joe@kept.test", "joe@lost.test")
        wanted = "messages  0 at work, 0 in files until they are due, 2 kept\n"
        wait_for(lambda: wanted in self.server.run("status")[1])
        code, said = self.server.run("status")
        self.assertEqual(code, 0, said)
        self.assertIn(wanted, said)


class Expiring(Kept):
    AGE = "3s"

    def assert_returned(self, *to):
        [notice] = self.server.arrived(1)
        with open(notice) as f:
            text = f.read()
        for recipient in to:
            self.assertIn("Final-Recipient: rfc822; " + recipient, text)
        self.assertIn("Status: 5.4.7", text)
        self.assertIn("not collected in time", text)
        self.assertEqual(text.count("Final-Recipient"), len(to))
        return text

    def test_it_is_returned_to_its_sender_when_it_is_too_old(self):
        message = self.keep("joe@kept.test", "joe@lost.test")
        self.assert_returned("joe@kept.test", "joe@lost.test")
        self.assert_gone(message)
        self.assertEqual(self.sink.sessions, [])

    def change_age(self, age):
        self.server.settings["keeper"] = self.keeper().replace("3s", age)
        self.server.write()
        self.restart()

    def test_it_is_returned_at_a_start_when_it_is_too_old(self):
        self.change_age("1h")
        message = self.keep()
        wait_for(lambda: False, 1.5)
        self.assert_waits(message)
        self.change_age("1s")
        self.assert_returned("joe@kept.test")

    def test_nobody_is_warned_that_it_is_late(self):
        self.change_age("1h")
        message = self.keep()
        wait_for(lambda: False, 1.5)
        self.restart()
        self.send("bob@lab.test")
        self.server.arrived(1)
        self.assert_waits(message)
        self.server.arrived(1)


class Asking(Kept):
    """As a worker asks. What it was told of before is counted."""

    def test_what_is_kept_is_counted_as_soon_as_it_is_taken(self):
        self.assert_kept(0)
        for n in range(1, 21):
            self.send()
            self.assert_kept(n)
        self.send("joe@kept.test", "jim@kept.test", "joe@lost.test")
        self.assert_kept(21)
        self.assert_kept(1, "lost.test")
        self.assert_kept(22, "kept.test", "lost.test")
        self.assert_kept(0, "far.test", "lab.test")

    def test_a_verb_can_tell_and_let_it_go(self):
        self.send()
        client = self.server.client().begin()
        self.assertEqual(client.say("XKEPT kept.test"), 250)
        self.assertIn("1 of %d octets" % self.octets, client.text)
        self.assertEqual(client.say("XLETGO kept.test"), 250)
        self.assertIn("1 of %d octets" % self.octets, client.text)
        self.assertTrue(wait_for(lambda: self.sink.commands("RCPT")))
        self.assertTrue(wait_for(
            lambda: client.say("XKEPT kept.test") == 250 and
            "0 of 0 octets" in client.text))

    def test_it_is_counted_at_once_after_a_start(self):
        for _ in range(300):
            self.send()
        self.send("joe@kept.test", "joe@lost.test")
        for number in (signal.SIGTERM, signal.SIGKILL):
            self.restart(number)
            self.assert_kept(301)
            self.assert_kept(1, "lost.test")

    def test_what_is_held_or_removed_is_not_counted(self):
        held, gone, _ = self.keep(), self.keep(), self.keep()
        self.queue("hold", held)
        self.assert_kept(2)
        self.queue("remove", gone)
        self.assert_kept(1)
        self.queue("release", held)
        self.assertTrue(wait_for(
            lambda: kept(self.server, "kept.test")[1] == 2))
        self.restart()
        self.assert_kept(2)

    def test_what_expires_is_counted_no_more(self):
        self.server.settings["keeper"] = self.keeper().replace("1h", "3s")
        self.server.write()
        self.restart()
        self.send()
        self.assert_kept(1)
        self.server.arrived(1)
        self.assert_kept(0)

    def test_what_is_let_go_is_sent(self):
        messages = [self.send("joe@kept.test", "joe@lost.test")] + [
            self.send() for _ in range(20)]
        self.assertEqual(kept(self.server, "kept.test", what=LET_GO),
                         (KNOWN, 21, 21 * self.octets))
        for message in messages[1:]:
            self.assert_gone(message)
        self.assertEqual(self.sink.commands("RCPT"), [
            "RCPT TO:<joe@kept.test>"] * 21)
        self.assert_kept(0)
        self.assert_kept(1, "lost.test")
        self.assert_waits(messages[0])
        self.assertRegex(self.queue("show", messages[0]),
                         "<joe@kept.test>.*\n    delivered")
        later = self.keep()
        self.restart()
        self.assert_kept(1)
        self.assert_waits(later)
        self.assertEqual(len(self.sink.commands("RCPT")), 21)

    def test_what_cannot_be_sent_is_kept_again(self):
        self.sink.answers["RCPT"] = ["450 4.2.1 busy"]
        message = self.keep()
        self.assertEqual(kept(self.server, "kept.test", what=LET_GO)[1], 1)
        self.assertTrue(wait_for(lambda: "1 attempt" in self.queue()))
        self.assert_waits(message)
        self.assertRegex(self.queue(), "<joe@kept.test>  1 attempt, last .*: "
                         r"4.2.1 127\S+ 450 4.2.1 busy\n")
        self.assert_kept(1)
        self.restart()
        self.assert_kept(1)
        self.assert_waits(message)
        self.assertIn("1 attempt", self.queue())
        self.assertEqual(len(self.sink.commands("RCPT")), 1)
        self.sink.answers["RCPT"] = ["250 ok"]
        self.assertEqual(kept(self.server, "kept.test", what=LET_GO)[1], 1)
        self.assert_gone(message)
        self.assert_kept(0)

    def test_what_is_refused_is_returned(self):
        self.sink.answers["RCPT"] = ["550 5.1.1 nobody"]
        message = self.send()
        self.assertEqual(kept(self.server, "kept.test", what=LET_GO)[1], 1)
        self.assert_gone(message)
        [notice] = self.server.arrived(1)
        with open(notice) as f:
            self.assertIn("Status: 5.1.1", f.read())

    def test_what_nobody_knows_the_way_of_stays(self):
        message = self.keep("joe@lost.test")
        self.assertEqual(kept(self.server, "lost.test", what=LET_GO),
                         (KNOWN, 0, 0))
        self.assert_kept(1, "lost.test")
        self.assert_waits(message)

    def test_what_is_let_go_while_another_recipient_goes_is_sent(self):
        reply = []
        self.sink.answers["RCPT"] = [
            lambda line: wait_for(lambda: reply, 10) and reply[0]]
        message = self.send("joe@kept.test", "joe@far.test")
        self.assertTrue(wait_for(lambda: self.sink.commands("RCPT")))
        self.assert_kept(1)
        self.assertEqual(kept(self.server, "kept.test", what=LET_GO)[1], 1)
        self.assertEqual(kept(self.server, "kept.test", what=LET_GO)[1], 0)
        reply.append("250 ok")
        self.assert_gone(message)
        self.assertEqual(sorted(self.sink.commands("RCPT")), [
            "RCPT TO:<joe@far.test>", "RCPT TO:<joe@kept.test>"])


class Handing(Kept):
    """To a connection that was turned: the test is its worker."""

    def collecting(self, *domains):
        collecting = Collecting(self.server, *(domains or ["kept.test"]))
        self.addCleanup(collecting.__exit__)
        return collecting

    def collect(self, collecting, outcome=DELIVERED):
        """All that comes: the ids."""
        found = []
        while True:
            errand = collecting.next()
            if errand is None:
                return found
            found.append(errand.id)
            collecting.report(*[outcome] * len(errand.to))

    def text(self, errand):
        with open("%s/state/%s" % (self.server.top, errand.file), "rb") as f:
            f.seek(errand.at)
            return f.read(errand.octets).decode()

    def is_silent(self, collecting):
        return select.select([collecting.socket], [], [], 0.3)[0] == []

    def test_nothing_comes_where_nothing_is_kept(self):
        self.send("joe@lost.test")
        self.assertEqual(self.collect(self.collecting()), [])
        self.assertEqual(self.collect(self.collecting("x.test", "")), [])
        self.assert_kept(1, "lost.test")

    def test_all_comes_in_order_and_with_what_was_just_taken(self):
        sent = [self.send() for _ in range(120)]
        collecting = self.collecting()
        self.assertEqual(self.collect(collecting), sent)
        self.assertEqual(collecting.socket.recv(1), b"")
        self.assert_kept(0)
        self.assertEqual(self.queue(), "The queue is empty.\n")
        self.server.logged("lease-over session=test messages=120 that is all")

    def test_each_comes_as_it_is_and_the_next_when_it_is_reported(self):
        self.send("joe@kept.test", "joe@lost.test", "jim@kept.test",
                  sender="ann@a.test", text="one")
        self.send("joe@lost.test", text="two")
        collecting = self.collecting("kept.test", "lost.test")
        errand = collecting.next()
        self.assertEqual(errand.to, [
            "joe@kept.test", "joe@lost.test", "jim@kept.test"])
        self.assertEqual(errand.reverse_path, "ann@a.test")
        self.assertEqual(self.text(errand), "Subject: one\r\n\r\none\r\n")
        self.assertIn("Received: from client.test", errand.trace)
        self.assertTrue(self.is_silent(collecting))
        collecting.report(DELIVERED, DELIVERED, DELIVERED)
        errand = collecting.next()
        self.assertEqual(errand.to, ["joe@lost.test"])
        self.assertEqual(self.text(errand), "Subject: two\r\n\r\ntwo\r\n")
        collecting.report(DELIVERED)
        self.assertIsNone(collecting.next())

    def test_many_recipients_come_a_hundred_at_a_time(self):
        to = ["u%d@kept.test" % n for n in range(230)]
        message = self.send(*to)
        collecting = self.collecting()
        for some in to[:100], to[100:200], to[200:]:
            errand = collecting.next()
            self.assertEqual(errand.to, some)
            collecting.report(*[DELIVERED] * len(some))
        self.assertIsNone(collecting.next())
        self.assertEqual(self.queue_line(message), "")

    def test_what_is_not_taken_is_kept_and_what_is_refused_returned(self):
        message = self.keep("joe@kept.test", "jim@kept.test", "no@kept.test")
        collecting = self.collecting()
        self.assertEqual(len(collecting.next().to), 3)
        collecting.socket.send(b"".join(
            struct.pack("=Q", outcome) + text(status) + text(said) + text("p")
            for outcome, status, said in (
                (DELIVERED, "", "fine"), (LATER, "4.2.1", "450 busy"),
                (NEVER, "5.1.1", "550 nobody"))))
        self.assertIsNone(collecting.next())
        self.assert_waits(message)
        [notice] = self.server.arrived(1)
        wait_for(lambda: "\n1 message" in self.queue())
        self.assertRegex(self.queue(), "FROM\n.*\n    <jim@kept.test>  "
                         "1 attempt, last .*: 4.2.1 p 450 busy\n1 message")
        self.assert_kept(1)
        with open(notice) as f:
            self.assertRegex(f.read(), "(?s)no@kept.test.*Status: 5.1.1")
        self.restart(signal.SIGKILL)
        errand = Collecting(self.server, "kept.test").next()
        self.assertEqual(errand.to, ["jim@kept.test"])

    def shown(self, message):
        """Whether or not there was time to warn of those who are tried."""
        return self.queue("show", message).replace(
            "late, the sender knows, ", "")

    def test_whom_it_is_not_for_is_left_alone(self):
        self.sink.answers["RCPT"] = ["450 4.2.1 busy"]
        message = self.send("joe@kept.test", "joe@far.test", "joe@lost.test")
        self.assertTrue(wait_for(lambda: "waiting until" in self.queue()))
        before = self.shown(message)
        collecting = self.collecting()
        self.assertEqual(collecting.next().to, ["joe@kept.test"])
        collecting.report(DELIVERED)
        self.assertIsNone(collecting.next())
        self.assertEqual(before, re.sub(
            "(<joe@kept.test>.*)\n.*", "\\1\n    waits for XKEPT",
            self.shown(message)))
        self.assertEqual(len(self.sink.commands("RCPT")), 1)
        self.assert_kept(1, "lost.test")
        self.sink.answers["RCPT"] = ["250 ok"]
        self.assertEqual(self.queue("flush"), "1 message is tried now\n")
        self.assertEqual(self.collect(self.collecting("lost.test")),
                         [message])
        self.assert_gone(message)

    def test_what_goes_to_others_as_well_is_waited_for(self):
        reply = []
        self.sink.answers["RCPT"] = [
            lambda line: wait_for(lambda: reply, 10) and reply[0]]
        mixed = self.send("joe@kept.test", "joe@far.test")
        plain = self.send()
        self.assertTrue(wait_for(lambda: self.sink.commands("RCPT")))
        collecting = self.collecting()
        self.assertEqual(collecting.next().id, plain)
        collecting.report(DELIVERED)
        self.assertTrue(self.is_silent(collecting))
        reply.append("250 ok")
        self.assertEqual(self.collect(collecting), [mixed])
        self.assertEqual(self.collect(self.collecting()), [])

    def test_who_goes_away_gives_back_what_it_has(self):
        sent = [self.send() for _ in range(5)]
        for n in range(1, 4):
            with Collecting(self.server, "kept.test") as collecting:
                self.assertEqual(collecting.next().id, sent[0])
            self.assertTrue(wait_for(
                lambda: self.queue().count("%d attempt" % n) == 1))
            self.assert_kept(5)
        with Collecting(self.server, "kept.test"):
            pass
        self.assertEqual(self.collect(self.collecting()), sent)

    def test_two_share_what_there_is(self):
        sent = [self.send() for _ in range(60)]
        both = [self.collecting(), self.collecting("kept.test", "lost.test")]
        out = [c.next() for c in both]
        self.assertEqual({e.id for e in out}, set(sent[:2]))
        third = self.collecting()
        self.assertEqual(third.next().id, sent[2])
        third.__exit__()
        found = [e.id for e in out]
        both[0].report(DELIVERED)
        found += self.collect(both[0])
        both[1].report(DELIVERED)
        found += self.collect(both[1])
        self.assertEqual(sorted(found), sorted(set(found)))
        found += self.collect(self.collecting())
        self.assertEqual(sorted(found), sent)

    def test_a_queue_that_dies_repeats_one_message_at_most(self):
        sent = [self.send() for _ in range(10)]
        found = []
        while True:
            collecting = self.collecting()
            errand = collecting.next()
            if errand is None:
                break
            found.append(errand.id)
            collecting.report(DELIVERED)
            errand = collecting.next()
            if errand is not None:
                found.append(errand.id)
            [queue] = self.server.children("queue")
            os.kill(queue, signal.SIGKILL)
            self.assertEqual(collecting.socket.recv(1), b"")
            self.assertTrue(wait_for(lambda: self.server.children("queue")
                                     not in ([], [queue])))
        self.assertEqual(sorted(set(found)), sent)
        self.assertEqual(len(found), 2 * len(sent) - 1)
        self.assertEqual([m for m in found if found.count(m) > 2], [])

    def test_what_the_journal_still_has_is_not_had_again(self):
        """The queue dies when a message is in its file, but the journal does
        not know yet; and its successor when it was collected."""
        slow = ("-e", "trace=pwritev", "-e",
                "inject=pwritev:delay_enter=%d" % 1500000)
        [queue] = self.server.children("queue")
        with Tracer([queue], self.server.top + "/calls", *slow):
            message = self.send()
            self.assertTrue(wait_for(lambda: self.files(message)))
            with Tracer([self.server.process.pid],
                        self.server.top + "/calls2", *slow):
                os.kill(queue, signal.SIGKILL)
                self.assertTrue(wait_for(lambda: self.server.children("queue")
                                         not in ([], [queue])))
                collecting = self.collecting()
                self.assertEqual(collecting.next().id, message)
                collecting.report(DELIVERED)
                self.assertIsNone(collecting.next())
                self.server.kill_queue()
        self.assertEqual(self.collect(self.collecting()), [])
        self.assertNotIn(message, self.queue())

    def test_it_ends_when_the_server_stops_and_the_rest_is_kept(self):
        sent = [self.send() for _ in range(3)]
        collecting = self.collecting()
        self.assertEqual(collecting.next().id, sent[0])
        self.server.process.send_signal(signal.SIGQUIT)
        self.assertTrue(self.is_silent(collecting))
        collecting.report(DELIVERED)
        self.assertIsNone(collecting.next())
        self.assertEqual(self.server.process.wait(10), 0)
        os.rename(self.server.top + "/log", self.server.top + "/log.old")
        self.server.start()
        self.assertEqual(self.collect(self.collecting()), sent[1:])

    def test_what_is_out_can_be_held_and_removed(self):
        sent = [self.send(), self.send()]
        collecting = self.collecting()
        for message, verb, said in ((sent[0], "hold", "is held"),
                                    (sent[1], "remove", "is removed")):
            self.assertEqual(collecting.next().id, message)
            asked = subprocess.Popen(
                [VERBENA, "-c", self.server.conf, "queue", verb, message],
                stdout=subprocess.PIPE, env=ENVIRONMENT)
            self.addCleanup(asked.stdout.close)
            self.assertIn(b"under way", asked.stdout.readline())
            collecting.report(LATER)
            self.assertIn(said, asked.stdout.read().decode())
            self.assertEqual(asked.wait(10), 0)
        self.assertIsNone(collecting.next())
        self.assert_kept(0)
        self.assertTrue(self.queue_line(sent[0]).endswith("held"))
        self.assertEqual(self.queue_line(sent[1]), "")

    def test_an_answer_that_is_none_gives_it_back(self):
        self.send()
        collecting = self.collecting()
        collecting.next()
        collecting.socket.send(b"nonsense")
        self.assertIsNone(collecting.next())
        self.assert_kept(1)


if __name__ == "__main__":
    unittest.main()
