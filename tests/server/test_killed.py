"""kill -9, at the worst of moments."""

import contextlib
import os
import re
import signal
import time
import unittest

from harness import Server, wait_for
from proc import content, is_alive
from slow import send_slowly, slow_server

BIG = b"x" * 998 + b"\r\n"
LARGE = '{ message = "100M"; }'


def sockets_of(pid):
    found = 0
    for fd in os.listdir("/proc/%d/fd" % pid):
        try:
            found += os.readlink("/proc/%d/fd/%s" % (pid, fd))[:6] == "socket"
        except FileNotFoundError:
            pass
    return found


def is_held_by(pid, client):
    """Is the server's end of this connection the process's?"""
    port = client.socket.getsockname()[1]
    inodes = re.findall(r"0100007F:\w{4} 0100007F:%04X 01(?: +\S+){5} +(\d+)" %
                        port, content("/proc/net/tcp").decode())
    held = [os.readlink("/proc/%d/fd/%s" % (pid, fd))
            for fd in os.listdir("/proc/%d/fd" % pid)]
    return any("socket:[%s]" % inode in held for inode in inodes)


def has_open(pid, prefix):
    """Is there a file whose path begins so?"""
    with contextlib.suppress(FileNotFoundError):  # closed by now
        return any(os.readlink("/proc/%d/fd/%s" % (pid, fd)).startswith(prefix)
                   for fd in os.listdir("/proc/%d/fd" % pid))
    return False


def admit(server, admitted):
    client = server.client()
    if client.reply() == 220:
        admitted.append(client)
    return True


class Killed(unittest.TestCase):
    def deliver_and_kill(self, server, begun):
        """Kills the courier as soon as begun(); the code the client gets."""
        client = server.client().begin()
        [courier] = server.children("courier", 0)
        client.envelope("ann@a.test", "bob@lab.test")
        client.send(b"Subject: big\r\n\r\n" + BIG * 60000)
        client.send(b".\r\n")
        self.assertTrue(wait_for(begun, 20, 0.0002))
        os.kill(courier, signal.SIGKILL)
        client.socket.settimeout(30)
        code = client.reply()
        self.assertTrue(wait_for(
            lambda: server.children("courier", 0) not in ([], [courier])))
        server.logged("delivery-again .*reason=courier died")
        return code

    def test_a_courier_that_dies_in_a_maildir_delivers_once(self):
        with Server({"couriers": "1", "limits": LARGE}) as server:
            box = server.top + "/mail/lab.test/bob"
            [courier] = server.children("courier", 0)
            code = self.deliver_and_kill(
                server, lambda: has_open(courier, box + "/tmp/#"))
            self.assertEqual(code, 250)
            server.settled()
            [arrived] = server.arrived()
            self.assertEqual(content(arrived).count(b"x\n"), 60000)
            self.assertEqual(os.listdir(box + "/tmp"), [])

    def test_a_courier_that_dies_in_an_mbox_delivers_once(self):
        with Server({"couriers": "1", "maildir": None, "limits": LARGE,
                     "modules": '[ "basic", "directory", "mbox" ]',
                     "mbox": '{ path = "$top/mbox/{user}"; }'}) as server:
            box = server.top + "/mbox/bob"
            self.assertEqual(server.client().begin().mail(), 250)
            server.settled()
            before = content(box)
            code = self.deliver_and_kill(
                server, lambda: os.path.getsize(box) > len(before))
            self.assertEqual(code, 250)
            server.settled()
            after = content(box)
            self.assertTrue(after.startswith(before))
            self.assertEqual(after.count(b"\nFrom ") + 1, 2)
            self.assertEqual(after.count(b"x\n"), 60000)

    def test_a_courier_that_dies_in_a_slow_delivery_is_replaced(self):
        with slow_server() as server:
            [courier] = server.children("courier", 0)
            client = send_slowly(server)
            os.kill(courier, signal.SIGKILL)
            server.settled()
            self.assertEqual(len(server.log("mail/slow").splitlines()), 1)
            self.assertNotEqual(server.children("courier", 0), [courier])

    def test_a_worker_that_dies_is_replaced_and_its_counts_given_back(self):
        with Server({"workers": "2"},
                    site="limits: { per_client = 4; };") as server:
            clients = [server.client().begin() for _ in range(4)]
            self.assertEqual(server.client().reply(), 421)
            workers = server.children("worker")
            victim, other = sorted(workers, key=sockets_of)[::-1]
            held = sum(1 for c in clients if is_held_by(victim, c))
            self.assertGreater(held, 0)
            os.kill(victim, signal.SIGKILL)
            answers = [c.say("NOOP") for c in clients]
            self.assertEqual(answers.count(0), held)
            self.assertEqual(answers.count(250), 4 - held)
            server.logged("died process=worker.%d. signal=SIGKILL" % victim)
            admitted = []
            wait_for(lambda: admit(server, admitted) and
                     len(admitted) == held, 5, 0.05)
            self.assertEqual(len(admitted), held)
            self.assertEqual(server.client().reply(), 421)
            self.assertTrue(wait_for(
                lambda: len(server.children("worker")) == 2))
            self.assertIn(other, server.children("worker"))

    def test_the_other_workers_serve_while_one_is_dead(self):
        with Server({"workers": "2"}) as server:
            os.kill(server.children("worker")[0], signal.SIGKILL)
            self.assertEqual(server.client().begin().mail(), 250)

    def test_a_message_whose_worker_dies_is_not_half_there(self):
        with Server() as server:
            client = server.client().begin()
            client.envelope("ann@a.test", "bob@lab.test")
            client.send(BIG * 1000)
            os.kill(server.children("worker")[0], signal.SIGKILL)
            self.assertEqual(client.reply(), 0)
            time.sleep(1.2)
            self.assertEqual(server.client().begin().mail(), 250)
            server.arrived()
            self.assertEqual(os.listdir(server.top + "/state/spool"), [])

    def test_when_the_master_dies_all_the_others_go(self):
        with Server({"workers": "2"}) as server:
            client = server.client().begin()
            children = server.children()
            self.assertEqual(len(children), 1 + 2 + 2 + 1)
            server.process.kill()
            server.process.wait()
            self.assertEqual(client.reply(), 421)
            client.close()
            self.assertTrue(wait_for(
                lambda: not any(is_alive(p) for p in children), 6))

    def test_when_the_master_dies_a_new_one_can_start(self):
        with Server(site="") as server:
            workers = server.children("worker")
            server.process.kill()
            server.process.wait()
            wait_for(lambda: not any(is_alive(pid) for pid in workers))
            server.start()
            self.assertEqual(server.client().begin().mail(), 250)

    def test_a_replaced_courier_uses_the_configuration_of_the_start(self):
        with Server({"couriers": "1"}) as server:
            [courier] = server.children("courier", 0)
            server.settings["maildir"] = '{ path = "$top/other/{user}"; }'
            server.write()
            os.kill(courier, signal.SIGKILL)
            self.assertEqual(server.client().begin().mail(), 250)
            server.arrived()
            server.write("this is no configuration\n")
            for pid in server.children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.assertTrue(wait_for(lambda: server.serves()))
            server.arrived(2)
            self.assertFalse(os.path.exists(server.top + "/other"))


