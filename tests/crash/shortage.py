"""Disks that are full, read-only or dead, and descriptors that run out."""

import contextlib
import functools
import glob
import os
import subprocess
import tempfile

import disk
from bear import Faulty, LARGE, SMALL
from harness import ACCOUNT, IS_ROOT
from proc import content, is_alive

BOTH = (SMALL, LARGE)
TMPFS = functools.partial(disk.Memory, options="size=128M")
FEW_INODES = functools.partial(disk.Memory, options="size=128M,nr_inodes=2000")
EXT4 = functools.partial(disk.Disk, kind="ext4", size="256M",
                         options=("-m", "0"))


@contextlib.contextmanager
def full(path):
    """Not an octet is left, until the end of the block."""
    name = path + "/filler"
    with open(name, "wb", buffering=0) as f:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while f.write(b"x" * size) == size:
                    pass
    try:
        yield
    finally:
        os.unlink(name)


@contextlib.contextmanager
def without_inodes(path):
    """No file can be made, until the end of the block."""
    directory = tempfile.mkdtemp(dir=path)
    with contextlib.suppress(OSError):
        for n in range(10000):
            os.close(os.open("%s/%d" % (directory, n),
                             os.O_CREAT | os.O_WRONLY))
    try:
        yield
    finally:
        for name in os.listdir(directory):
            os.unlink("%s/%s" % (directory, name))
        os.rmdir(directory)


@contextlib.contextmanager
def read_only(path):
    disk.run("mount", "-o", "remount,ro", path)
    try:
        yield
    finally:
        disk.run("mount", "-o", "remount,rw", path)


def check_shortage(where, what, filesystem, fault, report):
    """A file system for the mailboxes or the state, with that fault."""
    with Faulty(place=where, filesystem=filesystem) as faulty:
        wrong = faulty.after()
        for n in range(2):
            wrong += faulty.during(fault(faulty.on.top), BOTH)
        report.case("%s: %s" % (where, what), wrong)


def break_ext4(d):
    """What ext4 does when it finds itself broken: no write any more."""
    device = os.path.basename(disk.run(
        "findmnt", "-n", "-o", "SOURCE", d.top).strip())
    with open("/sys/fs/ext4/%s/trigger_fs_error" % device, "w",
              encoding="ascii") as f:
        f.write("1\n")


def check_dead_state(what, kill, report):
    """The disk of the state dies under a server that runs. It is mended, and
    the server started again."""
    with Faulty(place="state", filesystem=EXT4) as faulty:
        family = faulty.family()
        wrong = faulty.after()
        disk.run("mount", "-o", "remount,errors=remount-ro", faulty.on.top)
        kill(faulty.on)
        wrong += faulty.send(BOTH, 20)
        wrong += ["DIED: process %d" % pid for pid in family
                  if not is_alive(pid)]
        faulty.server.kill_all()
        faulty.on.mount_again()
        faulty.server.start()
        report.case("state: " + what, wrong + faulty.after())


@contextlib.contextmanager
def few_descriptors(pids, count):
    """None of them may open more than they have, but for `count`."""
    before = {pid: soft_limit(pid) for pid in pids}
    for pid in pids:
        limit_files(pid, highest(pid) + 1 + count)
    try:
        yield
    finally:
        for pid in pids:
            limit_files(pid, before[pid])


def soft_limit(pid):
    [line] = [line for line in content("/proc/%d/limits" % pid).splitlines()
              if line.startswith(b"Max open files")]
    return int(line.split()[3])


def limit_files(pid, number):
    """As its own account, which may: not every root has CAP_SYS_RESOURCE."""
    who = {"user": ACCOUNT.pw_uid, "group": ACCOUNT.pw_gid,
           "extra_groups": []} if IS_ROOT else {}
    subprocess.run(["prlimit", "--pid", str(pid), "--nofile=%d:" % number],
                   check=True, **who)


def highest(pid):
    return max(map(int, os.listdir("/proc/%d/fd" % pid)))


def check_descriptors(role, most, report):
    """A limit only counts for new descriptors: 0, 1, 2 ... may be had."""
    with Faulty() as faulty:
        for count in range(most):
            pids = faulty.server.children(role)
            if not pids:
                return
            report.case("%s: %d descriptors left" % (role, count),
                        faulty.during(few_descriptors(pids, count), BOTH, 2))


DISKS = [
    ("disk", "tmpfs full", TMPFS, full),
    ("disk", "ext4 full", EXT4, full),
    ("disk", "no inodes", FEW_INODES, without_inodes),
    ("disk", "read-only", TMPFS, read_only),
    ("state", "tmpfs full", TMPFS, full),
    ("state", "ext4 full", EXT4, full),
    ("state", "no inodes", FEW_INODES, without_inodes),
]


def check(is_short, report):
    for role in ("courier", "worker", "queue"):
        check_descriptors(role, 3 if is_short else 12, report)
    why = disk.why_not("ext4")
    if why is not None:
        report.leave_out("disks that are full, read-only or broken", why)
        return
    for row in DISKS[::2] if is_short else DISKS:
        check_shortage(*row, report)
    if glob.glob("/sys/fs/ext4/*/trigger_fs_error"):
        check_dead_state("broken, so read-only", break_ext4, report)
    else:
        report.leave_out("a broken ext4", "it cannot be broken from outside")
    if not is_short:
        check_dead_state("gone", disk.Disk.cut, report)
