"""Other people's clients ask who is here, and what there is; and scanners."""

import re
import smtplib
import socket
import subprocess

import live
from live import content, free_port, messages_of, wait_for
from senders import run

PEOPLE = """
users = ( {{ name = "smith"; full_name = "Fred Smith"; }},
          {{ name = "jsmith"; full_name = "John Smith"; }}, {users} );
lists = ( {{ name = "people"; members = [ "smith", "Joe <joe@foo.test>" ]; }},
          {{ name = "board"; members = [ "smith" ]; access = "nobody"; }} );
forwards = ( {{ from = "fred@lab.test"; to = "Jones@isi.test"; reply = 251; }},
             {{ from = "jones@lab.test"; to = "Jones@isiq.test"; reply = 551; }} );
"""
# As conf/verbena.conf has it; with everything told; and with a budget of three.
CONF = """
hostname   = "mx.lab.test";
user       = "{account}";
state_dir  = "{top}/state";
run_dir    = "{top}/run";
module_dir = "{build}/modules";
modules    = [ "basic", "ehlo", "pipelining", "size", "eightbitmime", "help",
               "vrfy", "expn", "send", "vtty", "budget", "directory", "maildir", "relay" ];
vtty: {{ users = [ "smith", "jsmith" ]; }};
maildir: {{ path = "{top}/mail/{{domain}}/{{user}}"; }};
relay: {{ routes = ( {{ domain = "isi.test"; via = "[::1]:9"; }} ); }};
directory: {{ """ + PEOPLE + """ }};
sites = (
  {{ name = "default"; listen = [ "127.0.0.1:{port}" ]; domains = [ "lab.test" ];
    enable = [ "EHLO", "HELP", "VRFY" ]; }},
  {{ name = "open"; listen = [ "127.0.0.1:{mbox_port}" ]; domains = [ "lab.test" ];
    enable = [ "EHLO", "HELP", "VRFY", "EXPN", "SEND", "SOML", "SAML" ];
    vrfy: {{ disclose = "full"; candidates = 9; }}; expn: {{ disclose = "full"; }};
    budget: {{ answers = 0; }}; }},
  {more}
);
"""
BUDGET = """{ name = "%s"; listen = [ "127.0.0.1:%d" ]; domains = [ "lab.test" ];
    enable = [ "EHLO", "HELP", "VRFY", "EXPN" ];
    vrfy: { disclose = "full"; }; expn: { disclose = "full"; };
    budget: { answers = 3; }; }"""


class Verbs(live.Server):
    """.port is the default site's, .mbox_port the open one's."""

    conf = CONF

    def __init__(self, build, users=("postmaster",)):
        self.budget_ports = [free_port(), free_port()]
        super().__init__(build, users, more=",\n  ".join(
            BUDGET % ("budget%d" % i, port)
            for i, port in enumerate(self.budget_ports)))


def same(got, want):
    if got != want:
        raise AssertionError("%r is not %r" % (got, want))


ANSWERS = [
    ("VRFY Fred Smith", 250, ["Fred Smith <smith@lab.test>"]),
    ("VRFY fred", 251, ["User not local; will forward to <Jones@isi.test>"]),
    ("VRFY jones", 551, ["User not local; please try <Jones@isiq.test>"]),
    ("VRFY nobody", 550, ["String does not match anything"]),
    ("VRFY Smith x", 550, ["String does not match anything"]),
    ("EXPN people", 250, ["Fred Smith <smith@lab.test>",
                          "Joe <joe@foo.test>"]),
    ("EXPN board", 550, ["Access Denied to You"]),
    ("EXPN smith", 550, ["That is a user name, not a mailing list"]),
]


def without_status(text):
    return [re.sub(r"^\d\.\d+\.\d+ ", "", line.rstrip("\r"))
            for line in text.strip("\n").split("\n")]


def smtplib_asks(build):
    with Verbs(build) as server, smtplib.SMTP(
            "127.0.0.1", server.mbox_port, "a.test", 20) as client:
        client.ehlo()
        same(sorted(client.esmtp_features), [
            "8bitmime", "enhancedstatuscodes", "expn", "help", "pipelining",
            "saml", "send", "size", "soml", "vrfy"])
        same(client.esmtp_features["size"], "26214400")
        for line, code, says in ANSWERS:
            verb, _, argument = line.partition(" ")
            got = client.docmd(verb, argument)
            same((got[0], without_status(got[1].decode())), (code, says))
        same(client.verify("smith")[0], 250)
        same(client.expn("people")[0], 250)
        help_text = client.help("VRFY").decode()
        if "VRFY <user name or mailbox>" not in help_text:
            raise AssertionError(help_text)
        same(client.mail("a@b.test", ["SIZE=26214401"])[0], 552)


PERL = r"""
use Net::SMTP;
my $s = Net::SMTP->new("127.0.0.1", Port => $ARGV[0], Hello => "a.test",
    Timeout => 20) or die "no connection";
for (@ARGV[1 .. $#ARGV]) {
	my ($verb, $argument) = split / /, $_, 2;
	my @lines = $verb eq "EXPN" ? $s->expand($argument)
	    : $verb eq "HELP" ? $s->help($argument) : $s->verify($argument);
	print $s->code, "\n", join("", $s->message), "--\n";
}
print defined $s->supports("VRFY") ? 1 : 0, $s->supports("SIZE"), "\n";
$s->quit;
"""


