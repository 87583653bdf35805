"""Mail that is kept, and collected with TURN, ATRN and ETRN."""

import os
import re
import socket
import subprocess
import threading
import time
import unittest

from branch import Branch, Host
from harness import Server, wait_for

PEER = '{ match = [ "127.0.0.1" ]; helo = "branch.test"; ' \
       'domains = [ "branch.test", "second.test" ]; }'
PEERS = '{ peers = ( %s ); %%s }' % PEER
# fetchmail calls itself as the machine is called.
NEAR = '{ peers = ( { match = [ "127.0.0.1" ]; ' \
       'domains = [ "branch.test", "second.test" ]; } ); }'

TEXTS = [
    b"Subject: one\r\n\r\nHello\r\n",
    b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n...\r\n\r\n.\r\n",
    b"Subject: empty\r\n\r\n",
    b"Subject: no line\r\n",
    b"Subject: long\r\n\r\n" + b"x" * 990 + b"\r\n" + b"y" * 998 + b"\r\n",
    b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 150000,
]


def stuffed(text):
    return re.sub(rb"(?m)^\.", b"..", text)


def assert_whole(test, mail, text):
    """All of it came, below our Received field."""
    head, _, _ = mail.octets.partition(b"Subject:")
    test.assertTrue(head.startswith(b"Received: "), head)
    test.assertEqual(mail.octets[len(head):], text)


class Kept(unittest.TestCase):
    """A server that keeps mail for branch.test and second.test."""

    turn, etrn, hop = "", None, None

    def setUp(self):
        modules = '"basic", "ehlo", "directory", "maildir", "relay", ' \
                  '"turn", "etrn", "atrn"'
        more = {
            "modules": "[ %s ]" % modules,
            "turn": PEERS % self.turn,
            "atrn": PEERS % self.turn,
            "etrn": self.etrn or PEERS % self.turn,
            "relay": '{ idle_timeout = "0s"; %s }' % (
                'routes = ( { domain = "*"; via = "%s"; } );' % self.hop
                if self.hop else ""),
            "retry": '{ first = "1h"; }',
            "limits": '{ message = "10M"; per_client = 100; }',
        }
        sites = ", ".join(
            '{ name = "%s"; listen = [ "127.0.0.1:$port_%s" ]; '
            'domains = [ "lab.test" ]; profile = "%s"; enable = [ %s ]; }' % (
                name, name, profile, enable) for name, profile, enable in (
                    ("main", "rfc5321", '"EHLO", "TURN", "ETRN", "ATRN"'),
                    ("old", "rfc821", '"TURN"')))
        self.server = Server(more, sites=sites)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def put(self, text=TEXTS[0], to=("joe@branch.test",),
            sender="bob@lab.test"):
        """Sends a message, as a stranger would."""
        client = self.server.client().begin()
        client.envelope(sender, *to)
        client.send(stuffed(text) + b".\r\n")
        self.assertEqual(client.reply(), 250, client.text)
        client.say("QUIT")
        client.close()

    def waiting(self):
        """How many messages `queue list` says wait to be collected."""
        code, said = self.server.run("queue", "list")
        self.assertEqual(code, 0, said)
        return len(re.findall(r"(?m)^\w{13} .* waits for TURN$", said))

    def assert_waiting(self, n):
        wait_for(lambda: self.waiting() == n)
        self.assertEqual(self.waiting(), n, self.server.log()[-4000:])

    def assert_empty(self):
        def is_empty():
            return "The queue is empty." in self.server.run("queue", "list")[1]
        self.assertTrue(wait_for(is_empty), self.server.run("queue", "list"))

    def branch(self, **more):
        return Branch(self.server, **more)

    def bounce(self):
        """The one notice to bob."""
        with open(self.server.arrived(1)[0], "rb") as f:
            return f.read()


