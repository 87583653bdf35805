"""
A control group (cgroups(7), version 2) for the processes of one server: it
counts their CPU time, those that have ended included, and names those that
still run. A group of its own needs root and a writable file system of that type;
without it nothing is counted.
"""

import contextlib
import os
import signal
import time


def mount_point():
    """Where version 2 is mounted, or None."""
    with open("/proc/self/mountinfo") as f:
        for line in f:
            before, after = line.split(" - ")
            if after.split()[0] == "cgroup2":
                return before.split()[4]
    return None


def home():
    """The directory of the group that this process is in, or None."""
    top = mount_point()
    with open("/proc/self/cgroup") as f:
        for line in f:
            number, _, path = line.strip().split(":", 2)
            if number == "0" and top:
                return top + path.rstrip("/")
    return None


def why_not():
    """What is missing, in words; None when groups can be made."""
    top = home()
    if top is None:
        return "no cgroup2 file system is mounted"
    if not os.access(top + "/cgroup.procs", os.W_OK):
        return top + " is not writable"
    return None


class Group:
    """
    with Group() as g: with g.inside(): start a server. What is started inside
    stays in the group; at the end whatever is left of it is killed.
    """

    def __init__(self):
        self.home = home()
        self.path = None
        if why_not() is None:
            self.path = "%s/verbena-bench-%d" % (self.home, os.getpid())

    def __enter__(self):
        if self.path:
            os.mkdir(self.path)
        return self

    @contextlib.contextmanager
    def inside(self):
        """This process is in the group meanwhile: its children are born there."""
        self.move(self.path)
        try:
            yield
        finally:
            self.move(self.home)

    def move(self, where):
        if self.path:
            with open(where + "/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))

    def cpu(self):
        """Seconds, user and system, of all that are or were in it; or None."""
        if not self.path:
            return None
        with open(self.path + "/cpu.stat") as f:
            return int(dict(line.split() for line in f)["usage_usec"]) / 1e6

    def processes(self):
        if not self.path:
            return []
        with open(self.path + "/cgroup.procs") as f:
            return [int(line) for line in f]

    def __exit__(self, *_):
        if not self.path:
            return
        end = time.monotonic() + 10
        while self.processes() and time.monotonic() < end:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        os.rmdir(self.path)