MAILBOXES = ", ".join(
    '{ name = "%s"; listen = [ "127.0.0.1:$port_%s" ]; '
    'domains = [ "lab.test" ]; deliver = "%s"; }' % (name, name, name)
    for name in ("maildir", "mbox"))


class WhileMailComes(unittest.TestCase):
    """Whoever dies, and when: what was acknowledged is in its mailbox, and
    nothing is there twice."""

    def setUp(self):
        self.server = Server({
            "modules": '[ "basic", "directory", "maildir", "mbox" ]',
            "mbox": '{ path = "$top/mbox/{user}"; lock_timeout = "30s"; }',
            "retry": '{ first = "1s"; most = "1s"; }',
        }, MAILBOXES)
        self.server.ports["main"] = self.server.port("maildir")
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.taken = {"maildir": set(), "mbox": set()}
        self.n = 0

    def send_some(self):
        """To both kinds of mailbox; as long as somebody answers."""
        for site, taken in self.taken.items():
            try:
                client = self.server.client(site).begin()
                for _ in range(5):
                    self.n += 1
                    text = b"Subject: n%d\r\n\r\n" % self.n
                    if client.mail(text=text) == 250:
                        taken.add(b"n%d" % self.n)
                client.close()
            except (AssertionError, OSError):
                pass

    def there(self, site):
        subject = re.compile(rb"(?m)^Subject: (n\d+)$")
        if site == "maildir":
            files = self.server.messages()
        else:
            files = [self.server.top + "/mbox/bob"]
        return [n for f in files if os.path.exists(f)
                for n in subject.findall(content(f))]

    def is_there(self):
        return all(self.taken[site] <= set(self.there(site))
                   for site in self.taken)

    def kill_in_between(self, kill):
        for pause in (0, 0.002, 0.01, 0.05):
            self.send_some()
            time.sleep(pause)
            kill()
            self.send_some()
            self.assertTrue(wait_for(self.server.serves, 20))
        self.assertTrue(wait_for(self.is_there, 30), self.server.log())
        self.server.settled()
        for site, taken in self.taken.items():
            self.assertGreater(len(taken), 15)
            there = self.there(site)
            self.assertEqual(len(there), len(set(there)))

    def kill_one(self, role, pool=None):
        [pid, *_] = wait_for(lambda: self.server.children(role, pool))
        os.kill(pid, signal.SIGKILL)

    def test_a_worker_that_dies_loses_and_doubles_nothing(self):
        self.kill_in_between(lambda: self.kill_one("worker"))

    def test_a_queue_that_dies_loses_and_doubles_nothing(self):
        self.kill_in_between(lambda: self.kill_one("queue"))
        self.server.logged("died process=queue")

    def test_a_courier_that_dies_loses_and_doubles_nothing(self):
        self.kill_in_between(lambda: self.kill_one("courier", 0))

    def test_all_that_die_at_once_lose_and_double_nothing(self):
        def kill():
            self.server.kill_all()
            self.server.start()
        self.kill_in_between(kill)

    def test_a_master_that_dies_loses_and_doubles_nothing(self):
        def kill():
            workers = self.server.children("worker")
            self.server.process.kill()
            self.server.process.wait()
            # Who listens must have gone; who delivers need not.
            wait_for(lambda: not any(is_alive(pid) for pid in workers))
            self.server.start()
        self.kill_in_between(kill)
