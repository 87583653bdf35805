"""
What is done between the 250 of another server and the end of a message here.

Messages go out by relay and by LMTP to a server of ours that says "taken-N" with
its 250. Nothing may say that a message is done, or make away with it, before
that was read; and then the mark must be made durable: a record of the journal, or
the removal of the message's file. Where other recipients are still waited for, it
is a note in the file.
"""

import re
import threading
import time

import message
import strace
from place import CrashServer, wait_for
from sinks import Scripted

MESSAGES = [("small", 3000), ("of 300 kB", 300000), ("of 2 MB", 2000000)]
RELAY = """{ name = "relay"; listen = [ "127.0.0.1:$port_relay" ];
domains = [ "here.test" ]; may_relay = true; relay: { routes = (
{ domain = "lab.test"; via = "%s"; }, { domain = "*"; via = "%s"; } ); }; }"""
LMTP = """{ name = "lmtp"; listen = [ "127.0.0.1:$port_lmtp" ];
domains = [ "lab.test" ]; deliver = "lmtp"; lmtp: { to = "%s"; }; }"""


class Taker(Scripted):
    """Says which message it takes. `first` is what it says to the first try of
    each; it `waits` until a message may be taken."""

    def __init__(self, name="taken", first=None):
        super().__init__({"LHLO": "250 taker.test", ".": self.take})
        self.name = name
        self.first = first
        self.tries = self.taken = 0
        self.may_take = threading.Event()
        self.may_take.set()

    def take(self, _):
        self.tries += 1
        if self.first is not None and self.tries % 2 == 1:
            return self.first
        self.may_take.wait(30)
        self.taken += 1
        return "250 2.0.0 %s-%d." % (self.name, self.taken)


class Marked:
    """What was done to disk for one message after it was acknowledged."""

    def __init__(self, calls, token, ident, disk):
        """`calls` are those until another message comes."""
        self.calls = [c for c in calls if c.ended is not None]
        self.state = disk + "/state/"
        self.token = token
        self.ident = ident

    def when(self, words):
        """When the others' words had been read."""
        return [c.ended for c in self.calls
                if c.name in strace.RECEIVES and words in c.arguments][0]

    def of_message(self, call):
        """Is it about a file that has the message, or its name?"""
        return any(self.ident in path for path in call.paths())

    def marks(self):
        """Writes to the journal that speak of it, but for itself."""
        return [c for c in self.calls if c.name in strace.WRITES and
                (c.file() or "").startswith(self.state + "journal/") and
                self.ident in c.arguments and self.token not in c.arguments]

    def notes(self):
        """Lines that were added to its file."""
        return [c for c in self.calls if c.name in strace.WRITES and
                (c.file() or "").endswith("/" + self.ident)]

    def removals(self):
        return [c for c in self.calls if c.name in strace.REMOVES and
                self.of_message(c)]

    def synced(self, call, path):
        """When that was durable which the call did to a file or directory;
        None: never."""
        found = [c.ended for c in self.calls if c.name in strace.SYNCS and
                 c.result == 0 and c.began > call.ended and
                 (c.name == "syncfs" or c.file() == path)]
        return found[0] if found else None

    def early(self, calls, since, what):
        return ["%s before the other's 250 was read: %s %s" % (
            what, c.name, c.arguments[:200]) for c in calls if c.began < since]

    def segments(self):
        """The files of the journal that have it."""
        return {c.file() for c in self.calls if c.name in strace.WRITES and
                (c.file() or "").startswith(self.state + "journal/") and
                self.token in c.arguments}

    def recycled(self, before):
        return ["its segment was made away with before the mark was durable: "
                "%s %s" % (c.name, c.arguments[:200])
                for c in self.calls if c.began < before and
                c.name in strace.REMOVES | strace.RENAMES and
                c.paths()[0] in self.segments()]

    def wrong_in_journal(self, taken):
        """It went straight out of the journal."""
        marks = self.marks()
        wrong = self.early(marks, taken, "marked") + \
            self.early(self.removals(), taken, "removed")
        ends = [self.synced(c, c.file()) for c in marks]
        if not marks or None in ends:
            return wrong + ["no mark, or none that was synced"]
        return wrong + self.recycled(min(ends))

    def wrong_in_file(self, taken):
        """It was parked before."""
        removals = [c for c in self.removals() if c.is_done()
                    and any("/queue/" in path for path in c.paths())]
        wrong = self.early(removals, taken, "removed")
        ends = [self.synced(c, re.sub("/[^/]*$", "", c.paths()[0]))
                for c in removals]
        if not removals or None in ends:
            wrong.append("no removal of its file, or none that was synced")
        return wrong

    def wrong_in_note(self, taken, before):
        """Another recipient was still waited for."""
        notes = [c for c in self.notes() if c.began > taken]
        ends = [self.synced(c, c.file()) for c in notes]
        if not notes or ends[0] is None or ends[0] > before:
            return ["not noted, durably, before another's 250 was read"]
        return []


