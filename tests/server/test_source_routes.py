"""
Source routes and the way back, and mail for those who have moved: what the next
server is told, and what clients are (RFC 821 §3.2, §3.6; RFC 5321 §3.4, §C).
"""

import contextlib
import re
import unittest

from harness import Server, wait_for
from proc import content
from sinks import Scripted, Tap

SITE = '{ name = "main"; listen = [ "127.0.0.1:$port_main" ]; ' \
       'domains = [ "%s" ]; profile = "%s"; may_relay = true; %s }'
TEXT = b"Subject: improved\r\n\r\nThis is to inform you\r\n"


def host(name, profile, *users, site="", **settings):
    """A server of that name, which is its domain, too."""
    people = ", ".join('{ name = "%s"; }' % user for user in users)
    return Server(dict({
        "hostname": '"%s"' % name,
        "modules": '[ "basic", "directory", "maildir", "relay" ]',
        "directory": "{ users = ( %s ); }" % people,
        "retry": '{ first = "1s"; most = "1s"; }',
    }, **settings), SITE % (name, profile, site))


def routes(**hops):
    """HOSTB="127.0.0.1:1" is where HOSTB.ARPA is; a pair has our name there as
    well."""
    said = []
    for domain, hop in hops.items():
        via, name = hop if isinstance(hop, tuple) else (hop, "")
        said.append('{ domain = "%s.ARPA"; via = "%s"; name = "%s"; }' % (
            domain, via, name))
    return '{ routes = ( %s ); idle_timeout = "0s"; }' % ", ".join(said)


def box(server, user):
    """The messages of a user."""
    domain = re.search(r'domains = \[ "(.*?)"', server.sites)[1].lower()
    return [content(name).decode() for name in server.messages(
        box="%s/mail/%s/%s" % (server.top, domain, user))]


def names(commands):
    """Commands as RFC 821 has them, without the parameters of RFC 1869."""
    return [line.split("> ")[0].rstrip(">") + ">" for line in commands]


