"""
What is done to a server, and what is measured: figures by name, each a rate a
second or, for `cpu`, seconds of CPU time for 1000 messages.
"""

import math
import os
import re
import subprocess
import time

PATIENCE = 60  # seconds that one run may take


class Mail:
    """
    smtp-source sends messages over kept connections. A burst comes first, so
    that processes are started and the number of messages can be chosen to last
    `seconds`, but never less than `least` nor more than `most` messages: the
    time that the connections take is in it, and must not count for much.
    `accepted` is what was answered with 250; `delivered` counts copies
    in the mailboxes, until the last one is there.
    """

    def __init__(self, sessions, size=4096, recipients=1, least=1,
                 most=100000):
        self.sessions = sessions
        self.size = size
        self.recipients = recipients
        self.least = max(least, sessions)
        self.most = most

    def send(self, port, count):
        said = subprocess.run(
            ["smtp-source", "-d", "-s", str(self.sessions), "-m", str(count),
             "-l", str(self.size), "-r", str(self.recipients),
             "-f", "ann@a.test", "-t", "reader@lab.test",
             "127.0.0.1:%d" % port],
            timeout=PATIENCE, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        if said.returncode != 0:
            raise RuntimeError(said.stdout.strip()[-300:])

    def send_and_wait(self, server, count):
        """(seconds until accepted, seconds until in the mailboxes)."""
        before = arrived(server)
        began = time.monotonic()
        self.send(server.port, count)
        accepted = time.monotonic() - began
        if server.boxes:
            wait_for_arrival(server, before + count * self.recipients)
        return accepted, time.monotonic() - began

    def measure(self, server, group, options):
        burst = max(self.sessions,
                    min(self.sessions * 5, 200) // self.recipients)
        _, took = self.send_and_wait(server, burst)
        count = math.ceil(burst / took * options.seconds)
        count = max(self.least, min(count, self.most))
        os.sync()
        cpu = group.cpu()
        accepted, delivered = self.send_and_wait(server, count)
        figures = {"accepted": count / accepted}
        if server.boxes:
            figures["delivered"] = count * self.recipients / delivered
        if cpu is not None:
            figures["cpu"] = (group.cpu() - cpu) / count * 1000
        return figures


class Vrfy:
    """One connection with many VRFY in flight; build/tests/bench/vrfy."""

    def __init__(self, window):
        self.window = window

    def measure(self, server, _group, options):
        said = subprocess.run(
            [options.build + "/tests/bench/vrfy", "127.0.0.1",
             str(server.port), "reader@lab.test", str(self.window),
             "1000000000", str(math.ceil(options.seconds))],
            text=True, timeout=PATIENCE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        match = re.fullmatch(r"(\d+) \d+\n", said.stdout)
        if not match:
            raise RuntimeError(said.stderr.strip())
        return {"answered": float(match[1])}


def arrived(server):
    """Messages in all mailboxes of a server."""
    if not server.boxes or not os.path.isdir(server.boxes):
        return 0
    count = 0
    for box in os.listdir(server.boxes):
        try:
            count += len(os.listdir("%s/%s/new" % (server.boxes, box)))
        except FileNotFoundError:
            pass
    return count


def wait_for_arrival(server, count):
    """Looks rarely while much is missing: looking costs time, too."""
    began, first = time.monotonic(), arrived(server)
    there = first
    while there < count:
        passed = time.monotonic() - began
        if passed > PATIENCE:
            raise RuntimeError("%d of %d messages arrived" % (there, count))
        rate = (there - first) / passed if passed > 0 else 0
        left = (count - there) / rate if rate > 0 else 0
        time.sleep(min(max(left / 2, 0.01), 0.5))
        there = arrived(server)