class Collecting(Kept):
    def assert_collects(self, verb, **more):
        for text in TEXTS:
            self.put(text)
        self.assert_waiting(len(TEXTS))
        taken = self.branch(**more).collect(verb)
        self.assertEqual(len(taken), len(TEXTS))
        for mail, text in zip(taken, TEXTS):
            assert_whole(self, mail, text)
            self.assertTrue(mail.sender.endswith("bob@lab.test"))
            self.assertEqual(mail.recipients, ["joe@branch.test"])
        self.assert_empty()

    def test_turn_brings_all_that_is_kept_in_the_order_it_came(self):
        self.assert_collects("TURN")

    def test_atrn_brings_all_that_is_kept_in_the_order_it_came(self):
        self.assert_collects("ATRN")

    def test_turn_does_in_rfc821_too(self):
        self.assert_collects("TURN", name="old", helo="HELO branch.test")

    def test_a_receiver_that_pipelines_gets_the_same(self):
        for text in TEXTS:
            self.put(text)
        taken = self.branch().collect("TURN", {
            "EHLO": "250-branch.test\n250-PIPELINING\n250 SIZE"})
        self.assertEqual(len(taken), len(TEXTS))
        for mail, text in zip(taken, TEXTS):
            assert_whole(self, mail, text)
        self.assert_empty()

    def test_what_was_just_answered_250_is_collected(self):
        for i in range(20):
            self.put(b"Subject: %d\r\n\r\n" % i)
            taken = self.branch().collect("TURN" if i % 2 else "ATRN")
            self.assertEqual(len(taken), 1, i)
            assert_whole(self, taken[0], b"Subject: %d\r\n\r\n" % i)
        self.assert_empty()

    def test_atrn_brings_the_mail_of_the_domains_it_names(self):
        self.put(TEXTS[0], ["joe@branch.test"])
        self.put(TEXTS[1], ["jim@second.test"])
        taken = self.branch().collect("ATRN second.test")
        self.assertEqual([m.recipients for m in taken], [["jim@second.test"]])
        self.assert_waiting(1)
        taken = self.branch().collect("ATRN branch.test,second.test")
        self.assertEqual([m.recipients for m in taken], [["joe@branch.test"]])
        self.assert_empty()

    def test_the_log_says_who_collected_which_message(self):
        self.put()
        self.assert_waiting(1)
        self.branch().collect()
        self.server.logged(r"delivered id=\w{13} to=<joe@branch.test> "
                           r"remote=\[127.0.0.1\]:\d+ ")

    def test_recipients_elsewhere_are_left_alone(self):
        self.put(to=["joe@branch.test", "jim@branch.test", "ann@lab.test"])
        self.server.arrived(1, "ann")
        taken = self.branch().collect()
        self.assertEqual([sorted(m.recipients) for m in taken],
                         [["jim@branch.test", "joe@branch.test"]])
        self.assert_empty()
        self.server.arrived(1, "ann")

    def test_the_way_back_is_as_when_the_mail_is_sent(self):
        """The site that took it says whether source routes are followed."""
        for name, sender in (
                ("main", "bob@lab.test"),
                ("old", "@mx.lab.test,@one.test:bob@lab.test")):
            client = self.server.client(name).begin()
            client.envelope("@one.test:bob@lab.test", "joe@branch.test")
            client.send(b".\r\n")
            self.assertEqual(client.reply(), 250, client.text)
            taken = self.branch().collect()
            self.assertEqual([m.sender for m in taken], [sender])
        self.assert_empty()

    def test_many_recipients_come_in_several_transactions(self):
        to = ["user%d@branch.test" % i for i in range(250)]
        self.put(to=to)
        taken = self.branch().collect()
        self.assertEqual(sorted(r for m in taken for r in m.recipients),
                         sorted(to))
        self.assert_empty()

    def test_two_who_collect_at_once_share_the_mail(self):
        texts = [b"Subject: %d\r\n\r\n" % i for i in range(60)]
        for text in texts:
            self.put(text)
        self.assert_waiting(len(texts))
        branches = [self.branch(), self.branch()]
        taken = [[], []]

        def collect(i):
            taken[i] = branches[i].collect()
        threads = [threading.Thread(target=collect, args=(i,))
                   for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.assertEqual(
            sorted(m.octets[m.octets.index(b"Subject:"):]
                   for m in taken[0] + taken[1]), sorted(texts))
        self.assert_empty()

    def test_what_is_kept_outlives_the_server(self):
        for text in TEXTS:
            self.put(text)
        self.assert_waiting(len(TEXTS))
        self.server.kill_all()
        os.rename(self.server.top + "/log", self.server.top + "/log.old")
        self.server.start()
        self.assert_waiting(len(TEXTS))
        taken = self.branch().collect()
        self.assertEqual(len(taken), len(TEXTS))
        for mail, text in zip(taken, TEXTS):
            assert_whole(self, mail, text)
        self.assert_empty()


class NoMail(Kept):
    def test_turn_takes_the_greeting_and_says_quit(self):
        branch = self.branch()
        self.assertEqual(branch.collect(), [])
        self.assertEqual(branch.receiver.said[-1], "QUIT")
        self.assertLessEqual(len(branch.receiver.said), 2)

    def test_turn_does_in_rfc821_too(self):
        branch = self.branch(name="old", helo="HELO branch.test")
        self.assertEqual(branch.collect(), [])
        self.assertEqual(branch.receiver.said[-1], "QUIT")

    def test_atrn_and_etrn_say_so(self):
        client = self.branch().client
        self.assertEqual(client.say("ATRN"), 453)
        self.assertEqual(client.say("ATRN branch.test"), 453)
        self.assertEqual(client.say("ETRN branch.test"), 251)
        self.assertEqual(client.say("ETRN @branch.test"), 251)
        self.assertEqual(client.say("QUIT"), 221)

    def test_a_peer_that_does_not_greet_with_220_gets_no_mail(self):
        self.put()
        self.assert_waiting(1)
        for greeting in (b"554 no\r\n", b"MAIL FROM:<>\r\n", b"421 no\r\n"):
            client = self.branch().client
            self.assertEqual(client.say("TURN"), 250)
            client.send(greeting)
            self.assertIn(client.input.read(), (b"QUIT\r\n", b""))
        self.assert_waiting(1)


class Refusing(Kept):
    """No message moves."""

    def assert_refused(self, says, *codes, helo="HELO branch.test", **more):
        client = self.server.client(**more)
        self.assertEqual(client.reply(), 220)
        if helo is not None:
            self.assertEqual(client.say(helo), 250)
        client.send(says)
        for code in codes:
            self.assertEqual(client.reply(), code, client.text)
        client.close()

    def test_who_is_refused_moves_no_message(self):
        self.put()
        self.assert_waiting(1)
        for name in ("main", "old"):
            def refused(says, *codes, **more):
                self.assert_refused(says, *codes, name=name, **more)
            refused(b"TURN\r\n", 503, helo=None)
            refused(b"TURN\r\n", 502, helo="HELO other.test")
            refused(b"TURN\r\nTURN\r\n", 503, 421, 0)
            refused(b"TURN\r\n220 branch.test\r\n250 OK\r\n", 503, 421, 0)
            refused(b"MAIL FROM:<>\r\nTURN\r\n", 250, 503)
            refused(b"TURN x\r\n", 501)
        self.assert_refused(b"ATRN\r\n", 503, helo=None)
        self.assert_refused(b"ATRN\r\n", 530, helo="HELO other.test")
        self.assert_refused(b"ATRN\r\nNOOP\r\n", 503, 421, 0)
        self.assert_refused(b"ATRN other.test\r\n", 450)
        self.assert_refused(b"ETRN branch.test\r\n", 459,
                            helo="HELO other.test")
        self.assert_waiting(1)
        self.assertEqual(len(self.branch().collect()), 1)
        self.assert_empty()


class Failing(Kept):
    def assert_kept(self, answers):
        """Nothing of it is taken, and all the next time, once."""
        self.put(TEXTS[4])
        self.assert_waiting(1)
        self.assertEqual(self.branch().collect("TURN", answers), [])
        self.assert_waiting(1)
        self.assertEqual(self.server.messages("bob"), [])
        taken = self.branch().collect()
        self.assertEqual(len(taken), 1)
        assert_whole(self, taken[0], TEXTS[4])
        self.assert_empty()

    def test_what_is_answered_4yz_to_mail_stays(self):
        self.assert_kept({"MAIL": "451 not now"})

    def test_what_is_answered_4yz_to_rcpt_stays(self):
        self.assert_kept({"RCPT": "450 not now"})

    def test_what_is_answered_4yz_to_data_stays(self):
        self.assert_kept({"DATA": "451 not now"})

    def test_what_is_answered_4yz_at_the_end_of_data_stays(self):
        self.assert_kept({".": "452 not now"})

    def test_a_peer_that_is_lost_before_data_gets_it_the_next_time(self):
        self.assert_kept({"RCPT": None})

    def test_a_peer_that_is_lost_in_the_text_gets_it_the_next_time(self):
        self.assert_kept({"text": None})

    def test_a_peer_that_is_lost_after_the_text_gets_it_the_next_time(self):
        self.assert_kept({".": None})

    def test_a_peer_that_closes_with_421_gets_it_the_next_time(self):
        self.assert_kept({"MAIL": "421 going down"})

    def test_what_is_answered_5yz_is_returned_to_the_sender(self):
        for answers in ({"RCPT": "550 no such user"}, {".": "554 no thanks"}):
            self.put()
            self.assert_waiting(1)
            self.assertEqual(self.branch().collect("TURN", answers), [])
            self.assert_empty()
            text = self.bounce()
            self.assertIn(b"joe@branch.test", text)
            self.assertIn(list(answers.values())[0][4:].encode(), text)
            os.unlink(self.server.messages("bob")[0])

    def test_what_some_take_is_kept_for_the_others(self):
        self.put(to=["joe@branch.test", "jim@branch.test", "no@branch.test"])
        self.assert_waiting(1)
        taken = self.branch().collect("TURN", {
            "RCPT": ["250 OK", "450 later", "550 never"]})
        self.assertEqual([m.recipients for m in taken], [["joe@branch.test"]])
        self.assert_waiting(1)
        self.assertIn(b"no@branch.test", self.bounce())
        taken = self.branch().collect()
        self.assertEqual([m.recipients for m in taken], [["jim@branch.test"]])
        self.assert_empty()

    def test_the_mail_behind_one_that_stays_comes_all_the_same(self):
        for text in TEXTS[:3]:
            self.put(text)
        self.assert_waiting(3)
        taken = self.branch().collect("TURN", {".": ["452 no", "250 OK"]})
        self.assertEqual(len(taken), 2)
        self.assert_waiting(1)
        taken = self.branch().collect()
        self.assertEqual(len(taken), 1)
        assert_whole(self, taken[0], TEXTS[0])
        self.assert_empty()


class Aged(Kept):
    turn = 'keep_age = "2s";'

    def test_what_is_not_collected_in_time_is_returned_to_its_sender(self):
        self.put()
        self.assertIn(b"not collected in time", self.bounce())
        self.assert_empty()
        self.assertEqual(self.branch().collect(), [])


class Full(Kept):
    turn = 'keep_most = "4k";'

    def test_more_than_may_be_kept_is_refused_until_it_is_collected(self):
        self.put(b"Subject: full\r\n\r\n" + b"x\r\n" * 1400)
        client = self.server.client().begin()
        self.assertEqual(client.say("MAIL FROM:<>"), 250)
        self.assertEqual(client.say("RCPT TO:<joe@branch.test>"), 452)
        self.assertEqual(client.say("RCPT TO:<joe@second.test>"), 250)
        self.assertEqual(len(self.branch().collect()), 1)
        self.assert_empty()
        self.assertEqual(client.say("RCPT TO:<joe@branch.test>"), 250)


class FullOfLittle(Kept):
    turn = 'keep_most = "20k";'

    def test_messages_without_an_octet_are_counted_too(self):
        client = self.server.client().begin()
        for _ in range(5):
            client.envelope("", "joe@branch.test")
            client.send(b".\r\n")
            self.assertEqual(client.reply(), 250, client.text)
        self.assertEqual(client.say("MAIL FROM:<>"), 250)
        self.assertEqual(client.say("RCPT TO:<joe@branch.test>"), 452)


class Starting(Kept):
    """ETRN: the mail goes to a host of our own."""

    etrn = NEAR

    def setUp(self):
        self.host = Host().__enter__()
        self.addCleanup(self.host.__exit__)
        self.hop = self.host.hop
        super().setUp()

    def fill(self):
        for text in TEXTS:
            self.put(text)
        self.assert_waiting(len(TEXTS))

    def assert_sent(self):
        wait_for(lambda: len(self.host.taken) >= len(TEXTS))
        self.assert_empty()
        self.assertEqual(len(self.host.taken), len(TEXTS))
        # They may go over several connections.
        wanted = {text: 1 for text in TEXTS}
        for mail in self.host.taken:
            text = mail.octets[mail.octets.index(b"Subject:"):]
            self.assertEqual(wanted.pop(text, 0), 1)

    def test_etrn_sends_what_is_kept_where_the_route_leads(self):
        self.fill()
        self.assertEqual(self.host.taken, [])
        client = self.branch().client
        self.assertEqual(client.say("ETRN branch.test"), 253, client.text)
        self.assertIn("%d pending" % len(TEXTS), client.text)
        self.server.logged("let-go session=.* helo=branch.test "
                           "node=branch.test messages=%d" % len(TEXTS))
        self.assert_sent()
        self.assertEqual(client.say("ETRN branch.test"), 251)

    def test_what_could_not_be_sent_waits_again(self):
        self.put()
        self.assert_waiting(1)
        self.host.answers = {"RCPT": "450 not now"}
        client = self.branch().client
        self.assertEqual(client.say("ETRN #branch.test"), 459)
        self.assertEqual(client.say("ETRN @test"), 253)
        wait_for(lambda: self.host.receivers)
        self.assert_waiting(1)
        self.host.answers = None
        self.assertEqual(client.say("ETRN branch.test"), 253)
        wait_for(lambda: self.host.taken)
        self.assert_empty()
        self.assertEqual(len(self.host.taken), 1)

    def test_perl_asks_for_its_mail_with_net_smtp(self):
        self.fill()
        done = subprocess.run(
            ["perl", "-MNet::SMTP", "-e",
             'my $s = Net::SMTP->new("127.0.0.1", Port => $ARGV[0], '
             'Hello => "branch.test") or die; '
             '$s->etrn("branch.test") or die $s->message; print $s->code; '
             '$s->quit;', str(self.server.port())],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
        self.assertEqual((done.returncode, done.stdout), (0, b"253"))
        self.assert_sent()

    def test_fetchmail_fetches_its_mail_in_etrn_mode(self):
        self.fill()
        top = self.server.top
        with open(top + "/fetchmailrc", "w") as f:
            f.write("poll 127.0.0.1 protocol ETRN service %d "
                    "fetchdomains branch.test\n" % self.server.port())
        os.chmod(top + "/fetchmailrc", 0o600)
        done = subprocess.run(
            ["fetchmail", "-v", "-f", top + "/fetchmailrc", "--nosyslog",
             "--pidfile", top + "/fetchmail.pid"],
            env=dict(os.environ, HOME=top, FETCHMAILHOME=top), timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = done.stdout.decode()
        self.assertEqual(done.returncode, 0, said)
        self.assertIn("Pending messages for branch.test started", said)
        self.assert_sent()


class Slowly(Kept):
    """The host that the mail goes to does not greet."""

    etrn = NEAR

    def setUp(self):
        self.host = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.host.close)
        self.hop = "127.0.0.1:%d" % self.host.getsockname()[1]
        super().setUp()

    def test_etrn_says_the_same_of_what_is_under_way_already(self):
        self.put()
        self.put()
        self.assert_waiting(2)
        client = self.branch().client
        for _ in range(5):
            self.assertEqual(client.say("ETRN branch.test"), 253, client.text)
            self.assertIn("2 pending", client.text)
            time.sleep(0.1)


class Nowhere(Kept):
    def test_etrn_says_458_where_there_is_no_way(self):
        self.put()
        self.assert_waiting(1)
        client = self.branch().client
        self.assertEqual(client.say("ETRN branch.test"), 458)
        self.assert_waiting(1)
        self.assertEqual(len(self.branch().collect()), 1)
        self.assert_empty()
