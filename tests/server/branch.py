"""A host that collects its mail: a client that becomes the server."""

import re
import socket
import threading

OK = {"EHLO": "250 branch.test", "HELO": "250 branch.test", "MAIL": "250 OK",
      "RCPT": "250 OK", "DATA": "354 go on", ".": "250 OK", "RSET": "250 OK",
      "QUIT": "221 bye"}


class Mail:
    """One message as it came: dots are taken away, line ends are as sent."""

    def __init__(self, sender):
        self.sender = sender
        self.recipients = []
        self.octets = b""


def path(line):
    return re.search("<(.*)>", line)[1]


class Receiver:
    """The server's end of a connection. What it says to a command, `answers`
    may say otherwise: a reply, several, of which the last is for ever, or None
    to hang up there. "text" is before the first line of a message."""

    def __init__(self, file, send, answers=None):
        self.file = file
        self.send = send
        self.answers = {key: list(value) if isinstance(value, list)
                        else [value]
                        for key, value in dict(OK, **(answers or {})).items()}
        self.said = []  # the commands
        self.taken = []  # messages that were answered 250
        self.mail = None

    def answer(self, word):
        replies = self.answers.get(word, ["500 what?"])
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def say(self, word):
        """The code; None when it hung up."""
        reply = self.answer(word)
        if reply is None:
            return None
        self.send(reply.replace("\n", "\r\n").encode() + b"\r\n")
        return reply[:3]

    def text(self):
        """False: it hung up."""
        if "text" in self.answers and self.answer("text") is None:
            self.file.readline()
            return False
        lines = []
        for line in self.file:
            if line == b".\r\n":
                self.mail.octets = b"".join(lines)
                code = self.say(".")
                if code is not None and code[0] == "2":
                    self.taken.append(self.mail)
                return code is not None
            lines.append(line[1:] if line[:1] == b"." else line)
        return False

    def command(self, line):
        """False: that was the end."""
        word = re.split("[ :\r]", line)[0].upper()
        self.said.append(line.rstrip("\r\n"))
        code = self.say(word)
        if code is None:
            return False
        if word == "MAIL":
            self.mail = Mail(path(line))
        elif word == "RCPT" and code[0] == "2":
            self.mail.recipients.append(path(line))
        elif word == "DATA" and code == "354":
            return self.text()
        return word != "QUIT"

    def serve(self, greeting="220 branch.test ready"):
        """Until the other has said QUIT or is gone; what was taken."""
        self.send(greeting.encode() + b"\r\n")
        while True:
            line = self.file.readline().decode("latin-1")
            if line == "" or not self.command(line):
                return self.taken


class Branch:
    """Connects, and says who it is."""

    def __init__(self, server, name="main", helo="EHLO branch.test"):
        self.client = server.client(name)
        assert self.client.reply() == 220, self.client.text
        assert self.client.say(helo) == 250, self.client.text
        self.receiver = None

    def collect(self, verb="TURN", answers=None):
        """What was taken; verb must be answered 250."""
        code = self.client.say(verb)
        assert code == 250, self.client.text
        self.receiver = Receiver(self.client.input, self.client.send, answers)
        taken = self.receiver.serve()
        self.client.close()
        return taken


class Host:
    """with Host() as h: it listens at h.hop; h.taken is what it took."""

    def __init__(self, answers=None):
        self.answers = answers
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.hop = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.receivers = []
        self.thread = threading.Thread(target=self.accept)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(10)

    @property
    def taken(self):
        return [mail for r in self.receivers for mail in r.taken]

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            client.settimeout(15)
            with client, client.makefile("rb") as file:
                self.receivers.append(
                    Receiver(file, client.sendall, self.answers))
                try:
                    self.receivers[-1].serve()
                except OSError:
                    pass