class Sender:
    """Sends messages while all that the server does is looked at."""

    def __init__(self, kind, sites, *recipients):
        self.kind = kind
        self.recipients = recipients
        self.server = CrashServer(["maildir"], settings={
            "modules": '[ "basic", "directory", "maildir", "relay", "lmtp" ]'})
        self.server.disk += "/disk"
        self.server.sites = sites

    def send(self, number, size):
        """(token, id)"""
        client = self.server.client(self.kind).begin()
        token = message.make_token("m" + self.kind, number, size)
        client.envelope("%s@%s" % (token, message.DOMAIN), *self.recipients)
        client.send(message.wire(token) + b".\r\n")
        code = client.reply()
        assert code == 250, client.text
        return token, client.text.split()[-1]

    def run(self, sizes, between):
        """The messages, each [Marked]; between(n) is called behind each and
        returns when it has been delivered. What the server still does is seen
        to its end."""
        with self.server as server:
            output = server.top + "/trace"
            sent = []
            with strace.Tracer([server.process.pid] + server.children(), output,
                              *strace.OPTIONS):
                for number, size in enumerate(sizes):
                    sent.append(self.send(number, size))
                    between(number)
                server.stop()
            calls = strace.read(output)
            starts = [first(calls, token) for token, _ in sent] + [len(calls)]
            return [Marked(calls[starts[n]:starts[n + 1]], token, ident,
                           server.disk)
                    for n, (token, ident) in enumerate(sent)]


def first(calls, token):
    """Where a message first comes up."""
    return next(n for n, c in enumerate(calls) if token in c.arguments)


def until(taker, n):
    """Until n are taken, and then for as long as it may take to say so to the
    disk."""
    if not wait_for(lambda: taker.taken >= n, 20):
        raise AssertionError("%s took no message" % taker.name)
    time.sleep(1)


def check_journal(kind, site, report):
    with Taker() as taker:
        marked = Sender(kind, site.replace("%s", taker.hop),
                        "ann@lab.test").run(
            [size for _, size in MESSAGES], lambda n: until(taker, n + 1))
        for n, ((name, _), m) in enumerate(zip(MESSAGES, marked)):
            report.case("%s, a message %s, marked when taken" % (kind, name),
                        m.wrong_in_journal(m.when("taken-%d." % (n + 1))))


def check_parked(kind, site, report):
    with Taker(first="451 4.0.0 not yet") as taker:
        marked = Sender(kind, site.replace("%s", taker.hop),
                        "ann@lab.test").run(
            [size for _, size in MESSAGES], lambda n: until(taker, n + 1))
        for n, ((name, _), m) in enumerate(zip(MESSAGES, marked)):
            report.case("%s, a message %s that was parked, removed when taken"
                        % (kind, name),
                        m.wrong_in_file(m.when("taken-%d." % (n + 1))))


def check_note(report):
    """One of two is served while the other's server is still at it."""
    with Taker("one", "451 4.0.0 not yet") as one, \
            Taker("two", "451 4.0.0 not yet") as two:
        sender = Sender("relay", RELAY % (one.hop, two.hop), "ann@lab.test",
                        "bob@there.test")
        two.may_take.clear()

        def between(_):
            until(one, 1)
            two.may_take.set()
            until(two, 1)
        [m] = sender.run([3000], between)
        report.case("relay, one of two recipients noted when taken",
                    m.wrong_in_note(m.when("one-1."), m.when("two-1.")))


def check(report):
    for kind, site in (("relay", RELAY), ("lmtp", LMTP)):
        check_journal(kind, site, report)
        check_parked(kind, site, report)
    check_note(report)
