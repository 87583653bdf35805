"""Compares mailboxes with the ledger (DESIGN: "Durability")."""

import collections
import time


class Arrived:
    """What lies in the mailboxes now."""

    def __init__(self, boxes):
        self.times = collections.Counter()  # by token and mailbox
        self.wrong = []
        for at, box in boxes.items():
            for token, wrong in box.look():
                self.times[token, at] += 1
                if wrong is not None:
                    self.wrong.append("%s in %s: %s" % (token, name(at), wrong))

    def __eq__(self, other):
        return (self.times, self.wrong) == (other.times, other.wrong)


def name(at):
    return "%s of %s" % at


def missing(ledger, arrived):
    """[(token, mailbox)] that was acknowledged and is not there."""
    return [(token, at) for token in ledger.tokens("stored")
            for at in ledger.entries[token].to if not arrived.times[token, at]]


def wait_until_delivered(ledger, boxes, seconds):
    """Until all that was acknowledged is there, and what may come as well."""
    end = time.monotonic() + seconds
    before = Arrived(boxes)
    while time.monotonic() < end:
        time.sleep(0.1)
        now = Arrived(boxes)
        is_quiet = now == before and not now.wrong and \
            not any(box.is_locked() for box in boxes.values())
        if is_quiet and not missing(ledger, now):
            return
        before = now


def most(entry, at, refused_may_arrive):
    """How often a message may be in that mailbox."""
    if entry is None or at not in entry.to or entry.state == "begun":
        return 0
    if entry.state == "refused":
        return 1 if refused_may_arrive else 0
    return 1


def judge(ledger, boxes, refused_may_arrive, twice=()):
    """What is wrong, a sentence each; those of `twice`, (token, mailbox), may be
    there once more."""
    arrived = Arrived(boxes)
    wrong = ["LOST %s, not in the %s" % (token, name(at))
             for token, at in missing(ledger, arrived)]
    wrong += ["TORN %s" % text for text in arrived.wrong]
    for (token, at), times in arrived.times.items():
        entry = ledger.entries.get(token)
        allowed = most(entry, at, refused_may_arrive)
        if times > allowed + (allowed > 0 and (token, at) in twice):
            wrong.append("TOO OFTEN %s, %d times in the %s, and was %s" % (
                token, times, name(at),
                "never sent" if entry is None else entry.state))
    return wrong


def tell(ledger):
    return ", ".join("%d %s" % (ledger.count(state), state)
                     for state in ("stored", "refused", "asked", "begun"))
