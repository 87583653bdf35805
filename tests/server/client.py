"""One connection to the server, and what is said over it."""


class Client:
    """One connection, and what is said over it."""

    def __init__(self, s):
        self.socket = s
        self.input = s.makefile("rb")
        self.text = ""

    def close(self):
        self.input.close()
        self.socket.close()

    def reply(self):
        """The code of the next reply; 0 when the connection has ended. Its
        text is in .text."""
        text = b""
        while True:
            try:
                line = self.input.readline()
            except ConnectionResetError:
                line = b""
            text += line
            if line == b"":
                self.text = text.decode(errors="replace")
                return 0
            if line[3:4] != b"-":
                self.text = text.decode(errors="replace")
                return int(line[:3])

    def send(self, octets):
        self.socket.sendall(octets)

    def say(self, line):
        """Says a command; the code of its reply."""
        if isinstance(line, str):
            line = line.encode()
        self.send(line + b"\r\n")
        return self.reply()

    def begin(self):
        """Greets."""
        code = self.reply()
        assert code == 220, self.text
        code = self.say("HELO client.test")
        assert code == 250, self.text
        return self

    def envelope(self, sender, *recipients):
        """MAIL and RCPT, all of which must be taken, and DATA."""
        commands = ["MAIL FROM:<%s>" % sender]
        commands += ["RCPT TO:<%s>" % r for r in recipients]
        for command in commands:
            code = self.say(command)
            assert code == 250, "%s: %s" % (command, self.text)
        code = self.say("DATA")
        assert code == 354, self.text

    def mail(self, sender="ann@a.test", to="bob@lab.test",
             text=b"Subject: hello\r\n\r\nWorld\r\n"):
        """A whole message; the code at the end of it."""
        self.envelope(sender, to)
        self.send(text + b".\r\n")
        return self.reply()
