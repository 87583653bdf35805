"""SEND, SOML and SAML to real terminals, and to virtual ones."""

import grp
import os
import pty
import pwd
import re
import signal
import socket
import struct
import subprocess
import termios
import time
import unittest

from harness import ACCOUNT, IS_ROOT, VERBENA, Server, wait_for
from proc import content, status_of

SETTINGS = {
    "modules": '[ "basic", "send", "tty", "vtty", "directory", "maildir" ]',
    "enable": '[ "SEND", "SOML", "SAML" ]',
    "send": '{ presence = "tell"; }',
    "tty": '{ utmp = "$top/utmp"; deadline = "1s"; }',
    "vtty": '{ users = [ "ann", "bob" ]; }',
    "directory": '{ users = ( { name = "ann"; }, { name = "bob"; }, '
                 '{ name = "%s"; mailbox = "me@lab.test"; }, '
                 '{ name = "postmaster"; } ); }' % ACCOUNT.pw_name,
}
TERMINALS = 3  # the pool's number
USER_PROCESS = 7
TEXT = b"From: Ann <ann@a.test>\r\nSubject: hello\r\n\r\nWorld\r\n"


class Terminal:
    """A pseudo-terminal at which somebody is logged in."""

    def __init__(self, server, user, willing=True):
        self.ours, self.theirs = pty.openpty()
        self.name = os.ttyname(self.theirs)
        modes = termios.tcgetattr(self.theirs)
        modes[1] &= ~termios.OPOST
        termios.tcsetattr(self.theirs, termios.TCSANOW, modes)
        os.fchown(self.theirs, pwd.getpwnam(user).pw_uid,
                  grp.getgrnam("tty").gr_gid)
        self.mesg(willing)
        os.set_blocking(self.ours, False)
        self.utmp = server.top + "/utmp"
        line = self.name[len("/dev/"):].encode()
        with open(self.utmp, "ab") as f:
            # struct utmpx of glibc
            self.at = f.tell()
            f.write(struct.pack(
                "=hhi32s4s32s256shhiii4i20s", USER_PROCESS, 0, os.getpid(),
                line, line[-4:], user.encode(), b"", 0, 0, 0, 0, 0, 0, 0, 0,
                0, b""))
        os.chmod(self.utmp, 0o644)

    def mesg(self, willing):
        os.fchmod(self.theirs, 0o620 if willing else 0o600)

    def log_out(self):
        with open(self.utmp, "r+b") as f:
            f.seek(self.at)
            f.write(struct.pack("=h", 8))  # DEAD_PROCESS

    def text(self):
        try:
            return os.read(self.ours, 65536)
        except BlockingIOError:
            return b""

    def close(self):
        os.close(self.ours)
        os.close(self.theirs)


