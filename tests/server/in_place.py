"""A test in the place of a worker: it asks the queue as one does, over a copy
of its socket. What passes is core/mail/kept_ask.h, errand.h and report.h."""

import ctypes
import os
import socket
import struct

FD_NOTICES = 11  # core/process/roles.h
COUNT, LET_GO, COLLECT = range(3)
KNOWN, UNSURE = 1, 2
DELIVERED, LATER, NEVER = 1, 2, 3
SYS_PIDFD_GETFD = 438
PACKET_MOST = 256 * 1024


def number(value):
    return struct.pack("=Q", value)


def text(value):
    return number(len(value)) + value.encode()


class Unpack:
    def __init__(self, octets):
        self.octets = octets

    def number(self):
        value, = struct.unpack_from("=Q", self.octets)
        self.octets = self.octets[8:]
        return value

    def text(self):
        n = self.number()
        value, self.octets = self.octets[:n], self.octets[n:]
        return value.decode("latin-1")


def socket_of(pid, fd):
    """A copy of a descriptor of another process."""
    handle = os.pidfd_open(pid)
    try:
        copy = ctypes.CDLL(None, use_errno=True).syscall(
            SYS_PIDFD_GETFD, handle, fd, 0)
    finally:
        os.close(handle)
    if copy < 0:
        raise OSError(ctypes.get_errno(), "pidfd_getfd")
    return socket.socket(fileno=copy)


def ask(server, what, *domains):
    """Asks the queue; the end where its answer comes."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(15)
    octets = number(what) + text("test") + number(len(domains)) + b"".join(
        text(domain) for domain in domains)
    with socket_of(server.children("worker")[0], FD_NOTICES) as notices, \
            theirs:
        socket.send_fds(notices, [octets], [theirs.fileno()])
    return ours


def kept(server, *domains, what=COUNT):
    """(state, messages, octets)"""
    with ask(server, what, *domains) as answer:
        got = Unpack(answer.recv(PACKET_MOST))
        assert answer.recv(PACKET_MOST) == b""
    return got.number(), got.number(), got.number()


class Errand:
    """One message, as the queue hands it over."""

    def __init__(self, octets):
        got = Unpack(octets)
        self.scope = got.number()
        self.id, self.domain = got.text(), got.text()
        self.reverse_path, self.trace = got.text(), got.text()
        self.file = got.text()
        self.at, self.octets, self.has_8bit, self.asked = (
            got.number() for _ in range(4))
        self.to = [got.text() for _ in range(got.number())]
        assert got.octets == b""


class Collecting:
    """A connection that was turned, for the mail of these domains."""

    def __init__(self, server, *domains):
        self.socket = ask(server, COLLECT, *domains)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def next(self):
        """The next message, or None when the queue says there is none."""
        octets = self.socket.recv(PACKET_MOST)
        assert octets, "the queue has gone"
        errand = Errand(octets)
        return errand if errand.to else None

    def report(self, *outcomes, status="", said="", remote="peer.test"):
        self.socket.send(b"".join(
            number(outcome) + text(status) + text(said) + text(remote)
            for outcome in outcomes))
