"""
In which order: no 250 before the message is on disk.

    python3 tests/crash/order.py BUILD

BUILD is where `verbena` was built. For each kind of delivery a server runs under
strace while one client sends messages: a small one, one of 300 kB, one of 2 MB
and one to two recipients. Each line of a message has its token, so that every
write of a part of it can be told. Between the final dot and the 250 then

* a file below the state directory was synced that has all of the message; or as
  many mailbox files as there are recipients were;
* every file below the state directory that has something of it, and a name, was
  synced;
* and where such a file is new, or got its name since, so was its directory.

fsync(2), fdatasync(2) and syncfs(2) count, when they began after the last write
and ended before the 250 was written.

Of what goes to other servers, marks.py looks at the other end of it: what is done
when their 250 was read.

Every message is a test. The last line tells how many passed, and the exit
status whether all did.
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from place import USERS, CrashServer  # noqa: E402
import marks  # noqa: E402
import message  # noqa: E402
from ledger import Ledger  # noqa: E402
from load import Load, send  # noqa: E402
from report import Report  # noqa: E402
import strace  # noqa: E402
from strace import NAMES, RECEIVES, SENDS, SYNCS, WRITES  # noqa: E402

MESSAGES = [("small", 3000, 1), ("of 300 kB", 300000, 1),
            ("of 2 MB", 2000000, 1), ("to two recipients", 3000, 2)]


class File:
    """A file that has something of the message in it."""

    def __init__(self, path, descriptor):
        self.path = path
        self.links = {path, "/proc/self/fd/%d" % descriptor}  # called so
        self.octets = 0
        self.last_write = 0

    def take(self, call):
        self.octets += call.result
        self.last_write = max(self.last_write, call.ended)


class Traced:
    """What was done to disk for one message before it was acknowledged."""

    def __init__(self, calls, token, disk):
        self.calls = [c for c in calls if c.ended is not None]
        self.disk = disk
        self.token = token
        self.dot, self.reply = self.bounds()
        self.files = self.written()

    def bounds(self):
        """When the final dot had been read and when the 250 was written."""
        end = self.last(RECEIVES, self.token + r"\r\n.\r\n")
        reply = [c for c in self.calls if c.name in SENDS and
                 c.began > end.began and "TCP" in (c.file() or "") and
                 '"250 ' in c.arguments]
        return end.ended, reply[0].began

    def last(self, names, text):
        """The read that has the end of the message. strace shows no more than
        the beginning of each, so for long ones it is the last that has some."""
        text = text.replace("\r\n", "\\r\\n")
        found = [c for c in self.calls if c.name in names and
                 "TCP" in (c.file() or "") and self.token in c.arguments]
        whole = [c for c in found if text in c.arguments]
        return (whole or found)[-1]

    def written(self):
        """Files on the disk, by path, that it was written to before the 250."""
        files = {}
        for call in self.calls:
            path = call.file() or ""
            if call.name in WRITES and path.startswith(self.disk) and \
                    self.token in call.arguments and call.is_done() and \
                    call.began < self.reply:
                files.setdefault(
                    path, File(path, call.descriptor())).take(call)
        return files

    def was_synced(self, path, since):
        return any(c.name in SYNCS and c.result == 0 and c.began > since and
                   c.ended < self.reply and
                   (c.name == "syncfs" or c.file() == path)
                   for c in self.calls)

    def is_synced(self, file):
        return self.was_synced(file.path, file.last_write)

    def names_of(self, file):
        """[(path, when it got it)]: when it was made, then by links and
        renames."""
        names = [(c, c.paths()) for c in self.calls if c.name in NAMES and
                 c.is_done() and c.began < self.reply]
        found = [(file.path, c.ended) for c, paths in names
                 if "O_CREAT" in c.arguments and file.path in paths][:1]
        found += [(paths[1], c.ended) for c, paths in names
                  if len(paths) == 2 and paths[0] in file.links and
                  c.began > file.last_write]
        return found

    def has_name(self, file):
        """Its last name is on disk, or it had one before we looked. Where it
        had none at first, its count of links is on disk, too."""
        names = self.names_of(file)
        if not names:
            return True
        path, since = names[-1]
        return self.was_synced(os.path.dirname(path), since) and (
            "(deleted)" not in file.path or self.was_synced(file.path, since))

    def whole(self, below):
        """Files that have all of it."""
        least = len(message.text(self.token))
        return [f for f in self.files.values()
                if f.path.startswith(below) and f.octets >= least]

    def wrong(self, recipients):
        """What is wrong, a sentence each."""
        state = self.disk + "/state/"
        kept = [f for f in self.whole(state) if self.is_synced(f) and
                self.has_name(f)]
        boxes = [f for f in self.whole(self.disk) if f not in
                 self.whole(state) and self.is_synced(f) and self.has_name(f)]
        wrong = []
        if not kept and len(boxes) < recipients:
            wrong.append("250 before it was on disk: %s" % self.tell())
        wrong += ["250 before %s was synced" % f.path
                  for f in self.files.values() if f.path.startswith(state) and
                  "(deleted)" not in f.path and not self.is_synced(f)]
        return wrong

    def tell(self):
        return "; ".join("%s has %d octets, %s, its name %s" % (
            f.path, f.octets,
            "synced" if self.is_synced(f) else "not synced",
            "too" if self.has_name(f) else "not")
            for f in self.files.values()) or "nothing was written"


def trace_one(server, ledger, kind, size, recipients, number):
    """(token, the code it got)."""
    load = Load(server, ledger, "o" + re.sub("_", "", kind), 0)
    client = load.connect(kind)
    token = message.make_token(load.run, number, size)
    code = send(client, ledger, token,
                [(kind, user) for user in USERS[kind][:recipients]])
    client.say("QUIT")  # when that is answered, strace has told all before it
    client.close()
    return token, code


def check(kind, report):
    """All messages of one kind, to one server."""
    server = CrashServer([kind])
    server.disk += "/disk"
    with server:
        output = server.top + "/trace"
        ledger = Ledger(server.top + "/ledger")
        with strace.Tracer([server.process.pid] + server.children(), output,
                          *strace.OPTIONS):
            sent = [trace_one(server, ledger, kind, size, recipients, n)
                    for n, (_, size, recipients) in enumerate(MESSAGES)]
        ledger.close()
        calls = strace.read(output)
        for (token, code), (name, _, recipients) in zip(sent, MESSAGES):
            wrong = ["answered %d" % code] if code != 250 else Traced(
                calls, token, server.disk).wrong(recipients)
            report.case("%s, a message %s" % (kind, name), wrong)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    report = Report()
    for kind, users in USERS.items():
        if users:
            check(kind, report)
    marks.check(report)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
