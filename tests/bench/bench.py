"""
How many messages a second, beside Postfix.

    python3 tests/bench/bench.py BUILD [--rounds 3] [--messages N] [--sessions N]...

smtp-source sends messages of 4 KiB over 1, 20 and 100 kept connections, to
Verbena and to a private Postfix in turn: same disk, same recipient, a maildir
each (virtual(8) there), everything else as each has it by default, so both make
a message durable before they accept it. Every run starts a server in fresh
directories. Two rates are taken: until the last message is accepted, and until
the last one is in the mailbox. What is printed are medians over the rounds.
"""

import argparse
import os
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "peers"))
# pylint: disable=wrong-import-position
from live import ACCOUNT, Server, is_root  # noqa: E402
from live import given_to_account, wait_for  # noqa: E402
from postfix import Postfix  # noqa: E402

SESSIONS = {1: 1000, 20: 4000, 100: 6000}  # and how many messages
SIZE = 4096
PATIENCE = 180  # seconds a run may take

POSTFIX = """
virtual_mailbox_domains = lab.test
virtual_mailbox_base = {top}/mail
virtual_mailbox_maps = static:reader/
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_transport = virtual
"""


def arrived(maildir):
    try:
        return len(os.listdir(maildir + "/new"))
    except FileNotFoundError:
        return 0


def measure(port, maildir, sessions, count):
    """(accepted a second, in the mailbox a second)."""
    began = time.monotonic()
    subprocess.run(
        ["smtp-source", "-d", "-s", str(sessions), "-m", str(count),
         "-l", str(SIZE), "-f", "ann@a.test", "-t", "reader@lab.test",
         "127.0.0.1:%d" % port],
        check=True, timeout=PATIENCE,
        env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin"))
    accepted = time.monotonic() - began
    if not wait_for(lambda: arrived(maildir) >= count, PATIENCE):
        raise RuntimeError("%d of %d messages arrived" % (
            arrived(maildir), count))
    return count / accepted, count / (time.monotonic() - began)


def verbena(options, top, sessions, count):
    with Server(options.build, ["reader"], top) as server:
        try:
            return measure(server.port, server.maildir("reader"), sessions,
                           count)
        except Exception:
            print("The server's log ends:\n" + server.log())
            raise


def postfix(_, top, sessions, count):
    account = pwd.getpwnam(ACCOUNT)
    given_to_account(top + "/mail")
    more = POSTFIX.format(top=top, uid=account.pw_uid, gid=account.pw_gid)
    with Postfix(top, more) as server:
        return measure(server.port, top + "/mail/reader", sessions, count)


SERVERS = {"verbena": verbena, "postfix": postfix}


def run_once(name, options, sessions, count):
    # /var/tmp is on a disk, wherever /tmp may be.
    top = tempfile.mkdtemp(prefix="verbena-bench-", dir=options.directory)
    os.chmod(top, 0o755)
    try:
        return SERVERS[name](options, top, sessions, count)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def compare(options, sessions, count):
    rates = {name: [] for name in SERVERS}
    for _ in range(options.rounds):
        for name in SERVERS:
            rates[name].append(run_once(name, options, sessions, count))
    median = {name: [statistics.median(r[i] for r in rates[name])
                     for i in (0, 1)] for name in SERVERS}
    for i, what in enumerate(("accepted", "in the mailbox")):
        ours, theirs = median["verbena"][i], median["postfix"][i]
        spread = ", ".join("%s %.0f-%.0f" % (
            name, min(r[i] for r in rates[name]),
            max(r[i] for r in rates[name])) for name in SERVERS)
        print("%8d  %-15s %8.0f  %8.0f  %5.2f   (%s)" % (
            sessions, what, ours, theirs, ours / theirs, spread), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=0)
    parser.add_argument("--sessions", type=int, action="append",
                        choices=list(SESSIONS))
    parser.add_argument("--directory", default="/var/tmp")
    options = parser.parse_args()
    if not is_root():
        print("A Postfix of our own wants root.")
        return 1
    print("Messages of %d octets a second, medians of %d rounds (lowest to "
          "highest)\n" % (SIZE, options.rounds))
    print("sessions                  verbena   postfix  ratio")
    for sessions in options.sessions or SESSIONS:
        compare(options, sessions, options.messages or SESSIONS[sessions])
    return 0


if __name__ == "__main__":
    sys.exit(main())