class Attached:
    """`verbena tty USER`"""

    def __init__(self, server, user, **popen):
        self.output = open("%s/tty-%s" % (server.top, user), "wb")
        self.process = subprocess.Popen(
            [VERBENA, "-c", server.conf, "tty", user], stdout=self.output,
            stderr=self.output, **popen)
        if not wait_for(lambda: b"attached" in self.text() or
                        self.process.poll() is not None):
            raise AssertionError("did not attach: %r" % self.text())

    def text(self):
        return content(self.output.name)

    def close(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        status = self.process.wait(10)
        self.output.close()
        return status


class Sending(unittest.TestCase):
    def setUp(self):
        self.server = Server(SETTINGS).__enter__()
        self.addCleanup(self.server.__exit__)

    def attach(self, user, **popen):
        attached = Attached(self.server, user, **popen)
        self.addCleanup(attached.close)
        return attached

    def begin(self, verb, *recipients, sender="ann@a.test"):
        """Up to DATA; the codes of RCPT."""
        client = self.server.client().begin()
        self.assertEqual(client.say("%s FROM:<%s>" % (verb, sender)), 250)
        return client, [client.say("RCPT TO:<%s@lab.test>" % r)
                        for r in recipients]

    def end(self, client, text=TEXT):
        self.assertEqual(client.say("DATA"), 354)
        client.send(text + b".\r\n")
        return client.reply()

    def send(self, verb, *recipients, text=TEXT, sender="ann@a.test"):
        client, codes = self.begin(verb, *recipients, sender=sender)
        self.assertEqual(codes, [250] * len(recipients), client.text)
        return self.end(client, text)


class ToVirtualTerminals(Sending):
    def test_shows_what_is_sent_and_stores_nothing(self):
        bob = self.attach("bob")
        self.assertEqual(self.send("SEND", "bob"), 250)
        self.assertTrue(wait_for(lambda: b"\nEOF\n" in bob.text()))
        self.assertIn(b"\nFrom: Ann <ann@a.test>\nSubject: hello\n\nWorld\n",
                      bob.text())
        self.server.logged("shown id=.* to=<bob@lab.test> .*vtty 1 attached")
        self.assertEqual(self.server.messages("bob"), [])
        self.assertNotIn(" stored id=", self.server.log())

    def test_a_notice_tells_of_who_has_gone_before_the_dot(self):
        bob, ann = self.attach("bob"), self.attach("ann")
        client, codes = self.begin("SEND", "bob", "ann",
                                   sender="postmaster@lab.test")
        self.assertEqual(codes, [250, 250])
        ann.process.kill()
        ann.process.wait()
        self.assertEqual(self.end(client), 250)
        self.assertTrue(wait_for(lambda: b"World" in bob.text()))
        [notice] = self.server.arrived(1, "postmaster")
        notice = content(notice).decode()
        self.assertIn("Return-Path: <>\n", notice)
        self.assertIn("Final-Recipient: rfc822; ann@lab.test\n", notice)
        self.assertIn("Action: failed\n", notice)
        self.assertIn("not active any more", notice)
        self.assertNotIn("bob@lab.test\nAction", notice)
        self.server.settled()
        self.assertEqual(self.server.messages("ann"), [])
        self.assertEqual(self.server.messages("bob"), [])

    def test_nobody_is_told_of_it_when_there_is_no_sender(self):
        self.attach("bob")
        ann = self.attach("ann")
        client, _ = self.begin("SEND", "bob", "ann", sender="")
        ann.process.kill()
        ann.process.wait()
        self.assertEqual(self.end(client), 250)
        self.server.logged("refused id=.* to=<ann@lab.test>.*not active")
        self.server.settled()
        self.assertNotIn(" notified ", self.server.log())

    def test_soml_goes_to_the_mailbox_of_who_has_gone(self):
        ann = self.attach("ann")
        client, codes = self.begin("SOML", "ann", "bob")
        self.assertIn("User not active now, so will do mail", client.text)
        ann.process.kill()
        ann.process.wait()
        self.assertEqual(codes, [250, 250])
        self.assertEqual(self.end(client), 250)
        for user in ("ann", "bob"):
            [file] = self.server.arrived(1, user)
            self.assertIn(b"\n\nWorld\n", content(file))

    def test_saml_goes_to_both(self):
        ann = self.attach("ann")
        self.assertEqual(self.send("SAML", "ann", "bob"), 250)
        self.server.arrived(1, "ann")
        self.server.arrived(1, "bob")
        self.assertTrue(wait_for(lambda: b"World" in ann.text()))
        self.assertEqual(ann.text().count(b"World"), 1)

    def test_a_large_message_is_shown_in_part_and_mailed_in_full(self):
        ann = self.attach("ann")
        large = b"Subject: large\r\n\r\nbegins\r\n" + b"x" * 70 * 1 + \
            (b"\r\n" + b"0123456789abcdef" * 4) * 40000 + b"\r\nends\r\n"
        self.assertEqual(self.send("SOML", "ann", text=large), 250)
        [file] = self.server.arrived(1, "ann")
        self.assertTrue(content(file).endswith(b"ends\n"))
        self.assertTrue(wait_for(lambda: b"\nEOF\n" in ann.text()))
        self.assertIn(b"begins", ann.text())
        self.assertIn(b"[more in your mailbox]", ann.text())

    def test_ends_when_it_is_told_to_and_when_the_server_ends(self):
        bob, ann = Attached(self.server, "bob"), Attached(self.server, "ann")
        self.assertEqual(bob.close(signal.SIGINT), 0)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(ann.process.wait(10), 1)
        ann.output.close()
        status, said = self.server.run("tty", "bob")
        self.assertEqual(status, 1)
        self.assertIn("run/tty/bob: Connection refused", said)
        status, said = self.server.run("tty", "nobody-else")
        self.assertEqual(status, 1)
        self.assertIn("vtty.users", said)
        self.assertEqual(self.server.run("tty")[0], 2)

    def test_another_courier_serves_when_one_was_killed(self):
        [courier] = self.server.children("courier", TERMINALS)
        os.kill(courier, signal.SIGKILL)
        self.assertTrue(wait_for(lambda: self.is_attachable("bob")))
        bob = self.attach("bob")
        self.assertEqual(self.send("SEND", "bob"), 250)
        self.assertTrue(wait_for(lambda: b"World" in bob.text()))
        self.assertNotEqual(
            self.server.children("courier", TERMINALS), [courier])

    def is_attachable(self, user):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.settimeout(5)
                s.connect("%s/run/tty/%s" % (self.server.top, user))
                return s.recv(100).startswith(b"+")
            except OSError:
                return False

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_others_may_not_attach(self):
        daemon = pwd.getpwnam("daemon").pw_uid
        pid = os.fork()
        if pid == 0:
            try:
                os.setuid(daemon)
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(10)
                s.connect(self.server.top + "/run/tty/bob")
                said = s.makefile("rb").read()
                os._exit(0 if said.startswith(b"- only this user") else 1)
            finally:
                os._exit(2)
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        client, codes = self.begin("SEND", "bob")
        self.assertEqual(codes, [450])


class Starting(unittest.TestCase):
    def test_the_server_is_ready_when_the_terminals_are(self):
        with Server({"modules": '[ "basic", "$top/modules/dozy.so", '
                                '"directory", "maildir" ]'},
                    modules=("dozy.c",)) as server:
            self.assertTrue(os.path.exists(server.top + "/run/tty/awake"))
            said = server.run("status")[1]
            self.assertRegex(said, "(?m)^terminals %d$" % server.children(
                "courier", TERMINALS)[0])
            self.assertRegex(said, "(?m)^master .* serves since")


class WithoutTerminals(unittest.TestCase):
    def test_there_is_no_courier_for_them(self):
        with Server({"modules":
                     '[ "basic", "send", "directory", "maildir" ]',
                     "enable": '[ "SEND", "SOML" ]'}) as server:
            self.assertEqual(server.children("courier", TERMINALS), [])
            self.assertFalse(os.path.exists(server.top + "/run/tty"))
            client = server.client().begin()
            client.say("SEND FROM:<ann@a.test>")
            self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 450)
            client.say("RSET")
            client.say("SOML FROM:<ann@a.test>")
            self.assertEqual(client.say("RCPT TO:<bob@lab.test>"), 250)
            self.assertEqual(client.say("DATA"), 354)
            client.send(TEXT + b".\r\n")
            self.assertEqual(client.reply(), 250)
            server.arrived(1, "bob")


