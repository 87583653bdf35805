"""
Senders who get notices and are no mailbox themselves: aliases, lists, and
those who have moved.
"""

import os
import re
import signal
import sys
import threading
import unittest

from harness import Server, content, wait_for
from sinks import Scripted

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "crash"))

# pylint: disable=wrong-import-position
from strace import Tracer  # noqa: E402

ALIASES = """\
info: ann
deep: Info@lab.test
both: ann, bob
nested: both, "BOB"@lab.test, deep
myself: \\ann, bob
ann-and-more: ann, nobody-there, x@else.test
round: circle@lab.test
circle: round@lab.test
half: half@lab.test, quarter@lab.test
quarter: half@lab.test, ann
program: "|/bin/cat"
postmaster: ann, bob
dead: nobody-there
"""
DIRECTORY = """{
    users = ( { name = "ann"; }, { name = "bob"; } );
    lists = ( { name = "crowd"; members = [ "ann", "Bob <bob@lab.test>",
                                            "x@else.test" ]; },
              { name = "empty"; } );
    forwards = ( { from = "old@lab.test"; to = "ann@lab.test"; },
                 { from = "gone@lab.test"; to = "x@else.test"; },
                 { from = "moved@lab.test"; to = "both@lab.test"; },
                 { from = "hither@lab.test"; to = "thither@lab.test"; },
                 { from = "thither@lab.test"; to = "hither@lab.test"; } );
}"""


def relay(line):
    """What is for bad.test is refused."""
    return "550 5.1.1 no" if "bad.test" in line else "250 OK"


class Senders(unittest.TestCase):
    def start(self, retry="", **settings):
        self.hop = Scripted({"RCPT": relay}).__enter__()
        self.addCleanup(self.hop.__exit__)
        self.server = Server(dict({
            "modules": '[ "basic", "aliases", "directory", "maildir", '
                       '"relay" ]',
            "aliases": '{ files = [ "$top/aliases" ]; }',
            "directory": DIRECTORY,
            "relay": '{ routes = ( { domain = "*"; via = "%s"; } ); }' %
                     self.hop.hop,
            "retry": "{ %s }" % retry,
        }, **settings), site="may_relay = true;")
        self.addCleanup(self.server.__exit__)
        self.write(ALIASES)
        self.server.__enter__()

    def write(self, text):
        path = self.server.top + "/aliases"
        with open(path + ".new", "w") as f:
            f.write(text)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    def send(self, sender):
        """A message that is refused elsewhere, at once."""
        client = self.server.client().begin()
        code = client.mail(sender + "@lab.test", "x@bad.test")
        self.assertEqual(code, 250, client.text)

    def assert_told(self, ann=0, bob=0, elsewhere=0):
        """Each of them so often, and nobody else."""
        def told():
            return (len(self.server.messages("ann")),
                    len(self.server.messages("bob")),
                    self.hop.commands("RCPT").count("RCPT TO:<x@else.test>"))
        wait_for(lambda: told() == (ann, bob, elsewhere))
        self.assertTrue(wait_for(self.is_empty), self.server.log()[-4000:])
        self.assertEqual(told(), (ann, bob, elsewhere), self.server.log())

    def is_empty(self):
        return "The queue is empty" in self.server.run("queue")[1]

    def assert_told_of(self, user, recipient):
        notices = [content(path).decode() for path in
                   self.server.messages(user)]
        self.assertTrue(notices)
        for notice in notices:
            self.assertIn("\nReturn-Path: <>", "\n" + notice)
            self.assertIn("Final-Recipient: rfc822; %s" % recipient, notice)


