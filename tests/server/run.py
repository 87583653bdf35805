"""
The server as a whole: its processes, limits, sites, mailboxes and what it makes
of bad configurations and bad modules.

    python3 tests/server/run.py BUILD [WORD...]

BUILD is where `verbena` was built. With words, only tests that have one of them
in their name are run. Some tests want root; they are left out otherwise. The
last line tells how many passed, and the exit status whether all did.
"""

import os
import sys
import time
import unittest


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


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    os.environ["VERBENA_BUILD"] = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    tests = unittest.defaultTestLoader.discover(here, "test_*.py")
    results = Results()
    unittest.TestSuite(chosen(tests, sys.argv[2:])).run(results)
    failed = len(results.failures) + len(results.errors)
    print("%d passed, %d failed" % (results.passed, failed))
    return 1 if failed > 0 or results.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
