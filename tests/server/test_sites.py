"""
Sites and clients: two sites in one process, listeners of all kinds, and a verb
that a third party built with nothing but the headers we install.
"""

import shutil
import subprocess
import unittest

from harness import BUILD, HERE, TREE, Server, build_module

SITES = """
  { name = "with"; listen = [ "127.0.0.1:$port_main" ];
    domains = [ "lab.test" ]; enable = [ "XECHO" ];
    xecho: { before = "with"; }; },
  { name = "without"; listen = [ "127.0.0.1:$port_without" ];
    domains = [ "lab.test" ]; },
  { name = "old"; listen = [ "127.0.0.1:$port_old" ];
    domains = [ "lab.test" ]; enable = [ "XECHO" ]; profile = "rfc821";
    xecho: { before = "old"; }; },
  { name = "some"; domains = [ "lab.test" ];
    listen = [ "127.0.0.1:$port_some", "[::1]:$port_six",
               "unix:$top/smtp.sock" ];
    disabled_reply = 500;
    clients = (
      { match = [ "127.0.0.2/31" ]; disabled_reply = 550; },
      { match = [ "127.0.0.3", "::1" ]; enable = [ "XECHO" ];
        xecho: { before = "three"; }; },
      { match = [ "127.0.0.0/30" ]; disabled_reply = 252; },
      { match = [ "unix" ]; enable = [ "XECHO" ]; disable = [ "NOOP" ];
        xecho: { before = "unix"; }; }
    );
  }
"""


class Sites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = server = Server({
            "modules": '[ "basic", "directory", "maildir", '
                       '"$top/modules/xecho.so" ]'}, SITES)
        cls.addClassCleanup(server.__exit__)
        cls.build_elsewhere(server.top)
        server.__enter__()

    @staticmethod
    def build_elsewhere(top):
        """As a third party does: after `make install`, out of the tree. With
        another PREFIX it would build anew what other tests run."""
        subprocess.run(["make", "-s", "-C", TREE, "install", "B=" + BUILD,
                        "DESTDIR=" + top + "/inst"],
                       check=True, stdout=subprocess.DEVNULL)
        shutil.copy(HERE + "/modules/xecho.c", top)
        build_module(top + "/xecho.c", top + "/modules", "-Wextra", "-Werror",
                     include=top + "/inst/usr/local/include")

    def say(self, name, line, source=None):
        client = self.server.client(name, source).begin()
        code = client.say(line)
        self.text = client.text
        self.assertEqual(client.say("QUIT"), 221)
        return code

    def test_a_verb_that_no_module_has_is_unknown(self):
        self.assertEqual(self.say("main", "XNONE hello"), 500)
        self.assertEqual(self.say("without", "XNONE hello"), 500)

    def test_a_third_partys_verb_works_where_it_is_enabled(self):
        self.assertEqual(self.say("main", "xecho  hello there "), 250)
        self.assertEqual(self.text, "250 2.0.0 with hello there\r\n")

    def test_a_site_of_1982_says_it_without_a_status(self):
        self.assertEqual(self.say("old", "XECHO hello"), 250)
        self.assertEqual(self.text, "250 old hello\r\n")

    def test_a_verb_that_is_not_enabled_is_answered_502(self):
        self.assertEqual(self.say("without", "XECHO hello"), 502)

    def test_the_core_checks_the_verbs_argument(self):
        self.assertEqual(self.say("main", "XECHO"), 501)
        self.assertIn("XECHO <string>", self.text)

    def test_the_core_checks_the_verbs_place(self):
        client = self.server.client()
        self.assertEqual(client.reply(), 220)
        self.assertEqual(client.say("XECHO hello"), 503)

    def test_what_a_client_sent_cannot_split_the_reply(self):
        self.assertEqual(self.say("main", b"XECHO a\x0b\x1b[2J\x7fb"), 250)
        self.assertEqual(self.text,
                         "250 2.0.0 with a\\x0B\\x1B[2J\\x7Fb\r\n")

    def test_the_longest_network_that_fits_decides(self):
        for source, code in (("127.0.0.1", 252), ("127.0.0.2", 550),
                             ("127.0.0.3", 250), ("127.0.0.4", 500)):
            self.assertEqual(self.say("some", "XECHO hello", source), code,
                             source)

    def test_a_network_has_settings_of_its_own(self):
        self.assertEqual(self.say("some", "XECHO hello", "127.0.0.3"), 250)
        self.assertEqual(self.text, "250 2.0.0 three hello\r\n")

    def test_a_site_listens_on_ipv6(self):
        self.assertEqual(self.say("six", "XECHO hello"), 250)
        self.assertEqual(self.text, "250 2.0.0 three hello\r\n")

    def test_clients_of_a_unix_socket_are_a_class_of_their_own(self):
        path = self.server.top + "/smtp.sock"
        self.assertEqual(self.say(path, "XECHO hello"), 250)
        self.assertEqual(self.text, "250 2.0.0 unix hello\r\n")
        self.assertEqual(self.say(path, "NOOP"), 500)

    def test_mail_arrives_through_each_listener(self):
        names = ["main", "without", "old", "some", "six",
                 self.server.top + "/smtp.sock"]
        for name in names:
            client = self.server.client(name).begin()
            self.assertEqual(client.mail(), 250, client.text)
        self.server.settled()
        self.server.arrived(len(names))
