"""
A great number of deferred messages: what they cost a start, and in memory.

    python3 tests/bench/deferred.py BUILD [--messages 1000000] [--size 1024]

Messages for a domain whose next hop refuses connections are sent to a server of
our own, until all of them lie in its queue directory. Then it is stopped and
started again, and a table tells

* how long it is until it accepts connections, and until a new message that is
  sent then is in its mailbox;
* how long it is until its memory no longer grows, and how much more that is for
  each message than with an empty queue (the Pss of all its processes);
* when the next hop is there again, how long it is from `verbena queue flush`
  until the first of the messages is delivered.

The files are warm: the kernel has just written them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "peers"))
# pylint: disable=wrong-import-position
from live import ACCOUNT, Server, free_port  # noqa: E402
from live import given_to_account, messages_of, wait_for  # noqa: E402
from tree import memory  # noqa: E402

CONF = """
hostname   = "mx.lab.test";
user       = "{account}";
state_dir  = "{top}/state";
run_dir    = "{top}/run";
module_dir = "{build}/modules";
modules    = [ "basic", "directory", "maildir", "relay" ];
log:     {{ level = "warning"; }};
limits:  {{ connections = 1000; per_client = 1000; errors = 1000; junk = 1000000; }};
maildir: {{ path = "{top}/mail/{{domain}}/{{user}}"; }};
directory: {{ users = ( {{ name = "reader"; }} ); }};
relay:   {{ routes = ( {{ domain = "dead.test"; via = "127.0.0.1:{hop}"; }} ); }};
sites = (
  {{
    name = "lab"; domains = [ "lab.test" ]; deliver = "maildir";
    listen = [ "127.0.0.1:{port}", "127.0.0.1:{mbox_port}" ];
    clients = ( {{ match = [ "127.0.0.0/8" ]; may_relay = true; }} );
  }}
);
"""

PORTION = 20000  # messages that one smtp-source sends
BEHIND = 200000  # that the queue may be: a journal that is full is answered 452


class Deferring(Server):
    """A server with a next hop that is dead until someone listens there."""

    def __init__(self, build, top):
        super().__init__(os.path.abspath(build), ["reader"], top)
        self.hop = free_port()

    def configuration(self):
        return CONF.format(
            account=ACCOUNT, top=self.top, build=self.build, hop=self.hop,
            port=self.port, mbox_port=self.mbox_port)

    def deferred(self):
        """Messages in the queue directory: two levels, a file each."""
        return sum(len(files) for _, _, files in
                   os.walk(self.top + "/state/queue"))

    def command(self, *words):
        subprocess.run([self.build + "/verbena", "-c",
                        self.top + "/verbena.conf", *words], check=True)


def send(server, to, count, options):
    subprocess.run(
        ["smtp-source", "-d", "-s", str(min(options.sessions, count)),
         "-m", str(count), "-l", str(options.size), "-f", "ann@a.test",
         "-t", to, "127.0.0.1:%d" % server.port],
        check=True, timeout=600)


def tell(what, number, digits=2):
    print("%-42s %12.*f" % (what, digits, number), flush=True)


def settled(server, options):
    """(when memory has last grown, octets); waits until it no longer does."""
    grown, most = time.monotonic(), memory(server.process.pid)
    while time.monotonic() < min(grown + 3, options.until):
        time.sleep(0.2)
        now = memory(server.process.pid)
        if now > most * 1.01:
            grown, most = time.monotonic(), now
    return grown, memory(server.process.pid)


def wait_for_deferred(server, count, options):
    while count > 0 and server.deferred() < count:
        if time.monotonic() > options.until:
            raise RuntimeError("only %d of %d messages were deferred" % (
                server.deferred(), options.messages))
        time.sleep(1)


def fill(server, options):
    """Until all messages lie in the queue directory."""
    began, sent = time.monotonic(), 0
    while sent < options.messages:
        portion = min(options.messages - sent, PORTION)
        send(server, "far@dead.test", portion, options)
        sent += portion
        wait_for_deferred(server, sent - BEHIND, options)
    tell("accepted a second", options.messages / (time.monotonic() - began))
    wait_for_deferred(server, options.messages, options)
    tell("all are in the queue after, s", time.monotonic() - began)


def stop(server):
    began = time.monotonic()
    status = server.stop()
    if status != 0:
        raise RuntimeError("it did not stop, but ended with %s" % status)
    tell("stopped within, s", time.monotonic() - began)


def start_again(server, options):
    """Octets in memory when it has settled."""
    began = time.monotonic()
    server.start(patience=600)
    tell("accepts connections after, s", time.monotonic() - began)
    send(server, "reader@lab.test", 1, options)
    box = server.maildir("reader")
    if not wait_for(lambda: messages_of(box), 600):
        raise RuntimeError("the new message did not arrive")
    tell("a new message is in its mailbox after, s",
         time.monotonic() - began)
    grown, octets = settled(server, options)
    tell("memory grows no more after, s", grown - began)
    return octets


def first_delivery(server):
    """The next hop comes back, and writes down what it gets."""
    dump = given_to_account(server.top + "/hop")
    sink = subprocess.Popen(
        ["smtp-sink", "-u", ACCOUNT, "-d", dump + "/",
         "127.0.0.1:%d" % server.hop, "1000"])
    try:
        began = time.monotonic()
        server.command("queue", "flush", "dead.test")
        if not wait_for(lambda: any(e.stat().st_size
                                    for e in os.scandir(dump)), 600):
            raise RuntimeError("nothing came to the next hop")
        tell("flushed, the first is delivered after, s",
             time.monotonic() - began)
    finally:
        sink.kill()
        sink.wait()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("--messages", type=int, default=1000000)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--directory", default="/var/tmp")
    options = parser.parse_args()
    options.until = time.monotonic() + options.minutes * 60
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    return options


def main():
    options = arguments()
    top = tempfile.mkdtemp(prefix="verbena-deferred-", dir=options.directory)
    os.chmod(top, 0o755)
    try:
        with Deferring(options.build, top) as server:
            _, empty = settled(server, options)
            tell("messages", options.messages, 0)
            fill(server, options)
            stop(server)
            full = start_again(server, options)
            tell("memory with an empty queue, MiB", empty / 2 ** 20)
            tell("memory with this one, MiB", full / 2 ** 20)
            tell("octets for each message",
                 (full - empty) / options.messages, 0)
            first_delivery(server)
    except (RuntimeError, subprocess.SubprocessError) as e:
        print("deferred: %s" % e)
        return 1
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
