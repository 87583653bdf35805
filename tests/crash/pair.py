"""Two servers that exchange their mail with TURN: the hub, and a branch that
calls it. What either takes for the users of the other comes to their maildirs."""

import threading

from load import Load
from place import OURS, CrashServer

OTHER = {"hub": "branch", "branch": "hub"}
SITE = '{ name = "main"; listen = [ "127.0.0.1:$port_maildir" ]; ' \
       'domains = [ "%s.test" ]; deliver = "maildir"; enable = [ %s ]; ' \
       'maildir: { path = "$disk/mail/{user}"; }; %s }'
PEER = '{ match = [ "127.0.0.1" ]; helo = "branch.test"; ' \
       'domains = [ "branch.test" ]; }'
ROUTE = '{ domain = "hub.test"; via = "127.0.0.1:%d"; turn = true; ' \
        'turn_site = "main"; }'
# There is one connection at a time, and it has room for all.
RELAY = '{ routes = ( %s ); per_destination = 1; messages = 1000000; ' \
        'idle_timeout = "%s"; }'
# Who connects may relay.
MAY_RELAY = 'clients = ( { match = [ "127.0.0.1" ]; may_relay = true; } );'
EHLO = '"EHLO"'  # or nothing, so that HELO is said


def hub(settings, enable):
    return CrashServer(["maildir"], settings=dict({
        "hostname": '"hub.test"',
        "modules": '[ "basic", "ehlo", "pipelining", "size", "directory", '
                   '"maildir", "turn" ]',
        "turn": '{ peers = ( %s ); }' % PEER,
        "workers": "1",
    }, **settings), sites=SITE % (
        "hub", ", ".join(filter(None, ('"TURN"', enable))), ""))


def branch(port, settings, enable, idle):
    return CrashServer(["maildir"], settings=dict({
        "hostname": '"branch.test"',
        "modules": '[ "basic", "ehlo", "pipelining", "size", "directory", '
                   '"maildir", "relay" ]',
        "relay": RELAY % (ROUTE % port, idle),
        "workers": "1",
    }, **settings), sites=SITE % ("branch", enable, MAY_RELAY))


class Pair:
    """Both, as what has mailboxes and takes mail for them. Its kinds of
    mailboxes are "hub" and "branch". `idle` is how long a connection of the
    branch waits for more before TURN."""

    def __init__(self, settings=None, enable=EHLO, idle="5s"):
        first = hub(settings or {}, enable)
        self.servers = {"hub": first, "branch": branch(
            first.port("maildir"), settings or {}, enable, idle)}
        self.users = {name: OURS for name in self.servers}
        self.top = first.top

    def close(self):
        for server in self.servers.values():
            server.__exit__()

    def port(self, kind):
        return self.servers[kind].port("maildir")

    def boxes(self):
        return {(name, user): server.box("maildir", user)
                for name, server in self.servers.items() for user in OURS}

    def flush(self):
        """The branch calls the hub; what it says."""
        return self.servers["branch"].run("queue", "flush", "hub.test")[1]

    def waiting(self):
        """What is wrong with their queues, which should be empty."""
        lists = [(side, *server.run("queue", "list"))
                 for side, server in self.servers.items()]
        return ["STILL in the queue of the %s: %s" % (
            side, text.strip().rpartition("\n")[2])
                for side, code, text in lists
                if code != 0 or text != "The queue is empty.\n"]


class Exchange(Load):
    """Who connects to one writes to users of the other; and, when there are
    several, to one of its own."""

    def to(self, kind, users):
        there = users[:-1] or users
        return [(OTHER[kind], user) for user in there] + [
            (kind, user) for user in users[len(there):]]


class Caller:
    """with Caller(pair): the branch calls the hub, again and again."""

    def __init__(self, pair, seconds=0.1):
        self.pair = pair
        self.seconds = seconds
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.call)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    def call(self):
        while not self.is_over.wait(self.seconds):
            self.pair.flush()
