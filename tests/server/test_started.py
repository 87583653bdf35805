"""How the server starts, and as whom its processes run."""

import os
import shutil
import signal
import socket
import unittest

from harness import ACCOUNT, IS_ROOT, Place, Server, wait_for
from proc import descendants, status_of


def link(pid, fd):
    """What it leads to; nothing when it was closed meanwhile."""
    try:
        return os.readlink("/proc/%d/fd/%s" % (pid, fd))
    except FileNotFoundError:
        return ""


def ordinary_server():
    """Started by an ordinary user."""
    prefix = ["setpriv", "--reuid=%d" % ACCOUNT.pw_uid,
              "--regid=%d" % ACCOUNT.pw_gid, "--clear-groups"]
    return Server({"user": None}, owner=ACCOUNT, prefix=prefix)


def nices(server, role):
    return {os.getpriority(os.PRIO_PROCESS, pid)
            for pid in server.children(role)}


class Started(unittest.TestCase):
    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_none_but_the_master_is_root(self):
        with Server() as server:
            children = descendants(server.process.pid)
            self.assertEqual(len(children), 1 + 1 + 2 + 1)
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
        with ordinary_server() as server:
            for pid in [server.process.pid, *server.children()]:
                self.assertEqual(set(status_of(pid)["Uid"].split()),
                                 {str(ACCOUNT.pw_uid)})
            self.assertEqual(server.client().begin().mail(), 250)
            server.arrived()
            os.kill(server.children("worker")[0], signal.SIGKILL)
            self.assertTrue(wait_for(lambda: server.serves()))
            self.assertEqual(server.stop(), 0)

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_workers_go_before_couriers(self):
        with Server() as server:
            self.assertEqual(nices(server, "worker"), {-20})
            self.assertEqual(nices(server, "courier"), {0, 10})
            self.assertEqual(nices(server, "queue"), {0})

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_how_urgent_they_are_is_configured(self):
        with Server({"worker_nice": "-3", "courier_nice": "7"}) as server:
            self.assertEqual(nices(server, "worker"), {-3})
            self.assertEqual(nices(server, "courier"), {0, 7})

    @unittest.skipUnless(IS_ROOT, "wants root")
    @unittest.skipUnless(shutil.which("setpriv"), "wants setpriv")
    def test_an_ordinary_user_is_told_of_the_nice_value_it_cannot_have(self):
        with ordinary_server() as server:
            server.logged(r"info worker\[\d+\] priority "
                          "nice=0 worker_nice=-20: that takes CAP_SYS_NICE")
            self.assertEqual(nices(server, "courier"), {0, 10})

    @unittest.skipUnless(IS_ROOT, "wants root")
    @unittest.skipUnless(shutil.which("setpriv"), "wants setpriv")
    def test_the_rights_that_the_unit_leaves_are_enough(self):
        with open("conf/verbena.service") as f:
            [line] = [line for line in f
                      if line.startswith("CapabilityBoundingSet=")]
        rights = line.strip().partition("=")[2].lower().split()
        prefix = ["setpriv", "--no-new-privs", "--bounding-set=-all,+" +
                  ",+".join(right.removeprefix("cap_") for right in rights)]
        with Server(prefix=prefix) as server:
            self.assertEqual(set(status_of(server.process.pid)["CapBnd"]),
                             set(status_of(server.process.pid)["CapEff"]))
            self.assertEqual(nices(server, "worker"), {-20})
            self.assertEqual(server.client().begin().mail(), 250)
            server.arrived()
            self.assertEqual(server.stop(), 0)

    def test_no_process_has_a_descriptor_that_is_not_its_own(self):
        server = Server()
        with open(server.top + "/secret", "w") as secret:
            server.popen = {"pass_fds": [secret.fileno()]}
            with server:
                for pid in server.children():
                    for fd in os.listdir("/proc/%d/fd" % pid):
                        self.assertNotIn("secret", link(pid, fd))

    def test_no_process_can_change_the_configuration_of_others(self):
        with Server() as server:
            for pid in server.children():
                fds = ["/proc/%d/fd/%s" % (pid, fd)
                       for fd in os.listdir("/proc/%d/fd" % pid)]
                [snapshot] = [fd for fd in fds
                              if "verbena-conf" in os.readlink(fd)]
                with open(snapshot, "r+b", buffering=0) as f:
                    self.assertRaises(PermissionError, f.write, b"#")
                    self.assertRaises(PermissionError, f.truncate, 0)

    def test_few_descriptors_are_enough(self):
        few = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"]
        with Server(prefix=few) as server:
            self.assertTrue(server.serves())
            crowd = [server.client() for _ in range(100)]
            for client in crowd:
                client.close()
            self.assertTrue(wait_for(server.serves))
            self.assertEqual(server.stop(), 0)

    def test_a_start_that_fails_leaves_no_socket_behind(self):
        sites = """{ name = "main"; listen =
            [ "unix:$top/smtp.sock", "127.0.0.1:$port_main" ]; }"""
        with socket.create_server(("127.0.0.1", 0)) as taken, \
                Place(sites=sites) as place:
            place.ports["main"] = taken.getsockname()[1]
            place.write()
            code, told = place.run("run")
            self.assertEqual(code, 1)
            self.assertIn("Address already in use", told)
            self.assertNotIn("smtp.sock", os.listdir(place.top))

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
                server.arrived()
                self.assertEqual(server.stop(), 0)

    def test_a_socket_that_no_site_listens_on_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = Server()
            self.start_with_socket(server, listener, 1)
            with self.assertRaisesRegex(AssertionError, "in no site's listen"):
                server.__enter__()
