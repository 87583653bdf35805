"""Mail to real servers, which send it on to a sink."""

import os
import sys
import tempfile
import unittest

from driver import send
from harness import HERE, IS_ROOT, wait_for
from mtas import Exim, OpenSmtpd
from sinks import Sink

sys.path.append(os.path.join(os.path.dirname(HERE), "peers"))
from postfix import Postfix  # noqa: E402

TEXT = b"Subject: to a peer\r\nFrom: x@us.test\r\nMessage-Id: <1@us.test>\r\n" \
       b"\r\nfirst line\r\n.\r\n..two dots\r\n.one dot\r\n\r\nlast line\r\n"
BODY = TEXT.split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n").decode()


class Refusing(Postfix):
    """Postfix that sends on to a port and refuses one recipient."""

    def __init__(self, to):
        self.directory = tempfile.TemporaryDirectory(prefix="verbena-postfix-")
        os.chmod(self.directory.name, 0o755)
        super().__init__(self.directory.name + "/postfix", """
relayhost = [127.0.0.1]:%d
smtpd_recipient_restrictions = check_recipient_access
    inline:{{refused@a.test = reject}}, permit_mynetworks, reject
""" % to)

    @property
    def hop(self):
        return "127.0.0.1:%d" % self.port

    def __exit__(self, *words):
        super().__exit__(*words)
        self.directory.cleanup()


@unittest.skipUnless(IS_ROOT, "wants root")
class Peers(unittest.TestCase):
    def relays(self, server):
        with Sink() as sink, tempfile.NamedTemporaryFile() as f:
            f.write(TEXT)
            f.flush()
            with server(sink.port) as peer:
                reports = send(
                    "-b", f.name, "-n", "40", "-p", "2", peer.hop,
                    to=("ann@a.test", "refused@a.test", "bob@b.test"))
                wait_for(lambda: self.count(sink) >= 80, 30)
            self.assertEqual(self.count(sink), 80)
            for message in sink.messages():
                self.assertTrue(message.rstrip("\n").endswith(
                    BODY.rstrip("\n")), message)
                self.assertIn("X-Trace: here\nSubject: to a peer\n", message)
        self.assertEqual({(r.to, r.outcome, r.code // 100) for r in reports}, {
            ("ann@a.test", "delivered", 2), ("bob@b.test", "delivered", 2),
            ("refused@a.test", "never", 5)})
        self.assertEqual(len(reports), 120)

    def count(self, sink):
        """Recipients of all messages that came."""
        return sum(m.count("X-Rcpt-Args: ") for m in sink.messages())

    def test_relays_to_Postfix(self):
        self.relays(Refusing)

    def test_relays_to_Exim(self):
        self.relays(Exim)

    def test_relays_to_OpenSMTPD(self):
        self.relays(OpenSmtpd)


if __name__ == "__main__":
    unittest.main()
