"""Processes: who they are, how they die and what comes after."""

import os
import re
import shutil
import signal
import socket
import time
import unittest

from harness import (ACCOUNT, IS_ROOT, Server, content, descendants, is_alive,
                     status_of, wait_for)

BIG = b"x" * 998 + b"\r\n"
LARGE = '{ message = "100M"; }'


def slow_server():
    """Its deliveries take 1.5 s."""
    return Server({
        "couriers": "1",
        "maildir": None,
        "modules": '[ "basic", "directory", "$top/modules/postman.so" ]',
        "directory": '{ users = ( { name = "slow"; } ); }',
        "postman": '{ dir = "$top/mail"; }',
    }, modules=["postman.c"])


def send_slowly(server):
    """A client whose message is being delivered."""
    client = server.client().begin()
    client.envelope("ann@a.test", "slow@lab.test")
    client.send(b".\r\n")
    time.sleep(0.3)
    return client


class Killed(unittest.TestCase):
    """kill -9, at the worst of moments."""

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
            code = self.deliver_and_kill(
                server, lambda: os.path.isdir(box + "/tmp") and
                os.listdir(box + "/tmp"))
            self.assertEqual(code, 250)
            [arrived] = server.messages()
            self.assertEqual(content(arrived).count(b"x\n"), 60000)
            self.assertEqual(os.listdir(box + "/tmp"), [])

    def test_a_courier_that_dies_in_an_mbox_delivers_once(self):
        with Server({"couriers": "1", "maildir": None, "limits": LARGE,
                     "modules": '[ "basic", "directory", "mbox" ]',
                     "mbox": '{ path = "$top/mbox/{user}"; }'}) as server:
            box = server.top + "/mbox/bob"
            self.assertEqual(server.client().begin().mail(), 250)
            before = content(box)
            code = self.deliver_and_kill(
                server, lambda: os.path.getsize(box) > len(before))
            self.assertEqual(code, 250)
            after = content(box)
            self.assertTrue(after.startswith(before))
            self.assertEqual(after.count(b"\nFrom ") + 1, 2)
            self.assertEqual(after.count(b"x\n"), 60000)

    def test_a_courier_that_dies_in_a_slow_delivery_is_replaced(self):
        with slow_server() as server:
            [courier] = server.children("courier", 0)
            client = send_slowly(server)
            os.kill(courier, signal.SIGKILL)
            self.assertEqual(client.reply(), 250, client.text)
            self.assertEqual(len(server.log("mail/slow").splitlines()), 1)

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
            self.assertEqual(len(server.messages()), 1)
            self.assertEqual(os.listdir(server.top + "/state/spool"), [])

    def test_when_the_master_dies_all_the_others_go(self):
        with Server({"workers": "2"}) as server:
            client = server.client().begin()
            children = server.children()
            self.assertEqual(len(children), 2 + 2 + 1)
            server.process.kill()
            server.process.wait()
            self.assertEqual(client.reply(), 421)
            client.close()
            self.assertTrue(wait_for(
                lambda: not any(is_alive(p) for p in children), 6))

    def test_when_the_master_dies_a_new_one_can_start(self):
        with Server(site="") as server:
            server.process.kill()
            server.process.wait()
            os.rename(server.top + "/log", server.top + "/log.old")
            server.start()
            self.assertEqual(server.client().begin().mail(), 250)

    def test_a_replaced_courier_uses_the_configuration_of_the_start(self):
        with Server({"couriers": "1"}) as server:
            [courier] = server.children("courier", 0)
            server.settings["maildir"] = '{ path = "$top/other/{user}"; }'
            server.write()
            os.kill(courier, signal.SIGKILL)
            self.assertEqual(server.client().begin().mail(), 250)
            self.assertEqual(len(server.messages()), 1)
            server.write("this is no configuration\n")
            for pid in server.children():
                os.kill(pid, signal.SIGKILL)
            self.assertTrue(wait_for(lambda: serves(server)))
            self.assertEqual(len(server.messages()), 2)
            self.assertFalse(os.path.exists(server.top + "/other"))


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


