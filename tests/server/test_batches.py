"""Several deliveries to mbox files at once: one mailbox holds up no other."""

import fcntl
import os
import signal
import unittest

from harness import Server, wait_for
from proc import content


def mbox_server(timeout):
    return Server({
        "couriers": "1", "maildir": None,
        "modules": '[ "basic", "directory", "mbox" ]',
        "mbox": '{ path = "$top/mbox/{user}"; lock_timeout = "%s"; }' %
                timeout})


class Batches(unittest.TestCase):
    def deliver_locked(self, server, *recipients):
        """Sends one message while bob's mailbox is locked, and looks at it
        again when it is not."""
        self.assertEqual(server.client().begin().mail(), 250)
        box = server.top + "/mbox/bob"
        self.assertTrue(wait_for(lambda: os.path.exists(box)))
        self.assertTrue(wait_for(lambda: not os.path.exists(box + ".lock")))
        before = content(box)
        with open(box, "r+b") as locked:
            fcntl.lockf(locked, fcntl.LOCK_EX)
            client = server.client().begin()
            client.envelope("joe@a.test", *recipients)
            client.send(b"Subject: all\r\n\r\nHello\r\n.\r\n")
            self.assertEqual(client.reply(), 250)
            server.logged("delivery-again .*to=<bob@lab.test> .*is locked")
            yield
            self.assertEqual(content(box), before)
        self.assertTrue(wait_for(
            lambda: content(box).count(b"Subject: all") == 1))

    def test_a_locked_mailbox_is_waited_for_alone(self):
        with mbox_server("60s") as server:
            for _ in self.deliver_locked(
                    server, "ann@lab.test", "bob@lab.test",
                    "postmaster@lab.test"):
                for user in ("ann", "postmaster"):
                    server.logged("delivered .*to=<%s@lab.test>" % user)

    def test_what_waits_together_is_delivered_in_order(self):
        with mbox_server("10s") as server:
            box = server.top + "/mbox/bob"
            [courier] = server.children("courier", 0)
            os.kill(courier, signal.SIGSTOP)
            client = server.client().begin()
            for n in range(40):
                self.assertEqual(client.mail(
                    text=b"Subject: n%d\r\n\r\nx\r\n" % n), 250)
            os.kill(courier, signal.SIGCONT)
            self.assertTrue(wait_for(
                lambda: os.path.exists(box) and
                content(box).count(b"Subject: n") == 40))
            found = [line for line in content(box).splitlines()
                     if line.startswith(b"Subject: n")]
            self.assertEqual(found, [b"Subject: n%d" % n for n in range(40)])

    def test_a_courier_that_dies_in_a_batch_delivers_it_once_in_order(self):
        with mbox_server("10s") as server:
            box = server.top + "/mbox/bob"
            [courier] = server.children("courier", 0)
            os.kill(courier, signal.SIGSTOP)
            client = server.client().begin()
            for n in range(30):
                self.assertEqual(client.mail(
                    text=b"Subject: n%d\r\n\r\n" % n + b"x" * 60 + b"\r\n" +
                    b"y" * 900 + b"\r\n" * 100), 250)
            os.kill(courier, signal.SIGCONT)
            self.assertTrue(wait_for(
                lambda: os.path.exists(box) and
                content(box).count(b"Subject: n") > 10, 10, 0.0001))
            os.kill(courier, signal.SIGKILL)
            self.assertTrue(wait_for(lambda: server.log().count(
                " delivered ") >= 30))
            found = [line for line in content(box).splitlines()
                     if line.startswith(b"Subject: n")]
            self.assertEqual(found, [b"Subject: n%d" % n for n in range(30)])


class AtOnce(unittest.TestCase):
    """How many deliveries to one mailbox go on at the same time."""

    def deliver(self, n, settings):
        with Server({
                "couriers": "4", "maildir": None,
                "modules": '[ "basic", "directory", "$top/modules/pair.so" ]',
                "pair": '{ dir = "$top/mail"; %s }' % settings},
                modules=["pair.c"]) as server:
            client = server.client().begin()
            for _ in range(n):
                self.assertEqual(client.mail(), 250)
            self.assertTrue(wait_for(
                lambda: server.log().count(" delivered ") == n, 30))
            return server.log().count(" in company")

    def test_a_module_may_have_two_batches_for_one_mailbox(self):
        self.assertEqual(self.deliver(2, ""), 2)

    def test_a_mailbox_with_a_limit_has_one(self):
        self.assertEqual(self.deliver(3, 'wait = "1s"; limited = true;'), 0)


class OneFile(unittest.TestCase):
    """A message for several is one file, which nobody holds open."""

    def files(self, server):
        return [entry for user in ("ann", "bob", "postmaster")
                for entry in os.scandir(
                    "%s/mail/lab.test/%s/new" % (server.top, user))]

    def test_recipients_of_one_message_share_a_file(self):
        with Server({"maildir": '{ path = "$top/mail/{domain}/{user}"; }',
                     "couriers": "1"}) as server:
            client = server.client().begin()
            client.envelope("joe@a.test", "ann@lab.test", "bob@lab.test",
                            "postmaster@lab.test")
            client.send(b"Subject: all\r\n\r\nHello\r\n.\r\n")
            self.assertEqual(client.reply(), 250)
            for user in ("ann", "bob", "postmaster"):
                server.logged("delivered .*to=<%s@lab.test>" % user)
            files = self.files(server)
            self.assertEqual([f.stat().st_nlink for f in files], [3, 3, 3])
            self.assertEqual(len({f.inode() for f in files}), 1)
            [courier] = server.children("courier", 0)
            held = [os.readlink(fd.path) for fd in
                    os.scandir("/proc/%d/fd" % courier)]
            self.assertEqual([f for f in held if "/mail/" in f], [])
