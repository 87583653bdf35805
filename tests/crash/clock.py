"""The clock of the wall steps back and forth; the steady one goes on."""

import contextlib
import datetime
import glob
import os
import time

from bear import Faulty
from proc import is_alive

LIBRARY = "/usr/lib/*/faketime/libfaketimeMT.so.1"
HOUR = 3600


def library():
    """libfaketime, or None."""
    return next(iter(glob.glob(LIBRARY)), None)


def remove_leftovers():
    """libfaketime leaves shared memory of those who are killed, named after
    their process ids: who gets such an id later, under another account, is
    refused it and ends."""
    for path in glob.glob("/dev/shm/*faketime_*"):
        pid = path.rpartition("_")[2]
        if pid.isdigit() and not is_alive(int(pid)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


class Clocked(Faulty):
    """Its server has the clock that set() sets."""

    def __init__(self):
        super().__init__()
        self.file = self.server.top + "/clock"
        self.server.prefix = [
            "env", "LD_PRELOAD=" + library(), "FAKETIME_NO_CACHE=1",
            "FAKETIME_TIMESTAMP_FILE=" + self.file,
            "FAKETIME_DONT_FAKE_MONOTONIC=1"]
        self.set("+0s")

    def __enter__(self):
        remove_leftovers()
        return super().__enter__()

    def __exit__(self, *how):
        super().__exit__(*how)
        remove_leftovers()

    def set(self, text):
        """"-3600s" is an hour ago; "2030-01-01 00:00:00" stands still."""
        with open(self.file + ".new", "w", encoding="ascii") as f:
            f.write(text + "\n")
        os.chmod(self.file + ".new", 0o644)
        os.rename(self.file + ".new", self.file)

    def log_clock(self):
        """How far the clock of the last log line is from ours, in seconds."""
        line = self.server.log().splitlines()[-1]
        then = datetime.datetime.strptime(line[:19], "%Y-%m-%dT%H:%M:%S")
        return then.replace(tzinfo=datetime.timezone.utc).timestamp() - \
            time.time()

    def step(self, seconds):
        """What is wrong when it steps while the server runs."""
        self.set("%+ds" % seconds)
        began = time.monotonic()
        wrong = self.during(contextlib.nullcontext())
        took = time.monotonic() - began
        if abs(self.log_clock() - seconds) > 60:
            wrong.append("the clock has not stepped: %d" % self.log_clock())
        if took > 10:
            wrong.append("it took %.0f seconds" % took)
        return wrong


def check_steps(report):
    with Clocked() as faulty:
        for seconds in (0, -HOUR, -2 * HOUR, 24 * HOUR, -HOUR, 0):
            report.case("the clock %+d s" % seconds, faulty.step(seconds))


def check_same_second(report):
    """Two starts at the very same time, as after a step back: the second must
    not name its messages as the first did, or they count as delivered."""
    with Clocked() as faulty:
        wrong = []
        for _ in range(3):
            faulty.server.kill_all()
            faulty.set("2030-01-01 00:00:00")
            faulty.server.start()
            wrong = wrong or faulty.during(contextlib.nullcontext())
        report.case("three starts at the same time", wrong)


def check(report):
    if library() is None:
        report.leave_out("clocks", "there is no libfaketime")
        return
    check_steps(report)
    check_same_second(report)
