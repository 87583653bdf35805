"""
What a server takes, beside others and beside what the disk can do.

    python3 tests/bench/bench.py BUILD [--rounds 3] [--seconds 3] [ROW...]

In each round of a row the servers run one after the other, on the same disk,
each in fresh directories; nothing is deleted before the end, since a file system
is slow to create where much was just freed. Printed are medians over the rounds
(lowest to highest). A ratio is the median of the rounds' ratios, so that what
slows a whole round down does not count; behind it stands what we aim at. The
probe's two rates (probe.c) stand below each row, taken in the same rounds. The
exit status is 1 when anything was not measured.
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
from foreign import Unavailable  # noqa: E402
from group import Group, why_not  # noqa: E402
from live import is_root  # noqa: E402
from rows import ROWS  # noqa: E402
from servers import SERVERS  # noqa: E402
from table import PROBES, Table, print_table  # noqa: E402


def fresh(options):
    """A directory that stays until the end of all."""
    top = tempfile.mkdtemp(dir=options.directory)
    os.chmod(top, 0o755)
    return top


def run_server(name, row, options):
    """The figures of one run."""
    with Group() as group:
        with group.inside():
            server = SERVERS[name](options.build, fresh(options))
            server.__enter__()
        try:
            return row.work.measure(server, group, options)
        except (RuntimeError, subprocess.SubprocessError) as e:
            raise RuntimeError("%s; its log ends:\n%s" % (
                e, server.log()[-400:])) from e
        finally:
            server.__exit__(None, None, None)


def run_probe(kind, row, options):
    said = subprocess.run(
        [options.build + "/tests/bench/probe", kind, fresh(options),
         str(row.writers), "1000000", "1"],
        check=True, text=True, stdout=subprocess.PIPE, timeout=60)
    return {"probe": float(said.stdout)}


def run_one(name, run, table, options):
    """What cannot be measured once is left out from then on."""
    if name in table.missing:
        return
    try:
        table.rounds[-1][name] = run(name, table.row, options)
    except (Unavailable, RuntimeError, subprocess.SubprocessError) as e:
        table.missing[name] = str(e).strip().replace("\n", "\n      ")


def run_round(table, options):
    table.rounds.append({})
    for name in table.row.servers:
        run_one(name, run_server, table, options)
    if table.row.writers:
        for kind in PROBES:
            run_one(kind, run_probe, table, options)


def run_row(row, options):
    """Whether all of it was measured."""
    if time.monotonic() > options.until:
        print("\n%s: left out, the time was over" % row.title)
        return False
    table = Table(row)
    for _ in range(options.rounds):
        if not table.rounds or time.monotonic() < options.until:
            run_round(table, options)
    print_table(table)
    return not table.missing


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build")
    parser.add_argument("rows", nargs="*", metavar="ROW",
                        help="of " + " ".join(ROWS) + "; all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3,
                        help="that each run should last, about")
    parser.add_argument("--minutes", type=float, default=9,
                        help="after which no round is begun")
    parser.add_argument("--directory", default="/var/tmp",
                        help="on the disk to be measured")
    options = parser.parse_intermixed_args()
    unknown = set(options.rows) - set(ROWS)
    if unknown:
        parser.error("no such row: " + " ".join(sorted(unknown)))
    options.until = time.monotonic() + options.minutes * 60
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    return options


def main():
    options = arguments()
    if not is_root():
        print("Servers of our own want root.")
        return 1
    if why_not():
        print("CPU time is not counted: " + why_not())
    # /var/tmp is on a disk, wherever /tmp may be.
    options.directory = tempfile.mkdtemp(prefix="verbena-bench-",
                                         dir=options.directory)
    os.chmod(options.directory, 0o755)
    try:
        measured = [run_row(ROWS[name], options)
                    for name in options.rows or ROWS]
    finally:
        shutil.rmtree(options.directory, ignore_errors=True)
    return 0 if all(measured) else 1


if __name__ == "__main__":
    sys.exit(main())
