"""
Two servers exchange mail with TURN, and either is killed at random moments:
nothing acknowledged may be lost.

    python3 tests/crash/turn.py BUILD [--rounds N] [--exchange N] [--seed N]
        [--keep]

BUILD is where `verbena` was built. A branch calls its hub (`verbena queue
flush`), gives it what it has for the hub's users, says TURN, and takes what the
hub has kept for its own. Each message has a token; clients write down what they
were answered, and the mailboxes of both are compared with that.

First comes the exchange of 1,000 messages each way over one connection. Then
come the rounds. In each, clients send to both, and one process of a server is
killed, or all of it; it is started again, and when both queues are empty all
must be there.

A message may be there twice only when it was under way at the kill: the other
had it, and who sent it could not know or had not noted it yet. That may be one
message for each kill and direction. The last lines tell how many there were, and
how many tests passed; the exit status whether all did.
"""

import argparse
import collections
import concurrent.futures
import os
import random
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from place import wait_for  # noqa: E402
from judge import Arrived, judge, tell, wait_until_delivered  # noqa: E402
from kill import kill, start_again, victims  # noqa: E402
from ledger import Ledger  # noqa: E402
from pair import EHLO, OTHER, Caller, Exchange, Pair  # noqa: E402
from proc import descendants  # noqa: E402
from report import Report  # noqa: E402

ROUNDS_OF_A_PLACE = 20  # then all begins anew, with other settings
PATIENCE = 90           # seconds until all must have arrived
ROLES = ["worker", "queue", "master", "all"]
SENDERS = 8             # clients at a time


class Twice:
    """The messages that came twice, and how many may have."""

    def __init__(self):
        self.excused = set()  # (token, mailbox)
        self.counts = collections.Counter()  # by direction: messages
        self.kills = 0

    def look(self, ledger, boxes, kills):
        """What is wrong after that many kills."""
        self.kills += kills
        arrived = Arrived(boxes)
        found = {(token, at) for (token, at), times in arrived.times.items()
                 if times > 1 and token in ledger.entries and
                 came_from_other(ledger.entries[token], at)} - self.excused
        self.excused |= found
        wrong = []
        for side in OTHER:
            tokens = {token for token, at in found if at[0] == side}
            self.counts[side] += len(tokens)
            if len(tokens) > kills:
                wrong.append("DOUBLED on the way to the %s by %d kills: %s" % (
                    side, kills, " ".join(sorted(tokens))))
        return wrong


def came_from_other(entry, at):
    """Its first recipient is never where it was sent to: see Exchange."""
    return at[0] == entry.to[0][0]


class Place:
    """Two servers, their ledger and their clients."""

    def __init__(self, run, rng, **settings):
        self.rng = rng
        self.pair = Pair(**settings)
        self.servers = self.pair.servers
        self.ledger = Ledger(self.pair.top + "/ledger")
        self.boxes = self.pair.boxes()
        self.load = Exchange(self.pair, self.ledger, run, rng.random(),
                             SENDERS)
        self.faults = 0

    def start(self):
        for server in self.servers.values():
            server.__enter__()

    def arrive(self):
        """Until both queues are empty: what is wrong."""
        wait_until_delivered(self.ledger, self.boxes, PATIENCE)
        wait_for(lambda: not self.pair.waiting(), PATIENCE, 0.1)
        return self.pair.waiting()

    def judge(self, boxes, twice, kills):
        wrong = twice.look(self.ledger, boxes, kills)
        return wrong + judge(self.ledger, boxes, False, twice.excused)

    def end(self, twice):
        """Stops both, and reads all once more from the beginning."""
        wrong = ["%s: exit status %d after SIGTERM" % (side, status)
                 for side, server in self.servers.items()
                 for status in [server.stop()] if status != 0]
        wrong += self.judge(self.pair.boxes(), twice, 0)
        self.faults += bool(wrong)
        return wrong

    def close(self, keeps):
        self.load.stop()
        self.ledger.close()
        if not keeps or not self.faults:
            self.pair.close()
            return
        for server in self.servers.values():
            server.kill_all()
            print("kept: " + server.top)


def send_many(place, side, n):
    """That many messages to one of them, by several clients."""
    shares = [n // SENDERS + (i < n % SENDERS) for i in range(SENDERS)]

    def send_share(share, seed):
        rng = random.Random(seed)
        client = place.load.connect(side)
        for _ in range(share):
            place.load.send_some(client, side, rng)
        client.close()
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send_share, shares, [
            place.rng.random() for _ in shares]))


