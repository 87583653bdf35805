"""Mailboxes: those of recipients who are users, and those that are locked."""

import fcntl
import os
import pwd
import time
import unittest

from harness import ACCOUNT, IS_ROOT, Server
from proc import content, status_of

GAMES = pwd.getpwnam("games")
MAIL = pwd.getpwnam("mail")

AS_RECIPIENT = {
    "modules": '[ "basic", "passwd", "directory", "maildir", "mbox", '
               '"$top/modules/postman.so" ]',
    "passwd": "{ min_uid = 1; }",
    "directory": '{ users = ( { name = "root"; }, { name = "no-account"; } ); }',
    "maildir": '{ path = "$top/home/{user}/maildir"; as = "recipient"; }',
    "mbox": '{ path = "$top/home/{user}/mbox"; as = "recipient"; }',
    "postman": '{ dir = "$top/seen"; as = "recipient"; }',
    "limits": '{ delivery_timeout = "5s"; }',
}
SITES = ", ".join(
    '{ name = "%s"; listen = [ "127.0.0.1:$port_%s" ]; '
    'domains = [ "lab.test" ]; deliver = "%s"; }' % (name, name, name)
    for name in ("maildir", "mbox", "postman"))


@unittest.skipUnless(IS_ROOT, "wants root")
class AsRecipient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server = Server(AS_RECIPIENT, SITES,
                                     modules=["postman.c"])
        os.mkdir(server.top + "/seen")
        os.chmod(server.top + "/seen", 0o1777)
        os.mkdir(server.top + "/home")
        for user in (GAMES, MAIL):
            home = "%s/home/%s" % (server.top, user.pw_name)
            os.mkdir(home, 0o700)
            os.chown(home, user.pw_uid, user.pw_gid)
        server.__enter__()
        cls.addClassCleanup(server.__exit__)

    def send(self, site, user):
        """The event, status and words it ends with."""
        return self.server.deliver(self.server.client(site).begin(), user)

    def assert_owned(self, path, user):
        status = os.stat(path)
        self.assertEqual((status.st_uid, status.st_gid),
                         (user.pw_uid, user.pw_gid))
        self.assertEqual(status.st_mode & 0o077, 0, oct(status.st_mode))

    def test_a_maildir_belongs_to_its_user(self):
        for user in (GAMES, MAIL):
            box = "%s/home/%s/maildir" % (self.server.top, user.pw_name)
            self.assertEqual(self.send("maildir", user.pw_name)[0],
                             "delivered")
            [arrived] = self.server.messages(box=box)
            for path in (box, box + "/new", arrived):
                self.assert_owned(path, user)

    def test_an_mbox_belongs_to_its_user(self):
        for user in (GAMES, MAIL):
            self.assertEqual(self.send("mbox", user.pw_name)[0],
                             "delivered")
            self.assert_owned("%s/home/%s/mbox" % (
                self.server.top, user.pw_name), user)

    def test_who_delivers_is_the_recipient_and_nobody_else(self):
        self.assertEqual(self.send("postman", "games")[0], "delivered")
        words = self.server.log("seen/games").split()
        self.assertEqual(words[1:4], [
            str(GAMES.pw_uid), str(GAMES.pw_uid), str(GAMES.pw_gid)])

    def test_mail_is_never_delivered_as_root(self):
        for site in ("maildir", "postman"):
            self.assertEqual(self.send(site, "root")[:2],
                             ("refused", "5.3.5"))
        self.server.logged("no-recipient id=.* user=root")
        self.assertFalse(os.path.exists(self.server.top + "/seen/root"))
        self.assertFalse(os.path.exists(self.server.top + "/home/root"))

    def test_a_recipient_without_an_account_gets_none(self):
        self.assertEqual(self.send("postman", "no-account")[:2],
                         ("not-now", "4.3.5"))
        self.server.logged("no-recipient id=.* user=no-account")
        self.assertFalse(os.path.exists(self.server.top + "/seen/no-account"))

    def test_none_but_the_couriers_for_recipients_are_root(self):
        for pid in self.server.children("worker"):
            self.assertNotIn("0", status_of(pid)["Uid"].split())
        for pool in (0, 2):
            for pid in self.server.children("courier", pool):
                self.assertNotIn("0", status_of(pid)["Uid"].split())
        for pid in self.server.children("courier", 1):
            self.assertEqual(status_of(pid)["Uid"].split(), ["0"] * 4)
            maps = content("/proc/%d/maps" % pid)
            for name in (b"maildir.so", b"postman.so", b"basic.so"):
                self.assertNotIn(name, maps)

    def test_a_user_cannot_lead_his_mail_elsewhere(self):
        """A link to a directory of another is followed with his rights."""
        home = self.server.top + "/home/games"
        if os.path.exists(home + "/maildir"):
            os.rename(home + "/maildir", home + "/maildir.old")
        os.symlink(self.server.top + "/home/mail", home + "/maildir")
        self.assertEqual(self.send("maildir", "games")[0], "not-now")
        os.unlink(home + "/maildir")
        self.assertNotIn("tmp", os.listdir(self.server.top + "/home/mail"))


