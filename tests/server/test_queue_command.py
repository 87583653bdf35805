"""`verbena queue`: what waits, and what is done about it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import unittest

from harness import ENVIRONMENT, IS_ROOT, VERBENA, Server, wait_for
from proc import content

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "crash"))

# pylint: disable=wrong-import-position
from strace import Tracer  # noqa: E402

NOBODYS_ID = "0000000000000"


class Queue(unittest.TestCase):
    """Mail for "shut" stays, and a delivery to "waits" is under way, until
    there is a file mail/open. Mail for "full" is refused."""

    def setUp(self):
        self.server = Server({
            "modules": '[ "basic", "directory", "$top/modules/postman.so" ]',
            "maildir": None,
            "postman": '{ dir = "$top/mail"; }',
            "directory": '{ users = ( { name = "shut"; }, { name = "bob"; }, '
                         '{ name = "waits"; }, { name = "full"; } ); }',
            "retry": '{ first = "1h"; }',
            "limits": '{ message = "10M"; }',
        }, modules=["postman.c"],
            site='domains = [ "lab.test", "b.test", "c.test" ];')
        self.server.sites = self.server.sites.replace(
            'domains = [ "lab.test" ];', "", 1)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def send(self, *to, sender="ann@a.test", text=b"Subject: hello\r\n\r\n"):
        """The id of a message that was taken."""
        client = self.server.client().begin()
        client.envelope(sender, *to)
        client.send(text + b".\r\n")
        self.assertEqual(client.reply(), 250, client.text)
        return re.findall("[0-9A-Z]{13}", client.text)[-1]

    def park(self, *to, **more):
        """The same; it waits in a file for its next attempt."""
        found = self.send(*(to or ["shut@lab.test"]), **more)
        self.wait_until(found, "waiting until 20")
        return found

    def queue(self, *words, code=0, **more):
        """All that `verbena queue` prints."""
        got, said = self.server.run("queue", *words, **more)
        self.assertEqual(got, code, said)
        return said

    def wait_until(self, message, where):
        wait_for(lambda: where in self.queue_line(message))
        self.assertIn(where, self.queue_line(message))

    def queue_line(self, message):
        found = [line for line in self.queue().splitlines()
                 if line.startswith(message)]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else ""

    def open(self):
        with open(self.server.top + "/mail/open", "w"):
            pass

    def delivered(self, user="shut"):
        return [line.split()[0]
                for line in self.server.log("mail/" + user).splitlines()]

    def assert_delivered(self, *ids, user="shut"):
        wait_for(lambda: len(self.delivered(user)) >= len(ids))
        self.assertEqual(sorted(self.delivered(user)), sorted(ids),
                         self.server.log())

    def restart(self, number=signal.SIGTERM):
        if number == signal.SIGKILL:
            self.server.kill_all()
        else:
            self.assertEqual(self.server.stop(number), 0)
        os.rename(self.server.top + "/log", self.server.top + "/log.old")
        self.server.start()


class Looking(Queue):
    def test_a_stop_waits_for_no_heap_of_files_and_loses_none(self):
        client = self.server.client().begin()
        for _ in range(300):
            self.assertEqual(client.mail(to="shut@lab.test"), 250)
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertTrue(wait_for(lambda: self.queue().count(
            "waiting until 20") == 300), self.queue())

    def test_an_empty_queue_says_so(self):
        self.assertEqual(self.queue(), "The queue is empty.\n")
        self.assertEqual(self.queue("list"), "The queue is empty.\n")

    def test_what_waits_is_listed_with_the_reason(self):
        message = self.park("bob@lab.test", "shut@lab.test")
        head, first, to, total = self.queue().splitlines()
        self.assertEqual(head.split(), ["ID", "ARRIVED", "OCTETS", "FROM"])
        self.assertRegex(
            first, "^%s  20[-0-9]+T[:0-9]+Z +18  <ann@a.test>  "
            "waiting until 20[-0-9]+T[:0-9]+Z$" % message)
        self.assertRegex(to, "^    <shut@lab.test>  1 attempt, "
                         "last 20\\S+Z: 4.2.1 mailbox is shut$")
        self.assertEqual(total, "1 message, 18 octets: 0 in the journal, "
                         "1 waiting, 0 held")

    def test_what_is_under_way_is_listed_and_shown_from_the_journal(self):
        text = b"Subject: under way\r\n\r\n" + b"x" * 70 + b"\r\n"
        first = self.send("waits@lab.test")
        self.wait_until(first, "in the journal")
        message = self.send("waits@lab.test", "bob@lab.test", text=text)
        self.assert_delivered(message, user="bob")
        self.assertTrue(wait_for(lambda: "bob" not in self.queue()))
        lines = self.queue().splitlines()
        self.assertIn("<ann@a.test>  in the journal",
                      self.queue_line(message))
        self.assertEqual(lines.count("    <waits@lab.test>  under way"), 2)
        self.assertIn("2 in the journal, 0 waiting", lines[-1])
        shown = self.queue("show", message)
        self.assertRegex(shown, "(?s)^id: %s\nstate: in the journal\n"
                         "record: .*/journal/[0-9a-f]{16} at [0-9]+, " %
                         message)
        self.assertIn("to: <waits@lab.test>  local, user waits, "
                      "domain lab.test\n    under way\n", shown)
        self.assertIn("to: <bob@lab.test>  local, user bob, "
                      "domain lab.test\n    served\n", shown)
        self.assertTrue(shown.encode().endswith(text))
        self.assertIn("\n\nReceived: from client.test", shown)

    def test_a_parked_message_is_shown_whole(self):
        text = b"Subject: all of it\r\n\r\n" + b"y" * 80 + b"\r\n"
        message = self.park("bob@lab.test", "shut@lab.test", text=text)
        shown = self.queue("show", message)
        self.assertRegex(shown, "(?s)^id: %s\nstate: waiting until .*\n"
                         "file: .*/queue/././%s\n" % (message, message))
        self.assertRegex(shown, "to: <bob@lab.test>  local.*\n    delivered")
        self.assertRegex(shown, "to: <shut@lab.test>  local.*\n    "
                         "1 attempt, last .*: 4.2.1 mailbox is shut\n")
        self.assertTrue(shown.encode().endswith(text))

    def test_a_large_message_is_shown_from_its_file(self):
        text = b"Subject: large\r\n\r\n" + (b"z" * 98 + b"\r\n") * 20000
        message = self.send("waits@lab.test", text=text)
        shown = self.queue("show", message)
        self.assertIn("/large/" + message, shown)
        self.assertTrue(shown.encode().endswith(text))

    def test_a_segment_is_shown_record_by_record(self):
        message = self.send("waits@lab.test")
        directory = self.server.top + "/state/journal"
        dumps = [self.queue("show", name) for name in os.listdir(directory)]
        with_it = [d for d in dumps if message in d]
        self.assertEqual(len(with_it), 1, dumps)
        self.assertRegex(with_it[0], "(?m)^ +4096  message +[0-9]+ +[0-9]+  "
                         "%s  ok\n" % message)
        self.assertRegex(with_it[0], "(?m)^ +[0-9]+  pad .*  ok\n")
        self.assertRegex(with_it[0], " +8192  the end: zeros")
        self.open()
        self.assert_delivered(message, user="waits")
        self.assertTrue(wait_for(lambda: re.search(
            "(?m)^ +[0-9]+  done .*%s  ok$" % message,
            "".join(self.queue("show", name)
                    for name in os.listdir(directory)))))

    def test_a_record_that_is_torn_ends_a_segment_with_the_reason(self):
        message = self.send("waits@lab.test")
        self.server.kill_all()
        directory = self.server.top + "/state/journal/"
        for name in os.listdir(directory):
            if message in self.queue("show", name):
                break
        with open(directory + name, "r+b") as f:
            f.seek(4096 + 60)
            f.write(b"!")
        self.assertRegex(self.queue("show", name), "\n +4096  the end: a "
                         "record whose CRC is [0-9a-f]{8} and should be")
        with open(directory + name, "r+b") as f:
            f.write(b"?")
        self.assertIn("no head of a segment", self.queue(
            "show", name, code=1))

    def test_it_looks_without_a_server(self):
        waiting = self.park()
        journalled = self.send("waits@lab.test")
        self.server.kill_all()
        self.assertIn("waiting", self.queue_line(waiting))
        self.assertIn("in the journal", self.queue_line(journalled))
        self.assertIn("in the journal", self.queue("show", journalled))

    def test_a_file_that_is_broken_is_told_and_the_others_are_listed(self):
        broken, good = self.park(), self.park()
        self.server.kill_all()
        path = "%s/state/queue/%s/%s/%s" % (
            self.server.top, broken[-1], broken[-2], broken)
        if not os.path.exists(path):
            [path] = [d + "/" + broken for d, _, names in
                      os.walk(self.server.top + "/state/queue")
                      if broken in names]
        with open(path, "w") as f:
            f.write("nonsense")
        said = self.queue(code=1)
        self.assertIn(broken + ": is no parked message", said)
        self.assertIn(good, said)
        self.assertIn("is no parked message", self.queue(
            "show", broken, code=1))

    def test_what_does_not_exist_is_told_in_a_sentence(self):
        for words, said in (
                (["show", NOBODYS_ID], "no such message"),
                (["show", "0" * 16], "No such file"),
                (["show", "../../x"], '"../../x" is no id of a message'),
                (["hold", NOBODYS_ID], "no such message"),
                (["release", NOBODYS_ID], "no such message"),
                (["remove", NOBODYS_ID], "no such message"),
                (["remove", ""], '"" is no id of a message'),
                (["hold", "\x1b[2J"], "is no id of a message"),
                (["flush", ""], "cannot be asked"),
                (["flush", "x" * 1000], "cannot be asked")):
            self.assertIn(said, self.queue(*words, code=1), words)
        for words in (["shove"], ["show"], ["hold"], ["list", "all"],
                      ["flush", "a", "b"]):
            self.assertIn("usage:", self.queue(*words, code=2))

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_another_user_may_neither_look_nor_ask(self):
        message = self.park()
        for words in ([], ["show", message], ["hold", message], ["flush"]):
            said = self.queue(*words, code=1, user="daemon", group="daemon",
                              extra_groups=[])
            self.assertRegex(said, "[Pp]ermission denied")
        mode = os.stat(self.server.top + "/run/control").st_mode
        self.assertEqual(mode & 0o777, 0o600)
        self.assertIn("waiting", self.queue_line(message))

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_the_user_of_the_server_may_look(self):
        message = self.park()
        self.assertIn(message, self.queue(user="nobody", extra_groups=[]))


class Doing(Queue):
    def test_flush_tries_all_again_at_once(self):
        ids = [self.park() for _ in range(3)]
        self.assertEqual(self.queue("flush"), "3 messages are tried now\n")
        self.assertTrue(wait_for(lambda: self.queue().count(
            "2 attempts") == 3), self.queue())
        self.open()
        self.queue("flush")
        self.assert_delivered(*ids)
        self.assertTrue(wait_for(lambda: "empty" in self.queue()))
        self.assertEqual(self.queue("flush"), "nothing waits\n")

    def test_flush_tries_a_domain_alone(self):
        here, there = self.park(), self.park("shut@b.test", "bob@c.test")
        self.open()
        self.assertEqual(self.queue("flush", "c.test"),
                         "c.test: nothing waits for this domain\n")
        self.assertEqual(self.queue("flush", "B.test"),
                         "B.test: 1 message is tried now\n")
        self.assert_delivered(there)
        self.assertIn("waiting", self.queue_line(here))

    def test_flush_tries_what_is_just_going_into_its_file(self):
        for words, said in ((["lab.test"], "lab.test: "), ([], "")):
            slowed = Tracer(self.server.children("queue"),
                            self.server.top + "/calls", "-e",
                            "trace=fdatasync", "-e",
                            "inject=fdatasync:delay_enter=1000000")
            with slowed:
                message = self.park()  # the journal does not know it yet
                self.assertEqual(self.queue("flush", *words),
                                 said + "1 message is tried now\n")
                self.assertTrue(wait_for(
                    lambda: "2 attempts" in self.queue()), self.queue())
                self.queue("remove", message)

    def test_what_is_parked_while_a_start_looks_for_more_is_known_once(self):
        before = self.park()
        [queue] = self.server.children("queue")
        with Tracer([self.server.process.pid], self.server.top + "/calls",
                    "-e", "trace=getdents64", "-e",
                    "inject=getdents64:delay_enter=1000000:when=1"):
            os.kill(queue, signal.SIGKILL)
            self.assertTrue(wait_for(lambda: self.server.children("queue")
                                     not in ([], [queue])))
            message = self.park()
            self.server.logged("parked=1 ")
        self.assertEqual(self.queue("flush"), "2 messages are tried now\n")
        self.assertTrue(wait_for(lambda: self.queue().count(
            "2 attempts") == 2), self.queue())
        self.queue("remove", before)
        self.queue("remove", message)
        self.assertEqual(self.queue("flush"), "nothing waits\n")

    def test_many_that_stay_are_written_with_few_syncs(self):
        output = self.server.top + "/calls"
        client = self.server.client().begin()
        with Tracer(self.server.children("queue"), output, "-e",
                    "trace=fsync,syncfs", "-e",
                    "inject=fsync,syncfs:delay_enter=200000"):
            for _ in range(200):
                client.envelope("ann@a.test", "shut@lab.test")
                client.send(b".\r\n")
                self.assertEqual(client.reply(), 250, client.text)
            self.assertTrue(wait_for(
                lambda: "200 messages" in self.queue() and
                "0 in the journal, 200 waiting" in self.queue()), self.queue())
        syncs = len(re.findall(rb"sync(?:fs)?\(", content(output)))
        self.assertLess(syncs, 60)  # alone, each takes three

    def test_flush_tries_what_waits_beside_a_delivery_under_way(self):
        message = self.send("shut@lab.test", "waits@b.test")
        self.server.logged("not-now .*to=<shut@lab.test>")
        self.assertEqual(self.queue("flush", "b.test"),
                         "b.test: nothing waits for this domain\n")
        self.assertEqual(self.queue("flush", "lab.test"),
                         "lab.test: 1 message is tried now\n")
        self.open()
        self.assert_delivered(message)
        self.assert_delivered(message, user="waits")

    def test_what_is_held_is_not_tried_until_it_is_released(self):
        held, other = self.park(), self.park()
        self.assertEqual(self.queue("hold", held), held + ": is held\n")
        self.assertEqual(self.queue("hold", held), held + ": is held\n")
        self.open()
        self.assertEqual(self.queue("flush"), "1 message is tried now\n")
        self.assert_delivered(other)
        self.assertTrue(self.queue_line(held).endswith("  held"))
        self.assertIn("state: held", self.queue("show", held))
        self.assertIn("0 waiting, 1 held", self.queue())
        self.assertEqual(self.queue("release", held),
                         held + ": is released, and tried now\n")
        self.assert_delivered(held, other)

    def test_release_of_what_is_not_held_tries_it_now(self):
        message = self.park()
        self.open()
        self.assertIn("was not held", self.queue("release", message))
        self.assert_delivered(message)

    def test_what_is_held_stays_so_over_a_restart(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            held = self.park()
            self.queue("hold", held)
            self.restart(number)
            self.assertIn("held", self.queue_line(held))
            self.queue("flush")
            self.assertIn("held", self.queue_line(held))
            self.assertIn("released", self.queue("release", held))
            self.wait_until(held, "waiting until")
            self.queue("remove", held)

    def test_what_is_removed_is_gone_for_good_and_nobody_is_told(self):
        gone, other = self.park(sender="bob@lab.test"), self.park()
        self.assertEqual(self.queue("remove", gone), gone + ": is removed\n")
        self.assertIn("no such message", self.queue("remove", gone, code=1))
        self.assertEqual(self.queue("flush"), "1 message is tried now\n")
        self.wait_until(other, "waiting")
        self.restart()
        self.open()
        self.queue("flush")
        self.assert_delivered(other)
        self.assertEqual(self.delivered("bob"), [])

    def begin(self, *words):
        """Asks, and does not wait for the answer."""
        process = subprocess.Popen(
            [VERBENA, "-c", self.server.conf, "queue", *words],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=ENVIRONMENT)
        self.addCleanup(process.stdout.close)
        return process

    def under_way(self, *more):
        message = self.send("waits@lab.test", *more)
        self.wait_until(message, "in the journal")
        return message

    def test_hold_waits_for_what_is_under_way(self):
        first = self.under_way()
        second = self.send("waits@lab.test", "shut@lab.test")
        self.wait_until(second, "in the journal")
        self.assertTrue(wait_for(lambda: "<shut@lab.test> module" in
                                 self.server.log()))
        self.assertEqual(self.queue("hold", second), second + ": is held\n")
        self.assertEqual(self.queue("flush"), "nothing waits\n")
        asked = self.begin("hold", first)
        self.assertIn(b"under way", asked.stdout.readline())
        self.assertIsNone(asked.poll())
        self.assertIn("is released", self.queue("release", second))
        self.assertTrue(wait_for(lambda: self.server.log().count(
            "<shut@lab.test> module") == 2))
        self.assertIn("is held", self.queue("hold", second))
        self.assertTrue(self.queue_line(second).endswith("held"))
        self.open()
        self.assertIn(b"was delivered", asked.stdout.read())
        self.assertEqual(asked.wait(10), 1)
        self.assert_delivered(first, user="waits")
        self.restart()
        self.assertTrue(self.queue_line(second).endswith("held"))
        self.queue("release", second)
        self.assert_delivered(first, second, user="waits")
        self.assert_delivered(second)

    def test_remove_waits_for_what_is_under_way_and_stops_the_rest(self):
        first = self.under_way()
        second = self.send("waits@lab.test", sender="bob@lab.test")
        self.wait_until(second, "in the journal")
        self.assertEqual(self.queue("remove", second),
                         second + ": is removed\n")
        self.assertEqual(self.queue_line(second), "")
        self.server.kill_all()
        self.open()
        os.rename(self.server.top + "/log", self.server.top + "/log.old")
        self.server.start()
        self.assert_delivered(first, user="waits")
        self.assertEqual(self.delivered("bob"), [])

    def remove_while_notice_fails(self, *where):
        """A message that is refused, while the queue cannot write records
        there: its id, and how that ended."""
        with Tracer(self.server.children("queue"), self.server.top + "/calls",
                    *where, "-e", "trace=pwritev", "-e",
                    "inject=pwritev:error=EIO:delay_enter=600000"):
            message = self.send("full@lab.test", sender="bob@lab.test")
            self.server.logged("refused id=" + message)
            return message, *self.server.run("queue", "remove", message)

    def segments(self):
        """Those that the queue made: files that had no names then."""
        [queue] = self.server.children("queue")
        found = []
        for fd in os.listdir("/proc/%d/fd" % queue):
            with contextlib.suppress(FileNotFoundError):  # closed by now
                found.append(os.readlink("/proc/%d/fd/%s" % (queue, fd)))
        return [name for name in found if "/state/journal/#" in name]

    def test_what_cannot_be_returned_can_be_removed(self):
        # In the segment that it has; the next can be written.
        self.assertTrue(wait_for(self.segments))
        where = [word for name in self.segments() for word in (
            "-P", name, "-P", name.replace(" (deleted)", ""))]
        message, code, said = self.remove_while_notice_fails(*where)
        self.assertEqual(code, 0, said)
        self.assertIn("is removed", said)
        self.assertEqual(self.queue_line(message), "")
        self.assertEqual(self.delivered("bob"), [])

    def test_what_cannot_be_removed_stays_and_that_is_told(self):
        for _ in range(10):
            message, code, said = self.remove_while_notice_fails()
            if "under way" in said:  # or else it came too late
                break
        self.assertEqual(code, 1, said)
        self.assertIn("Input/output error", said)
        self.assertNotEqual(self.queue_line(message), "")

    def test_a_large_message_can_be_held_and_removed(self):
        self.under_way()
        text = b"Subject: large\r\n\r\n" + (b"z" * 98 + b"\r\n") * 20000
        messages = [self.send("waits@lab.test", text=text) for _ in range(2)]
        self.wait_until(messages[1], "in the journal")
        self.assertIn("is removed", self.queue("remove", messages[0]))
        self.assertIn("is held", self.queue("hold", messages[1]))
        self.assertTrue(wait_for(lambda: os.listdir(
            self.server.top + "/state/large") == []))
        self.assertTrue(self.queue("show", messages[1]).encode()
                        .endswith(text))

    def test_release_takes_back_a_hold_that_waits(self):
        message = self.under_way("shut@lab.test")
        asked = self.begin("hold", message)
        asked.stdout.readline()
        self.assertIn("is released", self.queue("release", message))
        self.assertEqual(asked.wait(10), 1)
        self.assertIn(b"was released again", asked.stdout.read())
        self.open()
        self.assert_delivered(message, user="waits")

    def test_many_at_once_about_one_message_end_well(self):
        message = self.park()
        verbs = ["hold", "release", "flush"] * 6
        answers = []

        def ask(verb):
            words = [verb] if verb == "flush" else [verb, message]
            answers.append(self.server.run("queue", *words))
        threads = [threading.Thread(target=ask, args=[v]) for v in verbs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(answers), len(verbs))
        # A hold may come while it is tried, and be taken back by a release.
        self.assertFalse([a for a in answers if a[0] != 0 and
                          "was released again" not in a[1]], answers)
        self.wait_until(message, message)
        self.assertIn("is held", self.queue("hold", message))
        self.open()
        self.queue("release", message)
        self.assert_delivered(message)

    def test_while_no_server_runs_files_can_be_held_released_removed(self):
        held, gone, released = self.park(), self.park(), self.park()
        self.queue("hold", released)
        self.assertEqual(self.server.stop(), 0)
        self.assertIn("is held", self.queue("hold", held))
        self.assertIn("is removed", self.queue("remove", gone))
        self.assertIn("is released", self.queue("release", released))
        self.assertIn("no such message", self.queue("remove", gone, code=1))
        self.assertIn("no server runs", self.queue("flush", code=1))
        self.open()
        os.rename(self.server.top + "/log", self.server.top + "/log.old")
        self.server.start()
        self.queue("flush")
        self.assert_delivered(released)
        self.assertTrue(self.queue_line(held).endswith("held"))
        self.assertEqual(self.queue_line(gone), "")

    def test_without_a_server_the_journal_is_left_alone(self):
        message = self.send("waits@lab.test")
        self.server.kill_all()
        for verb in ("hold", "release", "remove"):
            self.assertTrue(wait_for(
                lambda: "no server runs that could do it" in
                self.queue(verb, message, code=1)), verb)

    def test_when_the_queue_dies_who_asked_is_told(self):
        message = self.under_way()
        asked = self.begin("hold", message)
        asked.stdout.readline()
        [queue] = self.server.children("queue")
        os.kill(queue, signal.SIGKILL)
        self.assertEqual(asked.wait(10), 1)
        self.assertIn(b"ended before it answered", asked.stdout.read())