def sessions(log, pattern):
    """{session: how many lines of it} of the lines that fit."""
    return collections.Counter(re.findall(
        r"(?m)^.* %s session=(\w+)\b.*$" % pattern, log))


def over_one_connection(log, n):
    """What is wrong in the hub's log."""
    connected = sessions(log, "connect")
    if len(connected) != 1:
        return ["%d connections, not one" % len(connected)]
    [session] = connected
    taken = len(re.findall(r" stored id=\w+ session=%s\b" % session, log))
    given = re.findall(r" collected session=%s remote=\S+ messages=(\d+)" %
                       session, log)
    if sessions(log, "turned") != {session: 1}:
        return ["it was not turned once"]
    if (taken, given) != (n, [str(n)]):
        return ["%d messages taken, %s given" % (taken, given)]
    return []


def fill(place, n):
    """The hub keeps n messages, and n of the branch wait for the hub, which has
    been away; now it is there again."""
    hub, branch = place.servers["hub"], place.servers["branch"]
    hub.__enter__()
    send_many(place, "hub", n)
    wrong = ["hub: exit status %d" % status for status in [hub.stop()] if status]
    branch.__enter__()
    send_many(place, "branch", n)
    if not wait_for(lambda: len(branch.parked()) == n, PATIENCE):
        wrong.append("%d messages wait in the branch" % len(branch.parked()))
    hub.start()
    return wrong


def exchange(n, rng, report, keeps):
    """The plain one, in which nobody dies."""
    place = Place("x", rng, settings={
        "retry": '{ first = "1h"; most = "1h"; }',
        "log": '{ level = "debug"; }'})
    try:
        wrong = fill(place, n)
        began = time.monotonic()
        place.pair.flush()
        wrong += place.arrive()
        took = time.monotonic() - began
        wrong += over_one_connection(place.servers["hub"].log(), n)
        if place.ledger.count("stored") != 2 * n:
            wrong.append("not all was taken: " + tell(place.ledger))
        wrong += place.end(Twice())
        place.faults += bool(wrong)
        report.case("%d messages each way over one connection" % n, wrong)
        report.say("exchanged %d messages each way in %.1f s" % (n, took))
    finally:
        place.close(keeps)


def kill_one(place):
    """(what was killed, of which side, its family); None when it was not
    there."""
    side = place.rng.choice(sorted(place.servers))
    role = place.rng.choice(ROLES)
    server = place.servers[side]
    family = descendants(server.process.pid)
    pids = wait_for(lambda: victims(server, role, place.rng), 0.5, 0.002)
    kill(pids)
    if role in ("master", "all"):
        server.process.wait()
    return side, role if pids else "no " + role, family


def one_round(place, twice):
    """(side, role, what is wrong)."""
    place.load.start()
    with Caller(place.pair):
        time.sleep(place.rng.uniform(0.1, 1))
        side, role, family = kill_one(place)
        time.sleep(place.rng.uniform(0, 0.2))
        wrong = start_again(place.servers[side], family)
        time.sleep(place.rng.uniform(0, 0.2))
        place.load.stop()
        wrong += place.load.probe() + place.arrive()
    wrong += place.judge(place.boxes, twice, not role.startswith("no "))
    place.faults += bool(wrong)
    return side, role, wrong


def rounds_of(place, first, last, twice, report):
    """Where to go on: a place in which something is wrong is left."""
    place.start()
    for n in range(first, last):
        side, role, wrong = one_round(place, twice)
        if not report.case("round %d: kill -9 %s of the %s" % (
                n, role, side), wrong):
            return n + 1
    report.case("rounds %d to %d, read again after the end" % (
        first, last - 1), place.end(twice))
    report.say("rounds %d to %d: %s" % (first, last - 1, tell(place.ledger)))
    return last


def run_rounds(rounds, rng, report, keeps):
    twice, done = Twice(), 0
    while done < rounds:
        place = Place("t%x" % done, rng, enable=rng.choice((EHLO, "")),
                      idle=rng.choice(("0s", "1s")))
        last = min(done + ROUNDS_OF_A_PLACE, rounds)
        try:
            done = rounds_of(place, done, last, twice, report)
        finally:
            place.close(keeps)
    report.say("doubled in flight, of %d kills: %d to the hub, %d to the "
               "branch" % (twice.kills, twice.counts["hub"],
                           twice.counts["branch"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--exchange", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    report, rng = Report(), random.Random(given.seed)

    report.say("seed %d" % given.seed)
    if given.exchange > 0:
        exchange(given.exchange, rng, report, given.keep)
    run_rounds(given.rounds, rng, report, given.keep)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
