"""A live server in a temporary directory, for tests in Python."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ACCOUNT = "nobody"  # what the server becomes, when root starts it


def is_root():
    return os.geteuid() == 0


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, seconds=10, step=0.02):
    """Waits until what() is true; its last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = what()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(step)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def directory_for_all():
    """A temporary directory that every account may enter."""
    name = tempfile.mkdtemp(prefix="verbena-")
    os.chmod(name, 0o755)
    return name


def given_to_account(path):
    os.makedirs(path, exist_ok=True)
    if is_root():
        os.chown(path, pwd.getpwnam(ACCOUNT).pw_uid, -1)
    return path


MODULES = ("basic", "directory", "maildir", "mbox", "lmtp")

CONF = """
hostname   = "mx.lab.test";
user       = "{account}";
state_dir  = "{top}/state";
run_dir    = "{top}/run";
module_dir = "{build}/modules";
modules    = [ {modules} ];
log:     {{ level = "info"; }};
limits:  {{ connections = 1000; per_client = 1000; errors = 1000; junk = 1000000000; }};
maildir: {{ path = "{top}/mail/{{domain}}/{{user}}"; }};
mbox:    {{ path = "{top}/mbox/{{domain}}/{{user}}"; }};
lmtp:    {{ to = "unix:{top}/dovecot-lmtp/lmtp"; timeout = "20s"; }};
directory: {{ users = ( {users} ); }};
{more}
sites = (
  {{ name = "maildir"; listen = [ "127.0.0.1:{port}" ]; domains = [ "lab.test" ]; deliver = "maildir"; }},
  {{ name = "mbox"; listen = [ "127.0.0.1:{mbox_port}" ]; domains = [ "lab.test" ]; deliver = "mbox"; }},
  {{ name = "lmtp"; listen = [ "127.0.0.1:{lmtp_port}" ]; domains = [ "lab.test" ]; deliver = "lmtp"; }}
);
"""


class Server:
    """with Server(build, users) as s: it runs, and s.port is a maildir's."""

    conf = CONF

    def __init__(self, build, users, top=None, more="", modules=MODULES):
        self.build = build
        self.users = users
        self.own_top = top is None
        self.top = top or directory_for_all()
        self.more = more
        self.modules = modules
        self.port = free_port()
        self.mbox_port = free_port()
        self.lmtp_port = free_port()
        self.process = None

    def configuration(self):
        return self.conf.format(
            account=ACCOUNT, top=self.top, build=self.build, more=self.more,
            port=self.port, mbox_port=self.mbox_port,
            lmtp_port=self.lmtp_port,
            modules=", ".join('"%s"' % m for m in self.modules),
            users=", ".join('{ name = "%s"; }' % u for u in self.users))

    def __enter__(self):
        given_to_account(self.top + "/mail")
        given_to_account(self.top + "/mbox")
        with open(self.top + "/verbena.conf", "w") as f:
            f.write(self.configuration())
        self.start()
        return self

    def start(self, patience=10):
        """Starts it, for the first time or again."""
        with open(self.top + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [self.build + "/verbena", "-c", self.top + "/verbena.conf",
                 "run"], stdout=log, stderr=log, start_new_session=True)
        up = wait_for(lambda: self.process.poll() is not None or
                      accepts(self.port) and accepts(self.mbox_port),
                      patience)
        if not up or self.process.poll() is not None:
            log = self.log()
            self.remove()
            raise RuntimeError("the server did not start:\n" + log)

    def log(self):
        with open(self.top + "/log", errors="backslashreplace") as f:
            return f.read()[-6000:]

    def maildir(self, user):
        return "%s/mail/lab.test/%s" % (self.top, user)

    def mbox(self, user):
        return "%s/mbox/lab.test/%s" % (self.top, user)

    def stop(self):
        """Its exit status; None when SIGTERM did not do within 15 s (it gives
        itself 10)."""
        self.process.terminate()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            return None

    def remove(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.own_top:
            shutil.rmtree(self.top, ignore_errors=True)

    def __exit__(self, *_):
        try:
            if self.process.poll() is None:
                self.stop()
        finally:
            self.remove()


def messages_of(maildir):
    """File names of the messages in a maildir."""
    found = []
    for part in ("new", "cur"):
        try:
            found += ["%s/%s/%s" % (maildir, part, name)
                      for name in os.listdir("%s/%s" % (maildir, part))]
        except FileNotFoundError:
            pass
    return found


def content(path):
    with open(path, "rb") as f:
        return f.read()
