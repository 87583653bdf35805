"""Delivery to programs: as the service, and as the recipient."""

import os
import pwd
import signal
import time
import unittest

from harness import ACCOUNT, IS_ROOT, Server, wait_for
from proc import content, is_alive

GAMES = pwd.getpwnam("games")

SCRIPT = """#!/bin/sh
umask 022
cd $top/out || exit 78
{ id -u; id -g; id -G; pwd; } >who.$2
env | sort >env.$2
printf '%s\\n' "$@" >arguments.$2
cat >message.$2
read status <$top/status.$2 && exit $status
exit 0
"""


class Program(unittest.TestCase):
    settings = {}
    site = 'deliver = "pipe";'

    def setUp(self):
        settings = {
            "modules": '[ "basic", "directory", "pipe" ]',
            "maildir": None,
            "pipe": '{ command = [ "$top/script", "-u", "{user}", '
                    '"--to={user}@{domain}" ]; timeout = "2s"; }',
        }
        self.server = server = Server(dict(settings, **self.settings),
                                      site=self.site)
        self.write(SCRIPT)
        os.mkdir(server.top + "/out")
        os.chmod(server.top + "/out", 0o1777)
        server.__enter__()
        self.addCleanup(server.__exit__)

    def write(self, script):
        path = self.server.top + "/script"
        with open(path, "w") as f:
            f.write(script.replace("$top", self.server.top))
        os.chmod(path, 0o755)

    def out(self, name):
        return content("%s/out/%s" % (self.server.top, name)).decode()

    def send(self, user="bob", **more):
        """The event, status and words it ends with."""
        return self.server.deliver(self.server.client().begin(), user, **more)

    def assert_ends(self, end, event, status, words=""):
        self.assertEqual(end[:2], (event, status), end)
        self.assertIn(words, end[2])


class AsService(Program):
    def test_a_program_gets_the_message_and_who_it_is_for(self):
        self.assert_ends(self.send(), "delivered", "")
        self.assertRegex(self.out("message.bob"),
                         r"\AReturn-Path: <ann@a.test>\nReceived: [^\0]*\n"
                         r"Subject: hello\n\nWorld\n\Z")
        self.assertEqual(self.out("arguments.bob"),
                         "-u\nbob\n--to=bob@lab.test\n")
        who = self.out("who.bob").splitlines()
        self.assertEqual(who[0], str(ACCOUNT.pw_uid))
        names = {line.split("=")[0]
                 for line in self.out("env.bob").splitlines()}
        self.assertEqual(names - {"PWD", "OLDPWD", "_"}, {
            "SENDER", "RECIPIENT", "USER", "DOMAIN", "HOME", "PATH"})

    def test_its_exit_status_decides(self):
        for status, event, code in [
                (67, "refused", "5.1.1"), (75, "not-now", "4.3.0"),
                (77, "refused", "5.7.1"), (1, "not-now", "4.3.0"),
                (0, "delivered", "")]:
            with open(self.server.top + "/status.bob", "w") as f:
                f.write("%d\n" % status)
            self.assert_ends(self.send(), event, code)

    def test_one_that_takes_too_long_is_killed_with_all_it_began(self):
        self.write("#!/bin/sh\nsleep 60 & echo $! >$top/out/pid.new\n"
                   "mv $top/out/pid.new $top/out/pid\necho on it\nwait\n")
        began = time.monotonic()
        self.assert_ends(self.send(), "not-now", "4.3.0",
                         "did not end in time: on it")
        self.assertLess(time.monotonic() - began, 10)
        pid = self.out("pid").strip()
        self.assertTrue(wait_for(lambda: not os.path.exists("/proc/" + pid)))

    def test_much_output_does_no_harm(self):
        self.write("#!/bin/sh\nprintf 'one\\r\\n250 two\\n'\n"
                   "yes | head -c 50000000\nexit 77\n")
        end = self.send()
        self.assert_ends(end, "refused", "5.7.1", "(77): one?")
        self.assertNotIn("two", end[2])

    def test_one_that_is_not_there_is_tried_again(self):
        os.unlink(self.server.top + "/script")
        self.assert_ends(self.send(), "not-now", "4.3.5", "No such file")

    def test_a_large_message_comes_whole(self):
        text = b"Subject: large\r\n\r\n" + b"0123456789\r\n" * 300000
        self.assert_ends(self.send(text=text), "delivered", "")
        self.assertTrue(self.out("message.bob").endswith(
            text.decode().replace("\r\n", "\n")))


@unittest.skipUnless(IS_ROOT, "wants root")
class AsRecipient(Program):
    settings = {
        "modules": '[ "basic", "passwd", "directory", "pipe" ]',
        "passwd": "{ min_uid = 1; }",
        "directory": '{ users = ( { name = "root"; } ); }',
        "pipe": '{ command = [ "$top/script", "-u", "{user}" ]; '
                'timeout = "2s"; as = "recipient"; }',
    }

    def test_a_program_runs_as_the_recipient(self):
        self.assert_ends(self.send("games"), "delivered", "")
        who = self.out("who.games").splitlines()
        self.assertEqual(who[:2], [str(GAMES.pw_uid), str(GAMES.pw_gid)])
        self.assertEqual(set(who[2].split()), {
            str(g) for g in os.getgrouplist("games", GAMES.pw_gid)})
        self.assertIn("HOME=%s\n" % GAMES.pw_dir, self.out("env.games"))
        self.assertIn("USER=games\n", self.out("env.games"))
        status = os.stat(self.server.top + "/out/message.games")
        self.assertEqual(status.st_uid, GAMES.pw_uid)

    def test_none_runs_as_root(self):
        self.server.client().begin().mail(to="root@lab.test")
        self.server.logged("no-recipient")
        self.assertEqual(os.listdir(self.server.top + "/out"), [])

    def test_one_that_takes_too_long_is_killed(self):
        self.write("#!/bin/sh\nsleep 60\n")
        began = time.monotonic()
        self.assert_ends(self.send("games"), "not-now", "4.3.0",
                         "did not end in time")
        self.assertLess(time.monotonic() - began, 10)

    def test_one_ends_with_the_queue_and_is_run_again(self):
        self.write("#!/bin/sh\necho begin $$ >>$top/out/runs\nsleep 1.5\n"
                   "echo end $$ >>$top/out/runs\n")
        self.server.client().begin().mail(to="games@lab.test")
        runs = self.server.top + "/out/runs"
        self.assertTrue(wait_for(lambda: os.path.exists(runs)))
        [recipient] = self.server.children("recipient")
        [queue] = self.server.children("queue")
        os.kill(queue, signal.SIGKILL)
        self.assertTrue(wait_for(lambda: not is_alive(recipient), 1))
        self.server.logged(" delivered ")
        first, second, end = self.out("runs").splitlines()
        self.assertNotEqual(first, second)
        self.assertEqual(end, second.replace("begin", "end"))
