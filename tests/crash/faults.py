"""
Faults of disks, descriptors and clocks, one at a time.

    python3 tests/crash/faults.py BUILD [--short] [--only PART]

BUILD is where `verbena` was built. The parts are

inject      the Nth write, sync, open, rename, link... of one process fails, for
            every N until there is no Nth (strace)
recovery    the same in what starts, while there is much to recover
shortage    disks full, without inodes, read-only, broken; few descriptors
clock       the clock of the wall steps (libfaketime)

During a fault each message is taken and safe, or refused with 4yz, or its
connection ends; no process dies; afterwards there is service, and everything
acknowledged is in its mailboxes, once and whole.

Every fault is a test; --short tries fewer. What the machine cannot do is said
and left out. The last line tells how many passed, and the exit status whether
all did.
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
import place  # noqa: E402, F401
import clock  # noqa: E402
import inject  # noqa: E402
import recovery  # noqa: E402
import shortage  # noqa: E402
from report import Report  # noqa: E402

PARTS = ["inject", "recovery", "shortage", "clock"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", choices=PARTS)
    given = parser.parse_args()
    parts, report = [given.only] if given.only else PARTS, Report()

    if "inject" in parts:
        inject.check(given.short, report)
    if "recovery" in parts:
        recovery.check(given.short, report)
    if "shortage" in parts:
        shortage.check(given.short, report)
    if "clock" in parts:
        clock.check(report)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
