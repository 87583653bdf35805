"""The messages of these tests: a token says all that is in one.

A token such as "k3f-17-20480" is in the sender, in the header and in every line
of the body, and names the size; so whoever finds a message, or a piece of one,
can tell which it is and whether it is whole.
"""

import hashlib
import re

TOKEN = re.compile(rb"(?m)^X-Token: ([a-z0-9]+-\d+-\d+)$")
FIELD = re.compile(rb"(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*\Z")
SMALLEST = 400
DOMAIN = "a.test"


def make_token(run, number, size):
    return "%s-%d-%d" % (run, number, max(size, SMALLEST))


def size_of(token):
    return int(token.rpartition("-")[2])


def filler(token, octets):
    """Lines that begin with the token, with that many octets in all."""
    head = token + " "
    room = 100 - len(head)
    count = octets // 100 + 1
    noise = hashlib.shake_128(token.encode()).hexdigest(count * room // 2 + 1)
    lines = "".join("%s%s\n" % (head, noise[i * room:(i + 1) * room - 1])
                    for i in range(count))
    return lines[:octets - 1] + "\n"


def text(token):
    """What the mailbox must have, below the trace fields: LF ends its lines."""
    top = ("Subject: {0}\nX-Token: {0}\n\n"
           "From {0} the line begins\n>From {0}\n.{0}\n..\n").format(token)
    end = "END %s\n" % token
    more = filler(token, size_of(token) - len(top) - len(end))
    return (top + more + end).encode()


def wire(token):
    """What the client says after 354, but for the dot at the end."""
    octets = re.sub(rb"(?m)^\.", b"..", text(token))
    return octets.replace(b"\n", b"\r\n")


def is_trace(head, token):
    """RFC 5321 §4.4: Return-Path at the top, then Received."""
    path = b"Return-Path: <%s@%s>\n" % (token.encode(), DOMAIN.encode())
    return head.startswith(path) and b"\nReceived: " in head and \
        FIELD.match(head) is not None


def check(stored):
    """(token, what is wrong with it or None) of a message in a mailbox."""
    found = TOKEN.search(stored)
    if not found:
        return None, "a message without a token: %r" % stored[:200]
    token = found[1].decode()
    whole = text(token)
    if not stored.endswith(whole):
        return token, "torn: %d octets of it, %r at the end" % (
            len(stored), stored[-60:])
    if not is_trace(stored[:-len(whole)], token):
        return token, "not the trace fields above it: %r" % stored[:300]
    return token, None
