"""A live server of one's own: its configuration, processes and mailboxes."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from client import Client
from proc import command_line, content, descendants, is_alive

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("VERBENA_BUILD", TREE + "/build"))
VERBENA = BUILD + "/verbena"

IS_ROOT = os.geteuid() == 0
# Whom the server's processes run as.
ACCOUNT = pwd.getpwnam("nobody") if IS_ROOT else pwd.getpwuid(os.geteuid())

# A module that crashes must crash, whoever else would like to tell of it. And
# what the sanitizer keeps of freed memory is not what the server takes.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="handle_segv=0:detect_leaks=0:"
                   "quarantine_size_mb=4:thread_local_quarantine_size_kb=64")

SETTINGS = {
    "hostname": '"mx.lab.test"',
    "user": '"%s"' % ACCOUNT.pw_name,
    "state_dir": '"$top/state"',
    "run_dir": '"$top/run"',
    "module_dir": '"$build/modules"',
    "workers": "1",
    "couriers": "2",
    "lookups": "1",
    "log": '{ level = "debug"; }',
    "modules": '[ "basic", "directory", "maildir" ]',
    "maildir": '{ path = "$top/mail/{domain}/{user}"; }',
    "directory": '{ users = ( { name = "ann"; }, { name = "bob"; }, '
                 '{ name = "postmaster"; } ); }',
}
SITE = '{ name = "main"; listen = [ "127.0.0.1:$port_main" ]; ' \
       'domains = [ "lab.test" ]; %s }'


def wait_for(what, seconds=10, step=0.01):
    """Waits until what() is true; its last answer."""
    end = time.monotonic() + seconds
    while True:
        answer = what()
        if answer or time.monotonic() > end:
            return answer
        time.sleep(step)


def free_port(host="127.0.0.1"):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as s:
        s.bind((host, 0))
        return s.getsockname()[1]


def build_module(source, directory, *flags, include=TREE + "/include"):
    """Builds directory/NAME.so of NAME.c, as a module author would."""
    name = os.path.splitext(os.path.basename(source))[0]
    target = "%s/%s.so" % (directory, name)
    if not os.path.exists(source):
        source = "%s/modules/%s" % (HERE, source)
    subprocess.run(["cc", "-shared", "-fPIC", "-fvisibility=hidden",
                    "-Wl,-z,defs", "-Wall", "-I", include, *flags, "-o",
                    target, source], check=True)
    os.chmod(target, 0o755)
    return target


class Place:
    """A temporary directory with a configuration in it."""

    def __init__(self, settings=None, sites=None, site="", owner=None):
        self.top = tempfile.mkdtemp(prefix="verbena-")
        self.ports = {}
        self.conf = self.top + "/verbena.conf"
        self.settings = dict(SETTINGS, **(settings or {}))
        self.sites = sites or SITE % site
        os.chmod(self.top, 0o755)
        for name in ("mail", "mbox", "modules"):
            os.mkdir("%s/%s" % (self.top, name))
            if IS_ROOT and name != "modules":
                os.chown("%s/%s" % (self.top, name), ACCOUNT.pw_uid, -1)
        if owner is not None:
            os.chown(self.top, owner.pw_uid, owner.pw_gid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def port(self, name="main"):
        while name not in self.ports:
            port = free_port("::1" if name == "six" else "127.0.0.1")
            # The kernel may give the same one twice.
            if port not in self.ports.values():
                self.ports[name] = port
        return self.ports[name]

    def fill_in(self, text):
        def value(found):
            word = found[1]
            if word.startswith("port_"):
                return str(self.port(word[5:]))
            return {"top": self.top, "build": BUILD}[word]
        return re.sub(r"\$(\w+)", value, text)

    def write(self, text=None, name="verbena.conf"):
        if text is None:
            text = "".join("%s = %s;\n" % (key, value)
                           for key, value in self.settings.items()
                           if value is not None)
            text += "sites = ( %s );\n" % self.sites
        with open("%s/%s" % (self.top, name), "w") as f:
            f.write(self.fill_in(text))

    def run(self, *words, **more):
        """Runs `verbena WORDS`: (exit status, all it prints)."""
        done = subprocess.run([VERBENA, "-c", self.conf, *words],
                              stdout=subprocess.PIPE, env=ENVIRONMENT,
                              stderr=subprocess.STDOUT, timeout=30, **more)
        return done.returncode, done.stdout.decode()


class Server(Place):
    """with Server(...) as s: it serves."""

    def __init__(self, settings=None, sites=None, site="", owner=None,
                 modules=(), prefix=(), **popen):
        super().__init__(settings, sites, site, owner)
        self.modules = modules
        self.prefix = prefix
        self.popen = popen
        self.process = None
        self.clients = []
        self.starts = 0

    def __enter__(self):
        for source in self.modules:
            build_module(source, self.top + "/modules")
        self.write()
        try:
            self.start()
        except Exception:
            self.__exit__()
            raise
        return self

    def start(self):
        self.starts = self.times_ready()
        with open(self.top + "/log", "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, VERBENA, "-c", self.conf, "run"], stdout=log,
                stderr=log, start_new_session=True, env=ENVIRONMENT,
                **self.popen)
        wait_for(lambda: self.process.poll() is not None or self.is_ready())
        if not self.is_ready():
            raise AssertionError("the server did not start:\n" + self.log())
        wait_for(lambda: len(self.children()) ==
                 len(descendants(self.process.pid)))

    def times_ready(self):
        """How often its log says so, wherever that is."""
        return sum(len(re.findall(r'\bready\b', self.log(name)))
                   for name in ("log", "server.log"))

    def is_ready(self):
        return self.times_ready() > self.starts

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        if self.process is not None:
            self.kill_all()
        super().__exit__()

    def kill_all(self):
        """Everything that is left of it, whoever killed the master before."""
        children = self.children()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        wait_for(lambda: not any(is_alive(pid) for pid in children))

    def kill_queue(self):
        """Until there is another."""
        [queue] = self.children("queue")
        os.kill(queue, signal.SIGKILL)
        wait_for(lambda: self.children("queue") not in ([], [queue]))
        if len(self.children("queue")) != 1:
            raise AssertionError("no other queue was started:\n" + self.log())

    def log(self, name="log"):
        try:
            with open("%s/%s" % (self.top, name), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def logged(self, pattern, seconds=5):
        """The first line of the log that fits, waited for."""
        line = wait_for(lambda: re.search("(?m)^.*(?:%s).*$" % pattern,
                                          self.log()), seconds)
        if not line:
            raise AssertionError("nothing like %r in the log:\n%s" % (
                pattern, self.log()[-4000:]))
        return line[0]

    def client(self, name="main", source=None):
        """A connection to the port or unix socket of that name."""
        if name.startswith("/"):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(15)
            s.connect(name)
        else:
            host = "::1" if name == "six" else "127.0.0.1"
            s = socket.create_connection(
                (host, self.port(name)), 15,
                source and (source, 0))
        client = Client(s)
        self.clients.append(client)
        return client

    def deliver(self, client, user="bob", **more):
        """Sends a message; how its first attempt at delivery ended: (event,
        status, words), as the log has it."""
        def ends():
            return re.findall(
                r"(delivered|not-now|refused) id=\S+ to=<%s@lab.test> "
                r"module=\S+ at=deliver status=(\S*) (.*)" % re.escape(user),
                self.log())
        before = len(ends())
        code = client.mail(to=user + "@lab.test", **more)
        assert code == 250, client.text
        if not wait_for(lambda: len(ends()) > before, 15):
            raise AssertionError("no end of it in the log:\n" +
                                 self.log()[-4000:])
        return ends()[before]

    def serves(self):
        """Does it take a message?"""
        try:
            return self.client().begin().mail() == 250
        except (AssertionError, OSError):
            return False

    def stop(self, number=signal.SIGTERM, seconds=15):
        """Its exit status; it must end of itself."""
        for client in self.clients:
            client.close()
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def children(self, role=None, pool=None):
        """Processes of a role ("worker", "courier"), by their command lines
        "verbena @ROLE SLOT NUMBER"."""
        found = []
        for pid in descendants(self.process.pid):
            words = command_line(pid)
            if len(words) < 2 or not words[1].startswith("@"):
                continue
            if role is not None and words[1] != "@" + role:
                continue
            if pool is not None and words[3] != str(pool):
                continue
            found.append(pid)
        return found

    def messages(self, user="bob", box=None):
        """File names of the messages in a user's maildir."""
        box = box or "%s/mail/lab.test/%s" % (self.top, user)
        found = []
        for part in ("new", "cur"):
            try:
                found += ["%s/%s/%s" % (box, part, name)
                          for name in os.listdir("%s/%s" % (box, part))]
            except FileNotFoundError:
                pass
        return found

    def arrived(self, n=1, user="bob", box=None, seconds=10):
        """The messages in a user's maildir, as soon as there are n; and there
        must not be more."""
        wait_for(lambda: len(self.messages(user, box)) >= n, seconds)
        found = self.messages(user, box)
        if len(found) != n:
            raise AssertionError("%d messages for %s, not %d:\n%s" % (
                len(found), user, n, self.log()[-4000:]))
        return found

    def settled(self, seconds=15):
        """Waits until every recipient of what was accepted has been served,
        or refused."""
        if not wait_for(lambda: self.open_recipients() <= 0, seconds):
            raise AssertionError("not delivered:\n" + self.log()[-6000:])

    def open_recipients(self):
        log = self.log()
        accepted = re.findall(r"(?m) stored id=(\w+) .* recipients=(\d+)$",
                              log)
        accepted += [(i, 1) for i in re.findall(r" notified id=(\w+)", log)]
        accepted += re.findall(r"(?m) expanded id=(\w+) .* recipients=(\d+)$",
                               log)
        ends = re.findall(r" (?:delivered|refused) id=(\w+) to=(\S+)", log)
        done = [i for i, _ in set(ends)]
        return sum(max(0, int(n) - done.count(i)) for i, n in accepted)

    def parked(self):
        """The files of messages that wait to be tried again."""
        return [os.path.join(path, name) for path, _, names in
                os.walk(self.top + "/state/queue") for name in names]
