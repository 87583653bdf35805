"""A server with mailboxes of every kind, which is started again and again."""

import contextlib
import os
import pwd
import random
import signal
import socket
import sys

BUILD = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "build"
os.environ["VERBENA_BUILD"] = BUILD
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "server"))
# pylint: disable=wrong-import-position
import harness  # noqa: E402
from harness import ACCOUNT, IS_ROOT, wait_for  # noqa: E402, F401
from mailboxes import Maildir, Mbox  # noqa: E402

# The mailboxes of a kind. Those who own theirs are accounts of the machine.
OURS = ["ann", "bob", "cat"]
THEIRS = ["games", "mail", "news"] if IS_ROOT else []
USERS = {"maildir": OURS, "mbox": OURS, "own_maildir": THEIRS,
         "own_mbox": THEIRS}
PATHS = {"maildir": "$disk/mail/{user}", "mbox": "$disk/mbox/{user}",
         "own_maildir": "$disk/home/{user}/maildir",
         "own_mbox": "$disk/home/{user}/mbox"}

# What is put off is tried again while we look.
SETTINGS = {
    "state_dir": '"$disk/state"',
    "retry": '{ first = "1s"; most = "2s"; }',
    "workers": "2",
    "couriers": "4",
    "log": '{ level = "info"; }',
    "modules": '[ "basic", "directory", "maildir", "mbox" ]',
    "maildir": None,
    "limits": '{ connections = 1000; per_client = 1000; errors = 10000; '
              'junk = 10000; }',
    "directory": "{ users = ( %s ); }" % ", ".join(
        '{ name = "%s"; }' % name for name in OURS + THEIRS),
}


# Told to end, a program still ends its servers and unmounts its disks.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def quiet_port(but):
    """A free port that no connection is given while its server is down."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        first = int(f.read().split()[0])
    while True:
        port = random.randrange(first // 2, first)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            if port not in but:
                return port


def site(kind):
    """A dot-lock without a word in it may be anyone's: who dies between making
    one and writing into it leaves the mailbox locked until it is stale."""
    module = kind.rpartition("_")[2]
    settings = 'path = "%s"; as = "%s";' % (
        PATHS[kind], "recipient" if "own" in kind else "service")
    if module == "mbox":
        settings += ' stale_lock = "2s";'
    return '{ name = "%s"; listen = [ "127.0.0.1:$port_%s" ]; domains = [ ' \
        '"lab.test" ]; deliver = "%s"; %s: { %s }; }' % (
            kind, kind, module, module, settings)


class CrashServer(harness.Server):
    """`kinds` are those of its mailboxes, each with a site of its own where
    there are no `sites`; `disk` is where they and its state lie, if not beside
    all else."""

    def __init__(self, kinds, disk=None, settings=None, sites=None, **more):
        self.disk = disk
        self.users = {kind: USERS[kind] for kind in kinds if USERS[kind]}
        self.starts = 0
        super().__init__(dict(SETTINGS, **(settings or {})),
                         sites or ", ".join(map(site, self.users)), **more)
        self.disk = disk or self.top

    def port(self, name="main"):
        if name not in self.ports:
            self.ports[name] = quiet_port(self.ports.values())
        return self.ports[name]

    def fill_in(self, text):
        return super().fill_in(text.replace("$disk", self.disk))

    def write(self, text=None, name="verbena.conf"):
        super().write(text, name)
        self.make_mailboxes()

    def make_mailboxes(self):
        """What an operator makes: the directories above the mailboxes."""
        for path, owner in [("mail", ACCOUNT), ("mbox", ACCOUNT)] + [
                ("home/" + user, pwd.getpwnam(user)) for user in THEIRS]:
            path = "%s/%s" % (self.disk, path)
            os.makedirs(path, exist_ok=True)
            if IS_ROOT:
                os.chown(path, owner.pw_uid, owner.pw_gid)
            self.sync(path)

    def sync(self, path):
        """So that no power cut takes it away."""
        while path.startswith(self.disk):
            fd = os.open(path, os.O_RDONLY)
            os.fsync(fd)
            os.close(fd)
            path = os.path.dirname(path)

    def boxes(self):
        """{(kind, user): mailbox}, nothing of which has been read."""
        return {(kind, user): self.box(kind, user)
                for kind, users in self.users.items() for user in users}

    def box(self, kind, user):
        path = self.fill_in(PATHS[kind].replace("{user}", user))
        return (Mbox if kind.endswith("mbox") else Maildir)(path)

    def start(self):
        """The log begins anew, so that "ready" in it is of this start."""
        self.starts += 1
        if os.path.exists(self.top + "/log"):
            os.rename(self.top + "/log",
                      "%s/log.%d" % (self.top, self.starts - 1))
        super().start()

    def all_logs(self):
        return "".join(self.log(name) for name in sorted(
            os.listdir(self.top)) if name.startswith("log"))

    def has_queue(self):
        """With one, what was refused must not arrive: the message was in no
        mailbox yet."""
        return bool(self.children("queue"))
