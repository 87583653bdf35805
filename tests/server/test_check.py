"""`verbena check`: every mistake of a configuration, with file and line."""

import os
import re
import unittest

from harness import IS_ROOT, Place, Server, build_module

GOOD = """
hostname   = "mx.lab.test";
state_dir  = "$top/state";
run_dir    = "$top/run";
module_dir = "$build/modules";
"""

# What a line that ends in "#! ..." is to be told.
TEN_MISTAKES = GOOD + """
hostnam  = "mx.lab.test"; #! unknown setting "hostnam"; did you mean "hostname"?
workers  = "two";         #! workers: want
couriers = 1000;          #! couriers: 1000 is more than 256
log: {
  level = "loud";         #! log.level: want error
};
limits: {
  message         = "25Q";  #! limits.message: "25Q" is not a size
  command_timeout = "5";    #! limits.command_timeout: 5 has no unit
};
modules = [ "basic", "directory", "maildir" ];
maildir: {
  pth = "/tmp/{user}";      #! unknown setting "pth"; did you mean "path"?
};
sites = (
  { name = "one"; listen = [ "127.0.0.1:$port_one" ];
    domains = [ "lab.test" ];
    enable  = [ "VRFX" ];   #! enable: no loaded module has the verb "VRFX"
    clients = (
      { match = [ "10.0.0.0/40" ]; } #! match: .* "10.0.0.0/40"
    );
  },
  { name = "two"; listen = [ "127.0.0.1:$port_two" ];
    domains = [ "lab.test" ];
    deliver = "mailbox";    #! deliver: no such module is loaded: "mailbox"
  }
);
"""

PEERS_THAT_ARE_NONE = GOOD + """
modules = [ "basic", "directory", "maildir", "turn", "etrn", "atrn" ];
turn: { peers = (
  { identity = "one"; domains = [ "one.test" ]; },
  { match = [ "::1" ]; helo = "two.test"; domains = [ "two.test" ]; },
  { helo = "a.test"; domains = [ "a.test" ]; },  #! turn.peers: want an identity
  { match = [ "10.0.0.0/8" ]; domains = [ "a.test" ]; }, #! turn.peers: want an
  { identity = "x"; },                       #! turn.peers.domains: is missing
  { identity = "x"; domains = [ ]; },        #! turn.peers.domains: want a domain
  { identity = "x"; domains = [ "*" ]; },    #! turn.peers.domains: want domains
  { identity = "x"; helo = 1; domains = [ "x.test" ]; } #! turn.peers.helo: want
); };
atrn: { peers = (
  { domains = [ "a.test" ]; }                #! atrn.peers: want an identity
); };
etrn: { peers = (
  { match = [ "10.0.0.0/8" ]; domains = [ "a.test" ]; },
  { helo = "a.test"; domains = [ "a.test" ]; } #! etrn.peers: want an identity or
); tells = "all"; };                         #! etrn.tells: want nothing, some
sites = ( { name = "one"; listen = [ "127.0.0.1:$port_one" ];
            domains = [ "lab.test" ]; } );
"""

MORE_MISTAKES = GOOD + """
modules = [ "basic",
  "directory" ];
maildir: { path = "/x"; };             #! unknown setting "maildir"
directory: {
  users = ( { full_name = "Ann"; } );  #! directory.users.name: is missing
  forwards = ( { from = "ann"; to = "bob@b.test"; } ); #! directory.forwards
};
sites = (
  { name = "twin"; listen = [ "localhost" ]; }, #! listen: .* "localhost"
  { name = "twin";                     #! name: another site is called "twin"
    profile = "rfc822";                #! profile: want rfc5321 or rfc821
    disabled_reply = 503;              #! disabled_reply: want 502, 500, 550
    deliver = "directory";             #! deliver: .* does not deliver
    limits: { line = 100; };           #! limits.line: 100 is less than 512
    disable = [ "TURN" ];              #! disable: no loaded module has
    clients = ( { enable = [ ]; } );   #! clients: an entry wants "match"
  }
);
"""


ABOUT_VERBS = GOOD + """
modules = [ "basic", "ehlo", "vrfy", "aliases" ];
enable  = [ "EHLO" ];                  # a site of 1982 is passed by
vrfy: { disclose = "some"; };          #! vrfy.disclose: want none, local or
aliases: { files = [ "" ]; };          #! aliases.files: want no empty path
sites = (
  { name = "new"; listen = [ ]; disable = [ "enhancedstatuscodes" ];
    policy = (
      { rate = "1/1m"; },              #! policy.verbs: is missing
      { verbs = [ "VRFY" ];
        rate = "10"; },                #! policy.rate: want how many times
      { verbs = [ "VRFY" ];
        require = [ "tls", "tsl" ]; }  #! policy.require: want "auth", "tls"
    ); },
  { name = "old"; profile = "rfc821";
    enable = [ "VRFY", "EHLO" ];       #! enable: this profile .* "EHLO"
    policy = (
      { verbs = [ "VRFY" ]; },
      { verbs = [ "VRFX" ]; }          #! policy: no loaded .* "VRFX"
    );
  }
);
"""


