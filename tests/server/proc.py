"""Processes, as /proc has them."""

import os


def content(path):
    with open(path, "rb") as f:
        return f.read()


def command_line(pid):
    try:
        return content("/proc/%d/cmdline" % pid).decode().split("\0")
    except OSError:
        return []


def parent(pid):
    try:
        return int(content("/proc/%d/stat" % pid).rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def descendants(pid):
    parents = {int(p): parent(int(p)) for p in os.listdir("/proc")
               if p.isdigit()}
    found, more = [], [pid]
    while more:
        more = [p for p in parents if parents[p] in more]
        found += more
    return sorted(found)


def is_alive(pid):
    """Also a zombie is, as long as a thread of it holds its files open."""
    try:
        state = content("/proc/%d/stat" % pid).rpartition(b")")[2].split()[0]
        return state not in (b"Z", b"X") or \
            len(os.listdir("/proc/%d/task" % pid)) > 1
    except (OSError, IndexError):
        return False


def status_of(pid):
    """The lines of /proc/PID/status, by name."""
    lines = content("/proc/%d/status" % pid).decode().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
