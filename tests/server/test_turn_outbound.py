"""TURN as sender: a next hop that has our mail is asked for its own."""

import re
import threading
import unittest

from client import Client
from driver import visit
from harness import Place, Server, free_port, wait_for
from sinks import Scripted

SITE = """{ name = "main"; listen = [ "127.0.0.1:$port_main" ];
  domains = [ "lab.test" ]; may_relay = true; %s }"""
RELAY = """{ routes = ( { domain = "hub.test"; via = "%s"; turn = true;
  turn_site = "main"; }, { domain = "plain.test"; via = "%s"; } ); %s }"""


class Hub(Scripted):
    """A server that takes mail; what it does when it is told TURN, with the
    connection, the test says. False: that was the end."""

    def __init__(self, turn):
        super().__init__()
        self.turn = turn

    def say(self, client, word, line):
        if word == "TURN":
            return self.turn(client)
        return super().say(client, word, line)


def refuses(client):
    client.sendall(b"502 no\r\n")
    return True


class Turned:
    """A turn that is taken: the hub is the client, and does what the test
    says; what it met is raised later."""

    def __init__(self, play):
        self.play = play
        self.wrong = None
        self.ended = 0

    def __call__(self, client):
        client.settimeout(15)
        client.sendall(b"250 OK\r\n")
        try:
            self.play(Client(client))
        except Exception as wrong:
            self.wrong = wrong
        self.ended += 1
        return False

    def check(self, times=1):
        assert wait_for(lambda: self.ended >= times), "was not turned"
        if self.wrong:
            raise self.wrong


