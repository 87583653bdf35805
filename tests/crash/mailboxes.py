"""Mailboxes as their readers see them. Each reads again only what is new."""

import os
import re

import message


class Maildir:
    def __init__(self, path):
        self.path = path
        self.known = {}  # what message.check() said, by file name

    def look(self):
        """[(token, what is wrong)] of all that is there."""
        there = {}
        for part in ("new", "cur"):
            directory = "%s/%s" % (self.path, part)
            for name in self.names(directory):
                there[part, name] = self.known.get((part, name)) or \
                    self.read("%s/%s" % (directory, name))
        self.known = there
        return list(there.values())

    @staticmethod
    def names(directory):
        try:
            return os.listdir(directory)
        except FileNotFoundError:
            return []

    @staticmethod
    def read(path):
        with open(path, "rb") as f:
            return message.check(f.read())

    def is_locked(self):
        return False


class Mbox:
    """In the mboxrd form: "From " begins a message and nothing else."""

    def __init__(self, path):
        self.path = path
        self.known = []
        self.offset = 0  # of what was not whole when we looked

    def look(self):
        """[(token, what is wrong)]; what is not whole comes last, or is read
        again the next time. So is what a writer may yet cut off: all that is
        new while the mailbox is locked."""
        may_go = self.is_locked()
        pieces = list(self.pieces())
        may_go = may_go or self.is_locked()
        found = list(self.known)
        for piece in pieces:
            found.append(self.check(piece))
            if found[-1][1] is None and len(found) == len(self.known) + 1 \
                    and not may_go:
                self.known.append(found[-1])
                self.offset += len(piece)
        return found

    def pieces(self):
        try:
            with open(self.path, "rb") as f:
                f.seek(self.offset)
                octets = f.read()
        except FileNotFoundError:
            octets = b""
        if self.is_shorter():
            yield b"the mailbox has become shorter than it was"
        starts = [m.start() for m in re.finditer(rb"(?m)^From ", octets)]
        if octets and starts[:1] != [0]:
            starts.insert(0, 0)
        for start, end in zip(starts, starts[1:] + [len(octets)]):
            yield octets[start:end]

    def is_shorter(self):
        return self.offset > 0 and (not os.path.exists(self.path) or
                                    os.path.getsize(self.path) < self.offset)

    @staticmethod
    def check(piece):
        line, _, stored = piece.partition(b"\n")
        stored = re.sub(rb"(?m)^>(>*From )", rb"\1", stored)
        token, wrong = message.check(stored[:-1])
        if wrong is None and not (line.startswith(b"From ") and
                                  stored.endswith(b"\n\n")):
            wrong = "not as an mbox has it: %r" % piece[:200]
        return token, wrong

    def is_locked(self):
        return os.path.exists(self.path + ".lock")
