"""What was accepted and is not delivered yet."""

import fcntl
import os
import re
import signal
import time
import unittest

from harness import ACCOUNT, IS_ROOT, Server, wait_for
from proc import content

PEOPLE = ["ann", "bob", "full", "postmaster", "shut", "waits"]
TEXT = b"Subject: hello\r\n\r\nWorld\r\n"


def queue_server(retry, sites=None, **settings):
    """Its postman has users that get their mail only when told to."""
    return Server(dict({
        "maildir": None,
        "modules": '[ "basic", "directory", "$top/modules/postman.so" ]',
        "postman": '{ dir = "$top/mail"; }',
        "directory": "{ users = ( %s ); }" % ", ".join(
            '{ name = "%s"; }' % name for name in PEOPLE),
        "retry": "{ %s }" % retry,
    }, **settings), sites, modules=["postman.c"])


class Queue(unittest.TestCase):
    def start(self, retry='first = "1s"; most = "1s";', **more):
        self.server = queue_server(retry, **more).__enter__()
        self.addCleanup(self.server.__exit__)

    def restart(self):
        """What a queue that died had done is needed as long as a worker of
        its time writes to the same segment."""
        self.assertEqual(self.server.stop(), 0)
        self.server.start()

    def send(self, user, sender="ann@a.test", text=TEXT, site="main"):
        client = self.server.client(site).begin()
        code = client.mail(sender, user + "@lab.test", text)
        self.assertEqual(code, 250, client.text)
        return client.text.split()[-1]

    def open(self):
        with open(self.server.top + "/mail/open", "w"):
            pass

    def delivered(self, user):
        return [line.split()[0]
                for line in self.server.log("mail/" + user).splitlines()]

    def assert_delivered(self, user, n=1, seconds=15):
        """So many, each once."""
        self.assertTrue(wait_for(
            lambda: len(self.delivered(user)) >= n, seconds),
            self.server.log()[-4000:])
        self.assertEqual(len(self.delivered(user)), n)
        self.assertEqual(len(set(self.delivered(user))), n)

    def notices(self, user="ann"):
        """What a user was sent by the server itself."""
        parts = self.server.log("mail/%s.text" % user).split("Return-Path: ")
        return [part for part in parts if part.startswith("<>")]

    def attempts(self, user, event="not-now"):
        return len(re.findall(" %s id=.* to=<%s@lab.test>" % (event, user),
                              self.server.log()))

    def in_state(self, name):
        return os.listdir("%s/state/%s" % (self.server.top, name))

    def left_in_journal(self):
        """Segments that are neither free nor being written to."""
        left = []
        for name in self.in_state("journal"):
            path = "%s/state/journal/%s" % (self.server.top, name)
            try:
                with open(path, "rb") as segment:
                    fcntl.flock(segment, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if not name.startswith("free-"):
                        left.append(name)
            except (BlockingIOError, FileNotFoundError):
                pass
        return left

    def assert_nothing_is_left(self):
        self.assertTrue(wait_for(lambda: self.server.parked() == [] and
                                 self.in_state("large") == []))
        self.assertEqual(self.in_state("spool"), [])
        self.assertTrue(wait_for(lambda: self.left_in_journal() == []),
                        self.left_in_journal())


class Restarts(Queue):
    def test_what_no_courier_could_deliver_is_delivered_after_a_restart(self):
        self.start()
        for pid in self.server.children("courier", 0):
            os.kill(pid, signal.SIGSTOP)
        for _ in range(3):
            self.send("bob")
        self.assertEqual(self.server.stop(seconds=20), 0)
        self.assertEqual(self.delivered("bob"), [])
        self.server.start()
        self.assert_delivered("bob", 3)
        self.assert_nothing_is_left()

    def test_nothing_is_left_of_what_was_delivered(self):
        self.start()
        for n in range(3):
            for user in ("bob", "ann", "shut"):
                self.send(user)
            self.send("full", "ann@lab.test")
            self.open()
            self.server.settled()
            self.restart()
            self.assert_nothing_is_left()
            self.assertLessEqual(len(self.in_state("journal")), 6)
        self.assert_delivered("bob", 3)
        self.assert_delivered("shut", 3)
        self.assertEqual(len(self.notices()), 3)

    def test_a_site_that_is_gone_keeps_its_mail_until_it_is_back(self):
        sites = ", ".join(
            '{ name = "%s"; listen = [ "127.0.0.1:$port_%s" ]; '
            'domains = [ "lab.test" ]; }' % (name, name)
            for name in ("main", "other"))
        self.start(sites=sites)
        self.send("shut", site="other")
        self.assertTrue(wait_for(self.server.parked))
        self.assertEqual(self.server.stop(), 0)
        self.server.sites = sites[:sites.index(", { name")]
        self.server.write()
        self.open()
        self.server.start()
        self.server.logged("not-now .*to=<shut@lab.test> .*status=4.3.5")
        self.assertEqual(len(self.server.parked()), 1)
        self.send("bob")
        self.assert_delivered("bob")
        self.assertEqual(self.server.stop(), 0)
        self.server.sites = sites
        self.server.write()
        self.server.start()
        self.assert_delivered("shut")
        self.assert_nothing_is_left()


class Parked(Queue):
    def test_a_message_that_waits_is_a_file_that_can_be_read(self):
        self.start()
        id = self.send("shut")
        [path] = wait_for(self.server.parked)
        self.assertEqual(os.path.basename(path), id)
        status = os.stat(path)
        self.assertEqual(status.st_mode & 0o7777, 0o600)
        if IS_ROOT:
            self.assertEqual(status.st_uid, ACCOUNT.pw_uid)
        text = content(path).decode("ascii").replace("\r\n", "\n")
        for line in ("from: ann@a.test", "Subject: hello",
                     "to: local shut@lab.test shut lab.test -"):
            self.assertIn("\n%s\n" % line, text)
        self.assertRegex(text, "(?m)^[0-9T:Z-]+ 0 waiting .* 4.2.1 - "
                         "mailbox is shut$")
        # Each attempt adds a line.
        self.assertTrue(wait_for(
            lambda: content(path).count(b" waiting ") >= 3))
        self.open()
        self.assert_delivered("shut")
        self.assert_nothing_is_left()

    def test_a_message_that_waits_for_one_is_there_for_others(self):
        self.start()
        client = self.server.client().begin()
        client.envelope("ann@a.test", "bob@lab.test", "shut@lab.test",
                        "ann@lab.test")
        client.send(b"Subject: hello\r\n.\r\n")
        self.assertEqual(client.reply(), 250)
        self.assert_delivered("bob")
        self.assert_delivered("ann")
        self.assertTrue(wait_for(lambda: self.attempts("shut") >= 2))
        os.kill(self.server.children("queue")[0], signal.SIGKILL)
        self.open()
        self.assert_delivered("shut")
        self.assert_delivered("bob")
        self.assert_delivered("ann")
        self.restart()
        self.assert_nothing_is_left()

    def test_a_mailbox_that_is_waited_for_delays_no_other(self):
        self.start()
        for _ in range(5):
            self.send("waits")
            began = time.monotonic()
            before = len(self.delivered("bob"))
            self.send("bob")
            self.assert_delivered("bob", before + 1)
            self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(self.delivered("waits"), [])
        self.open()
        self.assert_delivered("waits", 5)


class Notices(Queue):
    def test_what_expires_is_given_back(self):
        self.start('first = "1s"; most = "1s"; expire = "3s"; ')
        began = time.monotonic()
        self.send("shut", "ann@lab.test")
        self.assert_delivered("ann")
        self.assertGreater(time.monotonic() - began, 2)
        [notice] = self.notices()
        for line in ("To: ann@lab.test", "Action: failed", "Status: 4.2.1",
                     "Final-Recipient: rfc822; shut@lab.test",
                     "Subject: hello"):
            self.assertIn("\n%s\n" % line, notice)
        self.assertGreaterEqual(self.attempts("shut"), 3)
        self.assert_nothing_is_left()
        self.assertEqual(self.delivered("shut"), [])

    def test_a_notice_is_never_given_back(self):
        self.start('first = "1s"; most = "1s"; expire = "2s"; ')
        self.send("full", "shut@lab.test")
        self.server.logged("discarded id=", 20)
        self.assert_nothing_is_left()
        self.assertEqual(self.server.log().count(" notified "), 1)
        self.assertEqual(self.delivered("ann") + self.delivered("postmaster"),
                         [])

    def test_a_notice_that_nobody_takes_can_go_to_the_postmaster(self):
        self.start('first = "1s"; most = "1s"; expire = "2s"; '
                   'double_bounce = "postmaster"; ')
        self.send("full", "full@lab.test")
        self.assert_delivered("postmaster")
        [notice] = self.notices("postmaster")
        self.assertIn("\nFinal-Recipient: rfc822; full@lab.test\n", notice)
        self.assert_nothing_is_left()
        self.assertEqual(self.server.log().count(" notified "), 2)

    def test_a_sender_is_told_once_that_a_message_is_late(self):
        self.start('first = "1s"; most = "1s"; expire = "1h"; '
                   'warning = "2s"; ')
        self.send("shut", "ann@lab.test")
        self.assert_delivered("ann")
        [notice] = self.notices()
        for line in ("Action: delayed", "Status: 4.2.1",
                     "Final-Recipient: rfc822; shut@lab.test"):
            self.assertIn("\n%s\n" % line, notice)
        self.restart()
        before = self.attempts("shut")
        self.assertTrue(wait_for(lambda: self.attempts("shut") > before + 1))
        self.open()
        self.assert_delivered("shut")
        self.server.settled()
        self.assertEqual(len(self.notices()), 1)
        self.assert_nothing_is_left()

    def test_a_notice_names_who_was_refused_and_nobody_else(self):
        self.start()
        client = self.server.client().begin()
        client.envelope("ann@lab.test", "bob@lab.test", "full@lab.test",
                        "shut@lab.test")
        client.send(b"Subject: hello\r\n.\r\n")
        self.assertEqual(client.reply(), 250)
        self.assert_delivered("ann")
        [notice] = self.notices()
        self.assertEqual(notice.count("Final-Recipient:"), 1)
        self.assertIn("\nFinal-Recipient: rfc822; full@lab.test\n", notice)
        for name in ("bob", "shut"):
            self.assertNotIn("<%s@lab.test>" % name, notice)
        self.assert_delivered("bob")
        self.open()
        self.assert_delivered("shut")
        self.assert_nothing_is_left()
        self.assertEqual(len(self.notices()), 1)


class Room(Queue):
    def test_a_large_file_that_was_never_accepted_is_removed(self):
        """Its worker died before the journal named it."""
        self.start()
        self.assertEqual(self.server.stop(), 0)
        for name, age in (("03625R2XB4440", 3600), ("03625R2XB4441", 0)):
            path = "%s/state/large/%s" % (self.server.top, name)
            with open(path, "w") as f:
                f.write("x")
            os.chown(path, ACCOUNT.pw_uid, -1)
            os.utime(path, (time.time() - age, time.time() - age))
        self.server.start()
        self.server.logged("id=03625R2XB4440 was never accepted")
        self.assertEqual(os.listdir(self.server.top + "/state/large"),
                         ["03625R2XB4441"])

    def test_a_large_message_is_a_file_until_it_is_delivered(self):
        self.start()
        text = TEXT + b"0123456789abcde\r\n" * 60000
        id = self.send("waits", text=text)
        self.assertEqual(self.in_state("large"), [id])
        self.open()
        self.assert_delivered("waits")
        self.assertTrue(content(self.server.top + "/mail/waits.text").endswith(
            text.replace(b"\r\n", b"\n")))
        self.assert_nothing_is_left()

    def test_a_large_message_that_waits_is_one_file(self):
        self.start()
        text = TEXT + b"0123456789abcde\r\n" * 60000
        self.send("shut", text=text)
        [path] = wait_for(self.server.parked)
        self.assertTrue(wait_for(lambda: self.in_state("large") == []))
        self.assertIn(text, content(path))
        os.kill(self.server.children("queue")[0], signal.SIGKILL)
        self.open()
        self.assert_delivered("shut")
        self.assertTrue(content(self.server.top + "/mail/shut.text").endswith(
            text.replace(b"\r\n", b"\n")))
        self.restart()
        self.assert_nothing_is_left()

    def test_a_journal_that_is_full_takes_no_more_until_there_is_room(self):
        self.start(journal='"96M"')
        text = TEXT + b"0123456789abcde\r\n" * 14000
        client = self.server.client().begin()
        codes = []
        while len(codes) < 500 and codes[-1:] in ([], [250]):
            codes.append(client.mail(to="waits@lab.test", text=text))
        self.assertEqual(codes[-1], 452, client.text)
        self.assertGreater(len(codes), 100)
        self.assertEqual(client.say("NOOP"), 250)
        self.assertLessEqual(len(self.in_state("journal")), 6)
        self.open()
        self.assertTrue(wait_for(
            lambda: client.mail(to="bob@lab.test") == 250, 20, 0.2))
        self.assert_delivered("waits", len(codes) - 1, 30)
        self.assert_delivered("bob")
