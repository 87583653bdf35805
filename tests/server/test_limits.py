"""Every limit has a number and a reply code."""

import hashlib
import os
import re
import socket
import time
import unittest

from harness import Server, wait_for
from proc import content, status_of

SMALL = """
    domains = [ "lab.test" ]; limits: { message = "10k"; recipients = 2;
    errors = 3; junk = 5; line = 512; received = 3; %s };
"""
SITES = """
  { name = "main"; listen = [ "127.0.0.1:$port_main" ]; """ + SMALL + """ },
  { name = "old"; listen = [ "127.0.0.1:$port_old" ]; profile = "rfc821";
    """ + SMALL + """ },
  { name = "few"; listen = [ "127.0.0.1:$port_few", "unix:$top/few.sock" ];
    domains = [ "lab.test" ]; limits: { connections = 3; per_client = 2; }; },
  { name = "shy"; listen = [ "127.0.0.1:$port_shy" ];
    domains = [ "lab.test" ]; limits: { per_client = 2; }; },
  { name = "hasty"; listen = [ "127.0.0.1:$port_hasty" ];
    domains = [ "lab.test" ];
    limits: { command_timeout = "1s"; data_timeout = "1s"; }; },
  { name = "brief"; listen = [ "127.0.0.1:$port_brief" ];
    domains = [ "lab.test" ]; limits: { session_timeout = "2s"; }; }
"""
SITES = SITES.replace("%s", "")


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(sites=SITES).__enter__()
        cls.addClassCleanup(cls.server.__exit__)

    def client(self, name="main", source=None):
        return self.server.client(name, source)

    def test_a_message_that_is_too_large_is_read_and_answered_552(self):
        client = self.client().begin()
        self.server.settled()
        before = len(self.server.messages())
        line = b"x" * 98 + b"\r\n"
        self.assertEqual(client.mail(text=line * 103), 552, client.text)
        self.server.settled()
        self.assertEqual(len(self.server.messages()), before)
        self.assertEqual(client.mail(text=line * 102), 250, client.text)

    def two_recipients_and_another(self, name):
        client = self.client(name).begin()
        client.say("MAIL FROM:<ann@a.test>")
        self.assertEqual(client.say("RCPT TO:<ann@lab.test>"), 250)
        self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 250)
        code = client.say("RCPT TO:<postmaster@lab.test>")
        self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 250)
        self.assertEqual(client.say("DATA"), 354)
        self.assertEqual(client.say("."), 250)
        return code

    def test_too_many_recipients_are_answered_452(self):
        self.assertEqual(self.two_recipients_and_another("main"), 452)

    def test_too_many_recipients_were_answered_552_in_1982(self):
        self.assertEqual(self.two_recipients_and_another("old"), 552)

    def test_too_many_connections_of_a_client_are_answered_421(self):
        clients = [self.client("few") for _ in range(2)]
        self.assertEqual([c.reply() for c in clients], [220, 220])
        third = self.client("few")
        self.assertEqual([third.reply(), third.reply()], [421, 0])
        other = self.client("few", "127.0.0.2")
        self.assertEqual(other.reply(), 220)
        fifth = self.client("few", "127.0.0.3")
        self.assertEqual([fifth.reply(), fifth.reply()], [421, 0])
        for c in [*clients, other]:
            c.say("QUIT")
            c.close()
        self.assertTrue(wait_for(lambda: self.admitted("few")))

    def admitted(self, name):
        client = self.client(name)
        if client.reply() == 220:
            return client
        client.close()
        return None

    def test_connections_that_were_only_dropped_are_given_back(self):
        for _ in range(20):
            clients = [wait_for(lambda: self.admitted("shy"), 3)
                       for _ in range(2)]
            self.assertNotIn(None, clients)
            for client in clients:
                client.close()

    def test_too_many_errors_end_the_session_with_421(self):
        client = self.client().begin()
        codes = [client.say("NONSENSE") for _ in range(4)]
        self.assertEqual(codes, [500, 500, 500, 421])
        self.assertEqual(client.reply(), 0)

    def test_too_much_junk_ends_the_session_with_421(self):
        client = self.client().begin()
        codes = [client.say("NOOP") for _ in range(5)]
        self.assertEqual(codes, [250, 250, 250, 250, 421])
        self.assertEqual(client.reply(), 0)

    def test_a_message_makes_up_for_junk(self):
        client = self.client().begin()
        for _ in range(3):
            self.assertEqual([client.say("NOOP") for _ in range(4)],
                             [250] * 4)
            self.assertEqual(client.mail(), 250)

    def test_a_line_that_is_too_long_is_answered_500(self):
        client = self.client().begin()
        self.assertEqual(client.say("NOOP " + "x" * 505), 250)
        self.assertEqual(client.say("NOOP " + "x" * 506), 500)
        self.assertEqual(client.say("NOOP " + "x" * 100000), 500)
        self.assertEqual(client.say("NOOP"), 250)

    def test_a_mail_that_goes_in_circles_is_answered_554(self):
        client = self.client().begin()
        for n, code in ((3, 250), (4, 554)):
            text = b"Received: from a.test\r\n" * n + b"\r\nhello\r\n"
            self.assertEqual(client.mail(text=text), code)

    def assert_ends_with_421(self, client, least, most):
        began = time.monotonic()
        self.assertEqual([client.reply(), client.reply()], [421, 0])
        self.assertTrue(least < time.monotonic() - began < most,
                        time.monotonic() - began)

    def test_a_client_that_says_nothing_is_told_421(self):
        client = self.client("hasty").begin()
        self.assert_ends_with_421(client, 0.9, 1.8)

    def test_a_client_that_spells_a_command_out_is_told_421(self):
        client = self.client("hasty").begin()
        for _ in range(4):
            client.send(b"N")
            time.sleep(0.2)
        self.assert_ends_with_421(client, 0, 0.8)

    def test_a_client_that_pauses_within_a_message_is_told_421(self):
        client = self.client("hasty").begin()
        self.server.settled()
        before = len(self.server.messages())
        client.envelope("ann@a.test", "bob@lab.test")
        for _ in range(3):
            time.sleep(0.6)
            client.send(b"a line\r\n")
        self.assert_ends_with_421(client, 0.9, 1.8)
        self.server.settled()
        self.assertEqual(len(self.server.messages()), before)

    def test_a_session_that_lasts_too_long_is_told_421(self):
        began = time.monotonic()
        client = self.client("brief").begin()
        while client.say("RSET") == 250:
            time.sleep(0.1)
            self.assertLess(time.monotonic() - began, 5)
        self.assertIn("421", client.text)
        self.assertTrue(1.8 < time.monotonic() - began < 2.8)


