"""Deliveries that do wrong, in a courier."""

import time
import unittest

from harness import Server, wait_for

PEOPLE = ["bob", "slow", "crashes", "crashes-once", "exits", "hangs",
          "hangs-once", "fails", "raves", "full"]


class Deliveries(unittest.TestCase):
    def setUp(self):
        self.server = Server({
            "modules": '[ "basic", "directory", "$top/modules/postman.so" ]',
            "maildir": None,
            "postman": '{ dir = "$top/mail"; }',
            "directory": "{ users = ( %s ); }" % ", ".join(
                '{ name = "%s"; }' % name for name in PEOPLE),
            "limits": '{ delivery_timeout = "1s"; }',
        }, modules=["postman.c"])
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.client = self.server.client().begin()

    def deliveries(self, user):
        return self.server.log("mail/" + user).splitlines()

    def send(self, user):
        return self.client.mail(to=user + "@lab.test")

    def assert_costs(self, user, code):
        self.assertEqual(self.send(user), code, self.client.text)
        self.assertEqual(self.deliveries(user), [])
        self.assert_goes_on()

    def assert_goes_on(self):
        before = len(self.deliveries("bob"))
        self.assertEqual(self.send("bob"), 250, self.client.text)
        self.assertEqual(len(self.deliveries("bob")), before + 1)

    def test_a_delivery_that_crashes_once_is_done_again(self):
        self.assertEqual(self.send("crashes-once"), 250)
        self.assertEqual(len(self.deliveries("crashes-once")), 1)
        self.server.logged("died process=courier.* signal=SIGSEGV "
                           "module=postman at=deliver id=")
        self.assert_goes_on()

    def test_a_delivery_that_always_crashes_costs_451(self):
        self.assert_costs("crashes", 451)

    def test_a_delivery_that_ends_its_courier_costs_451(self):
        self.assert_costs("exits", 451)
        self.server.logged("exited process=courier.* module=postman "
                           "at=deliver")

    def test_a_delivery_that_always_hangs_costs_451(self):
        began = time.monotonic()
        self.assert_costs("hangs", 451)
        self.assertTrue(1.9 < time.monotonic() - began < 6)
        self.server.logged("courier-timeout")
        self.server.logged("delivery-again .*reason=courier took too long")
        self.server.logged("died process=courier.* signal=SIGKILL "
                           "module=postman at=deliver")

    def test_a_delivery_that_hangs_once_is_done_again(self):
        self.assertEqual(self.send("hangs-once"), 250)
        self.assertEqual(len(self.deliveries("hangs-once")), 1)

    def test_a_delivery_that_fails_costs_451_and_is_named(self):
        self.assert_costs("fails", 451)
        self.server.logged("module-failed .*to=<fails@lab.test> "
                           "module=postman at=deliver")

    def test_a_delivery_that_ends_in_no_known_way_costs_451(self):
        self.assert_costs("raves", 451)
        self.server.logged("module-failed .*to=<raves@lab.test>")

    def test_a_mailbox_that_is_full_costs_552(self):
        self.assert_costs("full", 552)

    def test_couriers_that_died_are_replaced(self):
        self.send("crashes")
        self.assertTrue(wait_for(
            lambda: len(self.server.children("courier", 0)) == 2))
        self.assert_goes_on()
