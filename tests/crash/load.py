"""Clients that send without end, and write down what they were answered."""

import random
import socket
import threading
import time

import message
from client import Client

PATIENCE = 60  # seconds for one reply
# What stands behind the user, for mailboxes of a kind; others are in lab.test.
DOMAINS = {"hub": "hub.test", "branch": "branch.test"}
# Octets of a message, and how often one of that size comes.
SIZES = {(400, 3000): 60, (3000, 20000): 30, (250000, 350000): 8,
         (2000000, 2100000): 2}


def some_size(rng):
    least, most = rng.choices(list(SIZES), list(SIZES.values()))[0]
    return rng.randrange(least, most)


def send(client, ledger, token, to):
    """One message over a connection that has greeted; the code, 0 at its end."""
    ledger.begin(token, to)
    client.say("MAIL FROM:<%s@%s>" % (token, message.DOMAIN))
    for kind, user in to:
        client.say("RCPT TO:<%s@%s>" % (user, DOMAINS.get(kind, "lab.test")))
    if client.say("DATA") != 354:
        return client.say("RSET")
    client.send(message.wire(token))
    ledger.asked(token)
    client.send(b".\r\n")
    code = client.reply()
    if code >= 200:
        ledger.answered(token, code)
    return code


class Load:
    """Messages of all sizes, to some of the server's users at a time."""

    def __init__(self, server, ledger, run, seed, clients=8):
        self.server = server
        self.ledger = ledger
        self.run = run
        self.rng = random.Random(seed)
        self.lock = threading.Lock()
        self.number = 0
        self.clients = clients
        self.threads = []
        self.is_over = threading.Event()

    def next_token(self, size):
        with self.lock:
            self.number += 1
            return message.make_token(self.run, self.number, size)

    def start(self):
        self.is_over.clear()
        self.threads = [
            threading.Thread(target=self.serve, args=(self.rng.random(),))
            for _ in range(self.clients)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        """Each client ends when it has its reply, or its connection ends."""
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def serve(self, seed):
        rng = random.Random(seed)
        while not self.is_over.is_set():
            try:
                self.session(rng)
            except (OSError, ValueError):
                time.sleep(0.02)

    def to(self, kind, users):
        """The mailboxes that these are, to who connects where `kind` is."""
        return [(kind, user) for user in users]

    def send_some(self, client, kind, rng):
        """A message of some size to some who are there; the code."""
        users = self.server.users[kind]
        users = rng.sample(users, rng.choice((1, 1, 1, 2, len(users))))
        return send(client, self.ledger, self.next_token(some_size(rng)),
                    self.to(kind, users))

    def session(self, rng):
        """Some messages over one connection."""
        kind = rng.choice(list(self.server.users))
        client = self.connect(kind)
        try:
            for _ in range(rng.randrange(1, 20)):
                if self.is_over.is_set() or \
                        not self.send_some(client, kind, rng):
                    return
        finally:
            client.close()

    def connect(self, kind, patience=PATIENCE):
        client = Client(socket.create_connection(
            ("127.0.0.1", self.server.port(kind)), patience))
        if client.reply() != 220 or client.say("HELO client.test") != 250:
            client.close()
            raise ConnectionError("no greeting")
        return client

    def probe(self):
        """One message into every mailbox, which must be taken: what is wrong.
        It also has what a death left in a mailbox mended."""
        wrong = []
        for kind, users in self.server.users.items():
            try:
                client = self.connect(kind)
                code = send(client, self.ledger, self.next_token(1000),
                            self.to(kind, users))
                text = client.text
                client.close()
            except OSError as error:
                code, text = 0, str(error)
            if code != 250:
                wrong.append("NO SERVICE for %s: %d %r" % (kind, code, text))
        return wrong
