"""
Other people's programs against a live server.

    python3 tests/peers/run.py BUILD [--messages N] [NAME...]

BUILD is where `verbena` was built. Each test prints a line; the last line tells
how many passed, and the exit status whether all did.
"""

import argparse
import os
import re
import smtplib
import subprocess
import sys
import time
import traceback

import corpus
import readers
import senders
import verbs
from live import Server, content, is_root, messages_of, wait_for

TRACE = rb"Return-Path: <[^\n]*>\nReceived: [^\n]*\n(?:[ \t][^\n]*\n)*"
ENOUGH = 100  # messages that a corpus must have


class Tested(Server):
    def wait_for_one(self, user):
        """The only message in a user's maildir."""
        if not wait_for(lambda: messages_of(self.maildir(user)), 30):
            raise AssertionError("nothing arrived for " + user)
        found = messages_of(self.maildir(user))
        if len(found) != 1:
            raise AssertionError("%d messages arrived" % len(found))
        return content(found[0])


def delivers(who):
    def test(server, _):
        senders.SENDERS[who](server)
        got = server.wait_for_one(who)
        if not re.match(TRACE, got):
            raise AssertionError("no trace lines on top:\n%r" % got[:500])
        if b"\nSubject: from %s\n" % who.encode() not in got:
            raise AssertionError("not its subject:\n%r" % got)
        if got.split(b"\n\n", 1)[1] != senders.body():
            raise AssertionError("another body:\n%r" % got)
    test.__name__ = who + "_delivers"
    return test


def without_return_path(octets):
    """RFC 5321 §4.4: one that comes along is removed at final delivery."""
    header, empty, rest = octets.partition(b"\n\n")
    header = re.sub(rb"(?im)^return-path:[^\n]*\n(?:[ \t][^\n]*\n)*", b"",
                    header + b"\n")
    return header[:-1] + empty + rest


def send_corpus(port, messages):
    with smtplib.SMTP("127.0.0.1", port, "a.test", 30) as client:
        client.helo("a.test")
        for number, (name, octets) in enumerate(messages):
            client.mail("m%d@corpus.test" % number)
            client.rcpt("corpus@lab.test")
            code, words = client.data(octets.replace(b"\n", b"\r\n"))
            if code != 250:
                raise AssertionError("%s: %d %r" % (name, code, words))


def real_messages_arrive_octet_for_octet(server, options):
    messages = corpus.messages(options.build)
    if len(messages) < ENOUGH:
        raise AssertionError("only %d messages found" % len(messages))
    send_corpus(server.port, messages)
    box = server.maildir("corpus")
    wait_for(lambda: len(messages_of(box)) >= len(messages), 60)
    got = {}
    for file in messages_of(box):
        octets = content(file)
        number = re.match(rb"Return-Path: <m(\d+)@corpus.test>\n", octets)
        got.setdefault(int(number[1]), []).append(octets)
    for number, (name, octets) in enumerate(messages):
        arrived = got.get(number, [])
        if len(arrived) != 1:
            raise AssertionError("%s came %d times" % (name, len(arrived)))
        end = octets if octets.endswith(b"\n") else octets + b"\n"
        want = without_return_path(end)
        trace = arrived[0][:len(arrived[0]) - len(want)]
        if not arrived[0].endswith(want) or not re.fullmatch(TRACE, trace):
            raise AssertionError("%s: sent\n%r\ngot\n%r" % (
                name, octets[:2000], arrived[0][:2000]))
    return "%d messages" % len(messages)


# What differs between messages of smtp-source, and what readers add.
VARIES = rb"(?im)^(Date|Message-Id|Status|X-Status|Content-Length|Lines|X-UID" \
    rb"|Return-Path|From ):?[^\n]*\n"


def essence(octets):
    """(Message-Id, all that every message has in common)."""
    name = re.search(rb"(?im)^Message-Id: *(<[^\n]*>)$", octets)
    rest = re.sub(rb"(?m)^Received: [^\n]*\n(?:[ \t][^\n]*\n)*", b"", octets)
    return name and name[1], re.sub(VARIES, b"", rest).rstrip(b"\n")


