"""Servers to send to: Postfix's smtp-sink, and one that follows a script; and a
tap on the line to another."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading

from harness import ACCOUNT, IS_ROOT, content, free_port, wait_for


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Sink:
    """with Sink("-r", "DATA") as s: smtp-sink serves s.hop, and keeps what
    comes."""

    def __init__(self, *words):
        self.top = tempfile.mkdtemp(prefix="verbena-sink-")
        self.port = free_port()
        self.hop = "127.0.0.1:%d" % self.port
        self.words = words

    def __enter__(self):
        path = os.environ["PATH"] + ":/usr/sbin"
        account = []
        if IS_ROOT:
            os.chown(self.top, ACCOUNT.pw_uid, ACCOUNT.pw_gid)
            account = ["-u", ACCOUNT.pw_name]
        self.process = subprocess.Popen(
            ["smtp-sink", *account, "-d", self.top + "/m.", *self.words,
             self.hop, "100"], env=dict(os.environ, PATH=path),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not wait_for(lambda: listens(self.port)):
            self.__exit__()
            raise AssertionError("smtp-sink did not start")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def messages(self):
        """All that came whole: envelope fields on top, as smtp-sink has
        them, LF line ends."""
        return [content("%s/%s" % (self.top, name)).decode("latin-1")
                for name in sorted(os.listdir(self.top))]


class Scripted:
    """
    A server that answers as the test says. `answers` maps what a line begins
    with ("" is the greeting, "." the end of a message) to a reply, a list of
    replies, one after the other and then the last for ever, or a function of
    the line. A reply of None closes the connection; one that ends in "!" closes
    after it.
    """

    ANSWERS = {"": "220 scripted.test", "EHLO": "250 scripted.test",
               "HELO": "250 scripted.test", "MAIL": "250 OK",
               "RCPT": "250 OK", "DATA": "354 go", ".": "250 OK",
               "RSET": "250 OK", "QUIT": "221 bye!"}

    def __init__(self, answers=None, host="127.0.0.1"):
        self.answers = {key: value if isinstance(value, list) else [value]
                        for key, value in dict(self.ANSWERS,
                                               **(answers or {})).items()}
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, 0), family=family)
        self.port = self.socket.getsockname()[1]
        self.hop = ("[%s]:%d" if ":" in host else "%s:%d") % (host, self.port)
        self.lock = threading.Lock()
        self.sessions = []  # the lines of each
        self.open = self.most_open = 0
        self.clients = []
        self.threads = []

    def __enter__(self):
        self.threads.append(threading.Thread(target=self.accept))
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        # Closing alone would not wake a thread that waits in accept().
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        with self.lock:
            for client in self.clients:
                try:
                    client.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        for thread in self.threads:
            thread.join(10)

    def accept(self):
        while True:
            try:
                client, self.peer = self.socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self.serve, args=(client,))
            with self.lock:
                self.clients.append(client)
                self.threads.append(thread)
                self.sessions.append([])
                lines = self.sessions[-1]
                self.open += 1
                self.most_open = max(self.open, self.most_open)
            thread.lines = lines
            thread.start()

    def say(self, client, word, line):
        """False: that was the end."""
        with self.lock:
            replies = self.answers.get(word, ["500 what?"])
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if callable(reply):
            reply = reply(line)
        if reply is None:
            return False
        client.sendall(reply.rstrip("!").encode() + b"\r\n")
        return not reply.endswith("!")

    def talk(self, client, lines):
        if not self.say(client, "", ""):
            return
        in_text = False
        for octets in client.makefile("rb"):
            line = octets.decode("latin-1")
            line = line[:-2] if line.endswith("\r\n") else line
            lines.append(line)
            if in_text and line != ".":
                continue
            in_text = False
            word = re.split("[ :]", line)[0]
            if not self.say(client, word, line):
                return
            in_text = word == "DATA" and self.answers["DATA"][0].startswith(
                "354")

    def serve(self, client):
        try:
            self.talk(client, threading.current_thread().lines)
        except OSError:
            pass
        finally:
            with self.lock:
                self.open -= 1
            client.close()

    def commands(self, word=""):
        """All lines that begin with a word, of all sessions."""
        return [line for lines in self.sessions for line in lines
                if line.startswith(word)]


class Tap:
    """What lies between two servers and hears what the one that connects says:
    with Tap(port) as t, what is sent to t.hop goes to that port."""

    def __init__(self, port):
        self.to = port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.hop = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.heard = b""
        self.ends = []
        self.threads = []

    def __enter__(self):
        self.run(self.accept)
        return self

    def __exit__(self, *_):
        for s in [self.socket, *self.ends]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join(10)
        for s in [self.socket, *self.ends]:
            s.close()

    def run(self, what, *words):
        self.threads.append(threading.Thread(target=what, args=words))
        self.threads[-1].start()

    def accept(self):
        while True:
            try:
                client = self.socket.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.to), 10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            self.ends += [client, server]
            self.run(self.carry, client, server, True)
            self.run(self.carry, server, client, False)

    def carry(self, one, other, hears):
        try:
            while octets := one.recv(65536):
                if hears:
                    self.heard += octets
                other.sendall(octets)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def commands(self, *words):
        """All lines that begin with one of the words."""
        return [line for line in self.heard.decode("latin-1").split("\r\n")
                if line.startswith(words)]
