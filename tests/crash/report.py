"""Counts what passed and what failed."""


class Report:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.left_out = 0

    def case(self, name, wrong):
        """One case: what is wrong with it, a sentence each. True when it
        passed."""
        if not wrong:
            self.passed += 1
            return True
        self.failed += 1
        print("FAILED  " + name)
        for text in wrong[:20]:
            print("        " + text)
        if len(wrong) > 20:
            print("        and %d more" % (len(wrong) - 20))
        return False

    def say(self, text):
        print(text, flush=True)

    def leave_out(self, what, why):
        self.left_out += 1
        self.say("left out: %s: %s" % (what, why))

    def end(self):
        """The closing line; the exit status."""
        print("%d passed, %d failed" % (self.passed, self.failed), flush=True)
        return 1 if self.failed > 0 or self.passed + self.left_out == 0 else 0