class Sites(unittest.TestCase):
    """One server, with a site for each setting and profile, and for those who
    may relay and those who may not."""

    SETTINGS = ("profile", "strip", "follow", "reject")

    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.b = stack.enter_context(Scripted())
        cls.d = stack.enter_context(Scripted())
        sites = ", ".join(
            '{ name = "%(port)s"; listen = [ "127.0.0.1:$port_%(port)s" ]; '
            'domains = [ "HOSTA.ARPA" ]; profile = "%(profile)s"; '
            'source_routes = "%(set)s"; may_relay = %(may)s; }' % {
                "port": cls.port(profile, setting, may), "set": setting,
                "profile": profile, "may": "true" if may else "false"}
            for profile in ("rfc821", "rfc5321")
            for setting in cls.SETTINGS for may in (True, False))
        cls.server = Server({
            "hostname": '"hosta.arpa"',
            "modules": '[ "basic", "directory", "maildir", "relay" ]',
            "relay": routes(HOSTB=cls.b.hop, HOSTD=cls.d.hop),
        }, sites)
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.__enter__()

    @staticmethod
    def port(profile, setting, may):
        return "%s_%s_%d" % (profile, setting, may)

    def rcpt(self, profile, setting, may, path, sender="userx@hosty.arpa"):
        """The code of RCPT; what is taken is sent."""
        client = self.server.client(self.port(profile, setting, may)).begin()
        self.assertEqual(client.say("MAIL FROM:<%s>" % sender), 250)
        code = client.say("RCPT TO:<%s>" % path)
        self.text = client.text
        if code == 250:
            self.assertEqual(client.say("DATA"), 354)
            client.send(TEXT + b".\r\n")
            self.assertEqual(client.reply(), 250)
            self.server.settled()
        return code

    def told(self, sink):
        """What a sink was told since the last time."""
        said = names(sink.commands("MAIL") + sink.commands("RCPT"))
        with sink.lock:
            for session in sink.sessions:
                session.clear()
        return said

    ROUTE = "@HOSTA.ARPA,@HOSTB.ARPA:userc@hostd.arpa"

    def test_a_host_moves_from_the_forward_path_to_the_reverse_path(self):
        """The example of RFC 821 §4.1.1, RCPT."""
        for setting in ("profile", "follow"):
            self.assertEqual(self.rcpt("rfc821", setting, True, self.ROUTE),
                             250)
            self.assertEqual(self.told(self.b), [
                "MAIL FROM:<@hosta.arpa:userx@hosty.arpa>",
                "RCPT TO:<@HOSTB.ARPA:userc@hostd.arpa>"])
            self.assertEqual(self.told(self.d), [])

    def test_a_host_that_is_not_us_is_left_and_sent_to(self):
        self.assertEqual(self.rcpt(
            "rfc821", "follow", True, "@HOSTB.ARPA,@HOSTA.ARPA:bob@hosta.arpa",
            "@one.arpa,@two.arpa:userx@hosty.arpa"), 250)
        self.assertEqual(self.told(self.b), [
            "MAIL FROM:<@hosta.arpa,@one.arpa,@two.arpa:userx@hosty.arpa>",
            "RCPT TO:<@HOSTB.ARPA,@HOSTA.ARPA:bob@hosta.arpa>"])

    def test_rfc5321_follows_when_told_to_but_keeps_no_way_back(self):
        self.assertEqual(self.rcpt("rfc5321", "follow", True, self.ROUTE,
                                   "@one.arpa:userx@hosty.arpa"), 250)
        self.assertEqual(self.told(self.b), [
            "MAIL FROM:<userx@hosty.arpa>",
            "RCPT TO:<@HOSTB.ARPA:userc@hostd.arpa>"])

    def test_a_route_that_is_stripped_leads_to_the_mailbox(self):
        for profile, setting in (("rfc821", "strip"), ("rfc5321", "strip"),
                                 ("rfc5321", "profile")):
            self.assertEqual(self.rcpt(profile, setting, True, self.ROUTE,
                                       "@one.arpa:userx@hosty.arpa"), 250)
            self.assertEqual(self.told(self.b), [])
            self.assertEqual(self.told(self.d), [
                "MAIL FROM:<userx@hosty.arpa>", "RCPT TO:<userc@hostd.arpa>"])

    def test_a_route_is_refused_with_553_and_a_plain_address_is_not(self):
        for profile in ("rfc821", "rfc5321"):
            for path in (self.ROUTE, "@HOSTA.ARPA:bob@hosta.arpa"):
                for may in (True, False):
                    self.assertEqual(
                        self.rcpt(profile, "reject", may, path), 553)
                    self.assertIn("<%s>" % path.split(":")[1], self.text)
            self.assertEqual(self.rcpt(
                profile, "reject", True, "userc@hostd.arpa",
                "@one.arpa:userx@hosty.arpa"), 250)
            self.assertEqual(self.told(self.d), [
                "MAIL FROM:<userx@hosty.arpa>", "RCPT TO:<userc@hostd.arpa>"])

    def test_no_route_gets_anywhere_for_those_who_may_not_relay(self):
        for profile in ("rfc821", "rfc5321"):
            for setting in ("profile", "strip", "follow"):
                for path in (self.ROUTE, "@HOSTB.ARPA:userc@hostd.arpa",
                             "@HOSTA.ARPA:userc@hostd.arpa"):
                    self.assertEqual(
                        self.rcpt(profile, setting, False, path), 550, path)

    def test_both_ends_must_be_open_to_those_who_may(self):
        for profile in ("rfc821", "rfc5321"):
            for setting in ("profile", "strip", "follow"):
                self.assertEqual(self.rcpt(
                    profile, setting, True,
                    "@HOSTB.ARPA:victim@far.arpa"), 550)
            self.assertEqual(self.rcpt(
                profile, "follow", True, "@FAR.ARPA:userc@hostd.arpa"), 550)

    def test_what_looks_like_a_route_is_a_local_part(self):
        for setting in self.SETTINGS:
            for profile in ("rfc821", "rfc5321"):
                for local in ("userc%hostd.arpa", "hostd.arpa!userc",
                              '"userc@hostd.arpa"', '"@hostb.arpa:userc"'):
                    self.assertEqual(self.rcpt(
                        profile, setting, True, local + "@hosta.arpa"), 550)

    def test_a_way_back_that_would_be_too_long_is_left_out(self):
        route = ",".join("@%s.arpa" % (c * 56) for c in "abc")
        for more, kept in ((42, True), (43, False)):
            sender = "%s:%s@hosty.arpa" % (route, "x" * more)
            whole = "@hosta.arpa,%s" % sender
            self.assertEqual(len(whole) + 2, 256 + (not kept))
            self.assertEqual(self.rcpt("rfc821", "follow", True,
                                       "userc@hostd.arpa", sender), 250)
            self.assertEqual(self.told(self.d)[0], "MAIL FROM:<%s>" % (
                whole if kept else sender.split(":")[1]))


