"""
Servers that cannot be installed beside Postfix, because each wants to be the
machine's mail server: their packages are downloaded, with the libraries they
need, and unpacked below build/bench/peers. Nothing is installed. They run in a root
directory of their own (chroot), with accounts of their own.
"""

import os
import pwd
import shutil
import stat
import subprocess

from live import ACCOUNT, accepts, wait_for

ONLY_DEPENDS = ["--recurse", "--no-recommends", "--no-suggests",
                "--no-conflicts", "--no-breaks", "--no-replaces",
                "--no-enhances"]
DEVICES = {"null": (1, 3), "zero": (1, 5), "urandom": (1, 9)}


class Unavailable(Exception):
    """The server cannot be had here; the words say why."""


def run(*command, **more):
    """What it printed; Unavailable when it failed or is not there."""
    try:
        return subprocess.run(command, check=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, **more).stdout
    except subprocess.CalledProcessError as e:
        raise Unavailable("%s: %s" % (
            " ".join(command[:2]), e.stderr.strip()[-300:])) from e
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Unavailable(str(e)) from e


def libraries_of(packages):
    """package -> the libraries it depends on, for all that these need."""
    needs, package = {}, None
    for line in run("apt-cache", "depends", *ONLY_DEPENDS,
                    *packages).splitlines():
        name = line.split()[-1]
        if not line.startswith(" "):
            package = name
        elif "Depends: " in line and name.startswith(("lib", "zlib")):
            needs.setdefault(package, []).append(name)
    return needs


def with_libraries(packages):
    needs = libraries_of(packages)
    found, todo = [], list(packages)
    while todo:
        package = todo.pop()
        if package not in found:
            found.append(package)
            todo += needs.get(package, [])
    return found


def without_privileges(tree):
    """A copy in a build directory must not be a way to become root."""
    for top, _, names in os.walk(tree):
        for name in names:
            path = os.path.join(top, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(path, stat.S_IMODE(mode) & 0o777)


def fetched(build, name, packages):
    """The directory with the packages unpacked; downloads them at first."""
    tree = os.path.abspath("%s/bench/peers/%s" % (build, name))
    if os.path.isdir(tree):
        return tree
    debs, new = tree + ".packages", tree + ".new"
    for path in (debs, new):
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
    try:
        closure = with_libraries(packages)
    except Unavailable:  # perhaps the lists of packages are not there
        run("apt-get", "-qq", "update")
        closure = with_libraries(packages)
    run("apt-get", "-qq", "download", *closure, cwd=debs)
    for deb in sorted(os.listdir(debs)):
        run("dpkg", "-x", os.path.join(debs, deb), new)
    without_privileges(new)
    shutil.rmtree(debs)
    os.rename(new, tree)
    return tree


def account(name, number, home="/"):
    return "%s:x:%d:%d::%s:/bin/sh\n" % (name, number, number, home)


class Rooted:
    """
    with Rooted(build, top) as s: it runs in top/root, and s.port is its SMTP.
    Derived classes tell the rest.
    """

    NAME = None
    PACKAGES = ()
    COMMAND = ()
    ACCOUNTS = {}       # its own, and their numbers
    DIRECTORIES = {}    # which it wants to find, and whose they are
    BOXES_OF = ACCOUNT  # who delivers

    def __init__(self, build, top, users, port):
        self.tree = fetched(build, self.NAME, self.PACKAGES)
        self.root = top + "/root"
        self.boxes = self.root + "/mail"
        self.logfile = top + "/log"
        self.users = users
        self.port = port
        self.process = None

    def configure(self):
        """Writes its configuration below self.root."""
        raise NotImplementedError

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.root + path), exist_ok=True)
        with open(self.root + path, "w") as f:
            f.write(text)

    def number(self, name):
        if name == "root":
            return 0
        return self.ACCOUNTS.get(name, pwd.getpwnam(ACCOUNT).pw_uid)

    def make_root(self):
        shutil.copytree(self.tree, self.root, symlinks=True)
        os.makedirs(self.root + "/dev")
        os.makedirs(self.root + "/tmp")
        os.chmod(self.root + "/tmp", 0o1777)
        for name, (major, minor) in DEVICES.items():
            os.mknod(self.root + "/dev/" + name, stat.S_IFCHR | 0o666,
                     os.makedev(major, minor))
            os.chmod(self.root + "/dev/" + name, 0o666)
        if os.path.exists(self.root + "/bin/dash") and \
                not os.path.lexists(self.root + "/bin/sh"):
            os.symlink("dash", self.root + "/bin/sh")

    def make_accounts(self):
        nobody = pwd.getpwnam(ACCOUNT)
        lines = account("root", 0)
        lines += account(ACCOUNT, nobody.pw_uid)
        groups = "root:x:0:\nmail:x:8:\nnogroup:x:%d:\n" % nobody.pw_gid
        for name, number in self.ACCOUNTS.items():
            lines += account(name, number)
            groups += "%s:x:%d:\n" % (name, number)
        for user in self.users:
            lines += account(user, nobody.pw_uid, "/mail")
        self.write("/etc/passwd", lines)
        self.write("/etc/group", groups)
        self.write("/etc/hosts", "127.0.0.1 localhost\n")
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\n"
                   "hosts: files\n")

    def make_directories(self):
        for path, owner in {"/mail": self.BOXES_OF,
                            **self.DIRECTORIES}.items():
            os.makedirs(self.root + path, exist_ok=True)
            os.chown(self.root + path, self.number(owner),
                     self.number(owner))
            os.chmod(self.root + path, 0o711)

    def __enter__(self):
        self.make_root()
        self.make_accounts()
        self.make_directories()
        self.configure()
        with open(self.logfile, "wb") as log:
            self.process = subprocess.Popen(
                ["chroot", self.root, *self.COMMAND], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True)
        wait_for(lambda: self.process.poll() is not None or
                 accepts(self.port))
        if self.process.poll() is not None or not accepts(self.port):
            self.__exit__()
            raise Unavailable("it did not start:\n" + self.log())
        return self

    def log(self):
        with open(self.logfile, errors="backslashreplace") as f:
            return f.read()[-3000:]

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