class TurnOutbound(unittest.TestCase):
    def server(self, hub, relay='idle_timeout = "0s";', site=""):
        return Server(
            settings={"modules": '[ "basic", "ehlo", "directory", "maildir", '
                                 '"relay" ]',
                      "relay": RELAY % (hub.hop, hub.hop, relay)},
            sites=SITE % site)

    def send(self, server, to="x@hub.test", times=1):
        client = server.client().begin()
        for _ in range(times):
            self.assertEqual(client.mail(to=to), 250, client.text)

    def last(self, hub, n=1):
        """The last line of each connection, once there are n that ended."""
        def ends():
            return [lines[-1] for lines in hub.sessions if lines]
        wait_for(lambda: len(ends()) >= n and hub.open == 0)
        return ends()

    # The other takes it.

    def test_what_the_hub_has_comes_over_the_same_connection(self):
        def play(client):
            client.begin()
            for _ in range(3):
                assert client.mail(sender="y@hub.test") == 250, client.text
            assert client.say("QUIT") == 221, client.text
            assert client.reply() == 0, client.text
        turn = Turned(play)
        with Hub(turn) as hub, self.server(hub) as server:
            self.send(server)
            turn.check()
            server.arrived(3)
            self.assertEqual(len(hub.sessions), 1)
            self.assertEqual(hub.commands("MAIL"), ["MAIL FROM:<ann@a.test>"])
            self.assertEqual(hub.commands("TURN"), ["TURN"])
            server.settled()

    def test_TURN_is_said_last_and_over_one_connection_at_a_time(self):
        go_on = threading.Event()

        def play(client):
            client.begin()
            go_on.wait(15)
            client.say("QUIT")
        turn = Turned(play)
        with Hub(turn) as hub, self.server(
                hub, 'idle_timeout = "1s";') as server:
            for _ in range(2):
                self.send(server, times=20)
                server.settled()
            self.assertTrue(wait_for(lambda: hub.commands("TURN")))
            self.assertEqual(hub.commands("TURN"), ["TURN"])
            go_on.set()
            turn.check()
            self.last(hub)
            before = len(hub.commands("TURN"))
            self.send(server)
            turn.check(before + 1)
            self.assertEqual(len(hub.commands("MAIL")), 41)
            for lines in hub.sessions:
                self.assertEqual(lines.count("TURN"), lines[-1] == "TURN")

    def test_all_mail_is_given_before_TURN(self):
        turn = Turned(lambda client: client.begin().say("QUIT"))
        with Hub(turn) as hub, self.server(
                hub, 'idle_timeout = "2s"; per_destination = 1;') as server:
            self.send(server, times=20)
            server.settled()
            turn.check()
            self.assertEqual(len(hub.sessions), 1)
            self.assertEqual(len(hub.commands("MAIL")), 20)
            self.assertEqual(hub.sessions[0][-1], "TURN")

    def test_a_connection_that_has_its_messages_says_TURN(self):
        turn = Turned(lambda client: client.begin().say("QUIT"))
        with Hub(turn) as hub, self.server(
                hub, 'idle_timeout = "60s"; messages = 3;') as server:
            for _ in range(3):
                self.send(server)
                server.settled()
            turn.check()
            self.assertEqual(len(hub.commands("MAIL")), 3)

    def test_visits_wait_while_the_hub_is_asked(self):
        sessions = []

        def play(client):
            client.begin()
            if not sessions:
                server.run("queue", "flush", "hub.test")
                wait_for(lambda: len(hub.sessions) > 1, 0.5)
            sessions.append(len(hub.sessions))
            client.say("QUIT")
        turn = Turned(play)
        with Hub(turn) as hub, self.server(hub) as server:
            server.run("queue", "flush", "hub.test")
            turn.check(2)
            self.assertEqual(sessions, [1, 2])

    def test_a_route_without_turn_is_not_asked(self):
        with Hub(refuses) as hub, self.server(hub) as server:
            self.send(server, to="x@plain.test")
            server.settled()
            self.assertEqual(self.last(hub), ["QUIT"])
            self.assertEqual(hub.commands("TURN"), [])

    def test_only_the_domains_of_the_site_are_accepted(self):
        def play(client):
            client.begin()
            assert client.say("MAIL FROM:<y@hub.test>") == 250, client.text
            for to in ("x@hub.test", "x@plain.test", "@lab.test:x@hub.test",
                       "nobody@lab.test"):
                assert client.say("RCPT TO:<%s>" % to) == 550, client.text
            assert client.say("RCPT TO:<bob@lab.test>") == 250, client.text
        turn = Turned(play)
        with Hub(turn) as hub, self.server(hub) as server:
            self.send(server)
            turn.check()

    def test_the_hub_gets_what_clients_of_no_class_get(self):
        def play(client):
            client.begin()
            assert client.say("NOOP") == 502, client.text
        turn = Turned(play)
        site = 'disable = [ "NOOP" ]; clients = ( { match = [ ' \
               '"127.0.0.0/8" ]; enable = [ "NOOP" ]; } );'
        with Hub(turn) as hub, self.server(hub, site=site) as server:
            self.assertEqual(server.client().begin().say("NOOP"), 250)
            self.send(server)
            turn.check()

    def test_the_hub_counts_as_a_connection_of_the_site(self):
        replies = []
        turn = Turned(lambda client: replies.append(client.reply()))
        with Hub(turn) as hub, self.server(
                hub, site="limits: { connections = 1; };") as server:
            self.send(server)
            turn.check()
            self.assertEqual(replies, [421])
            server.logged("refused .*site=main .*reason=Too many connections")

    def test_a_hub_that_hangs_up_in_its_message_leaves_nothing(self):
        def play(client):
            client.begin().envelope("y@hub.test", "bob@lab.test")
            client.send(b"Subject: half\r\n\r\nhal")
        turn = Turned(play)
        with Hub(turn) as hub, self.server(hub) as server:
            self.send(server)
            turn.check()
            server.settled()
            self.assertTrue(server.serves())
            server.arrived(1)

    def test_sigterm_ends_the_session_of_the_hub(self):
        greeted = []

        def play(client):
            greeted.append(client.begin())
            assert client.reply() == 421, client.text
        turn = Turned(play)
        with Hub(turn) as hub, self.server(hub) as server:
            self.send(server)
            self.assertTrue(wait_for(lambda: greeted))
            self.assertEqual(server.stop(), 0)
            turn.check()

    # The other does not.

    def test_a_hub_that_refuses_is_told_QUIT(self):
        with Hub(refuses) as hub, self.server(hub) as server:
            self.send(server, times=2)
            server.settled()
            self.assertEqual(set(self.last(hub)), {"QUIT"})
            self.assertEqual(len(hub.commands("MAIL")), 2)
            self.assertEqual(server.parked(), [])

    def test_a_hub_that_hangs_up_has_its_mail_all_the_same(self):
        with Hub(lambda client: False) as hub, self.server(hub) as server:
            self.send(server)
            server.settled()
            self.assertEqual(self.last(hub), ["TURN"])
            self.assertEqual(len(hub.commands("MAIL")), 1)
            self.send(server)
            server.settled()
            self.assertEqual(len(hub.commands("MAIL")), 2)

    def test_what_stands_behind_the_reply_is_not_taken(self):
        heard = []

        def turn(client):
            client.settimeout(15)
            client.sendall(b"250 OK\r\nHELO hub.test\r\n"
                           b"MAIL FROM:<y@hub.test>\r\n")
            try:
                heard.append(client.recv(100))
            except ConnectionResetError:
                heard.append(b"")
            return False
        with Hub(turn) as hub, self.server(hub) as server:
            self.send(server)
            server.settled()
            self.assertTrue(wait_for(lambda: heard))
            self.assertEqual(heard, [b""])
            self.assertNotRegex(server.log(), "helo=hub.test|from=<y@hub")

    # A next hop that is visited though there is nothing for it.

    def test_a_visit_has_ended_when_TURN_is_answered(self):
        cases = (
            (b"250 OK\r\n", "delivered", 250, "250 OK", ["here"]),
            (b"502 no\r\n", "never", 502, "502 no", []),
            (b"450 busy\r\n", "later", 450, "450 busy", []),
            (b"", "later", 0, "the other closed the connection, awaiting the "
             "reply to TURN", []),
            (b"250 OK\r\n250 more\r\n", "later", 0,
             "the other sent more behind its reply to TURN", []),
        )
        for octets, outcome, code, text, turned in cases:
            def turn(client):
                client.sendall(octets)
                return octets[:1] != b"" and octets[:1] != b"2"
            with Hub(turn) as hub:
                report, sites = visit(hub.hop)
                self.assertEqual(hub.commands("MAIL"), [])
                self.assertEqual(len(hub.sessions), 1)
            self.assertEqual((report.to, report.outcome, report.code,
                              report.text, sites),
                             ("-", outcome, code, text, turned))

    def test_a_visit_tries_all_addresses_as_mail_does(self):
        dead = "127.0.0.1:%d" % free_port()
        with Hub(refuses) as hub:
            report, _ = visit("%s %s" % (dead, hub.hop))
            self.assertEqual(report.code, 502)
        report, _ = visit(dead)
        self.assertEqual((report.outcome, report.status), ("later", "4.4.1"))

    def test_who_was_dead_is_tried_again_when_mail_is_to_be_sent_now(self):
        with Hub(refuses) as hub, self.server(hub) as server:
            hub.answers[""] = ["421 busy", "220 hub.test"]
            for n in (1, 2):
                self.send(server)
                self.assertTrue(wait_for(lambda: len(server.parked()) == n))
            self.assertEqual(len(hub.sessions), 1)
            self.assertEqual(server.run("queue", "flush", "hub.test"), (
                0, "hub.test: 2 messages are tried now\n"))
            server.settled()
            self.assertEqual(len(hub.commands("MAIL")), 2)

    def test_who_was_dead_is_visited_again(self):
        with Hub(refuses) as hub, self.server(hub) as server:
            hub.answers[""] = ["421 busy", "220 hub.test"]
            for code in ("421", "502"):
                server.run("queue", "flush", "hub.test")
                server.logged("not-visited .* status=.* %s " % code)
            self.assertEqual(hub.commands("TURN"), ["TURN"])

    # The configuration.

    def test_check_knows_the_names_of_sites(self):
        cases = (
            ('turn = true; turn_site = "mian";',
             r'verbena.conf:\d+: relay.routes.turn_site: there is no site '
             r'"mian"; did you mean "main"\?'),
            ('turn = true; turn_site = "elsewhere";',
             'turn_site: there is no site "elsewhere"\n'),
            ('turn = true;',
             r'verbena.conf:\d+: relay.routes: turn wants turn_site'),
        )
        for words, wrong in cases:
            with Place(settings={
                    "modules": '[ "basic", "directory", "maildir", "relay" ]',
                    "relay": '{ routes = ( { domain = "*"; via = "mx"; %s } '
                             '); }' % words}) as place:
                place.write()
                status, text = place.run("check")
                self.assertEqual(status, 1, text)
                self.assertTrue(re.search(wrong, text), text)


if __name__ == "__main__":
    unittest.main()
