"""What the clients know of each message, written down as they learn it.

	begun     the final dot was not sent: it must not arrive
	asked     the dot was sent, no reply was seen: once or not at all
	refused   4yz or 5yz was read
	stored    250 was read: exactly once in every mailbox

A reply that comes after a power cut no client would have seen: it does not count.

No client of these tests sends a message again, so whatever arrives twice in one
mailbox, the server delivered twice.
"""

import threading


class Entry:
    def __init__(self, to):
        self.to = to  # [(kind, user)]
        self.state = "begun"


class Ledger:
    def __init__(self, path):
        self.entries = {}
        self.is_cut = False
        self.lock = threading.Lock()
        self.path = path
        self.file = open(path, "w", encoding="ascii")

    def close(self):
        self.file.close()

    def begin(self, token, to):
        with self.lock:
            self.entries[token] = Entry(to)
            self.note(token, "begun", ",".join("%s:%s" % r for r in to))

    def asked(self, token):
        self.set(token, "asked")

    def answered(self, token, code):
        self.set(token, "stored" if code == 250 else "refused", code)

    def set(self, token, state, code=""):
        with self.lock:
            if self.is_cut:
                state = "asked"
            self.entries[token].state = state
            self.note(token, state, code)

    def cut(self, is_cut):
        with self.lock:
            self.is_cut = is_cut

    def note(self, token, state, more):
        self.file.write("%s %s %s\n" % (token, state, more))
        self.file.flush()

    def tokens(self, state):
        with self.lock:
            return [t for t, e in self.entries.items() if e.state == state]

    def count(self, state):
        return len(self.tokens(state))
