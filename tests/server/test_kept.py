"""Mail that is kept until its domain asks for it."""

import os
import re
import signal
import unittest

from harness import Server, wait_for
from in_place import KNOWN, LET_GO, kept
from sinks import Scripted

MODULES = '[ "basic", "directory", "$top/modules/keeper.so", "relay", ' \
          '"maildir" ]'
ENABLED = 'enable = [ "XKEPT", "XLETGO" ];'
SITE = 'may_relay = true; ' + ENABLED


class Kept(unittest.TestCase):
    """Mail for kept.test is kept, and sent to the sink when it is let go; for
    lost.test nobody knows where it would go; for far.test it is sent."""

    AGE = "1h"

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
        return '{ domains = [ %s ]; age = "%s"; }' % (self.keeps, self.AGE)

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

    def file(self, message):
        [path] = [d + "/" + message for d, _, names in
                  os.walk(self.server.top + "/state/queue")
                  if message in names]
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
        self.assertEqual(self.sink.commands("RCPT"), ["RCPT TO:<joe@far.test>"])
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
        self.assertEqual(self.sink.commands("RCPT"), ["RCPT TO:<joe@far.test>"])
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

    def setUp(self):
        super().setUp()
        self.octets = len("Subject: hello\r\n\r\nhello\r\n")

    def assert_kept(self, n, *domains, octets=None):
        self.assertEqual(kept(self.server, *(domains or ["kept.test"])), (
            KNOWN, n, n * self.octets if octets is None else octets))

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
        self.server.settings["keeper"] = self.keeper().replace("1h", "1s")
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


if __name__ == "__main__":
    unittest.main()