def net_smtp_asks(build):
    with Verbs(build) as server:
        told = subprocess.run(
            ["perl", "-e", PERL, str(server.mbox_port),
             *(line for line, _, _ in ANSWERS), "HELP VRFY"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            check=True).stdout.decode()
    replies = told.split("--\n")
    for (line, code, says), reply in zip(ANSWERS, replies):
        first, _, rest = reply.partition("\n")
        same((line, int(first), without_status(rest)), (line, code, says))
    if not replies[-2].startswith("214\n"):
        raise AssertionError(replies[-2])
    same(replies[-1], "126214400\n")


SENDING = r"""
use Net::SMTP;
my $s = Net::SMTP->new("127.0.0.1", Port => $ARGV[0], Hello => "a.test",
    Timeout => 20) or die "no connection";
for my $how (qw(send send_or_mail send_and_mail)) {
	for my $to (qw(smith jsmith)) {
		$s->$how("ann\@a.test");
		print "$how $to ", $s->code;
		$s->to("$to\@lab.test");
		print " ", $s->code;
		if ($s->ok) {
			$s->data("Subject: $how\n\n$how to $to\n");
			print " ", $s->code;
		}
		$s->reset;
		print "\n";
	}
}
$s->quit;
"""


def net_smtp_sends(build):
    """Smith is at a terminal, and jsmith is not."""
    with Verbs(build) as server, socket.socket(socket.AF_UNIX) as terminal:
        terminal.settimeout(20)
        wait_for(lambda: terminal.connect_ex(
            server.top + "/run/tty/smith") == 0)
        same(terminal.recv(100), b"+ smith\n")
        told = subprocess.run(
            ["perl", "-e", SENDING, str(server.mbox_port)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30,
            check=True).stdout.decode()
        same(told.splitlines(), [
            "send smith 250 250 250", "send jsmith 250 450",
            "send_or_mail smith 250 250 250",
            "send_or_mail jsmith 250 250 250",
            "send_and_mail smith 250 250 250",
            "send_and_mail jsmith 250 250 250"])
        shown = b""
        while shown.count(b"\nEOF\n") < 3:
            shown += terminal.recv(4096)
        same(re.findall(rb"(?m)^\w+ to \w+$", shown), [
            b"send to smith", b"send_or_mail to smith",
            b"send_and_mail to smith"])
        for user, want in (("smith", [b"send_and_mail"]),
                           ("jsmith", [b"send_and_mail", b"send_or_mail"])):
            box = server.maildir(user)
            wait_for(lambda: len(messages_of(box)) >= len(want))
            same(sorted(re.search(rb"(?m)^Subject: (.*)$", content(file))[1]
                        for file in messages_of(box)), want)


def curl_asks(build):
    with Verbs(build) as server:
        url = "smtp://127.0.0.1:%d/a.test" % server.mbox_port

        def ask(*words):
            return subprocess.run(
                ["curl", "-sS", url, *words], stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=30).stdout.decode()
        same(without_status(ask("--mail-rcpt", "Fred")[4:]),
             ["User not local; will forward to <Jones@isi.test>"])
        got = ask("-X", "EXPN", "--mail-rcpt", "people")
        same(re.findall("<.*>", got), ["<smith@lab.test>", "<joe@foo.test>"])
        got = ask("-X", "HELP")
        if "HELO MAIL RCPT DATA RSET NOOP QUIT EHLO HELP VRFY" not in got:
            raise AssertionError(got)
        got = ask("--mail-rcpt", "nobody")
        if "550" not in got:
            raise AssertionError(got)


def nmap(port, script, *arguments):
    """What a script found."""
    more = ["--script-args", ",".join(arguments)] if arguments else []
    told = subprocess.run(
        ["nmap", "-n", "-Pn", "-sT", "-p", str(port), "--script",
         "+" + script, *more, "127.0.0.1"], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120).stdout.decode()
    if "| " + script not in told and "|_" + script not in told:
        raise AssertionError("nmap said:\n" + told)
    return told


# They come first in the list of names that nmap tries.
NAMES = ["root", "admin", "administrator", "webadmin", "sysadmin"]


def nmap_learns_nothing_by_default(build):
    with Verbs(build, NAMES) as server:
        told = nmap(server.port, "smtp-enum-users")
        if "Couldn't find any accounts" not in told:
            raise AssertionError(told)
        for method in ("VRFY", "EXPN"):
            told = nmap(server.port, "smtp-enum-users",
                        "smtp-enum-users.domain=lab.test",
                        "smtp-enum-users.methods={%s}" % method)
            if any(name in told for name in NAMES):
                raise AssertionError(told)
        told = nmap(server.port, "smtp-open-relay")
        if "all tests failed" not in told:
            raise AssertionError(told)
        told = nmap(server.port, "smtp-commands")
        if not re.search("mx.lab.test, ENHANCEDSTATUSCODES, PIPELINING, "
                         "SIZE 26214400, 8BITMIME, HELP, VRFY", told):
            raise AssertionError(told)
        if "EXPN" in told or re.search("(?i)verbena", told):
            raise AssertionError(told)


def nmap_stops_at_the_budget(build):
    with Verbs(build, NAMES) as server:
        told = nmap(server.budget_ports[0], "smtp-enum-users",
                    "smtp-enum-users.domain=lab.test",
                    "smtp-enum-users.methods={VRFY}")
        same([n for n in NAMES if re.search(r"[ _]%s\b" % n, told)],
             NAMES[:3])
    # The last name is somebody, after three who are not.
    with Verbs(build, ["sysadmin", "root"]) as server:
        told = nmap(server.budget_ports[1], "smtp-enum-users",
                    "smtp-enum-users.domain=lab.test")
        same([n for n in NAMES if re.search(r"[ _]%s\b" % n, told)],
             ["root"])


TESTS = [smtplib_asks, net_smtp_asks, net_smtp_sends, curl_asks,
         nmap_learns_nothing_by_default, nmap_stops_at_the_budget]
