"""The Nth call of a process that starts fails, while it has much to recover.

Messages wait in the journal, small and large, and others in files of the queue.
Then the queue and the worker are killed, and of what takes their place the Nth
call of a kind fails: again and again, if it dies of that, until the fault ends. Or
all is killed, and the Nth call of each process fails when the server is started,
which may refuse to. When the fault ends there must be service, and every message
in its mailboxes, once.
"""

import contextlib
import os
import re
import signal
import time

import strace
from bear import Faulty, LARGE, SMALL
from harness import wait_for
from proc import command_line, content, is_alive

FULL, BROKEN, FEW = "ENOSPC", "EIO", "EMFILE"
CALLS = {
    "openat": (BROKEN, FEW), "pread64": (BROKEN,),
    "newfstatat": (BROKEN,), "getdents64": (BROKEN,), "flock": (BROKEN,),
    "mkdirat": (FULL,), "unlinkat": (BROKEN,), "rename": (BROKEN,),
    "renameat": (BROKEN, FULL), "ftruncate": (BROKEN,),
    "pwrite64": (FULL, BROKEN), "pwritev": (FULL, BROKEN),
    "fsync": (BROKEN, FULL), "fdatasync": (BROKEN, FULL),
    "syncfs": (BROKEN,), "epoll_create1": (FEW,), "socketpair": (FEW,),
}
ROLES = {"queue and worker": ["queue", "worker"], "server": None}
SHORT = {"queue and worker": ["pread64", "socketpair"],
         "server": ["fdatasync"]}
FEWEST = 6     # in a short run
AT_ONCE = 25   # faults for one server
MOST = 130     # calls of a kind: each of a thousand directories is made
START = 1.5    # seconds until what starts has done all this


class Recovering(Faulty):
    """A server that has much to recover when one of its processes is killed."""

    def shut(self, is_shut):
        """The maildir of cat takes nothing."""
        path = self.boxes["maildir", "cat"].path
        if os.path.exists(path):
            os.chmod(path, 0 if is_shut else 0o700)

    def post(self, kind, size, *users):
        code = self.answer(kind, self.load.next_token(size),
                           [(kind, user) for user in users], 20)
        return [] if code == 250 else ["before the fault: %s" % code]

    def fill(self):
        """Some wait in files, some in the journal. What is wrong."""
        self.shut(True)
        wrong = self.post("maildir", SMALL, "cat", "ann") + \
            self.post("maildir", LARGE, "cat")
        if not wait_for(lambda: len(self.server.parked()) >= 2, 10):
            wrong.append("nothing was parked")
        for courier in self.server.children("courier"):
            os.kill(courier, signal.SIGSTOP)
        for kind in self.server.users:
            wrong += self.post(kind, SMALL, "ann", "bob")
            wrong += self.post(kind, LARGE, "bob")
        self.shut(False)
        return wrong

    def kill(self, role):
        """And those that were stopped go on, if they do not die with it."""
        couriers = self.server.children("courier")
        for pid in [pid for name in ROLES[role]
                    for pid in self.server.children(name)]:
            os.kill(pid, signal.SIGKILL)
        for pid in couriers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def replace(self, role, output, *options):
        """What is wrong when the role is started again under strace."""
        with strace.Tracer([self.server.process.pid], output, *options):
            self.kill(role)
            time.sleep(START)
        return [] if is_alive(self.server.process.pid) else [
            "DIED: the master"]

    def start_all(self, output, *options):
        """All of it is started, under strace, and if need be once more."""
        self.server.kill_all()
        self.server.prefix = ["strace", "-D", "-I2", "-f", "-o", output,
                              *options]
        try:
            self.server.start()
            time.sleep(START)
        except AssertionError:
            pass
        for pid in of_output(output):
            os.kill(pid, signal.SIGINT)
        if not wait_for(lambda: not of_output(output)):
            raise AssertionError("strace did not end")
        self.server.prefix = ()
        if self.server.process.poll() is not None or \
                not self.server.is_ready():
            self.server.kill_all()
            self.server.start()
        return []

    def start_with(self, role, output, *options):
        wrong = self.fill()
        wrong += self.start_all(output, *options) if ROLES[role] is None else \
            self.replace(role, output, *options)
        return wrong + self.after()


def of_output(output):
    """The strace that writes there."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if command_line(pid)[:1] == ["strace"] and
            output in command_line(pid)]


def used(role):
    """Which calls are made by what starts."""
    with Recovering() as faulty:
        faulty.after()
        output = faulty.server.top + "/used"
        faulty.start_with(role, output, "-e", "trace=" + ",".join(CALLS))
        names = set(re.findall(rb"(?m)^\d+ +(\w+)\(", content(output)))
    return [call for call in CALLS if call.encode() in names]


def fail_some(role, call, error, numbers, report):
    """As in inject.py."""
    with Recovering() as faulty:
        faulty.after()
        output = faulty.server.top + "/injected"
        for n in numbers:
            wrong = faulty.start_with(
                role, output, "-e", "trace=" + call, "-e",
                "inject=%s:error=%s:when=%d" % (call, error, n))
            if b"(INJECTED)" not in content(output) and not wrong:
                return n - numbers[0]
            if not report.case("%s starts: %s number %d fails, %s" % (
                    role, call, n, error), wrong):
                report.say(faulty.server.log()[-3000:])
                return n - numbers[0]
    return len(numbers)


def fail_each(role, call, error, most, report):
    """Until there is no Nth. How many there are."""
    failed, n = report.failed, 1
    while n <= most and report.failed == failed:
        last = min(n + AT_ONCE, most + 1)
        n += fail_some(role, call, error, range(n, last), report)
        if n < last:
            break
    return n - 1


def check(is_short, report):
    for role in SHORT if is_short else ROLES:
        for call in SHORT[role] if is_short else used(role):
            done = ["%d %s" % (fail_each(
                role, call, error, FEWEST if is_short else MOST, report),
                error) for error in CALLS[call][:1 if is_short else None]]
            report.say("%s starts, %s: %s" % (role, call, ", ".join(done)))
