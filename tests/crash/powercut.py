"""
Power cuts: what was acknowledged is there after the next start, and whole.

    python3 tests/crash/powercut.py BUILD [--cuts N] [--fs KIND]... [--seed N]
                                    [--no-control]

BUILD is where `verbena` was built. State and mailboxes lie on a disk of their
own. Under the load of kill.py the file system is shut down without a flush of
its log, every process of the server is killed, the disk is mounted again, and
the server started, unaided. The ledger lies elsewhere. N cuts are made of each
KIND (ext4, xfs, ext4-without-journal; the first two unless told otherwise).

As a control the same is done with a server whose syncs do nothing (eatmydata):
then mail must be lost, or the test could not see it.

Every cut is a test. The last line tells how many passed, and the exit status
whether all did. It wants root and loop devices; where there are none it says
so, and passes nothing.
"""

import argparse
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from place import USERS, CrashServer  # noqa: E402
import disk  # noqa: E402
from judge import judge, tell, wait_until_delivered  # noqa: E402
from ledger import Ledger  # noqa: E402
from load import Load  # noqa: E402
from report import Report  # noqa: E402

CUTS_OF_A_PLACE = 10  # then all begins anew, on a new disk
PATIENCE = 60
CONTROLS = 3          # cuts, one of which has to lose mail


class Place:
    """Some cuts of one disk, with one ledger."""

    def __init__(self, kind, run, rng, prefix=()):
        self.rng = rng
        self.server = CrashServer(list(USERS), prefix=prefix)
        self.server.disk = self.server.top + "/disk"
        self.disk = disk.Disk(self.server.disk, kind)
        self.ledger = Ledger(self.server.top + "/ledger")
        self.load = Load(self.server, self.ledger, run, rng.random())

    def __enter__(self):
        self.disk.__enter__()
        try:
            self.server.__enter__()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.load.stop()
        self.ledger.close()
        if self.server.process is not None:
            self.server.kill_all()
        self.disk.__exit__()
        self.server.__exit__()

    def cut(self, patience=PATIENCE):
        """What is wrong after one more."""
        self.load.start()
        time.sleep(self.rng.uniform(0.3, 1.5))
        self.ledger.cut(True)
        self.disk.cut()
        time.sleep(self.rng.choice((0, 0, 0.2)))
        self.server.kill_all()
        self.load.stop()
        self.ledger.cut(False)
        self.disk.mount_again()
        try:
            self.server.start()
        except AssertionError as error:
            return ["NO START: %s" % error]
        return self.load.probe() + self.verdict(patience)

    def verdict(self, patience):
        boxes = self.server.boxes()
        wait_until_delivered(self.ledger, boxes, patience)
        return judge(self.ledger, self.server.boxes(),
                     not self.server.has_queue())


def cuts_of(place, kind, first, last, report):
    """Where to go on: a disk on which something is wrong is left."""
    for n in range(first, last):
        wrong = place.cut()
        if not report.case("%s, cut %d" % (kind, n), wrong):
            report.say(place.disk.checked)
            return n + 1
    return last


def cut_all(kind, cuts, rng, report):
    done = 0
    while done < cuts:
        last = min(done + CUTS_OF_A_PLACE, cuts)
        with Place(kind, "p%x" % done, rng) as place:
            before, done = done, cuts_of(place, kind, done, last, report)
            report.say("%s, cuts %d to %d: %s" % (
                kind, before, done - 1, tell(place.ledger)))


def control(kind, rng, report):
    """Passes when mail is lost."""
    for _ in range(CONTROLS):
        with Place(kind, "control", rng, ["eatmydata"]) as place:
            wrong = place.cut(5)
            lost = [text for text in wrong if text.startswith("LOST")]
            report.say("%s, control without syncs: %s, %d not there" % (
                kind, tell(place.ledger), len(lost)))
        if lost:
            report.case(kind + ", control", [])
            return
    report.case(kind + ", control", ["nothing was lost without syncs"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--cuts", type=int, default=100)
    parser.add_argument("--fs", action="append", choices=disk.MAKE)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--no-control", action="store_true")
    given = parser.parse_args()
    report, rng = Report(), random.Random(given.seed)

    report.say("seed %d" % given.seed)
    for kind in given.fs or ("ext4", "xfs"):
        why = disk.why_not(kind)
        if why is not None:
            report.leave_out("%s, %d cuts" % (kind, given.cuts), why)
            continue
        cut_all(kind, given.cuts, rng, report)
        if not given.no_control:
            control(kind, rng, report)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
