"""What the command line answers, and its exit codes."""

import subprocess
import unittest

from harness import VERBENA


def verbena(*arguments):
    """(exit status, what is said on stdout, on stderr)."""
    done = subprocess.run([VERBENA, *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class CommandLine(unittest.TestCase):
    def test_wrong_usage_is_told_and_ends_with_2(self):
        for arguments in ([], ["-x"], ["-c"], ["nonsense"], ["check", "it"],
                          ["run", "now"], ["modules", "all"],
                          ["options", "basic", "mbox"]):
            code, out, told = verbena(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)
            self.assertIn("usage: verbena", told, arguments)

    def test_questions_are_answered_on_stdout_and_end_with_0(self):
        for question, answer in (("-h", "usage: verbena"),
                                 ("--help", "usage: verbena"),
                                 ("-V", "verbena "), ("--version", "verbena ")):
            code, out, told = verbena(question)
            self.assertEqual((code, told), (0, ""), question)
            self.assertTrue(out.startswith(answer), out)
