"""The queue alone is killed, and its successor goes on from what it finds."""

import os
import signal
import socket
import sys
import threading
import time
import unittest

from harness import Server, wait_for
from sinks import Scripted

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "crash"))

# pylint: disable=wrong-import-position
from strace import Tracer  # noqa: E402

RELAY = '[ "basic", "directory", "maildir", "relay" ]'
MAY_RELAY = "may_relay = true;"
LINE = b"x" * 998 + b"\r\n"


class QueueKilled(unittest.TestCase):
    def start(self, settings, site=""):
        self.server = Server(settings, site=site).__enter__()
        self.addCleanup(self.server.__exit__)
        self.client = self.server.client().begin()

    def is_empty(self):
        """Once what waits in files is tried, too."""
        self.server.run("queue", "flush")
        return "The queue is empty" in self.server.run("queue")[1]


class Gate:
    """What a server answers to the end of a message, so many times."""

    def __init__(self):
        self.permits = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.come = self.gone = 0

    def __call__(self, line):
        with self.lock:
            self.come += 1
        if not self.permits.acquire(timeout=120):
            return None
        with self.lock:
            self.gone += 1
        return "250 OK"

    def open(self, n=10000):
        self.permits.release(n)


class Sent(QueueKilled):
    """No server can be asked what it has: what goes out twice is what went
    out and was not noted, one message for each connection."""

    def start_sending(self, connections, **settings):
        """Mail for shut.test stays where it is, for nobody greets there."""
        self.gate = Gate()
        self.sink = Scripted({".": self.gate}).__enter__()
        self.addCleanup(self.sink.__exit__)
        self.addCleanup(self.gate.open)
        shut = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(shut.close)
        self.start(dict({
            "modules": RELAY,
            "relay": '{ per_destination = %d; routes = ( '
                     '{ domain = "far.test"; via = "%s"; }, '
                     '{ domain = "shut.test"; via = "127.0.0.1:%d"; } ); }' % (
                         connections, self.sink.hop, shut.getsockname()[1]),
        }, **settings), MAY_RELAY)

    def send(self, subject, *to):
        self.client.envelope("bob@lab.test", *(to or ["joe@far.test"]))
        self.client.send(b"Subject: %s\r\n\r\n.\r\n" % subject.encode())
        self.assertEqual(self.client.reply(), 250, self.client.text)

    def received(self):
        """Subjects, of what was not answered yet as well."""
        return [line.split()[1] for line in self.sink.commands("Subject: ")]

    def fill_journal(self):
        """Until no more is accepted."""
        code = 250
        while code == 250:
            code = self.client.mail(to="joe@shut.test", text=LINE * 250)
        self.assertEqual(code, 452, self.client.text)

    def test_beside_a_full_journal_what_was_sent_is_not_sent_again(self):
        self.start_sending(2, journal='"96M"')
        sent = ["n%d" % n for n in range(40)]
        for subject in sent:
            self.send(subject)
        self.fill_journal()
        for n in range(1, 4):
            self.gate.open(10)
            self.assertTrue(wait_for(
                lambda: self.gate.gone == 10 * n, 20))
            self.server.kill_queue()
        self.gate.open()
        self.assertTrue(wait_for(lambda: set(self.received()) == set(sent) and
                                 self.gate.gone == self.gate.come, 20))
        self.assertLessEqual(len(self.received()), len(sent) + 3 * 2)
        self.assertNotIn("may be delivered again", self.server.log())

    def test_who_is_served_beside_one_that_is_refused_is_noted(self):
        """Before the next message goes, though the notice is not safe yet."""
        self.start_sending(1, retry='{ first = "1h"; }')
        self.sink.answers["RCPT"] = ["450 4.2.1 busy"]
        self.send("first", "bad@far.test", "good@far.test")
        self.assertTrue(wait_for(lambda: "0 at work, 1 in files" in
                                 self.server.run("status")[1]))
        self.sink.answers["RCPT"] = [
            lambda line: "550 5.1.1 no" if "bad" in line else "250 OK"]
        slow = Tracer(self.server.children("queue"),
                      self.server.top + "/calls", "-e", "trace=fdatasync",
                      "-e", "inject=fdatasync:delay_enter=3000000")
        with slow:
            self.assertEqual(self.server.run("queue", "flush"),
                             (0, "1 message is tried now\n"))
            self.assertTrue(wait_for(lambda: self.gate.come == 1))
            for n in range(3):
                self.send("n%d" % n)
            self.gate.open()
            wait_for(lambda: self.gate.gone > 1, 1)
            self.server.kill_queue()
        self.assertTrue(wait_for(self.is_empty))
        received = self.received()
        self.assertEqual(set(received), {"first", "n0", "n1", "n2"})
        self.assertLessEqual(len(received), 4 + 1, received)


class Large(QueueKilled):
    def large(self):
        directory = self.server.top + "/state/large"
        return [directory + "/" + name for name in os.listdir(directory)]

    def test_a_large_message_that_the_queue_was_not_told_of_is_kept(self):
        """Of the one before it the queue was told, but had no time for it; of
        this one its worker cannot tell until it takes another."""
        self.start({"limits": '{ message = "10M"; }'})
        self.assertEqual(self.client.mail(), 250)
        self.server.arrived(1)
        [worker] = self.server.children("worker")
        os.kill(self.server.children("queue")[0], signal.SIGSTOP)
        self.assertEqual(self.client.mail(), 250)
        self.client.envelope("ann@a.test", "bob@lab.test")
        mute = Tracer([worker], self.server.top + "/calls", "-e",
                      "trace=sendmsg", "-e",
                      "inject=sendmsg:error=EAGAIN:delay_enter=100000")
        with mute:
            self.client.send(LINE * 2000 + b".\r\n")
            self.assertEqual(self.client.reply(), 250, self.client.text)
            [path] = self.large()
            os.utime(path, (time.time() - 3600, time.time() - 3600))
            self.server.kill_queue()
            self.server.arrived(2)
            wait_for(lambda: "was never accepted" in self.server.log(), 2.5)
            self.assertEqual(self.large(), [path])
        self.assertEqual(self.client.mail(), 250)
        self.server.arrived(4)
        self.assertTrue(wait_for(lambda: self.large() == []))


if __name__ == "__main__":
    unittest.main()
