"""How the server ends when it is told to."""

import os
import signal
import socket
import time
import unittest

from harness import Server, free_port, wait_for
from proc import content, is_alive
from slow import send_slowly, slow_server


def refuses(server):
    """No connection, or at least no greeting but 421."""
    try:
        client = server.client()
    except ConnectionError:
        return True
    client.socket.settimeout(1)
    try:
        return client.reply() == 421
    except socket.timeout:
        return False
    finally:
        client.close()


class Stopped(unittest.TestCase):
    def test_sigterm_tells_421_to_idle_sessions_and_ends_with_0(self):
        with Server(sites="""{ name = "main"; domains = [ "lab.test" ];
            listen = [ "127.0.0.1:$port_main", "unix:$top/a.sock",
                       "unix:$top/b.sock" ]; }""") as server:
            idle = [server.client().begin(),
                    server.client(server.top + "/a.sock").begin()]
            within = server.client().begin()
            within.envelope("ann@a.test", "bob@lab.test")
            within.send(b"half a mess")
            pid = content(server.top + "/run/verbena.pid")
            self.assertEqual(int(pid), server.process.pid)
            children = server.children()
            server.process.terminate()
            for client in [*idle, within]:
                self.assertEqual([client.reply(), client.reply()], [421, 0])
                client.close()
            self.assertEqual(server.process.wait(10), 0)
            self.assertFalse(any(is_alive(p) for p in children))
            for name in ("run/verbena.pid", "a.sock", "b.sock"):
                self.assertFalse(os.path.exists(
                    "%s/%s" % (server.top, name)), name)
            self.assertEqual(server.messages(), [])

    def test_what_no_worker_took_is_not_waited_for(self):
        """An errand that is given out when the worker no longer listens."""
        modules = '[ "basic", "directory", "maildir", "relay" ]'
        with Server({"modules": modules, "retry": '{ first = "1h"; }',
                     "relay": '{ routes = ( { domain = "far.test"; '
                              'via = "127.0.0.1:%d"; } ); }' % free_port()},
                    site='clients = ( { match = [ "127.0.0.0/8" ]; '
                         'may_relay = true; } );') as server:
            client = server.client().begin()
            client.envelope("ann@a.test", "joe@far.test")
            client.send(b".\r\n")
            self.assertEqual(client.reply(), 250)
            client.close()
            server.logged("not-now .*to=<joe@far.test>")
            self.assertTrue(wait_for(
                lambda: "waiting" in server.run("queue")[1]))
            [worker] = server.children("worker")
            os.kill(worker, signal.SIGSTOP)
            self.assertEqual(server.run("queue", "flush")[0], 0)
            time.sleep(0.5)
            server.process.terminate()
            server.logged("stopping")
            os.kill(worker, signal.SIGKILL)
            self.assertEqual(server.process.wait(20), 0)
            self.assertNotIn(" killing ", server.log())

    def test_sigterm_lets_a_delivery_end(self):
        with slow_server() as server:
            client = send_slowly(server)
            server.process.terminate()
            self.assertEqual(client.reply(), 250)
            self.assertEqual(client.reply(), 421)
            client.close()
            self.assertEqual(server.process.wait(10), 0)
            self.assertEqual(len(server.log("mail/slow").splitlines()), 1)

    def test_sigterm_begins_no_delivery_and_the_next_start_does(self):
        with slow_server() as server:
            client = server.client().begin()
            for _ in range(4):
                self.assertEqual(client.mail(to="slow@lab.test"), 250)
            began = time.monotonic()
            self.assertEqual(server.stop(), 0)
            self.assertLess(time.monotonic() - began, 4)
            self.assertLess(len(server.log("mail/slow").splitlines()), 4)
            server.start()
            server.settled()
            ids = [line.split()[0]
                   for line in server.log("mail/slow").splitlines()]
            self.assertEqual(len(ids), 4)
            self.assertEqual(len(set(ids)), 4)

    def test_who_asks_ends_before_who_is_asked(self):
        """Workers, then the queue, then couriers."""
        with slow_server() as server:
            send_slowly(server).close()
            server.process.terminate()
            seen = set()
            while server.process.poll() is None:
                # Couriers first: who is seen later may have ended meanwhile.
                couriers = bool(server.children("courier", 0))
                queue = bool(server.children("queue"))
                workers = bool(server.children("worker"))
                seen.add((workers, queue, couriers))
            self.assertIn((False, True, True), seen)
            self.assertFalse(seen & {(True, False, True), (True, False, False),
                                     (True, True, False), (False, True, False)})
            self.assertEqual(len(server.log("mail/slow").splitlines()), 1)

    def test_a_delivery_whose_client_is_gone_holds_up_no_end(self):
        for number in (signal.SIGTERM, signal.SIGQUIT):
            with slow_server() as server:
                send_slowly(server).close()
                began = time.monotonic()
                self.assertEqual(server.stop(number), 0)
                self.assertLess(time.monotonic() - began, 4)
                self.assertEqual(len(server.log("mail/slow").splitlines()), 1)

    def test_an_idle_server_stops_at_once(self):
        for _ in range(10):
            with Server() as server:
                self.assertEqual(server.client().begin().mail(), 250)
                began = time.monotonic()
                self.assertEqual(server.stop(), 0)
                self.assertLess(time.monotonic() - began, 3)

    def test_sigint_stops_as_sigterm_does(self):
        with Server() as server:
            self.assertEqual(server.stop(signal.SIGINT), 0)

    def test_sigquit_lets_sessions_finish_and_takes_no_new_ones(self):
        with Server({"workers": "2"}) as server:
            client = server.client().begin()
            server.process.send_signal(signal.SIGQUIT)
            server.logged("stopping signal=SIGQUIT")
            self.assertTrue(wait_for(lambda: refuses(server), 3))
            self.assertEqual(client.mail(), 250, client.text)
            self.assertEqual(client.mail(), 250, client.text)
            self.assertIsNone(server.process.poll())
            self.assertEqual(client.say("QUIT"), 221)
            client.close()
            self.assertEqual(server.process.wait(10), 0)
            server.start()
            server.arrived(2)

    def test_sigterm_after_sigquit_stops_now(self):
        with Server() as server:
            client = server.client().begin()
            server.process.send_signal(signal.SIGQUIT)
            server.logged("stopping signal=SIGQUIT")
            server.process.terminate()
            self.assertEqual(client.reply(), 421)
            client.close()
            self.assertEqual(server.process.wait(10), 0)

    def test_a_second_server_at_the_same_port_does_not_start(self):
        with Server() as server:
            code, told = server.run("run")
            self.assertEqual(code, 1)
            self.assertIn("Address already in use", told)
            self.assertEqual(server.client().begin().mail(), 250)
            self.assertEqual(int(content(server.top + "/run/verbena.pid")),
                             server.process.pid)