class Ways(Senders):
    def test_an_alias_for_one_is_that_one(self):
        self.start()
        self.send("info")
        self.assert_told(ann=1)
        self.send("deep")
        self.assert_told(ann=2)
        self.assert_told_of("ann", "x@bad.test")
        self.assertNotIn(" expanded ", self.server.log())

    def test_who_has_moved_within_the_site_is_told_in_his_mailbox(self):
        self.start()
        self.send("old")
        self.assert_told(ann=1)
        self.assert_told_of("ann", "x@bad.test")

    def test_who_has_moved_elsewhere_is_told_there(self):
        self.start()
        self.send("gone")
        self.assert_told(elsewhere=1)

    def test_an_alias_for_several_tells_each_once(self):
        self.start()
        self.send("both")
        self.assert_told(ann=1, bob=1)
        self.send("nested")
        self.assert_told(ann=2, bob=2)
        self.send("moved")
        self.assert_told(ann=3, bob=3)
        for user in ("ann", "bob"):
            self.assert_told_of(user, "x@bad.test")

    def test_a_list_of_the_directory_tells_its_members(self):
        self.start()
        self.send("crowd")
        self.assert_told(ann=1, bob=1, elsewhere=1)

    def test_an_alias_may_name_the_mailbox_behind_it(self):
        self.start()
        self.write("ann: \\ann, bob\nmyself: \\ann\n")
        self.send("ann")
        self.assert_told(ann=1, bob=1)
        self.send("myself")
        self.assert_told(ann=2, bob=1)

    def test_members_that_get_no_mail_keep_none_from_the_others(self):
        self.start()
        self.send("ann-and-more")
        self.assert_told(ann=1, elsewhere=1)
        self.server.logged("refused .* to=<nobody-there@lab.test> .*5.1.1")
        self.send("program")
        self.server.logged("refused .* to=<program@lab.test> .*status=5.2.4")

    def test_a_circle_ends_where_it_began(self):
        self.start()
        for sender in ("round", "hither"):
            self.send(sender)
            self.server.logged("refused .* to=<%s@lab.test> .*status=5.4.6" %
                               sender)
        self.send("half")
        self.assert_told(ann=1)

    def test_a_list_of_nobody_is_a_dead_end(self):
        self.start()
        self.send("empty")
        self.server.logged("refused .* to=<empty@lab.test> .*status=5.4.6")
        self.assert_told()

    def test_what_stands_for_more_than_a_message_may_have_is_refused(self):
        self.start(limits="{ recipients = 3; }")
        names = ", ".join("n%d@else.test" % n for n in range(4))
        self.write("many: %s\nfew: %s, info\ninfo: n1@else.test\n" % (
            names, names[:names.rindex(",")]))
        self.send("many")
        self.server.logged("refused .* to=<many@lab.test> .*status=5.5.3")
        self.send("few")
        self.assertTrue(wait_for(
            lambda: len(self.hop.commands("RCPT TO:<n")) == 3))
        self.assert_told()

    def test_an_alias_that_cannot_be_told_now_is_told_later(self):
        self.start('first = "1s"; most = "1s";')
        self.write("info: two words\nboth: info, bob\n")
        self.send("both")
        self.server.logged("not-now .* to=<both@lab.test> .*status=4.4.3")
        self.assertTrue(wait_for(self.server.parked))
        self.write(ALIASES)
        self.assert_told(ann=1, bob=1)

    def test_a_notice_that_is_held_meanwhile_goes_to_nobody_yet(self):
        self.start()
        couriers = self.server.children("courier", 2)
        for pid in couriers:
            os.kill(pid, signal.SIGSTOP)
        self.send("both")
        line = self.server.logged(" notified id=")
        words = ["queue", "hold", re.search(r"id=(\w+)", line)[1]]
        hold = threading.Thread(target=self.server.run, args=words)
        hold.start()
        hold.join(0.3)
        self.assertTrue(hold.is_alive())
        for pid in couriers:
            os.kill(pid, signal.SIGCONT)
        hold.join()
        self.assertIn("held", self.server.run("queue")[1])
        self.assertNotIn(" expanded ", self.server.log())
        words[1] = "release"
        self.server.run(*words)
        self.assert_told(ann=1, bob=1)


class Postmasters(Senders):
    RETRY = 'double_bounce = "postmaster";'

    def test_the_postmaster_may_be_an_alias_for_several(self):
        self.start(self.RETRY)
        self.send("dead")
        self.assert_told(ann=1, bob=1)
        for user in ("ann", "bob"):
            self.assert_told_of(user, "nobody-there@lab.test")

    def test_the_postmaster_may_be_an_alias_for_one(self):
        self.start(self.RETRY)
        self.write("dead: nobody-there\npostmaster: bob\n")
        self.send("dead")
        self.assert_told(bob=1)

    def test_the_postmaster_hears_of_a_member_who_was_not_told(self):
        self.start(self.RETRY)
        self.send("ann-and-more")
        self.assert_told(ann=2, bob=1, elsewhere=1)
        self.assert_told_of("bob", "nobody-there@lab.test")

    def test_nobody_is_told_that_the_postmaster_was_not(self):
        self.start(self.RETRY)
        self.write("dead: nobody-there\npostmaster: ann, dead\n")
        self.send("dead")
        self.assert_told(ann=1)
        self.assertEqual(self.server.log().count(" notified "), 2)
        self.server.logged("discarded id=")


class Killed(Senders):
    """The queue, between the moments at which something is safe."""

    def test_members_who_are_still_looked_up_are_told_after_a_death(self):
        self.start()
        for pid in self.server.children("courier", 2):
            os.kill(pid, signal.SIGSTOP)
        self.send("both")
        self.server.logged(" notified ")
        self.server.kill_queue()
        for pid in self.server.children("courier", 2):
            os.kill(pid, signal.SIGCONT)
        self.assert_told(ann=1, bob=1)

    def test_members_whose_message_is_safe_are_told_once(self):
        self.start()
        for pid in self.server.children("courier", 0):
            os.kill(pid, signal.SIGSTOP)
        self.send("both")
        self.server.logged("delivered .* to=<both@lab.test>")
        self.server.logged(" expanded ")
        self.server.kill_all()
        self.server.start()
        self.assert_told(ann=1, bob=1)

    def test_members_are_told_though_it_was_not_written_that_they_are(self):
        """Their message is safe; that the one before it is done with, no file
        says yet."""
        self.start()
        slow = Tracer(self.server.children("queue"),
                      self.server.top + "/calls", "-e", "trace=pwritev",
                      "-e", "inject=pwritev:delay_enter=1500000")
        with slow:
            self.send("both")
            self.server.logged(" expanded ", 20)
            self.server.kill_queue()
        self.assertTrue(wait_for(self.is_empty))
        self.server.settled()
        for user in ("ann", "bob"):
            self.assertEqual(len(self.server.messages(user)), 2)


if __name__ == "__main__":
    unittest.main()
