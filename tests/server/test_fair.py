"""Fair between sites: what hangs or floods at one delays no mail of another."""

import os
import socket
import unittest

from harness import Server, wait_for
from proc import content, descendants
from sinks import Scripted

COURIERS = 4
USERS = ["u%d" % n for n in range(12)]
HOPS = 8  # with ten connections each, more than a worker has places for
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
        self.addCleanup(s.close)
        return s.getsockname()[1]

    def test_next_hops_that_hang_for_one_site_leave_places_to_another(self):
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
        client = self.server.client("slow").begin()
        for n in range(HOPS * 12):
            self.assertEqual(client.mail(to="x@h%d.test" % (n % HOPS)), 250)
        client = self.server.client().begin()
        self.assertEqual(client.mail(to="y@live.test"), 250)
        self.server.logged("delivered .*to=<y@live.test>")
        self.assertEqual(self.server.open_recipients(), HOPS * 12)


if __name__ == "__main__":
    unittest.main()
