"""strace on processes that run, and the system calls as it tells them."""

import os
import re
import signal
import subprocess

import proc
from harness import wait_for

SYNCS = {"fsync", "fdatasync", "syncfs"}
WRITES = {"write", "pwrite64", "writev", "pwritev", "pwritev2"}
RENAMES = {"rename", "renameat", "renameat2"}
NAMES = {"openat", "open", "link", "linkat"} | RENAMES
REMOVES = {"unlink", "unlinkat"}
SENDS = {"write", "writev", "sendto", "sendmsg"}
RECEIVES = {"read", "readv", "recvfrom", "recvmsg"}
# To see all of these, and enough of what is written.
OPTIONS = ["-yy", "-s", "4096", "-e", "trace=" + ",".join(
    sorted(SYNCS | WRITES | NAMES | REMOVES | SENDS | RECEIVES))]

LINE = re.compile(r"(\d+) +(.*)")
CALL = re.compile(r"(\w+)\((.*)", re.S)
RESULT = re.compile(r"\) += (-?\d+|\?)(?:<.*>)?(?: .*)?$")
RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)")
# What a descriptor is: 7</srv/mail/new/x>, 12<TCP:[127.0.0.1:25->...]>, or
# 9</srv/state/spool/#131>(deleted) where it has no name.
FD = re.compile(r"^(\d+|AT_FDCWD)<((?:[^<>]|->)*)>(\(deleted\))?")
PATH = re.compile(r'(?:^|, )(\d+|AT_FDCWD)<((?:[^<>]|->)*)>, "([^"]*)"')


def threads(pid):
    return ["/proc/%d/task/%s" % (pid, thread)
            for thread in os.listdir("/proc/%d/task" % pid)]


def is_traced(pid):
    try:
        return all(b"TracerPid:\t0\n" not in proc.content(thread + "/status")
                   for thread in threads(pid))
    except OSError:
        return True  # it has ended: nothing to wait for


class Tracer:
    """with Tracer(pids, output, ...): strace has all their threads, and those
    of the processes that they start, until the end of the block."""

    def __init__(self, pids, output, *options):
        self.pids = pids
        self.output = output
        self.command = ["strace", "-f", "-o", output, *options]
        for pid in pids:
            self.command += ["-p", str(pid)]
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, start_new_session=True)
        wait_for(lambda: self.process.poll() is not None or
                 all(map(is_traced, self.pids)), 10, 0.002)
        if self.process.poll() is not None:
            raise OSError(self.process.stderr.read().decode())
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=20)


class Call:
    """One system call; `began` and `ended` are places in the order of all."""

    def __init__(self, name, arguments, began):
        self.name = name
        self.arguments = arguments
        self.began = began
        self.ended = None  # None: not while we looked
        self.result = None

    def finish(self, text, ended):
        self.arguments += text
        found = RESULT.search(self.arguments)
        if found is None or found[1] == "?":
            return
        self.arguments = self.arguments[:found.start()]
        self.result = int(found[1])
        self.ended = ended

    def file(self):
        """What its first argument is, if that is a descriptor."""
        found = FD.match(self.arguments)
        return found[2] + (found[3] or "") if found else None

    def descriptor(self):
        """The number of that."""
        return int(FD.match(self.arguments)[1])

    def is_done(self):
        return self.result is not None and self.result >= 0

    def paths(self):
        """The files its arguments name, in full."""
        return [full(directory, name) for _, directory, name in
                PATH.findall(self.arguments)]


def full(directory, name):
    return name if name.startswith("/") else "%s/%s" % (directory, name)


def read(path):
    """The calls of all threads, in the order in which they began."""
    calls, open_calls = [], {}
    with open(path, encoding="latin-1") as f:
        for at, line in enumerate(f):
            found = LINE.match(line.rstrip("\n"))
            if found:
                take(found[1], found[2], at, calls, open_calls)
    return calls


def take(thread, text, at, calls, open_calls):
    resumed = RESUMED.match(text)
    if resumed:
        call = open_calls.pop(thread, None)
        if call is not None:
            call.finish(resumed[2], at)
        return
    found = CALL.match(text)
    if not found:
        return
    call = Call(found[1], "", at)
    calls.append(call)
    if text.endswith("<unfinished ...>"):
        call.arguments = found[2][:-len("<unfinished ...>")]
        open_calls[thread] = call
    else:
        call.finish(found[2], at)
