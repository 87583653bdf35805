"""Fair between sites and next hops: what hangs or floods at one delays no mail
of another."""

import os
import socket
import unittest

from harness import Server, wait_for
from proc import content, descendants
from sinks import Scripted

COURIERS = 4
USERS = ["u%d" % n for n in range(12)]
PLACES = 256  # of a worker, for next hops
HOPS = 100    # with two connections each, more than those never tried may have
SCRIPT = "#!/bin/sh\nexec sleep 600\n"
SITES = """
    { name = "main"; listen = [ "127.0.0.1:$port_main" ];
      domains = [ "lab.test" ]; %s },
    { name = "slow"; listen = [ "127.0.0.1:$port_slow" ];
      domains = [ "slow.test" ]; %s }"""


class Fair(unittest.TestCase):
    def start(self, settings, main="", slow=""):
        self.server = Server(settings, SITES % (main, slow))
        path = self.server.top + "/hang"
        with open(path, "w") as f:
            f.write(SCRIPT)
        os.chmod(path, 0o755)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def hanging(self):
        """Programs that run for the slow site."""
        return sum(content("/proc/%d/comm" % pid) == b"sleep\n"
                   for pid in descendants(self.server.process.pid))

    def test_programs_that_hang_at_one_site_leave_a_courier_to_another(self):
        self.start({
            "couriers": str(COURIERS),
            "modules": '[ "basic", "directory", "maildir", "pipe" ]',
            "pipe": '{ command = [ "$top/hang" ]; timeout = "5m"; }',
            "directory": "{ users = ( %s ); }" % ", ".join(
                '{ name = "%s"; }' % user for user in USERS + ["bob"]),
        }, 'deliver = "maildir";', 'deliver = "pipe";')
        client = self.server.client("slow").begin()
        for user in USERS * 3:
            self.assertEqual(client.mail(to=user + "@slow.test"), 250)
        self.assertTrue(wait_for(lambda: self.hanging() == COURIERS - 1))
        client = self.server.client().begin()
        for n in range(3):
            self.assertEqual(client.mail(), 250)
            self.server.arrived(n + 1)
        self.assertEqual(self.hanging(), COURIERS - 1)
        self.assertTrue(wait_for(
            lambda: self.server.open_recipients() == 3 * len(USERS)))

    def hang(self):
        """A next hop that takes connections and says nothing."""
        s = socket.create_server(("127.0.0.1", 0), backlog=100)
        s.setblocking(False)
        self.addCleanup(s.close)
        self.hops.append(s)
        return s.getsockname()[1]

    def connections(self):
        """To all next hops that hang."""
        for hop in self.hops:
            try:
                while True:
                    self.held.append(hop.accept()[0])
                    self.addCleanup(self.held[-1].close)
            except BlockingIOError:
                pass
        return len(self.held)

    def start_with_hops(self):
        """Many that hang, and one that works."""
        self.hops, self.held = [], []
        sink = Scripted().__enter__()
        self.addCleanup(sink.__exit__)
        routes = ['{ domain = "h%d.test"; via = "127.0.0.1:%d"; }' % (
            n, self.hang()) for n in range(HOPS)]
        routes += ['{ domain = "live.test"; via = "%s"; }' % sink.hop]
        self.start({
            "workers": "1",
            "modules": '[ "basic", "directory", "maildir", "relay" ]',
            "relay": "{ routes = ( %s ); }" % ", ".join(routes),
        }, "may_relay = true;", "may_relay = true;")

    def flood(self, client):
        """More to each next hop that hangs than it may have at once."""
        for n in range(HOPS * 3):
            self.assertEqual(client.mail(to="x@h%d.test" % (n % HOPS)), 250)

    def deliver_live(self, client, user):
        self.assertEqual(client.mail(to=user + "@live.test"), 250)
        self.server.logged("delivered .*to=<%s@live.test>" % user)

    def test_next_hops_that_hang_for_one_site_leave_places_to_another(self):
        self.start_with_hops()
        self.flood(self.server.client("slow").begin())
        self.deliver_live(self.server.client().begin(), "y")
        self.assertEqual(self.server.open_recipients(), HOPS * 3)

    def test_next_hops_that_hang_leave_places_to_one_that_worked_before(self):
        self.start_with_hops()
        client = self.server.client().begin()
        self.deliver_live(client, "before")
        self.flood(client)
        most = (PLACES - 1) * 3 // 4  # one is for the site that is idle
        self.assertTrue(wait_for(lambda: self.connections() >= most))
        for n in range(20):
            self.deliver_live(client, "y%d" % n)
        self.assertEqual(self.connections(), most)
        self.assertEqual(self.server.open_recipients(), HOPS * 3)


if __name__ == "__main__":
    unittest.main()