class Ways(unittest.TestCase):
    """Several servers, one after the other."""

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def enter(self, thing):
        return self.stack.enter_context(thing)

    def send(self, server, sender, *recipients):
        client = server.client().begin()
        client.envelope(sender, *recipients)
        client.send(TEXT + b".\r\n")
        self.assertEqual(client.reply(), 250)
        return client

    def received(self, server, user):
        wait_for(lambda: box(server, user))
        found = box(server, user)
        self.assertEqual(len(found), 1, server.log()[-4000:])
        return found[0]

    def chain(self, profile):
        """DEF, GHI and JKL, each of which sends to the next."""
        jkl = self.enter(host("JKL.ARPA", profile, "sam"))
        ghi = self.enter(host("GHI.ARPA", profile,
                              relay=routes(JKL=self.tap(jkl).hop)))
        return self.enter(host("DEF.ARPA", profile, relay=routes(
            GHI=self.tap(ghi).hop, JKL=self.taps[0].hop))), jkl

    def tap(self, server):
        self.taps.append(self.enter(Tap(server.port())))
        return self.taps[-1]

    def test_the_return_path_shows_the_way_back_through_two_relays(self):
        """RFC 821, examples 8 and 9."""
        self.taps = []
        first, last = self.chain("rfc821")
        self.send(first, "@ABC.ARPA:JOE@ABC.ARPA",
                  "@DEF.ARPA,@GHI.ARPA,@JKL.ARPA:sam@JKL.ARPA")
        header = self.received(last, "sam").partition("\n\n")[0]
        self.assertEqual(names(self.taps[1].commands("MAIL", "RCPT")), [
            "MAIL FROM:<@DEF.ARPA,@ABC.ARPA:JOE@abc.arpa>",
            "RCPT TO:<@GHI.ARPA,@JKL.ARPA:sam@jkl.arpa>"])
        self.assertEqual(names(self.taps[0].commands("MAIL", "RCPT")), [
            "MAIL FROM:<@GHI.ARPA,@DEF.ARPA,@ABC.ARPA:JOE@abc.arpa>",
            "RCPT TO:<@JKL.ARPA:sam@jkl.arpa>"])
        lines = header.split("\n")
        self.assertEqual(
            lines[0],
            "Return-Path: <@GHI.ARPA,@DEF.ARPA,@ABC.ARPA:JOE@abc.arpa>")
        self.assertEqual(
            re.findall(r"(?m)^Received: FROM (\S+) BY (\S+)", header), [
                ("GHI.ARPA", "JKL.ARPA"), ("DEF.ARPA", "GHI.ARPA"),
                ("client.test", "DEF.ARPA")])
        self.assertLess(header.rindex("Received:"), header.index("Subject:"))

    def test_the_return_path_is_the_mailbox_in_rfc5321(self):
        self.taps = []
        first, last = self.chain("rfc5321")
        self.send(first, "@ABC.ARPA:JOE@ABC.ARPA",
                  "@DEF.ARPA,@GHI.ARPA:sam@JKL.ARPA")
        header = self.received(last, "sam").partition("\n\n")[0]
        self.assertEqual(self.taps[1].commands("MAIL"), [])
        self.assertEqual(names(self.taps[0].commands("MAIL", "RCPT")), [
            "MAIL FROM:<JOE@abc.arpa>", "RCPT TO:<sam@jkl.arpa>"])
        self.assertTrue(header.startswith(
            "Return-Path: <JOE@abc.arpa>\nReceived: from DEF.ARPA "))
        self.assertEqual(header.count("Received:"), 2)

    def test_mail_is_relayed_as_in_scenario_3(self):
        for profile, back in (("rfc821", "@USC-ISIE.ARPA:"), ("rfc5321", "")):
            vax = self.enter(host("BBN-VAX.ARPA", profile, "Jones"))
            self.taps = []
            hop = self.tap(vax).hop
            isie = self.enter(host("USC-ISIE.ARPA", profile, relay=routes(
                **{"BBN-VAX": hop})))
            self.send(isie, "JQP@MIT-AI.ARPA",
                      "@USC-ISIE.ARPA:Jones@BBN-VAX.ARPA")
            text = self.received(vax, "Jones")
            self.assertEqual(names(self.taps[0].commands("MAIL", "RCPT")), [
                "MAIL FROM:<%sJQP@mit-ai.arpa>" % back,
                "RCPT TO:<Jones@bbn-vax.arpa>"])
            self.assertEqual(text.count("\nReceived: "), 2)
            self.assertTrue(text.endswith("This is to inform you\n"))

    def test_each_network_is_told_the_name_it_knows_us_by(self):
        """And one message, over one next hop, goes there under two names."""
        with Scripted() as sink:
            server = self.enter(host("GATE.ARPA", "rfc821", relay=routes(
                ONE=(sink.hop, "GATE.ONE.ARPA"),
                TWO=(sink.hop, "GATE.TWO.ARPA"), THREE=sink.hop)))
            self.send(server, "joe@abc.arpa", "a@one.arpa", "b@two.arpa",
                      "c@three.arpa", "d@one.arpa")
            server.settled()
            said = {}
            for lines in sink.sessions:
                said[lines[0].split()[1]] = names(
                    line for line in lines if line[:4] in ("MAIL", "RCPT"))
        self.assertEqual(said, {
            "GATE.ONE.ARPA": ["MAIL FROM:<@GATE.ONE.ARPA:joe@abc.arpa>",
                              "RCPT TO:<a@one.arpa>", "RCPT TO:<d@one.arpa>"],
            "GATE.TWO.ARPA": ["MAIL FROM:<@GATE.TWO.ARPA:joe@abc.arpa>",
                              "RCPT TO:<b@two.arpa>"],
            "GATE.ARPA": ["MAIL FROM:<@GATE.ARPA:joe@abc.arpa>",
                          "RCPT TO:<c@three.arpa>"]})

    def test_what_waits_keeps_its_way_back(self):
        with Scripted({"RCPT": ["450 busy", "250 OK"]}) as sink:
            server = self.enter(host("HOSTA.ARPA", "rfc821",
                                     relay=routes(HOSTB=sink.hop)))
            self.send(server, "@one.arpa:joe@abc.arpa", "bob@hostb.arpa")
            self.assertTrue(wait_for(server.parked))
            self.assertEqual(server.stop(), 0)
            server.start()
            server.settled()
        self.assertEqual(names(sink.commands("MAIL")),
                         ["MAIL FROM:<@HOSTA.ARPA,@one.arpa:joe@abc.arpa>"] * 2)

    # A notice takes the way back.

    def notice(self, profile, route="@HOSTX.ARPA,@HOSTY.ARPA:", name="",
               hostw=None):
        """RFC 821, example 7: JOE at HOSTW sends by HOSTX and HOSTY to HOSTZ,
        which has no such user."""
        self.hostz = self.enter(Scripted({"RCPT": "550 No Such User"}))
        self.hostw = self.enter(Scripted(hostw))
        self.x = host("HOSTX.ARPA", profile)
        self.taps = []
        self.tap(self.x)
        networks = {"X.NET": self.taps[0].hop} if name else {}
        y = self.enter(host("HOSTY.ARPA", profile, relay=routes(
            HOSTZ=self.hostz.hop, HOSTW=self.hostw.hop,
            HOSTX=self.taps[0].hop, **networks)))
        hop = self.tap(y).hop
        self.x.settings["relay"] = routes(
            HOSTY=(hop, name), HOSTZ=hop, HOSTW=self.hostw.hop)
        self.enter(self.x)
        self.send(self.x, "JOE@HOSTW.ARPA", route + "sam@HOSTZ.ARPA")
        self.assertTrue(wait_for(lambda: self.hostw.commands("QUIT"), 15),
                        y.log()[-3000:] + self.x.log()[-3000:])

    def assert_is_notice(self):
        self.assertEqual(names(self.hostw.commands("MAIL") +
                               self.hostw.commands("RCPT")),
                         ["MAIL FROM:<>", "RCPT TO:<JOE@hostw.arpa>"])
        self.assertTrue(any("550 No Such User" in line
                            for line in self.hostw.sessions[0]))

    def test_a_notice_goes_back_as_the_mail_came(self):
        self.notice("rfc821")
        self.assertEqual(names(self.hostz.commands("MAIL") +
                               self.hostz.commands("RCPT")), [
            "MAIL FROM:<@HOSTY.ARPA,@HOSTX.ARPA:JOE@hostw.arpa>",
            "RCPT TO:<sam@hostz.arpa>"])
        self.assertEqual(names(self.taps[0].commands("MAIL", "RCPT")), [
            "MAIL FROM:<>", "RCPT TO:<@HOSTX.ARPA:JOE@hostw.arpa>"])
        self.assert_is_notice()

    def test_a_notice_finds_back_by_the_name_the_next_network_had(self):
        self.notice("rfc821", name="X.NET.ARPA")
        self.assertEqual(names(self.taps[1].commands("EHLO", "HELO", "MAIL")),
                         ["EHLO X.NET.ARPA>", "HELO X.NET.ARPA>",
                          "MAIL FROM:<@X.NET.ARPA:JOE@hostw.arpa>"])
        self.assertEqual(names(self.taps[0].commands("MAIL", "RCPT")), [
            "MAIL FROM:<>", "RCPT TO:<@X.NET.ARPA:JOE@hostw.arpa>"])
        self.assert_is_notice()

    def test_a_notice_goes_to_the_mailbox_alone_in_rfc5321(self):
        self.notice("rfc5321", route="@HOSTX.ARPA:")
        self.assertEqual(names(self.taps[1].commands("MAIL", "RCPT")), [
            "MAIL FROM:<JOE@hostw.arpa>", "RCPT TO:<sam@hostz.arpa>"])
        self.assertEqual(self.taps[0].commands("MAIL"), [])
        self.assert_is_notice()

    def test_a_notice_that_is_refused_is_told_to_nobody(self):
        self.notice("rfc821", hostw={"RCPT": "550 Nor that one"})
        self.assertTrue(self.x.logged("discarded id="))
        self.assertEqual(names(self.hostw.commands("RCPT")),
                         ["RCPT TO:<JOE@hostw.arpa>"])
        self.assertEqual(names(self.taps[0].commands("MAIL")),
                         ["MAIL FROM:<>"])

    def returned(self, sender):
        """What bob gets back when mail with that reverse-path is refused."""
        with Scripted({"RCPT": "550 No Such User"}) as sink:
            server = self.enter(host("HOSTA.ARPA", "rfc821", "bob",
                                     relay=routes(HOSTB=(sink.hop,
                                                         "A.NET.ARPA"))))
            self.send(server, sender, "sam@hostb.arpa")
            text = self.received(server, "bob")
            self.assertEqual(len(sink.commands("RCPT")), 1)
        self.assertTrue(text.startswith("Return-Path: <>\n"))
        self.assertIn("550 No Such User", text)

    def test_a_way_back_that_leads_nowhere_is_not_taken(self):
        self.returned("@one.arpa,@hostb.arpa:bob@hosta.arpa")

    def test_a_way_back_that_begins_with_us_is_known_by_all_our_names(self):
        self.returned("@A.NET.ARPA,@HOSTA.ARPA:bob@hosta.arpa")


