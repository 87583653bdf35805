"""Two servers that exchange their mail over one connection, with TURN."""

import re
import unittest

from harness import Server, free_port, wait_for

MODULES = '[ "basic", "ehlo", "directory", "maildir", "relay", "turn" ]'
SITE = """{ name = "main"; listen = [ "127.0.0.1:$port_main" ];
  domains = [ %s ]; may_relay = true; enable = [ "EHLO", "TURN" ]; }"""
PEERS = '{ peers = ( { match = [ "127.0.0.1" ]; helo = "%s"; ' \
        'domains = [ "%s" ]; } ); back = %s; }'
ROUTE = '{ routes = ( { domain = "hub.test"; via = "127.0.0.1:%d"; ' \
        'turn = true; turn_site = "main"; } ); per_destination = 1; ' \
        'idle_timeout = "0s"; }'


def numbers(server):
    """The subjects of bob's messages."""
    found = []
    for name in server.messages():
        with open(name) as f:
            found.append(int(re.search("Subject: (.*)", f.read())[1]))
    return sorted(found)


class Pair:
    """with Pair() as p: the hub keeps the mail of branch.test; the branch sends
    its own to the hub, and asks. What the branch has for kept.test it keeps,
    too, until the hub asks back."""

    def __init__(self, back=False):
        back = "true" if back else "false"
        port = free_port()
        self.hub = self.make("hub.test", port, '"hub.test", "kept.test"', {
            "turn": PEERS % ("branch.test", "branch.test", back)})
        self.branch = self.make(
            "branch.test", free_port(), '"branch.test"', {
                "turn": PEERS % ("hub.test", "kept.test", back),
                "relay": ROUTE % port})

    def make(self, name, port, domains, settings):
        server = Server(
            dict(settings, modules=MODULES, hostname='"%s"' % name,
                 maildir='{ path = "$top/mail/lab.test/{user}"; }'),
            sites=SITE % domains)
        server.ports["main"] = port
        return server

    def __enter__(self):
        self.hub.__enter__()
        try:
            self.branch.__enter__()
        except Exception:
            self.hub.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.branch.__exit__()
        self.hub.__exit__()

    def visit(self):
        """The branch asks the hub, though it may have nothing for it."""
        return self.branch.run("queue", "flush", "hub.test")


class TurnServers(unittest.TestCase):
    def begin(self, back=False):
        pair = Pair(back).__enter__()
        self.addCleanup(pair.__exit__)
        return pair.hub, pair.branch, pair

    def put(self, server, to, which):
        client = server.client().begin()
        for k in which:
            code = client.mail(to=to, text=b"Subject: %d\r\n\r\nHi\r\n" % k)
            self.assertEqual(code, 250, client.text)
        client.close()

    def assert_has(self, server, which):
        wait_for(lambda: len(server.messages()) >= len(which), 60, 0.1)
        self.assertEqual(numbers(server), list(which), server.log()[-3000:])

    def test_both_get_what_is_theirs_over_one_connection(self):
        hub, branch, _ = self.begin()
        self.put(hub, "bob@branch.test", range(30))
        self.put(branch, "bob@hub.test", range(1))
        self.assert_has(branch, range(30))
        self.assert_has(hub, range(1))
        line = hub.logged("collected ")
        self.assertIn("messages=30 recipients=30", line)
        session = re.search(r"session=(\w+)", line)[1]
        hub.logged("stored .*session=%s " % session)

    def test_a_visit_brings_it_when_there_is_nothing_to_send(self):
        hub, branch, pair = self.begin()
        self.put(hub, "bob@branch.test", range(3))
        self.assertEqual(pair.visit()[0], 0)
        self.assert_has(branch, range(3))
        self.assertEqual(hub.messages(), [])

    def test_a_thousand_messages_go_each_way(self):
        hub, branch, _ = self.begin()
        self.put(hub, "bob@branch.test", range(1000))
        self.put(branch, "bob@hub.test", range(1000))
        self.assert_has(branch, range(1000))
        self.assert_has(hub, range(1000))
        branch.settled(30)

    def test_a_thousand_messages_go_each_way_over_one_connection(self):
        hub, branch, _ = self.begin(back=True)
        self.put(hub, "bob@branch.test", range(1000))
        self.put(branch, "bob@kept.test", range(1, 1000))
        self.put(branch, "bob@hub.test", range(1))
        self.assert_has(branch, range(1000))
        self.assert_has(hub, range(1000))
        self.assertIn("messages=1000 ", hub.logged("collected "))
        self.assertIn("messages=999 ", branch.logged("collected "))
        # The branch comes once, and the test once.
        came = re.findall(r" connect session=(\w+)", hub.log())
        self.assertEqual(len(set(came)), 2, came)

    def test_who_was_asked_back_does_not_ask_again(self):
        hub, branch, _ = self.begin(back=True)
        self.put(branch, "bob@kept.test", range(1, 2))
        self.put(branch, "bob@hub.test", range(1))
        self.assert_has(hub, range(2))
        hub.logged(" collected ")
        branch.logged(" collected ")
        self.assertEqual(hub.log().count(" collected "), 1)
        self.assertEqual(branch.log().count(" collected "), 1)


if __name__ == "__main__":
    unittest.main()
