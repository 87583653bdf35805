"""
The server as a whole: its processes, limits, sites, mailboxes and what it makes
of bad configurations and bad modules.

    python3 tests/server/run.py BUILD [WORD...]

BUILD is where `verbena` was built. With words, only tests that have one of them
in their name are run. Some tests want root; they are left out otherwise. Most of
the time a test waits for something, so a few classes of them run side by side.
The last line tells how many passed, and the exit status whether all did.
"""

import multiprocessing
import os
import sys
import time
import unittest

SIDE_BY_SIDE = 5


class Results(unittest.TestResult):
    """One line for each test, which reads as a sentence."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.began = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def tell(self, verdict, test, more=""):
        name = test.id()
        if isinstance(test, unittest.TestCase):
            name = name.rpartition(".")[2].replace("test_", "", 1)
        print("%-7s %s (%.1f s)%s" % (
            verdict, name, time.monotonic() - self.began, more), flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self.tell("ok", test)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.tell("FAILED", test, "\n" + self.failures[-1][1][-6000:])

    def addError(self, test, error):
        super().addError(test, error)
        self.tell("FAILED", test, "\n" + self.errors[-1][1][-6000:])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.tell("skipped", test, " " + reason)


def chosen(suite, words):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, words)
        elif not words or any(word in test.id() for word in words):
            yield test


def by_class(tests):
    """Lists of names of tests, those of a class together."""
    classes = {}
    for test in tests:
        classes.setdefault(type(test), []).append(test.id())
    return list(classes.values())


def run(names):
    """(how many passed, how many failed)"""
    results = Results()
    unittest.defaultTestLoader.loadTestsFromNames(names).run(results)
    return results.passed, len(results.failures) + len(results.errors)


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    os.environ["VERBENA_BUILD"] = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    tests = unittest.defaultTestLoader.discover(here, "test_*.py")
    found = by_class(chosen(tests, sys.argv[2:]))
    with multiprocessing.Pool(SIDE_BY_SIDE, maxtasksperchild=1) as pool:
        counts = list(pool.imap_unordered(run, found))
    passed, failed = (sum(c) for c in zip((0, 0), *counts))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed > 0 or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