def expected(text, file):
    """A pattern for each line that is to be told."""
    return ["%s:%d: .*%s" % (
        re.escape(file), number,
        re.escape(line.split("#! ")[1]).replace(r"\.\*", ".*"))
        for number, line in enumerate(text.splitlines(), 1) if "#! " in line]


class Check(unittest.TestCase):
    def assert_told(self, told, patterns):
        lines = told.splitlines()
        for pattern in patterns:
            fit = [line for line in lines if re.match(pattern, line)]
            self.assertEqual(len(fit), 1, "%s\nnot once in\n%s" % (
                pattern, told))
        self.assertEqual(len(lines), len(patterns), told)

    def assert_mistakes(self, text):
        with Place() as place:
            place.write(text)
            code, told = place.run("check")
            self.assert_told(told, expected(text, place.conf))
            self.assertEqual(code, 1)

    def test_ten_mistakes_are_told_in_ten_lines(self):
        self.assertEqual(TEN_MISTAKES.count("#! "), 10)
        self.assert_mistakes(TEN_MISTAKES)

    def test_a_peer_that_anybody_could_be_is_told(self):
        self.assert_mistakes(PEERS_THAT_ARE_NONE)

    def test_mistakes_of_other_kinds_are_told_together_too(self):
        self.assert_mistakes(MORE_MISTAKES)

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_a_user_that_cannot_be_is_told_with_the_others(self):
        for name, why in (("nosuchuser", "is no account"),
                          ("root", "is the superuser")):
            self.assert_mistakes(GOOD + """
modules = [ "basic" ];
user    = "%s"; #! user: "%s" %s
workers = 1000;       #! workers: 1000 is more than 64
sites = ( { name = "one"; } );
""" % (name, name, why))

    def test_mistakes_about_verbs_are_told(self):
        self.assert_mistakes(ABOUT_VERBS)

    def test_nothing_is_said_of_a_good_configuration(self):
        with Place() as place:
            place.write()
            self.assertEqual(place.run("check"), (0, ""))

    def test_what_is_listened_on_twice_is_told(self):
        self.assert_mistakes(GOOD + """
modules = [ "basic" ];
sites = (
  { name = "a";
    listen = [ "[::1]:25", "[0::1]:25" ]; }, #! listen: .* already: "[0::1]:25"
  { name = "b"; listen = [ "unix:/tmp/x", "[::]:2525", "127.0.0.1:2525" ]; },
  { name = "c"; listen = [ "unix:/tmp/x" ]; } #! listen: .* already: "unix:/tm
);
""")

    def test_a_domain_that_is_no_name_is_told(self):
        self.assert_mistakes(GOOD + """
modules = [ "basic" ];
sites = (
  { name = "a"; domains = [ "A.test", "[192.0.2.1]" ]; },
  { name = "b"; domains = [ "" ]; },         #! domains: want names of domains
  { name = "c"; domains = [ "b.test", "*" ]; } #! domains: want names of doma
);
""")

    def test_a_syntax_error_is_told_alone(self):
        text = GOOD + "workers = \"two\";\nsites = ( { name \"x\"; } );\n"
        with Place() as place:
            place.write(text)
            code, told = place.run("check")
            line = text.splitlines().index("sites = ( { name \"x\"; } );") + 1
            self.assert_told(told, ["%s:%d: syntax error" % (
                re.escape(place.conf), line)])
            self.assertEqual(code, 1)

    def test_integers_that_libconfig_would_cut_are_told_in_all_files(self):
        with Place() as place:
            place.write("\nworkers = 5000000000;\n", "more.conf")
            place.write('@include "more.conf"\ncouriers = 0x1FFFFFFFF;\n')
            code, told = place.run("check")
            self.assert_told(told, [
                re.escape(place.top) + "/more.conf:2: 5000000000 does not fit",
                re.escape(place.conf) + ":2: 0x1FFFFFFFF does not fit"])
            self.assertEqual(code, 1)

    def test_mistakes_in_included_files_are_told_with_their_names(self):
        with Place() as place:
            place.write('workers = 100;\n\ncouriers = "x";\n', "more.conf")
            place.write('{ name = "x"; profile = "none"; }\n', "site.conf")
            place.write(GOOD + '@include "more.conf"\n'
                        'lookups = 0;\n'
                        'modules = [ "basic", "maildir" ];\n'
                        'sites = (\n'
                        '@include "site.conf"\n'
                        ', { name = "y"; profil = "none"; } );\n')
            code, told = place.run("check")
            top = re.escape(place.top)
            self.assert_told(told, [
                top + "/more.conf:1: workers: 100 is more than 64",
                top + "/more.conf:3: couriers: want",
                top + "/verbena.conf:7: lookups: 0 is less than 1",
                top + "/site.conf:1: profile: want",
                top + "/verbena.conf:11: unknown setting \"profil\""])
            self.assertEqual(code, 1)

    def test_a_file_that_is_not_there_is_told(self):
        with Place() as place:
            code, told = place.run("check")
            self.assertEqual(told, place.conf + ": No such file or directory\n")
            self.assertEqual(code, 1)


