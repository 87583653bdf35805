"""The Nth call of each kind fails, for every N until there is no Nth."""

import re

import trace
from bear import Faulty, LARGE, SMALL
from proc import content

# What fails, and how. A worker's write(2) is left alone: it goes to clients and
# to itself (eventfd), not to a disk.
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
}
NOT_IN_A_WORKER = {"write", "writev"}
ROLES = ["courier", "worker", "queue"]
MOST = 300  # calls of a kind for two messages; more is no end


def calls_of(role):
    return [c for c in CALLS if role != "worker" or c not in NOT_IN_A_WORKER]


def used(faulty, role, output):
    """Which of the calls the role makes at all while mail comes."""
    with trace.Tracer(faulty.server.children(role), output, "-e",
                      "trace=" + ",".join(calls_of(role))):
        faulty.send((SMALL, LARGE), 20)
    names = set(re.findall(rb"(?m)^\d+ +(\w+)\(", content(output)))
    return [c for c in calls_of(role) if c.encode() in names]


def fail(faulty, role, call, error, n):
    """(whether anything failed, what is wrong)."""
    output = faulty.server.top + "/injected"
    fault = trace.Tracer(
        faulty.server.children(role), output, "-e", "trace=" + call, "-e",
        "inject=%s:error=%s:when=%d" % (call, error, n))
    wrong = faulty.during(fault, (SMALL, LARGE))
    return b"(INJECTED)" in content(output), wrong


def fail_each(faulty, role, call, error, most, report):
    """Until none is left; a server with which something is wrong is left."""
    for n in range(1, most + 1):
        injected, wrong = fail(faulty, role, call, error, n)
        if not injected and not wrong:
            return n - 1
        if not report.case("%s: %s number %d fails, %s" % (
                role, call, n, error), wrong):
            raise RuntimeError("given up")
    if most == MOST:
        report.case("%s: %s" % (role, call), ["there is no end of them"])
    return most


def fail_all(role, call, is_short, report):
    """One call of one role, on a server of its own."""
    done = []
    for error in CALLS[call][:1 if is_short else None]:
        with Faulty() as faulty:
            try:
                done.append("%s %d" % (error, fail_each(
                    faulty, role, call, error, 1 if is_short else MOST,
                    report)))
            except RuntimeError:
                report.say(faulty.server.log()[-2000:])
    report.say("%s, %s: %s times" % (role, call, ", ".join(done)))


def check(is_short, report):
    for role in ROLES:
        with Faulty() as faulty:
            if not faulty.server.children(role):
                continue
            calls = used(faulty, role, faulty.server.top + "/used")
        for call in calls:
            fail_all(role, call, is_short, report)
