"""The Nth call of each kind fails, for every N until there is no Nth."""

import re
import time

import strace
from bear import Faulty, LARGE, LINGER, SMALL
from proc import content

# What fails, and how. Where there is a loop, write(2) is left alone: it goes to
# clients and to the loop itself (eventfd), not to a disk.
FULL, BROKEN = "ENOSPC", "EIO"
CALLS = {
    "write": (FULL, BROKEN), "pwrite64": (FULL, BROKEN),
    "writev": (FULL, BROKEN), "pwritev": (FULL, BROKEN),
    "pwritev2": (FULL, BROKEN), "fallocate": (FULL, BROKEN),
    "fsync": (BROKEN, FULL), "fdatasync": (BROKEN, FULL),
    "syncfs": (BROKEN, FULL), "openat": (BROKEN, "EMFILE", FULL),
    "rename": (BROKEN, FULL), "renameat": (BROKEN, FULL),
    "renameat2": (BROKEN, FULL), "link": (BROKEN, FULL),
    "linkat": (BROKEN, FULL), "unlinkat": (BROKEN,), "unlink": (BROKEN,),
    "ftruncate": (BROKEN,), "mkdirat": (FULL, BROKEN), "mkdir": (FULL, BROKEN),
    "newfstatat": (BROKEN,), "pread64": (BROKEN,),
}
NOT_IN_A_LOOP = {"write", "writev"}
ROLES = ["courier", "worker", "queue"]
ON_A_NEW_SERVER = {"mkdirat", "mkdir"}  # what is made once is there then
FEW = 3       # in a short run
AT_ONCE = 50  # faults for one server, whose mailboxes grow
MOST = 500    # calls of a kind for four messages; more is no end


def calls_of(role):
    return [c for c in CALLS if role == "courier" or c not in NOT_IN_A_LOOP]


def used(faulty, role, output):
    """Which of the calls the role makes at all while mail comes."""
    with strace.Tracer(faulty.server.children(role), output, "-e",
                      "trace=" + ",".join(calls_of(role))):
        faulty.send((SMALL, LARGE), 20)
        time.sleep(LINGER)
    names = set(re.findall(rb"(?m)^\d+ +(\w+)\(", content(output)))
    return [c for c in calls_of(role) if c.encode() in names]


def fail(faulty, role, call, error, n):
    """(whether anything failed, what is wrong)."""
    output = faulty.server.top + "/injected"
    fault = strace.Tracer(
        faulty.server.children(role), output, "-e", "trace=" + call, "-e",
        "inject=%s:error=%s:when=%d" % (call, error, n))
    wrong = faulty.during(fault, (SMALL, LARGE))
    return b"(INJECTED)" in content(output), wrong


def fail_some(role, call, error, numbers, report):
    """Some N, on one server. How many of them there were; one with which
    something is wrong is the last."""
    with Faulty() as faulty:
        for n in numbers:
            injected, wrong = fail(faulty, role, call, error, n)
            if not injected and not wrong:
                return n - numbers[0]
            if not report.case("%s: %s number %d fails, %s" % (
                    role, call, n, error), wrong):
                report.say(faulty.server.log()[-2000:])
                return n - numbers[0]
    return len(numbers)


def fail_each(role, call, error, most, report):
    """Until there is no Nth. How many there are."""
    at_once = 1 if call in ON_A_NEW_SERVER else AT_ONCE
    first, failed = 1, report.failed
    while first <= most and report.failed == failed:
        last = min(first + at_once - 1, most)
        count = fail_some(role, call, error, range(first, last + 1), report)
        first += count
        if first <= last:
            return first - 1
    if first > MOST:
        report.case("%s: %s" % (role, call), ["there is no end of them"])
    return first - 1


def check(is_short, report):
    for role in ROLES:
        with Faulty() as faulty:
            if not faulty.server.children(role):
                continue
            calls = used(faulty, role, faulty.server.top + "/used")
        for call in calls:
            done = ["%d %s" % (fail_each(role, call, error, FEW if is_short else
                                         MOST, report), error)
                    for error in CALLS[call][:1 if is_short else None]]
            report.say("%s, %s: %s" % (role, call, ", ".join(done)))
