"""File systems of one's own: images that are mounted, cut off, mounted again."""

import fcntl
import os
import struct
import subprocess

import harness

# _IOR('X', 125, uint32_t) is FS_IOC_SHUTDOWN; 2: without a flush of the log.
SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2

MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "ext4-without-journal": ["mkfs.ext4", "-q", "-F", "-O", "^has_journal"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
}


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=120,
                          stderr=subprocess.STDOUT, env=dict(
                              os.environ, PATH=os.environ["PATH"] + ":/sbin"
                              ":/usr/sbin"))
    if done.returncode != 0:
        raise OSError("%s: %s" % (" ".join(command), done.stdout.decode()))
    return done.stdout.decode()


def is_mounted(top):
    """os.path.ismount() asks the disk, which may be dead."""
    with open("/proc/self/mounts", encoding="utf-8") as f:
        return any(line.split()[1] == top for line in f)


class Disk:
    """with Disk(top, kind, size): it is mounted there."""

    def __init__(self, top, kind, size="1G", options=()):
        self.image = top + ".image"
        self.top = top
        self.kind = kind
        self.size = size
        self.options = options
        self.checked = ""  # what fsck said

    def __enter__(self):
        os.makedirs(self.top, exist_ok=True)
        run("truncate", "-s", self.size, self.image)
        run(*MAKE[self.kind], *self.options, self.image)
        try:
            self.mount()
        except OSError:
            os.unlink(self.image)
            raise
        return self

    def __exit__(self, *_):
        self.unmount()
        os.unlink(self.image)

    def mount(self):
        """Its loop device is let go some time after it was unmounted."""
        if not harness.wait_for(self.is_free, 10, 0.05):
            raise OSError(run("losetup", "-j", self.image))
        run("mount", "-o", "loop", self.image, self.top)
        os.chmod(self.top, 0o755)

    def is_free(self):
        return run("losetup", "-j", self.image) == ""

    def unmount(self):
        """A process that ends lets go a moment later."""
        if not harness.wait_for(lambda: self.is_unmounted(), 20, 0.1):
            raise OSError(run("umount", self.top))

    def is_unmounted(self):
        if is_mounted(self.top):
            subprocess.run(["umount", self.top], stderr=subprocess.DEVNULL)
        return not is_mounted(self.top)

    def cut(self):
        """From now on nothing reaches the image that has not reached it."""
        fd = os.open(self.top, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
            if self.kind == "ext4-without-journal":
                run("dd", "if=" + self.image, "of=%s.cut" % self.image,
                    "bs=1M", "conv=sparse")
        finally:
            os.close(fd)

    def mount_again(self):
        """As after a cut. Without a journal, the kernel would still write what
        it has when the image is unmounted, which no power cut lets it: so the
        image is taken as it was at the cut, and checked as at any start."""
        self.unmount()
        if self.kind == "ext4-without-journal":
            os.rename(self.image + ".cut", self.image)
            done = subprocess.run(
                ["fsck.ext4", "-fy", self.image], timeout=120,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.checked = done.stdout.decode(errors="replace")
        self.mount()


class Memory:
    """with Memory(top, "size=1M"): a tmpfs there."""

    def __init__(self, top, options):
        self.top = top
        self.options = options

    def __enter__(self):
        os.makedirs(self.top, exist_ok=True)
        run("mount", "-t", "tmpfs", "-o", self.options, "tmpfs", self.top)
        os.chmod(self.top, 0o755)
        return self

    def __exit__(self, *_):
        if not harness.wait_for(lambda: self.is_unmounted(), 20, 0.1):
            raise OSError(run("umount", self.top))

    is_unmounted = Disk.is_unmounted


def why_not(kind):
    """Why no such disk can be had here, or None."""
    if not harness.IS_ROOT:
        return "only root can mount a disk"
    place = harness.Place()
    try:
        with Disk(place.top + "/disk", kind):
            return None
    except OSError as error:
        return "no %s can be mounted: %s" % (kind, str(error).strip())
    finally:
        place.__exit__()
