"""
Aliases, with all that belongs to them: VRFY, EXPN and mail, lists in lists,
includes, accounts behind them, and a file that changes.
"""

import os
import unittest

from harness import Server

ALIASES = """\
postmaster: ann
people: ann, Bob Brown <bob@lab.test>,
  :include:%(top)s/people
more: people, carl
bob: \\bob, ann
away: joe@else.test
program: "|/bin/cat", ann
file: /var/mail/x
owner-people: ann
only: ann
"""


class Aliases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server({
            "modules": '[ "basic", "vrfy", "expn", "aliases", "directory", '
                       '"maildir" ]',
            "aliases": '{ files = [ "$top/aliases" ]; }',
            "directory": '{ users = ( { name = "ann"; }, { name = "bob"; }, '
                         '{ name = "carl"; full_name = "Carl Cox"; } ); }',
        }, site='enable = [ "VRFY", "EXPN" ]; vrfy: { disclose = "full"; }; '
                'expn: { disclose = "full"; };')
        cls.addClassCleanup(cls.server.__exit__)
        cls.write("aliases", ALIASES % {"top": cls.server.top})
        cls.write("people", "carl\n")
        cls.server.__enter__()

    @classmethod
    def write(cls, name, text):
        path = "%s/%s" % (cls.server.top, name)
        with open(path + ".new", "w") as f:
            f.write(text)
        os.chmod(path + ".new", 0o644)
        os.rename(path + ".new", path)

    def say(self, line):
        client = self.server.client().begin()
        client.say(line)
        return client.text

    def assert_says(self, line, *says):
        self.assertEqual(self.say(line).splitlines(), list(says))

    def rcpt(self, name):
        client = self.server.client().begin()
        client.say("MAIL FROM:<a@b.test>")
        return client.say("RCPT TO:<%s@lab.test>" % name)

    def test_a_list_is_expanded_one_level(self):
        self.assert_says("EXPN people", "250-2.1.5 <ann@lab.test>",
                         "250-2.1.5 Bob Brown <bob@lab.test>",
                         "250 2.1.5 Carl Cox <carl@lab.test>")
        self.assert_says("EXPN more", "250-2.1.5 <people@lab.test>",
                         "250 2.1.5 Carl Cox <carl@lab.test>")
        self.assert_says("VRFY people", "250 2.1.5 <people@lab.test>")

    def test_an_alias_for_one_is_that_one(self):
        self.assert_says("VRFY only", "250 2.1.5 <ann@lab.test>")
        self.assert_says("VRFY postmaster", "250 2.1.5 <ann@lab.test>")

    def test_an_alias_that_leads_nowhere_is_refused_and_not_told(self):
        self.assert_says("VRFY away", "550 5.1.3 That is a mailing list, not "
                         "a user")
        self.assertEqual(self.rcpt("away"), 550)

    def test_programs_files_and_owners_are_never_told(self):
        self.assert_says("EXPN program", "250 2.1.5 <ann@lab.test>")
        for line in ("EXPN file", "EXPN owner-people"):
            self.assert_says(line, "550 5.7.2 Access Denied to You")
        for name in ("program", "file"):
            self.assertIn("550", self.say("VRFY " + name))
            self.assertEqual(self.rcpt(name), 550)
            for verb in ("EXPN", "VRFY"):
                told = self.say("%s %s" % (verb, name))
                self.assertNotIn("bin", told)
                self.assertNotIn("/", told)

    def test_mail_reaches_everyone_once_and_who_names_himself(self):
        client = self.server.client().begin()
        for to, numbers in (("people", (1, 1, 1)), ("bob", (2, 2, 1))):
            code = client.mail(to=to + "@lab.test")
            self.assertEqual(code, 250, client.text)
            self.server.settled()
            for user, n in zip(("ann", "bob", "carl"), numbers):
                self.server.arrived(n, user)

    def test_a_file_that_changes_is_read_again(self):
        text = ALIASES % {"top": self.server.top}
        self.addCleanup(self.write, "aliases", text)
        self.assertEqual(self.rcpt("newcomer"), 550)
        self.write("aliases", text + "newcomer: ann\n")
        self.assertEqual(self.rcpt("newcomer"), 250)

    def test_a_slip_is_told_with_its_line_and_denies_nobody(self):
        text = ALIASES % {"top": self.server.top}
        self.addCleanup(self.write, "aliases", text)
        self.write("aliases", text + "slip: two words\n")
        self.assertEqual(self.rcpt("slip"), 451)
        self.assertEqual(self.rcpt("nobody"), 550)
        self.assertEqual(self.rcpt("ann"), 250)
        self.assertIn("252", self.say("VRFY slip"))
        self.server.logged(r"bad-alias module=aliases .*/aliases:11: slip: "
                           r"has a member that is no address")
        os.remove(self.server.top + "/aliases")
        self.assertEqual(self.rcpt("nobody"), 451)
        self.server.logged(r"bad-aliases module=aliases .*No such file")
