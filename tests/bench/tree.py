"""A process and all that descend from it, by /proc."""

import os


def parents():
    """process -> its parent, for all there are."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name) as f:
                found[int(name)] = int(f.read().rsplit(")", 1)[1].split()[1])
        except OSError:  # it has ended
            pass
    return found


def descendants(pid):
    parent, found = parents(), [pid]
    for ancestor in found:  # grows meanwhile
        found += [p for p, of in parent.items() if of == ancestor]
    return found


def memory(pid):
    """
    Octets that the process and its descendants have in memory, what they share
    counted once.
    """
    octets = 0
    for process in descendants(pid):
        try:
            with open("/proc/%d/smaps_rollup" % process) as f:
                octets += sum(int(line.split()[1]) * 1024 for line in f
                              if line.startswith("Pss:"))
        except OSError:  # it has ended
            pass
    return octets