# Two sites and a class of clients have the same settings, a third its own.
WITH_ALIASES = GOOD + """
modules = [ "basic", "aliases", "directory", "maildir" ];
aliases: { files = [ "$top/aliases" ]; };
sites = (
  { name = "one"; listen = [ "127.0.0.1:$port_main" ];
    clients = ( { match = [ "10.0.0.0/8" ]; may_relay = true; } ); },
  { name = "two"; },
  { name = "three"; aliases: { files = [ "$top/aliases", "$top/gone" ]; }; }
);
"""
BAD_ALIASES = """\
good: ann
empty:
# a comment
list: ann,
  :include:$top/list,
  :include:$top/missing
a: b
b: a
"""


class WhatSettingsName(unittest.TestCase):
    def place(self, place, text=WITH_ALIASES):
        place.write(text)
        place.write(BAD_ALIASES, "aliases")
        place.write("bob\ntwo words\n", "list")
        top = place.top
        return [top + "/aliases:2: empty: has no members",
                top + "/aliases:7: a: leads to nobody, in a circle",
                top + "/aliases:8: b: leads to nobody, in a circle",
                top + "/list:2: has a member that is no address",
                top + "/aliases:6: list: %s/missing: No such file or "
                      "directory" % top,
                top + "/gone: No such file or directory"]

    def test_all_that_is_wrong_in_files_is_told_once(self):
        with Place() as place:
            lines = self.place(place)
            code, told = place.run("check")
            self.assertEqual(told.splitlines(), lines)
            self.assertEqual(code, 1)

    def test_it_is_told_with_what_is_wrong_in_the_configuration(self):
        with Place() as place:
            lines = self.place(place, 'workers = "two";\n' + WITH_ALIASES)
            code, told = place.run("check")
            self.assertRegex(told.splitlines()[0], ":1: workers: want")
            self.assertEqual(told.splitlines()[1:], lines)
            self.assertEqual(code, 1)

    def test_files_without_a_fault_are_good(self):
        with Place() as place:
            place.write(WITH_ALIASES)
            place.write("ann: \\ann, :include:$top/list\n", "aliases")
            place.write("bob\n", "list")
            place.write("", "gone")
            self.assertEqual(place.run("check"), (0, ""))

    @unittest.skipUnless(IS_ROOT, "wants root")
    def test_a_file_that_the_server_may_not_read_is_told(self):
        with Place() as place:
            place.write(WITH_ALIASES)
            place.write("ann: bob\n", "aliases")
            place.write("", "gone")
            os.chmod(place.top + "/gone", 0o600)
            self.assertEqual(place.run("check"), (
                1, place.top + "/gone: Permission denied\n"))

    def test_a_server_starts_all_the_same_and_logs_it(self):
        with Server({"modules": '[ "basic", "aliases", "directory", '
                                '"maildir" ]',
                     "aliases": '{ files = [ "$top/aliases" ]; }',
                     "log": '{ to = "$top/server.log"; }'}) as server:
            self.assertIn(" warning master[%d] misconfigured %s/aliases: No "
                          "such file or directory\n" % (
                              server.process.pid, server.top),
                          server.log("server.log"))
            self.assertEqual(server.log(), "")

    def nosy(self, place, what):
        build_module("nosy.c", place.top + "/modules", "-DCHECK=" + what)

    ENDS = (("abort()", r"crashed \(signal 6\)"),
            ("exit(0)", "ended the process"),
            ("raise(SIGALRM)", "took longer than 30 seconds"))

    def test_a_module_that_breaks_while_it_looks_is_named(self):
        settings = {"modules": '[ "basic", "directory", "maildir", '
                               '"$top/modules/nosy.so" ]'}
        for what, end in self.ENDS:
            with Place(settings) as place:
                self.nosy(place, what)
                place.write()
                code, told = place.run("check")
                self.assertRegex(told, '^module "nosy", checking what its '
                                 "settings name, %s\n$" % end)
                self.assertEqual(code, 1)

    def test_a_server_starts_with_such_a_module(self):
        server = Server({"modules": '[ "basic", "directory", "maildir", '
                                    '"$top/modules/nosy.so" ]'})
        self.nosy(server, "abort()")
        with server:
            server.logged('misconfigured module "nosy", checking .* crashed')
            self.assertTrue(server.serves())
