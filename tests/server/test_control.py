"""The control socket: `verbena status`, `stop`, `quit`, `reload`."""

import os
import re
import signal
import socket
import subprocess
import time
import unittest

from harness import ENVIRONMENT, IS_ROOT, VERBENA, Place, Server, wait_for


def path_of(server):
    return server.top + "/run/control"


def connect(server):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(15)
    s.connect(path_of(server))
    return s


def pack(*words):
    """As core/base/pack.h has it."""
    return b"".join(len(w).to_bytes(8, "little") + w for w in words)


class Control(unittest.TestCase):
    def test_status_names_the_processes_and_counts_messages(self):
        with Server({"workers": "2"}) as server:
            code, said = server.run("status")
            self.assertEqual(code, 0, said)
            self.assertRegex(said, r"(?m)^master +%d serves since 20\S+Z, "
                             r"[0-9]m [0-9]+s$" % server.process.pid)
            for name, role, pool in (("queue", "queue", None),
                                     ("workers", "worker", None),
                                     ("couriers", "courier", 0)):
                pids = re.search("(?m)^%s +([0-9 ]+)$" % name, said)[1]
                self.assertEqual(sorted(map(int, pids.split())),
                                 sorted(server.children(role, pool)))
            self.assertRegex(said, "(?m)^messages +0 at work, 0 in files")

    def test_stop_returns_when_the_server_has_stopped(self):
        with Server() as server:
            client = server.client().begin()
            self.assertEqual(server.run("stop"), (0, ""))
            self.assertEqual([client.reply(), client.reply()], [421, 0])
            self.assertFalse(os.path.exists(path_of(server)))
            self.assertEqual(server.process.wait(5), 0)
            server.logged("stopping asked=stop")
            self.assertIn("no server runs", server.run("stop")[1])
            self.assertIn("no server runs", server.run("status")[1])

    def test_quit_lets_sessions_finish_and_stop_ends_that(self):
        with Server() as server:
            client = server.client().begin()
            asked = subprocess.Popen([VERBENA, "-c", server.conf, "quit"],
                                     env=ENVIRONMENT)
            server.logged("stopping asked=quit")
            self.assertIn("stops; ran since", server.run("status")[1])
            self.assertIsNone(asked.poll())
            self.assertEqual(client.mail(), 250)
            self.assertEqual(server.run("stop"), (0, ""))
            self.assertEqual(asked.wait(10), 0)
            self.assertEqual(server.process.wait(10), 0)

    def test_reload_says_that_there_is_none(self):
        with Server() as server:
            code, said = server.run("reload")
            self.assertEqual(code, 1)
            self.assertIn("there is no reload yet", said)

    def test_without_a_server_each_says_so(self):
        with Place() as place:
            place.write()
            for command in ("status", "stop", "quit", "reload"):
                code, said = place.run(command)
                self.assertEqual(code, 1)
                self.assertEqual(said, "verbena: no server runs with the "
                                 "run_dir %s/run\n" % place.top)
                self.assertEqual(place.run(command, "now")[0], 2)

    def test_a_second_server_with_the_same_run_dir_does_not_start(self):
        with Server() as server:
            with Place({"state_dir": '"$top/state"',
                        "run_dir": '"%s/run"' % server.top}) as other:
                other.write()
                code, said = other.run("run")
                self.assertEqual(code, 1)
                self.assertIn("run_dir: another server has", said)
            self.assertEqual(server.run("status")[0], 0)
            self.assertTrue(os.path.exists(server.top + "/run/verbena.pid"))

    def test_a_socket_left_by_a_server_that_was_killed_is_replaced(self):
        with Server() as server:
            server.kill_all()
            self.assertTrue(os.path.exists(path_of(server)))
            self.assertIn("no server runs", server.run("status")[1])
            os.rename(server.top + "/log", server.top + "/log.old")
            server.start()
            self.assertEqual(server.run("status")[0], 0)

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_only_who_started_it_may_ask(self):
        with Server() as server:
            self.assertEqual(os.stat(path_of(server)).st_mode & 0o777, 0o600)
            for user in ("daemon", "nobody"):
                code, said = server.run("stop", user=user, group="nogroup",
                                        extra_groups=[])
                self.assertEqual(code, 1)
                self.assertIn("permission denied", said)
            self.assertTrue(server.serves())

    def test_nonsense_is_refused_and_harms_nothing(self):
        with Server() as server:
            for octets in (b"x", b"\xff" * 4000, pack(b"nonsense"),
                           pack(b"queue"), pack(b"queue", b"shove", b"x"),
                           pack(b"queue", b"remove", b"x"),
                           pack(b"queue", b"remove", b"0" * 13, b"more"),
                           pack(b"queue", b"flush", b"a\0b"),
                           pack(b"queue", b"flush")[:-3]):
                with connect(server) as s:
                    s.send(octets)
                    self.assertEqual(s.recv(70000)[:1], b"e", octets)
                    self.assertEqual(s.recv(70000), b"x\x01")
            self.assertEqual(server.run("status")[0], 0)
            self.assertTrue(server.serves())

    def test_silent_callers_hold_others_up_for_a_while_at_most(self):
        with Server() as server:
            silent = [connect(server) for _ in range(20)]
            began = time.monotonic()
            self.assertEqual(server.run("status")[0], 0)
            self.assertGreater(time.monotonic() - began, 1)
            self.assertEqual(silent[0].recv(100), b"")
            self.assertTrue(server.serves())
            for s in silent:
                s.close()

    def test_while_the_queue_is_dead_that_is_told(self):
        with Server() as server:
            [queue] = server.children("queue")
            os.kill(queue, signal.SIGSTOP)
            os.kill(queue, signal.SIGKILL)
            self.assertTrue(wait_for(
                lambda: server.children("queue") not in ([], [queue])))
            self.assertTrue(wait_for(
                lambda: server.run("queue", "flush")[0] == 0))