@unittest.skipUnless(IS_ROOT, "wants root, to log others in")
class ToTerminals(Sending):
    def log_in(self, user=ACCOUNT.pw_name, **more):
        terminal = Terminal(self.server, user, **more)
        self.addCleanup(terminal.close)
        return terminal

    def test_shows_the_text_and_nothing_else(self):
        terminal = self.log_in()
        self.assertEqual(self.send("SEND", "me"), 250)
        self.assertRegex(
            terminal.text(),
            rb"\A\r\nMessage from <ann@a.test> at 127.0.0.1, \d\d:\d\d\r\n"
            rb"From: Ann <ann@a.test>\r\nSubject: hello\r\n\r\nWorld\r\n"
            rb"EOF\r\n\Z")
        self.assertEqual(self.server.messages(ACCOUNT.pw_name), [])

    def test_no_octet_drives_it(self):
        terminal = self.log_in()
        octets = bytes(c for c in range(1, 256) if c not in b"\r\n")
        for text in (octets, b"\x1b]0;x\x07\x1b[2J\x1bP$q\x1b\\\x9b5n"):
            self.assertEqual(self.send(
                "SEND", "me", text=b"Subject: %b\r\n\r\n%b\r\n" % (
                    text[:40], text)), 250)
            shown = terminal.text()
            self.assertIn(b"Message from", shown)
            self.assertEqual(
                re.findall(rb"[^\x20-\x7e\r\n]", shown.decode(
                    "utf-8").encode("ascii", "ignore")), [])
            self.assertIsNone(re.search("[\x80-\x9f]", shown.decode("utf-8")))

    def test_heeds_mesg_n(self):
        terminal = self.log_in(willing=False)
        self.assertEqual(self.begin("SEND", "me")[1], [450])
        self.assertEqual(self.send("SOML", "me"), 250)
        self.server.arrived(1, ACCOUNT.pw_name)
        self.assertEqual(terminal.text(), b"")

    def test_logged_out_between_RCPT_and_the_dot(self):
        terminal = self.log_in()
        client, codes = self.begin("SEND", "me")
        self.assertEqual(codes, [250])
        terminal.log_out()
        self.assertEqual(self.end(client), 451)
        other = self.log_in()
        client, codes = self.begin("SOML", "me")
        self.assertEqual(codes, [250])
        self.assertNotIn("not active", client.text)
        other.log_out()
        self.assertEqual(self.end(client), 250)
        self.server.arrived(1, ACCOUNT.pw_name)
        self.assertEqual(terminal.text() + other.text(), b"")

    def test_a_stopped_terminal_holds_nobody(self):
        terminal = self.log_in()
        termios.tcflow(terminal.theirs, termios.TCOOFF)
        began = time.monotonic()
        self.assertEqual(self.send("SEND", "me"), 451)
        self.assertGreater(time.monotonic() - began, 0.9)
        began = time.monotonic()
        self.assertEqual(self.send("SEND", "me"), 451)
        self.assertLess(time.monotonic() - began, 0.9)
        self.assertEqual(self.send("SOML", "me"), 250)
        self.server.arrived(1, ACCOUNT.pw_name)
        # Nor does it hold others.
        client, _ = self.begin("SEND", "me")
        bob = self.attach("bob")
        self.assertEqual(self.send("SEND", "bob"), 250)
        self.assertTrue(wait_for(lambda: b"World" in bob.text()))
        termios.tcflow(terminal.theirs, termios.TCOON)
        terminal.text()
        self.assertEqual(self.end(client), 250)
        self.assertIn(b"World", terminal.text())

    def test_the_courier_has_the_group_tty_and_no_other(self):
        [courier] = self.server.children("courier", TERMINALS)
        status = status_of(courier)
        tty = str(grp.getgrnam("tty").gr_gid)
        self.assertEqual(status["Groups"].split(), [tty])
        self.assertEqual(set(status["Uid"].split()), {str(ACCOUNT.pw_uid)})
        self.assertEqual(set(status["Gid"].split()), {str(ACCOUNT.pw_gid)})
        self.assertEqual(status["CapEff"], "0000000000000000")
        for pid in self.server.children():
            if pid != courier:
                self.assertNotIn(tty, status_of(pid)["Groups"].split())


if __name__ == "__main__":
    unittest.main()
