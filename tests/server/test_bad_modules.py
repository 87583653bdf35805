"""
Modules that do wrong in a session: each costs one reply and a line of the log
that names the module and the point; the session goes on.
"""

import time
import unittest

from harness import Server, wait_for
from proc import content, is_alive


def bad_server():
    modules = ["guard", "xbad", "filter", "oracle"]
    paths = "".join('"$top/modules/%s.so", ' % m for m in modules)
    return Server({
        "modules": '[ "basic", %s "directory", "maildir" ]' % paths,
        "limits": '{ wait_timeout = "1s"; errors = 1000; }',
        "stall_timeout": '"1s"',
    }, site='enable = [ "XBAD", "XWORSE", "XDATA" ];',
        modules=[m + ".c" for m in modules])


class Session:
    """What both kinds of test say and look for."""

    def connect(self):
        self.client = self.server.client().begin()
        self.session = self.server.log().split("session=")[-1].split()[0]

    def assert_logged(self, *words):
        """One line of this session has all these words."""
        self.server.logged(".*".join(
            ["session=" + self.session, *words]))

    def assert_goes_on(self):
        self.assertEqual(self.client.say("RSET"), 250, self.client.text)
        self.assertEqual(self.client.mail(), 250, self.client.text)

    def rcpt(self, name):
        self.client.say("MAIL FROM:<ann@a.test>")
        return self.client.say("RCPT TO:<%s@lab.test>" % name)


class Wrong(Session, unittest.TestCase):
    """One server, which no module brings down."""

    @classmethod
    def setUpClass(cls):
        cls.server = bad_server().__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def setUp(self):
        self.connect()

    def assert_costs_451(self, command, *logged):
        self.assertEqual(self.client.say(command), 451, self.client.text)
        self.assert_logged(*logged)
        self.assert_goes_on()

    def test_a_guard_that_fails_costs_451(self):
        self.assert_costs_451("MAIL FROM:<mail-fails@x.test>", "module=guard",
                              "at=mail", "verb=MAIL", "failed")

    def test_a_guard_that_waits_for_nothing_costs_451(self):
        self.assert_costs_451("MAIL FROM:<mail-waits@x.test>", "module=guard",
                              "at=mail", "waits for nothing")

    def test_a_guard_that_refuses_without_a_word_costs_451(self):
        self.assert_costs_451("MAIL FROM:<mail-silent@x.test>",
                              "module=guard", "at=mail", "said nothing")

    def test_a_guard_that_says_an_illegal_code_costs_451(self):
        self.assert_costs_451("MAIL FROM:<mail-illegal@x.test>",
                              "module=guard", "code=999")

    def test_a_guard_that_says_yes_costs_451(self):
        self.assert_costs_451("MAIL FROM:<mail-lets-in@x.test>",
                              "module=guard", "code=250")

    def test_a_guard_whose_lines_differ_in_code_costs_451(self):
        self.assert_costs_451("MAIL FROM:<mail-mixed@x.test>",
                              "module=guard", "code=550")
        self.assertNotIn("one line", self.client.text)

    def test_a_guard_that_fails_at_rcpt_costs_that_recipient(self):
        client = self.client
        client.say("MAIL FROM:<ann@a.test>")
        self.assertEqual(client.say("RCPT TO:<rcpt-fails@lab.test>"), 451)
        self.assert_logged("module=guard", "at=rcpt")
        self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 250)
        self.assertEqual(client.say("DATA"), 354)
        self.assertEqual(client.say("."), 250)

    def test_a_guard_that_fails_at_the_message_costs_the_message(self):
        for what in ("fails", "waits", "silent", "illegal", "lets-in"):
            code = self.client.mail("message-%s@x.test" % what)
            self.assertEqual(code, 451, self.client.text)
        self.assert_logged("module=guard", "at=message")
        self.assert_goes_on()

    def test_a_guard_that_fails_at_helo_ends_the_session_with_421(self):
        self.assertEqual(self.client.say("HELO fails"), 421)
        self.assertEqual(self.client.reply(), 0)
        self.assert_logged("module=guard", "at=helo")

    def test_a_verb_that_does_wrong_costs_451(self):
        for what, logged in (("fails", "failed"), ("waits", "for nothing"),
                             ("silent", "said nothing"),
                             ("nothing", "said nothing"),
                             ("illegal", "code=354"),
                             ("takes", "out of turn"),
                             ("commits", "failed")):
            self.assert_costs_451("XBAD " + what, "module=xbad", "verb=XBAD",
                                  logged)

    def test_a_verb_whose_failure_is_421_ends_the_session(self):
        self.assertEqual(self.client.say("XWORSE fails"), 421)
        self.assertEqual(self.client.reply(), 0)
        self.assert_logged("module=xbad", "verb=XWORSE")

    def test_a_second_reply_is_not_sent(self):
        self.assertEqual(self.client.say("XBAD twice"), 250)
        self.assert_logged("module=xbad verb=XBAD code=250: the command "
                           "has its reply")
        self.assert_goes_on()

    def test_a_verb_that_does_wrong_with_its_message_costs_451(self):
        client = self.client
        for what in ("fails", "waits", "silent", "illegal"):
            client.say("MAIL FROM:<ann@a.test>")
            client.say("RCPT TO:<bob@lab.test>")
            self.assertEqual(client.say("XDATA " + what), 354, client.text)
            self.assertEqual(client.say("."), 451, client.text)
        self.assert_logged("module=xbad", "verb=XDATA")
        self.assert_goes_on()

    def test_a_body_filter_that_fails_costs_the_message(self):
        for what in ("body-fails", "body-waits"):
            self.assertEqual(self.client.mail(what + "@x.test"), 451)
            self.assert_logged("module=filter", "at=body")
        self.assert_goes_on()

    def test_a_header_filter_that_fails_costs_the_message(self):
        self.assertEqual(self.client.mail("header-fails@x.test"), 451)
        self.assert_logged("module=filter", "at=header")
        self.assert_goes_on()

    def test_an_observer_that_fails_costs_nothing(self):
        self.assertEqual(self.client.mail("stored-fails@x.test"), 250)
        self.assert_logged("module=filter", "at=stored")

    def test_what_a_filter_writes_takes_the_place_of_what_came(self):
        self.server.settled()
        before = set(self.server.messages())
        self.assertEqual(self.client.mail("doubles@x.test", text=b"x\r\n"),
                         250)
        self.server.settled()
        [new] = set(self.server.messages()) - before
        self.assertTrue(content(new).endswith(b"x\nx\n"), content(new))

    def test_a_fields_line_ends_are_escaped(self):
        self.server.settled()
        before = set(self.server.messages())
        self.assertEqual(self.client.mail(), 250)
        self.server.settled()
        [new] = set(self.server.messages()) - before
        self.assertIn(b"X-Filter: one\\r\\ntwo\n", content(new))

    def test_a_slow_lookup_is_waited_for(self):
        self.assertEqual(self.rcpt("slow"), 250)

    def test_a_lookup_that_sleeps_for_ever_costs_451_when_its_time_is_up(self):
        courier = self.server.children("courier", 2)
        began = time.monotonic()
        self.assertEqual(self.rcpt("sleeps"), 451)
        self.assertTrue(0.9 < time.monotonic() - began < 3)
        self.server.logged("module-failed module=oracle at=lookup")
        self.assertTrue(wait_for(lambda: not is_alive(courier[0])))
        self.assert_goes_on()

    def test_a_lookup_that_cannot_tell_costs_451(self):
        self.assertEqual(self.rcpt("unsure"), 451)
        self.assert_goes_on()

    def test_a_lookup_that_knows_but_does_not_tell_makes_no_mailbox(self):
        self.assertIn(self.rcpt("liar"), (451, 550))
        self.assert_goes_on()


