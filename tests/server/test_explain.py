"""
`verbena verbs` and `verbena explain` say what the wire says, for every verb,
client, state and kind of argument; and where in the file it stands.
"""

import re
import unittest

from harness import Server

MODULES = '[ "basic", "ehlo", "size", "help", "vrfy", "expn", "budget", ' \
          '"directory", "maildir", "relay", "turn" ]'
SITES = """
  { name = "main"; listen = [ "127.0.0.1:$port_main" ];
    domains = [ "lab.test" ];
    enable = [ "HELP",
               "VRFY" ];
    disable = [ "NOOP" ];
    disabled_reply = 550;
    policy = ( { verbs = [ "RSET" ]; require = [ "tls" ]; },
               { verbs = [ "VRFY" ]; rate = "100000/1h"; } );
    clients = (
      { match = [ "127.0.0.2" ]; enable = [ "EHLO", "EXPN", "NOOP" ];
        vrfy: { disclose = "local"; }; budget: { answers = 0; };
        may_relay = true;
        relay: { routes = ( { domain = "isi.test"; via = "[::1]:9"; } ); };
        policy = ( { verbs = [ "RSET" ]; } ); },
      { match = [ "127.0.0.3" ]; disable = [ "VRFY", "RSET", "SIZE" ];
        disabled_reply = 252; } );
  },
  { name = "old"; listen = [ "127.0.0.1:$port_old" ]; profile = "rfc821";
    domains = [ "lab.test" ]; enable = [ "HELP", "EXPN" ];
    disabled_reply = 500;
    policy = ( { verbs = [ "EXPN" ]; require = [ "auth" ]; } );
  }
"""
PEOPLE = """{
  users = ( { name = "ann"; }, { name = "bob"; }, { name = "postmaster"; } );
  forwards = ( { from = "fred@lab.test"; to = "jones@isi.test"; reply = 251; },
               { from = "gone@lab.test"; to = "jones@isi.test"; reply = 551; } );
}"""
CLIENTS = [("main", "127.0.0.1"), ("main", "127.0.0.2"),
           ("main", "127.0.0.3"), ("old", "127.0.0.1")]
STATES = [[], ["HELO a.test"], ["HELO a.test", "MAIL FROM:<>"],
          ["HELO a.test", "MAIL FROM:<>", "RCPT TO:<bob@lab.test>"]]