def look_and_judge(reader, lengths):
    """Ids of all that is there; none may be torn."""
    ids = []
    for octets in reader.look():
        name, common = essence(octets)
        lengths.add(common)
        if name is None or len(lengths) > 1:
            raise AssertionError("torn or strange:\n%r\nnot as\n%r" % (
                octets[-600:], min(lengths, key=len)[-600:]))
        ids.append(name)
    return ids


def reads_while(reader, port, user, count):
    source = subprocess.Popen(
        ["smtp-source", "-s", "20", "-m", str(count), "-l", "4096",
         "-f", "ann@a.test", "-t", user + "@lab.test",
         "127.0.0.1:%d" % port],
        env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    common, looks, ids = set(), 0, []
    try:
        while source.poll() is None:
            look_and_judge(reader, common)
            looks += 1
            time.sleep(0.05)
        if source.returncode != 0:
            raise AssertionError(source.stdout.read().decode()[-2000:])
        end = time.monotonic() + 120
        while len(ids) < count and time.monotonic() < end:
            ids = look_and_judge(reader, common)
    finally:
        source.kill()
        source.wait()
        source.stdout.close()
        reader.close()
    if len(ids) != count or len(set(ids)) != count:
        raise AssertionError("%d messages, %d different; %d were accepted" % (
            len(ids), len(set(ids)), count))
    return "%d messages, %d looks meanwhile" % (count, looks)


def dovecot_reads(server, options, kind, location):
    user = "dovecot-" + kind
    port = server.port if kind == "maildir" else server.mbox_port
    top = "%s/dovecot-%s" % (server.top, kind)
    location = location.format(mail=server.top, top=top)
    with readers.Dovecot(top, location, [user]) as d:
        return reads_while(readers.DovecotReader(d.port, user), port, user,
                           options.messages)


def dovecot_reads_a_maildir_meanwhile(server, options):
    return dovecot_reads(server, options, "maildir",
                         "maildir:{mail}/mail/lab.test/%n:INDEX={top}/index/%n")


def dovecot_reads_an_mbox_meanwhile(server, options):
    return dovecot_reads(
        server, options, "mbox",
        "mbox:{top}/home/%n:INBOX={mail}/mbox/lab.test/%n:"
        "INDEX={top}/index/%n")


def by_lmtp(server, user, text):
    with smtplib.SMTP("127.0.0.1", server.lmtp_port, "a.test", 30) as client:
        client.helo("a.test")
        client.mail("ann@a.test")
        client.rcpt(user + "@lab.test")
        return client.data(text)


def dovecot_for_lmtp(server):
    top = server.top + "/dovecot-lmtp"
    return readers.Dovecot(
        top, "maildir:%s/home/%%n:INDEX=%s/index/%%n" % (top, top), ["lmtp"])


def must_be(what, want):
    if what != want:
        raise AssertionError("%r, not %r" % (what, want))


def ends_by_lmtp(server, user, text):
    """How its first attempt at delivery ended, as the log has it."""
    def ends():
        return re.findall(
            r"(delivered|not-now|refused) id=\S+ to=<%s@lab.test> module=lmtp "
            r"at=deliver status=(\S*) (.*)" % user,
            content(server.top + "/log").decode(errors="replace"))
    before = len(ends())
    by_lmtp(server, user, text)
    if not wait_for(lambda: len(ends()) > before, 30):
        raise AssertionError("no end of it in the log")
    return ends()[before]


def dovecot_takes_mail_by_lmtp(server, _):
    texts = [senders.text("lmtp-%d" % i) for i in range(20)]
    texts.append(b"Subject: large\r\n\r\n" + b"." * 70 + b"\r\n" +
                 b"0123456789\r\n" * 100000)
    texts.append("Subject: eight bits\r\n\r\näöü\r\n".encode())
    with dovecot_for_lmtp(server) as d:
        for text in texts:
            must_be(by_lmtp(server, "lmtp", text)[0], 250)
        end = ends_by_lmtp(server, "lmtp-unknown", texts[0])
        must_be(end[:2], ("refused", "5.1.1"))
        reader = readers.DovecotReader(d.port, "lmtp")
        wait_for(lambda: len(reader.look()) >= len(texts), 30)
        got = reader.look()
        reader.close()
    must_be(len(got), len(texts))
    trace = rb"Return-Path: <ann@a.test>\n(?:(?:Delivered-To|Received): " \
        rb"[^\n]*\n(?:[ \t][^\n]*\n)*)+"
    must_be(sorted(re.sub(trace, b"", octets) for octets in got),
            sorted(text.replace(b"\r\n", b"\n") for text in texts))
    return "%d messages" % len(got)


def dovecot_may_go_and_come_back(server, _):
    def ends(who):
        return ends_by_lmtp(server, "lmtp", senders.text(who))[0]

    def came(reader, who):
        subject = b"\nSubject: from %s\n" % who.encode()
        return sum(subject in octets for octets in reader.look())

    must_be(ends("down"), "not-now")
    for who in ("up", "up-again"):
        with dovecot_for_lmtp(server) as d:
            for _ in range(3):
                must_be(ends(who), "delivered")
            reader = readers.DovecotReader(d.port, "lmtp")
            if not wait_for(lambda: came(reader, who) == 3):
                raise AssertionError("not all of it came")
            reader.close()
        must_be(ends("down-again"), "not-now")


def mutt_reads_a_maildir_meanwhile(server, options):
    reader = readers.MuttReader(server.top + "/mutt-maildir",
                                server.maildir("mutt-maildir"))
    return reads_while(reader, server.port, "mutt-maildir", options.messages)


def mutt_reads_an_mbox_meanwhile(server, options):
    reader = readers.MuttReader(server.top + "/mutt-mbox",
                                server.mbox("mutt-mbox"))
    return reads_while(reader, server.mbox_port, "mutt-mbox",
                       options.messages)


def stops_with_status_0(server, _):
    status = server.stop()
    if status != 0:
        raise AssertionError("ended with %s" % status)


USERS = ["postmaster", "corpus", "dovecot-maildir", "dovecot-mbox",
         "lmtp", "lmtp-unknown", "mutt-maildir", "mutt-mbox", *senders.SENDERS]
TESTS = [delivers(who) for who in senders.SENDERS]
TESTS += [real_messages_arrive_octet_for_octet,
          mutt_reads_a_maildir_meanwhile, mutt_reads_an_mbox_meanwhile]
if is_root():  # Dovecot wants to become the reader
    TESTS += [dovecot_reads_a_maildir_meanwhile,
              dovecot_reads_an_mbox_meanwhile,
              dovecot_takes_mail_by_lmtp, dovecot_may_go_and_come_back]


def on_its_own(test):
    """A test with servers of its own."""
    def run_it(_, options):
        return test(options.build)
    run_it.__name__ = test.__name__
    return run_it


TESTS += [on_its_own(test) for test in verbs.TESTS]
TESTS.append(stops_with_status_0)


def run_test(test, server, options):
    began = time.monotonic()
    try:
        told = test(server, options) or ""
    except Exception:
        print("FAILED  %s\n%s" % (test.__name__, traceback.format_exc()[-6000:]),
              flush=True)
        return False
    print("ok      %s %s(%.1f s)" % (
        test.__name__, told + " " if told else "",
        time.monotonic() - began), flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--messages", type=int, default=500)
    options = parser.parse_args()
    chosen = [t for t in TESTS
              if not options.names or t.__name__ in options.names]
    with Tested(options.build, USERS) as server:
        results = [run_test(test, server, options) for test in chosen]
        if not all(results):
            print("The server's log ends:\n" + server.log())
    print("peers: %d passed, %d failed" % (
        results.count(True), results.count(False)))
    if not is_root():
        print("peers: Postfix and Dovecot were left out: they want root")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