class Crashes(Session, unittest.TestCase):
    """A server each."""

    def setUp(self):
        self.server = bad_server().__enter__()
        self.addCleanup(self.server.__exit__)
        self.connect()

    def test_a_lookup_that_crashes_costs_451(self):
        self.assertEqual(self.rcpt("crashes"), 451)
        self.server.logged("died process=courier.* signal=SIGSEGV "
                           "module=oracle at=lookup")
        self.server.logged("module-failed module=oracle at=lookup")
        self.assert_goes_on()

    def test_a_verb_that_crashes_is_named_and_its_worker_restarted(self):
        [worker] = self.server.children("worker")
        self.assertEqual(self.client.say("XBAD crashes"), 0)
        self.server.logged("died process=worker.%d. signal=SIGSEGV "
                           "module=xbad verb=XBAD id=%s" % (
                               worker, self.session))
        self.connect()
        self.assert_goes_on()

    def test_a_guard_that_crashes_is_named_with_its_point(self):
        self.assertEqual(self.client.say("MAIL FROM:<mail-crashes@x.test>"), 0)
        self.server.logged("died process=worker.* signal=SIGSEGV "
                           "module=guard at=mail id=" + self.session)
        self.connect()
        self.assert_goes_on()

    def test_a_verb_that_holds_its_worker_is_ended_and_named(self):
        other = self.server.client().begin()
        self.client.send(b"XBAD sleeps\r\n")
        self.assertEqual(self.client.reply(), 0)
        self.assertEqual(other.reply(), 0)
        self.server.logged("stalled process=worker")
        self.server.logged("died process=worker.* signal=SIGKILL "
                           "module=xbad verb=XBAD id=" + self.session)
        self.connect()
        self.assert_goes_on()

    def test_a_module_that_crashes_three_times_is_not_called_again(self):
        for _ in range(3):
            self.assertEqual(self.client.say("XBAD crashes"), 0)
            self.connect()
        self.server.logged("quarantine module=xbad")
        self.assertEqual(self.client.say("XBAD crashes"), 451)
        self.assertEqual(self.client.say("XBAD fine"), 451)
        self.assert_goes_on()