class Forwards(unittest.TestCase):
    """Who is told where those are who have moved."""

    SITE = """{ name = "%(name)s"; listen = [ "127.0.0.1:$port_%(name)s" ];
      domains = [ "lab.test" ]; profile = "%(profile)s"; enable = [ "VRFY" ];
      vrfy: { disclose = "full"; }; forwards = "hide";
      clients = ( { match = [ "127.0.0.2" ]; forwards = "tell";
                    aliases: { reply = 251; }; },
                  { match = [ "127.0.0.3" ]; forwards = "tell";
                    vrfy: { disclose = "local"; }; } ); }"""

    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        cls.isi = stack.enter_context(Scripted())
        cls.server = Server({
            "modules": '[ "basic", "vrfy", "aliases", "directory", "maildir", '
                       '"relay" ]',
            "aliases": '{ files = [ "$top/aliases" ]; }',
            "relay": '{ routes = ( { domain = "isi.test"; via = "%s"; } ); }'
                     % cls.isi.hop,
            "directory": """{ users = ( { name = "ann"; } ); forwards = (
              { from = "fred@lab.test"; to = "Jones@isi.test"; },
              { from = "jones@lab.test"; to = "Jones@isiq.test";
                reply = 551; } ); }""",
        }, ", ".join(cls.SITE % {"name": name, "profile": "rfc" + name[1:]}
                     for name in ("p821", "p5321")))
        with open(cls.server.top + "/aliases", "w") as f:
            f.write("sam: Samuel@isi.test\nlost: joe@far.test\nall: ann\n")
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.__enter__()

    def say(self, client, line):
        """The reply, without the enhanced status code."""
        client.say(line)
        return re.sub(r"^(\d{3}) \d\.\d\.\d+ ", r"\1 ", client.text.rstrip())

    def assert_told(self, source, name, rcpt, vrfy):
        for port in ("p821", "p5321"):
            client = self.server.client(port, source).begin()
            self.assertEqual(self.say(client, "VRFY " + name), vrfy)
            client.say("MAIL FROM:<ann@a.test>")
            self.assertEqual(
                self.say(client, "RCPT TO:<%s@lab.test>" % name), rcpt)

    FORWARD = "251 User not local; will forward to <%s>"
    TRY = "551 User not local; please try <%s>"
    NOBODY = "550 String does not match anything"

    def test_strangers_are_told_nothing_new(self):
        self.assert_told(None, "fred", "250 OK", "250 <fred@lab.test>")
        self.assert_told(None, "jones", "550 No such user here", self.NOBODY)
        self.assert_told(None, "nobody", "550 No such user here", self.NOBODY)
        self.assert_told(None, "sam", "250 OK", "250 <sam@lab.test>")

    def test_others_are_told_where_they_are(self):
        for name, to in (("fred", "Jones@isi.test"), ("sam",
                                                      "Samuel@isi.test")):
            self.assert_told("127.0.0.2", name, self.FORWARD % to,
                             self.FORWARD % to)
        for name, to in (("jones", "Jones@isiq.test"), ("lost",
                                                        "joe@far.test")):
            self.assert_told("127.0.0.2", name, self.TRY % to, self.TRY % to)
        self.assert_told("127.0.0.2", "all", "250 OK", "250 <ann@lab.test>")

    def test_VRFY_may_tell_less_than_RCPT(self):
        self.assert_told("127.0.0.3", "fred", self.FORWARD % "Jones@isi.test",
                         "250 <fred@lab.test>")
        self.assert_told("127.0.0.3", "jones", self.TRY % "Jones@isiq.test",
                         self.NOBODY)

    def test_mail_is_forwarded_all_the_same(self):
        for port in ("p821", "p5321"):
            for source in (None, "127.0.0.2"):
                before = len(self.isi.commands("RCPT"))
                client = self.server.client(port, source).begin()
                client.say("MAIL FROM:<ann@a.test>")
                self.assertIn(client.say("RCPT TO:<fred@lab.test>"),
                              (250, 251))
                self.assertEqual(client.say("DATA"), 354)
                client.send(TEXT + b".\r\n")
                self.assertEqual(client.reply(), 250)
                self.server.settled()
                self.assertEqual(self.isi.commands("RCPT")[before:],
                                 ["RCPT TO:<Jones@isi.test>"])

    def test_explain_says_what_RCPT_does(self):
        for source, name, code in (
                ("127.0.0.1", "fred", 250), ("127.0.0.1", "jones", 550),
                ("127.0.0.2", "fred", 251), ("127.0.0.2", "jones", 551)):
            told = self.server.run("explain", name + "@lab.test", "--site",
                                   "p5321", "--from", source)[1]
            self.assertIn("RCPT is answered %d" % code, told)


if __name__ == "__main__":
    unittest.main()