class Locked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server({
            "modules": '[ "basic", "directory", "mbox" ]', "maildir": None,
            "retry": '{ first = "1s"; most = "1s"; }',
            "mbox": '{ path = "$top/mbox/{user}"; lock_timeout = "1s"; }',
        }).__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.box = cls.server.top + "/mbox/bob"

    def setUp(self):
        self.send()
        self.server.settled()

    def send(self):
        return self.server.deliver(self.server.client().begin())

    def count(self):
        return content(self.box).count(b"\nSubject: hello\n")

    def assert_waits(self):
        """Others get their mail meanwhile."""
        before = os.path.getsize(self.box)
        self.assertEqual(self.send(), (
            "not-now", "4.2.0", "open %s: mailbox is locked" % self.box))
        self.assertEqual(os.path.getsize(self.box), before)
        self.assertEqual(self.server.deliver(
            self.server.client().begin(), "ann")[0], "delivered")

    def assert_comes(self, before):
        """What waited is there, once."""
        self.server.settled()
        self.assertEqual(self.count(), before + 1)

    def test_a_mailbox_that_a_reader_has_locked_is_waited_for(self):
        before = self.count()
        with open(self.box, "r+b") as box:
            fcntl.lockf(box, fcntl.LOCK_EX)
            self.assert_waits()
        self.assert_comes(before)

    def test_a_mailbox_with_a_dotlock_is_waited_for(self):
        before = self.count()
        with open(self.box + ".lock", "w") as lock:
            lock.write("1\n")
        if IS_ROOT:
            os.chown(self.box + ".lock", ACCOUNT.pw_uid, ACCOUNT.pw_gid)
        self.assert_waits()
        os.unlink(self.box + ".lock")
        self.assert_comes(before)

    def test_many_messages_for_a_locked_mailbox_delay_no_other(self):
        before = self.count()
        with open(self.box, "r+b") as box:
            fcntl.lockf(box, fcntl.LOCK_EX)
            client = self.server.client().begin()
            for _ in range(5):
                self.assertEqual(client.mail(), 250)
            began = time.monotonic()
            self.assertEqual(self.server.deliver(client, "ann")[0],
                             "delivered")
            self.assertLess(time.monotonic() - began, 2)
        self.server.settled()
        self.assertEqual(self.count(), before + 5)

    def test_a_mailbox_that_is_freed_in_time_gets_its_mail(self):
        before = self.count()
        client = self.server.client().begin()
        with open(self.box, "r+b") as box:
            fcntl.lockf(box, fcntl.LOCK_EX)
            client.envelope("ann@a.test", "bob@lab.test")
            client.send(b"Subject: hello\r\n.\r\n")
            self.assertEqual(client.reply(), 250, client.text)
            time.sleep(0.4)
        self.assert_comes(before)
        self.assertNotIn(" not-now id=" + client.text.split()[-1],
                         self.server.log())
