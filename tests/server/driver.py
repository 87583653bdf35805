"""Sends mail by hand: tests/server/drive.c, and what it prints."""

import collections
import subprocess

from harness import BUILD, ENVIRONMENT

Report = collections.namedtuple("Report", "job to outcome code status remote "
                                "text")


class Drive:
    """What it printed, and how it ended."""

    def __init__(self, mode, *words, seconds=60):
        done = subprocess.run([BUILD + "/tests/server/drive", mode, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=seconds, env=ENVIRONMENT)
        self.lines = done.stdout.decode().splitlines()
        self.log = done.stderr.decode()
        if done.returncode != 0:
            raise AssertionError("drive ended with %d:\n%s" % (
                done.returncode, self.log[-4000:]))


def resolve(next_hop, server=None, name="us.test"):
    """The lines for the addresses of a next hop."""
    server = ["-s", server] if server else []
    return Drive("resolve", "-h", name, *server, next_hop).lines


def send(*words, to=("ann@a.test",), seconds=60):
    """A report for each recipient of each job, as they came."""
    recipients = [word for path in to for word in ("-t", path)]
    drive = Drive("send", *recipients, *words, seconds=seconds)
    reports = []
    for line in drive.lines:
        if line.startswith("turned "):
            continue
        job, path, outcome, code, status, remote, text = line.split(" ", 6)
        reports.append(Report(int(job), path, outcome, int(code), status,
                              remote, text))
    return reports


def visit(hop, *words):
    """How a visit ended, and which sites it was turned for."""
    drive = Drive("send", "-T", "here", *words, hop)
    sites = [line[7:] for line in drive.lines if line.startswith("turned ")]
    line, = [line for line in drive.lines if not line.startswith("turned ")]
    job, path, outcome, code, status, remote, text = line.split(" ", 6)
    return Report(int(job), path, outcome, int(code), status, remote,
                  text), sites


def outcomes(reports):
    return [r.outcome for r in reports]