class Deaf(unittest.TestCase):
    """A client that says much, and reads nothing of what it is answered."""

    most = 32 << 20  # octets it says, if it may
    room = 8 << 10   # kilobytes that it may cost

    def setUp(self):
        self.server = Server({
            "disable": '[ "NOOP" ]',
            "limits": '{ command_timeout = "2s"; }',
        }, sites="""{ name = "main"; domains = [ "lab.test" ]; listen =
            [ "127.0.0.1:$port_main", "unix:$top/smtp.sock" ]; }""").__enter__()
        self.addCleanup(self.server.__exit__)
        [self.worker] = self.server.children("worker")

    def high_water(self):
        return int(status_of(self.worker)["VmHWM"].split()[0])

    def talk(self, client):
        """Talks until nobody listens any more; how much that was."""
        block, said = b"NOOP\r\n" * 10000, 0
        client.socket.settimeout(0.5)
        try:
            while said < self.most:
                said += client.socket.send(block)
        except (TimeoutError, ConnectionError):
            pass
        return said

    def test_a_client_that_does_not_read_takes_no_memory(self):
        self.server.client().begin().say("QUIT")
        before = self.high_water()
        self.talk(self.server.client())
        self.assertLess(self.high_water() - before, self.room)

    def is_open(self, client):
        """Does the server have its end still?"""
        ends = r":%04X \w+:%04X 01 " % (
            self.server.port(), client.socket.getsockname()[1])
        return re.search(ends, content("/proc/net/tcp").decode())

    def test_a_client_that_ended_first_is_answered_to_the_last(self):
        # More than a unix socket takes, less than the server stops at.
        client = self.server.client(self.server.top + "/smtp.sock")
        for _ in range(16):
            client.send(b"NOOP\r\n" * 500)
            time.sleep(0.02)
        client.socket.shutdown(socket.SHUT_WR)
        time.sleep(0.2)
        self.assertEqual(len(client.input.readlines()), 1 + 16 * 500)

    def test_a_client_that_does_not_read_is_let_go(self):
        client = self.server.client().begin()
        self.talk(client)
        self.assertTrue(self.is_open(client))
        self.assertTrue(wait_for(lambda: not self.is_open(client), 10))


class Large(unittest.TestCase):
    """FULL=1 in the environment makes it a gigabyte."""

    size = (1000 if os.environ.get("FULL") else 300) << 20
    room = 8 << 10  # kilobytes

    def high_water(self, server):
        [worker] = server.children("worker")
        return int(status_of(worker)["VmHWM"].split()[0])

    def send_large(self, client):
        line = b"0123456789abcdef" * 4 + b"\r\n"
        block, sent = line * 4096, 0
        body = hashlib.sha256()
        client.envelope("ann@a.test", "bob@lab.test")
        client.send(b"\r\n")
        while sent < self.size:
            client.send(block)
            body.update(block.replace(b"\r\n", b"\n"))
            sent += len(block)
        client.socket.settimeout(120)
        return client.say("."), body.hexdigest()

    def test_a_very_large_message_arrives_and_takes_no_memory(self):
        with Server({"limits": '{ message = "2G"; }'}) as server:
            client = server.client().begin()
            self.assertEqual(client.mail(text=b"x" * 60000 + b"\r\n"), 250)
            [small] = server.arrived()
            os.unlink(small)
            before = self.high_water(server)
            code, wanted = self.send_large(client)
            self.assertEqual(code, 250, client.text)
            self.assertLess(self.high_water(server) - before, self.room)
            [arrived] = server.arrived(seconds=120)
            body = hashlib.sha256()
            with open(arrived, "rb") as f:
                while f.readline() != b"\n":
                    pass
                while block := f.read(1 << 20):
                    body.update(block)
            self.assertEqual(body.hexdigest(), wanted)
