"""What a server must bear: a fault comes, mail is sent, the fault ends.

While it lasts every message is taken and safe, or refused for now, or its
connection ends without a reply; no process dies of it. After it there is
service for every mailbox, and what was acknowledged is in them.
"""

import time

import harness
import proc
from client import Client
from judge import judge, wait_until_delivered
from ledger import Ledger
from load import Load, send
from place import CrashServer

KINDS = ["maildir", "mbox"]
SETTINGS = {"workers": "1", "couriers": "1", "state_dir": '"$top/state"'}
SMALL, LARGE = 3000, 400000  # the second does not stay in memory
PATIENCE = 30                # seconds until all must have arrived
LINGER = 0.5                 # the fault lasts while it is delivered, too
SERVICE = 15                 # and until there must be service again


class Faulty:
    """with Faulty(settings) as f: a server for any number of faults. `place` is
    the directory of it, "disk" (the mailboxes) or "state", that is on a file
    system of its own, which filesystem(path) makes."""

    def __init__(self, settings=None, place=None, filesystem=None, **more):
        self.server = CrashServer(KINDS, settings=dict(
            SETTINGS, **(settings or {})), **more)
        self.server.disk = self.server.top + "/disk"
        self.on = filesystem and filesystem("%s/%s" % (self.server.top, place))

    def __enter__(self):
        if self.on:
            self.on.__enter__()
        try:
            self.server.__enter__()
        except BaseException:
            self.close()
            raise
        self.ledger = Ledger(self.server.top + "/ledger")
        self.boxes = self.server.boxes()
        self.load = Load(self.server, self.ledger, "f", 0)
        return self

    def __exit__(self, *_):
        self.ledger.close()
        self.close()

    def close(self):
        """Its directory goes last: the file system lies in it."""
        if self.server.process is not None:
            self.server.kill_all()
        if self.on:
            self.on.__exit__()
        self.server.__exit__()

    def send(self, sizes, patience):
        """A message of each size for each kind, from one connection each: what
        is wrong with the answers."""
        wrong = []
        for kind, users in self.server.users.items():
            for size in sizes:
                to = [(kind, user) for user in users[:2]]
                code = self.answer(kind, self.load.next_token(size), to,
                                   patience)
                if code != 0 and code != 250 and not 400 <= code < 500:
                    wrong.append("%s, %d octets: answered %d" % (
                        kind, size, code))
        return wrong

    def answer(self, kind, token, to, patience):
        """The code; 0 when there was none."""
        client = None
        try:
            client = self.load.connect(kind, patience)
            return send(client, self.ledger, token, to)
        except (OSError, ValueError):
            return 0
        finally:
            if isinstance(client, Client):
                client.close()

    def family(self):
        """All processes but those that live for one job."""
        recipients = self.server.children("recipient")
        return [self.server.process.pid] + [
            pid for pid in self.server.children() if pid not in recipients]

    def during(self, fault, sizes=(SMALL,), patience=20):
        """What is wrong when mail comes during the fault, which is a context,
        and after it."""
        family = self.family()
        with fault:
            wrong = self.send(sizes, patience)
            time.sleep(LINGER)
        wrong += ["DIED: process %d" % pid for pid in family
                  if not proc.is_alive(pid)]
        return wrong + self.after()

    def after(self):
        """What is wrong when the fault is over."""
        attempts = []
        harness.wait_for(lambda: attempts.append(self.load.probe()) or
                         not attempts[-1], SERVICE, 0.2)
        wait_until_delivered(self.ledger, self.boxes, PATIENCE)
        return attempts[-1] + judge(self.ledger, self.boxes,
                                    not self.server.has_queue())