ARGUMENTS = {"HELO": "b.test", "EHLO": "b.test", "MAIL": "FROM:<a@b.test>",
             "RCPT": "TO:<ann@lab.test>", "VRFY": "bob", "EXPN": "bob",
             "HELP": "MAIL", "NOOP": "", "RSET": "", "DATA": "", "QUIT": ""}


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server({
            "modules": MODULES,
            "limits": "{ errors = 100000; junk = 100000; }",
            "directory": PEOPLE,
            "turn": '{ peers = ( { identity = "x"; '
                    'domains = [ "kept.test" ]; } ); }',
        }, SITES)
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.__enter__()
        with open(cls.server.conf) as f:
            cls.lines = f.read().splitlines()

    def ask(self, command, site, source, *more):
        code, told = self.server.run(command, *more, "--site", site,
                                     "--from", source)
        self.assertEqual(code, 0, told)
        return told

    def table(self, site, source):
        """{ verb: (state, answer or 0) }."""
        rows = re.findall(r"(?m)^([A-Z]+) +(enabled|disabled|requires) +"
                          r"(\d+|) +\w+ ", self.ask("verbs", site, source))
        table = {verb: (state, int(answer or 0))
                 for verb, state, answer in rows if verb in ARGUMENTS}
        self.assertEqual(set(table), set(ARGUMENTS))
        return table

    def wire(self, site, source, state, line):
        client = self.server.client(site, source)
        client.reply()
        for command in state:
            self.assertEqual(client.say(command), 250, client.text)
        code = client.say(line)
        client.close()
        return code, client.text

    def assert_agrees(self, site, source, verb, answer):
        explained = self.ask("explain", site, source, verb)
        legal = re.search("may be answered: ([0-9 ]+)", explained)[1].split()
        for state in STATES:
            for argument in (ARGUMENTS[verb], "", ";<junk"):
                line = (verb + " " + argument).strip()
                code, text = self.wire(site, source, state, line)
                if answer:
                    self.assertEqual(code, answer, (line, text))
                    self.assertIn("answered %d" % answer, explained)
                elif code != 503:
                    self.assertIn(str(code), legal, (line, text))
                    self.assertNotIn("Nobody is asked", explained)

    def test_verbs_and_explain_agree_with_the_wire(self):
        for site, source in CLIENTS:
            for verb, (state, answer) in self.table(site, source).items():
                with self.subTest(site=site, source=source, verb=verb):
                    self.assertEqual(answer == 0, state == "enabled")
                    self.assert_agrees(site, source, verb, answer)

    def test_the_table_is_what_the_file_says(self):
        main, inner, outer, old = (self.table(*c) for c in CLIENTS)
        self.assertEqual(main["NOOP"], ("disabled", 550))
        self.assertEqual(main["RSET"], ("requires", 530))
        self.assertEqual(main["VRFY"], ("enabled", 0))
        self.assertEqual(main["EXPN"], ("disabled", 550))
        self.assertEqual(inner["NOOP"], ("enabled", 0))
        self.assertEqual(inner["RSET"], ("enabled", 0))
        self.assertEqual(outer["VRFY"], ("disabled", 252))
        self.assertEqual(old["EXPN"], ("requires", 500))
        self.assertEqual(old["EHLO"], ("disabled", 500))

    def line_of(self, text):
        found = [i for i, line in enumerate(self.lines, 1) if text in line]
        self.assertEqual(len(found), 1, text)
        return "%s:%d" % (self.server.conf, found[0])

    def assert_place(self, told, row, text):
        line = re.search("(?m)^ *%s .*$" % re.escape(row), told)[0]
        self.assertIn(self.line_of(text), line)

    def test_each_setting_is_told_with_file_and_line(self):
        told = self.ask("verbs", "main", "127.0.0.1")
        self.assert_place(told, "VRFY", '               "VRFY" ];')
        self.assert_place(told, "VRFY", 'rate = "100000/1h"')
        self.assert_place(told, "NOOP", 'disable = [ "NOOP" ]')
        self.assert_place(told, "NOOP", "disabled_reply = 550")
        self.assert_place(told, "RSET", 'require = [ "tls" ]')
        told = self.ask("verbs", "main", "127.0.0.3")
        self.assert_place(told, "SIZE", 'disable = [ "VRFY"')
        self.assert_place(told, "VRFY", "disabled_reply = 252")
        told = self.ask("explain", "main", "127.0.0.2", "vrfy")
        self.assert_place(told, "vrfy.disclose", 'disclose = "local"')
        self.assert_place(told, "budget.answers", "answers = 0")
        self.assert_place(told, "limits.errors", "errors = 100000")
        self.assertRegex(told, "vrfy.candidates +0 +by default")
        self.assertRegex(told, r"(?s)hook at command: module budget.*"
                               r"the verb: module vrfy.*"
                               r"hook at reply: module budget")

    def test_an_address_is_looked_up(self):
        told = self.ask("explain", "main", "127.0.0.1", "bob@lab.test")
        self.assertRegex(told, "directory.*\n.*it knows")
        self.assertIn("a mailbox of bob", told)
        self.assertRegex(told, "maildir.path .*%s" % re.escape(
            self.line_of("maildir = {")))
        told = self.ask("explain", "main", "127.0.0.1", "none@lab.test")
        self.assertIn("RCPT is answered 550", told)
        told = self.ask("explain", "main", "127.0.0.1", "x@else.test")
        self.assertIn("else.test is no domain of the site", told)
        self.assertIn("may not relay (may_relay, by default)", told)
        told = self.ask("explain", "main", "127.0.0.2", "x@isi.test")
        self.assertRegex(told, r"may relay \(may_relay, .*:\d+\)")
        self.assertIn('It goes to "[::1]:9"', told)
        told = self.ask("explain", "main", "127.0.0.2", "x@else.test")
        self.assertIn("RCPT is answered 550", told)

    def test_mail_that_is_kept_is_told(self):
        for source in ("127.0.0.1", "127.0.0.2"):
            told = self.ask("explain", "main", source, "x@kept.test")
            self.assertIn("It waits for TURN.", told)
            self.assertNotIn("It goes to", told)
            self.assertNotIn("RCPT is answered", told)
        self.assert_place(told, "turn.peers", "turn = {")

    def test_a_forward_is_told_as_RCPT_has_it(self):
        for name, source, says, code in (
                ("fred", "127.0.0.1", "RCPT is answered 551", 551),
                ("fred", "127.0.0.2", 'It goes to "[::1]:9"', 251),
                ("gone", "127.0.0.2", "RCPT is answered 551", 551)):
            told = self.ask("explain", "main", source, name + "@lab.test")
            self.assertIn(says, told)
            client = self.server.client("main", source).begin()
            self.assertEqual(client.say("MAIL FROM:<>"), 250)
            self.assertEqual(
                client.say("RCPT TO:<%s@lab.test>" % name), code, client.text)

    def test_what_cannot_be_told_is_refused(self):
        for words, code, why in (
                (("verbs", "--site", "none"), 1, 'no site "none"'),
                (("verbs", "--from", "10.0.0.0/8"), 1, "is no address"),
                (("verbs", "--as", "ann"), 1, "no client can authenticate"),
                (("explain", "a b"), 1, "no verb, and no address"),
                (("explain",), 2, ""), (("verbs", "--site"), 2, ""),
                (("verbs", "VRFY"), 2, ""), (("explain", "a", "b"), 2, "")):
            status, told = self.server.run(*words)
            self.assertEqual(status, code, words)
            self.assertIn(why, told)
