"""Mailboxes that may hold so much and no more."""

import os
import unittest

from harness import ACCOUNT, IS_ROOT, Server
from proc import content

SETTINGS = {
    "modules": '[ "basic", "ehlo", "size", "directory", "maildir", "mbox" ]',
    "enable": '[ "EHLO" ]',
    "maildir": '{ path = "$top/mail/{domain}/{user}"; quota = "4k"; }',
    "mbox": '{ path = "$top/mbox/{user}"; quota = "4k"; }',
}
SITES = ", ".join(
    '{ name = "%s-%s"; listen = [ "127.0.0.1:$port_%s_%s" ]; '
    'domains = [ "lab.test" ]; deliver = "%s"; profile = "%s"; }' % (
        name, profile, name, profile, name, profile)
    for name in ("maildir", "mbox") for profile in ("rfc5321", "rfc821"))
LARGE = b"Subject: large\r\n\r\n" + b"0123456789abcde\r\n" * 150  # 2.5k


class Full(unittest.TestCase):
    def setUp(self):
        self.server = Server(SETTINGS, SITES).__enter__()
        self.addCleanup(self.server.__exit__)

    def client(self, kind, profile="rfc5321"):
        return self.server.client("%s_%s" % (kind, profile)).begin()

    def assert_refused(self, kind, profile, text):
        client = self.client(kind, profile)
        self.assertEqual(client.say("MAIL FROM:<ann@a.test>"), 250)
        self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 552)
        self.assertEqual(client.text, text)
        # There is room in others.
        self.assertEqual(client.say("RCPT TO:<ann@lab.test>"), 250)

    def assert_ends(self, kind, event, status, **more):
        end = self.server.deliver(self.client(kind), **more)
        self.assertEqual(end[:2], (event, status), end)
        return end[2]

    def fill_and_empty(self, kind, fill, empty):
        self.assert_ends(kind, "delivered", "", text=LARGE)
        # There is room for some, but not for that.
        words = self.assert_ends(kind, "refused", "5.2.2", text=LARGE)
        self.assertRegex(words, r"^mailbox is full: it has \d+ of 4096 octets")
        self.assert_ends(kind, "delivered", "")
        fill()
        self.assert_refused(kind, "rfc5321", "552 5.2.2 Mailbox full\r\n")
        self.assert_refused(kind, "rfc821", "552 Mailbox full\r\n")
        self.server.logged(r"full to=<bob@lab.test> module=%s at=room "
                           r"status=5.2.2 mailbox is full: it has \d+ of "
                           r"4096 octets" % kind)
        empty()
        self.assert_ends(kind, "delivered", "", text=LARGE)

    def test_a_maildir_takes_mail_until_it_is_full(self):
        box = self.server.top + "/mail/lab.test/bob"

        def fill():
            with open(box + "/cur/1.x.mx:2,S", "w") as f:
                f.write("x" * 4096)
            os.unlink(box + "/maildirsize")

        def empty():
            for name in self.server.messages():
                os.unlink(name)
            # A count that is old is not believed.
            os.utime(box + "/maildirsize", (1, 1))

        self.fill_and_empty("maildir", fill, empty)
        if IS_ROOT:
            self.assertEqual(os.stat(box + "/maildirsize").st_uid,
                             ACCOUNT.pw_uid)

    def test_an_mbox_takes_mail_until_it_is_full(self):
        box = self.server.top + "/mbox/bob"

        def fill():
            with open(box, "a") as f:
                f.write("From x\n\n" + "x" * 2000 + "\n\n")

        self.fill_and_empty("mbox", fill, lambda: os.truncate(box, 0))

    def test_a_declared_size_that_does_not_fit_is_refused_at_rcpt(self):
        for kind in ("maildir", "mbox"):
            client = self.client(kind)
            self.assertEqual(client.say("EHLO a.test"), 250)
            for octets, code in ((3000, 250), (5000, 552)):
                self.assertEqual(client.say(
                    "MAIL FROM:<ann@a.test> SIZE=%d" % octets), 250)
                self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), code)
                self.assertEqual(client.say("RSET"), 250)

    def test_what_was_delivered_is_counted(self):
        for _ in range(3):
            self.assert_ends("maildir", "delivered", "")
        lines = content(self.server.top + "/mail/lab.test/bob/maildirsize")
        lines = lines.decode().splitlines()
        self.assertEqual(lines[0], "4096S")
        sizes = [os.path.getsize(name) for name in self.server.messages()]
        self.assertEqual(sum(int(line.split()[0]) for line in lines[1:]),
                         sum(sizes))
        self.assertEqual(sum(int(line.split()[1]) for line in lines[1:]), 3)

    def test_a_mailbox_that_cannot_be_looked_into_is_tried_again(self):
        with open(self.server.top + "/mail/lab.test", "w"):
            pass  # a file where a directory should be
        client = self.client("maildir")
        self.assertEqual(client.say("MAIL FROM:<ann@a.test>"), 250)
        self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 451)
        self.assertIn("4.3.0 Cannot look into that mailbox now", client.text)
        self.server.logged(r"not-now to=<bob@lab.test> module=maildir at=room")