def admit(server, admitted):
    client = server.client()
    if client.reply() == 220:
        admitted.append(client)
    return True


def serves(server):
    try:
        return server.client().begin().mail() == 250
    except (AssertionError, OSError):
        return False


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

    def test_sigterm_lets_a_delivery_end(self):
        with slow_server() as server:
            client = send_slowly(server)
            server.process.terminate()
            self.assertEqual(client.reply(), 250)
            self.assertEqual(client.reply(), 421)
            client.close()
            self.assertEqual(server.process.wait(10), 0)
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
            self.assertEqual(len(server.messages()), 2)

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


def refuses(server):
    """No connection, or at least no greeting but 421."""
    try:
        client = server.client()
    except ConnectionRefusedError:
        return True
    client.socket.settimeout(1)
    try:
        return client.reply() == 421
    except socket.timeout:
        return False


class Started(unittest.TestCase):
    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_none_but_the_master_is_root(self):
        with Server() as server:
            children = descendants(server.process.pid)
            self.assertEqual(len(children), 1 + 2 + 1)
            for pid in children:
                status = status_of(pid)
                self.assertEqual(set(status["Uid"].split()),
                                 {str(ACCOUNT.pw_uid)})
                self.assertEqual(set(status["Gid"].split()),
                                 {str(ACCOUNT.pw_gid)})
                self.assertNotIn("0", status["Groups"].split())
                self.assertEqual(int(status["CapEff"], 16), 0)
                self.assertEqual(int(status["CapPrm"], 16), 0)
                self.assertEqual(status["NoNewPrivs"], "1")
            self.assertEqual(set(status_of(server.process.pid)["Uid"].split()),
                             {"0"})

    @unittest.skipUnless(IS_ROOT, "wants root")
    @unittest.skipUnless(shutil.which("setpriv"), "wants setpriv")
    def test_an_ordinary_user_can_run_all_of_it(self):
        prefix = ["setpriv", "--reuid=%d" % ACCOUNT.pw_uid,
                  "--regid=%d" % ACCOUNT.pw_gid, "--clear-groups"]
        with Server({"user": None}, owner=ACCOUNT, prefix=prefix) as server:
            for pid in [server.process.pid, *server.children()]:
                self.assertEqual(set(status_of(pid)["Uid"].split()),
                                 {str(ACCOUNT.pw_uid)})
            self.assertEqual(server.client().begin().mail(), 250)
            self.assertEqual(len(server.messages()), 1)
            os.kill(server.children("worker")[0], signal.SIGKILL)
            self.assertTrue(wait_for(lambda: serves(server)))
            self.assertEqual(server.stop(), 0)

    def test_no_process_has_a_descriptor_that_is_not_its_own(self):
        server = Server()
        with open(server.top + "/secret", "w") as secret:
            server.popen = {"pass_fds": [secret.fileno()]}
            with server:
                for pid in server.children():
                    names = [os.readlink("/proc/%d/fd/%s" % (pid, fd))
                             for fd in os.listdir("/proc/%d/fd" % pid)]
                    self.assertFalse([n for n in names if "secret" in n])

    def start_with_socket(self, server, listener, n_fds):
        """As a service manager would (sd_listen_fds(3))."""
        fd = listener.fileno()
        os.set_inheritable(fd, True)
        server.prefix = ["sh", "-c", "exec 3<&%d; export LISTEN_PID=$$ "
                         "LISTEN_FDS=%d; exec \"$@\"" % (fd, n_fds), "sh"]
        server.popen = {"pass_fds": [fd]}

    def test_a_service_manager_can_pass_the_socket(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Server()
            server.ports["main"] = listener.getsockname()[1]
            self.start_with_socket(server, listener, 1)
            with server:
                listener.close()
                self.assertEqual(server.client().begin().mail(), 250)
                self.assertEqual(len(server.messages()), 1)
                self.assertEqual(server.stop(), 0)

    def test_a_socket_that_no_site_listens_on_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Server()
            self.start_with_socket(server, listener, 1)
            with self.assertRaisesRegex(AssertionError, "in no site's listen"):
                server.__enter__()
