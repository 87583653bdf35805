"""Deliveries that do wrong, in a courier."""

import os
import re
import sys
import time
import unittest

from harness import Server, wait_for
from proc import content

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "peers"))
# pylint: disable=wrong-import-position
import bounces  # noqa: E402

PEOPLE = ["ann", "bob", "slow", "crashes", "crashes-once", "exits", "hangs",
          "hangs-once", "fails", "raves", "full", "shut"]


class Postman:
    retry = '{ first = "1s"; most = "1s"; }'

    def setUp(self):
        self.server = Server({
            "modules": '[ "basic", "directory", "$top/modules/postman.so" ]',
            "maildir": None,
            "postman": '{ dir = "$top/mail"; }',
            "directory": "{ users = ( %s ); }" % ", ".join(
                '{ name = "%s"; }' % name for name in PEOPLE),
            "limits": '{ delivery_timeout = "1s"; }',
            "retry": self.retry,
        }, modules=["postman.c"])
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.client = self.server.client().begin()

    def deliveries(self, user):
        return self.server.log("mail/" + user).splitlines()

    def send(self, user, sender="ann@a.test"):
        """Whatever will become of it, it is taken."""
        code = self.client.mail(sender, user + "@lab.test")
        self.assertEqual(code, 250, self.client.text)

    def assert_delivered(self, user, n=1):
        self.assertTrue(wait_for(lambda: len(self.deliveries(user)) >= n),
                        self.server.log())
        self.assertEqual(len(self.deliveries(user)), n)

    def assert_goes_on(self):
        before = len(self.deliveries("bob"))
        began = time.monotonic()
        self.send("bob")
        self.assert_delivered("bob", before + 1)
        self.assertLess(time.monotonic() - began, 2)

    def assert_kept(self, user, event="not-now"):
        """Tried and tried again, and kept meanwhile; others get their mail."""
        self.send(user)
        self.assert_goes_on()
        line = " %s id=.* to=<%s@lab.test> module=postman at=deliver" % (
            event, user)
        self.assertTrue(wait_for(
            lambda: len(re.findall(line, self.server.log())) > 1, 15))
        self.assertEqual(len(self.server.parked()), 1)
        self.assertEqual(self.deliveries(user), [])
        self.assert_goes_on()


class Deliveries(Postman, unittest.TestCase):
    def test_mail_for_a_module_in_quarantine_is_kept_until_a_restart(self):
        self.send("crashes")
        self.server.logged("quarantine module=postman", 15)
        self.send("bob")
        self.server.logged("module-failed .*to=<bob@lab.test>")
        self.assertEqual(self.deliveries("bob"), [])
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assert_delivered("bob")

    def test_a_delivery_that_always_hangs_is_tried_again_later(self):
        self.assert_kept("hangs")
        self.server.logged("courier-timeout")
        self.server.logged("delivery-again .*reason=courier took too long")
        self.server.logged("died process=courier.* signal=SIGKILL "
                           "module=postman at=deliver")

    def test_a_delivery_that_hangs_once_is_done_again(self):
        self.send("hangs-once")
        self.assert_goes_on()
        self.assert_delivered("hangs-once")

    def test_a_delivery_that_fails_is_named_and_tried_again_later(self):
        self.assert_kept("fails", "module-failed")

    def test_a_delivery_that_ends_in_no_known_way_is_tried_again_later(self):
        self.assert_kept("raves", "module-failed")

    def test_a_delivery_that_was_put_off_is_made_once_when_it_can_be(self):
        self.assert_kept("shut")
        with open(self.server.top + "/mail/open", "w"):
            self.assert_delivered("shut")
        self.assertTrue(wait_for(lambda: self.server.parked() == []))
        self.server.settled()
        self.assert_delivered("shut")

    def test_a_mailbox_that_is_full_gives_the_message_back(self):
        self.send("full", "ann@lab.test")
        self.assert_delivered("ann")
        octets = content(self.server.top + "/mail/ann.text")
        told = bounces.read(octets).recipients["full@lab.test"]
        self.assertEqual((told["Action"], told["Status"]),
                         ("failed", "5.2.2"))
        bounce = octets.decode()
        self.assertTrue(bounce.startswith("Return-Path: <>\n"), bounce)
        for line in ("To: ann@lab.test",
                     "Final-Recipient: rfc822; full@lab.test",
                     "Action: failed", "Status: 5.2.2", "Subject: hello"):
            self.assertIn("\n%s\n" % line, bounce)
        self.assertIn("mailbox is full", bounce)
        self.server.settled()
        self.assertEqual(self.deliveries("full"), [])
        self.assertEqual(self.server.parked(), [])
        self.assert_goes_on()


class Crashes(Postman, unittest.TestCase):
    """Three of them would be too many: it is not tried again meanwhile."""

    retry = '{ first = "1h"; }'

    def test_couriers_that_died_are_replaced(self):
        before = self.server.children("courier", 0)
        self.send("exits")
        self.server.logged("not-now .*to=<exits@lab.test>")
        self.assertTrue(wait_for(
            lambda: len(self.server.children("courier", 0)) == 2))
        self.assertNotEqual(self.server.children("courier", 0), before)
        self.assert_goes_on()

    def test_a_delivery_that_crashes_once_is_done_again(self):
        self.send("crashes-once")
        self.assert_delivered("crashes-once")
        self.server.logged("died process=courier.* signal=SIGSEGV "
                           "module=postman at=deliver id=")
        self.assert_goes_on()

    def assert_put_off(self, user):
        self.send(user)
        self.server.logged("delivery-again .*to=<%s@lab.test> "
                           "reason=courier died" % user)
        self.server.logged("not-now .*to=<%s@lab.test> module=postman "
                           "at=deliver status=4.3.0" % user)
        self.assertTrue(wait_for(lambda: len(self.server.parked()) == 1))
        self.assert_goes_on()
        self.assertEqual(self.deliveries(user), [])

    def test_a_delivery_that_always_crashes_is_put_off(self):
        self.assert_put_off("crashes")

    def test_a_delivery_that_ends_its_courier_is_put_off(self):
        self.assert_put_off("exits")
        self.server.logged("exited process=courier.* module=postman "
                           "at=deliver")
