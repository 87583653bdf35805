"""
kill -9 under load, at random moments: nothing acknowledged may be lost.

    python3 tests/crash/kill.py BUILD [--rounds N] [--seed N] [--keep]

BUILD is where `verbena` was built. Clients send messages of 400 octets to 2 MB
to one and to several recipients, into maildirs and mbox files, as the service
and, where root runs this, as the recipient. In each round one process of a role
is killed, or all of that role, or all of the server. If the master is dead, the
server is started again, unaided. Then one more message must be taken for every
mailbox, and the mailboxes are compared with what the clients were answered.

Every round is a test. The last line tells how many passed, and the exit status
whether all did. The same seed gives the same kills in the same order, though
not the same moments. With --keep what failed is left where it is.
"""

import argparse
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from place import USERS, CrashServer, wait_for  # noqa: E402
from judge import judge, tell, wait_until_delivered  # noqa: E402
from ledger import Ledger  # noqa: E402
from load import Load  # noqa: E402
from proc import descendants, is_alive  # noqa: E402
from report import Report  # noqa: E402

ROUNDS_OF_A_PLACE = 10  # then all begins anew, with other settings
PATIENCE = 60           # seconds until all must have arrived
ROLES = ["worker", "courier", "master", "all"]
OURS, ALL = ["maildir", "mbox"], list(USERS)


def victims(server, role, rng):
    """One process of the role, or all of them."""
    master = server.process.pid
    if role == "all":
        return [master] + descendants(master)
    if role == "master":
        return [master]
    found = server.children(role)
    return rng.sample(found, rng.choice((1, len(found)))) if found else []


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def kill_some(server, rng):
    """The role; a recipient is there only now and then."""
    more = ["queue"] * server.has_queue() + \
        ["recipient"] * ("own_mbox" in server.users)
    role = rng.choice(ROLES + more)
    pids = wait_for(lambda: victims(server, role, rng), 0.2, 0.002)
    kill(pids)
    return role if pids else "no " + role


def start_again(server, family):
    """What is wrong: those whom a master leaves behind end of themselves."""
    if server.process.poll() is None:
        return []
    if not wait_for(lambda: not any(map(is_alive, family)), 20):
        left = [pid for pid in family if is_alive(pid)]
        server.kill_all()
        server.start()
        return ["STILL THERE without a master: %s" % left]
    server.start()
    return []


class Place:
    """Some rounds with one server, its ledger and its clients."""

    def __init__(self, kinds, run, rng):
        self.rng = rng
        self.server = CrashServer(kinds, settings={
            "workers": str(rng.choice((1, 2))),
            "couriers": str(rng.choice((1, 4)))})
        self.ledger = Ledger(self.server.top + "/ledger")
        self.boxes = self.server.boxes()
        self.load = Load(self.server, self.ledger, run, rng.random())
        self.faults = 0

    def round(self):
        """(role, what is wrong)."""
        self.load.start()
        time.sleep(self.rng.uniform(0.05, 0.6))
        family = descendants(self.server.process.pid)
        role = kill_some(self.server, self.rng)
        if role in ("master", "all"):
            self.server.process.wait()
        time.sleep(self.rng.uniform(0, 0.2))
        self.load.stop()
        wrong = start_again(self.server, family)
        wrong += self.load.probe() + self.verdict()
        self.faults += bool(wrong)
        return role, wrong

    def verdict(self):
        wait_until_delivered(self.ledger, self.boxes, PATIENCE)
        return judge(self.ledger, self.boxes, not self.server.has_queue())

    def end(self):
        """Stops it, and reads all once more from the beginning."""
        may_arrive = not self.server.has_queue()
        status = self.server.stop()
        wrong = judge(self.ledger, self.server.boxes(), may_arrive)
        if status != 0:
            wrong.append("exit status %d after SIGTERM" % status)
        self.faults += bool(wrong)
        return wrong

    def close(self, keeps):
        self.load.stop()
        self.ledger.close()
        if keeps and self.faults:
            self.server.kill_all()
            print("kept: " + self.server.top)
            return
        self.server.__exit__()


def rounds_of(place, first, last, report):
    """Where to go on: a place in which something is wrong is left."""
    place.server.__enter__()
    for n in range(first, last):
        role, wrong = place.round()
        if not report.case("round %d: kill -9 %s" % (n, role), wrong):
            return n + 1
    report.case("rounds %d to %d, read again after the end" % (
        first, last - 1), place.end())
    report.say("rounds %d to %d: %s" % (first, last - 1, tell(place.ledger)))
    return last


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    report, rng = Report(), random.Random(given.seed)

    report.say("seed %d" % given.seed)
    done = 0
    while done < given.rounds:
        place = Place(rng.choice((OURS, ALL)), "k%x" % done, rng)
        last = min(done + ROUNDS_OF_A_PLACE, given.rounds)
        try:
            done = rounds_of(place, done, last, report)
        finally:
            place.close(given.keep)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
