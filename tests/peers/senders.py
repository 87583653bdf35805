"""Each of other people's clients delivers one message."""

import json
import os
import smtplib
import subprocess

from live import is_root
from postfix import Postfix

LINES = [
    "Subject: from {who}",
    "From: Ann <ann@a.test>",
    "To: {who}@lab.test",
    "Date: Mon, 02 Nov 1981 22:33:44 -0500",
    "Message-ID: <{who}@a.test>",
    "",
    "first line",
    ".",
    "..two dots",
    ".one dot",
    "",
    "From here on, and trailing space: ",
    "last line",
]


def text(who, end="\r\n"):
    return "".join(line.format(who=who) + end for line in LINES).encode()


def body():
    """What must be in the mailbox after the header."""
    return text("").split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n")


def run(command, text=None, **more):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60, **more)
    if done.returncode != 0:
        raise AssertionError("%s ended with %d:\n%s" % (
            command[0], done.returncode, done.stdout.decode()))


def with_file(server, who, octets):
    name = "%s/%s.eml" % (server.top, who)
    with open(name, "wb") as f:
        f.write(octets)
    return name


def swaks(server):
    octets = text("swaks")[:-2]  # it adds a line end of its own
    run(["swaks", "--server", "127.0.0.1", "--port", str(server.port),
         "--helo", "a.test", "--from", "ann@a.test", "--to",
         "swaks@lab.test", "--data", "@" + with_file(server, "swaks", octets)])


def curl(server):
    run(["curl", "-sS", "smtp://127.0.0.1:%d/a.test" % server.port,
         "--mail-from", "ann@a.test", "--mail-rcpt", "curl@lab.test",
         "--upload-file", with_file(server, "curl", text("curl"))])


def msmtp(server):
    run(["msmtp", "--file=/dev/null", "--host=127.0.0.1",
         "--port=%d" % server.port, "--tls=off", "--auth=off",
         "--domain=a.test", "--from=ann@a.test", "msmtp@lab.test"],
        text("msmtp", "\n"))


def python_smtplib(server):
    with smtplib.SMTP("127.0.0.1", server.port, "a.test", 20) as client:
        client.sendmail("ann@a.test", "smtplib@lab.test", text("smtplib"))


NODE = """
const o = JSON.parse(process.argv[1]);
require("nodemailer").createTransport({ host: "127.0.0.1", port: o.port,
    secure: false, ignoreTLS: true, name: "a.test" }).sendMail(
    { envelope: { from: "ann@a.test", to: [ "nodemailer@lab.test" ] },
      raw: o.raw }).then(() => process.exit(0),
    e => { console.error(e); process.exit(1); });
"""


def nodemailer(server):
    run(["node", "-e", NODE, json.dumps(
        {"port": server.port, "raw": text("nodemailer").decode()})],
        env=dict(os.environ, NODE_PATH="/usr/share/nodejs"))


def postfix(server):
    with Postfix(server.top + "/postfix", more="""
relayhost = [127.0.0.1]:%d
""" % server.port) as relay:
        with smtplib.SMTP("127.0.0.1", relay.port, "a.test", 20) as client:
            client.sendmail("ann@a.test", "postfix@lab.test", text("postfix"))
        # It must still be there to send.
        server.wait_for_one("postfix")


SENDERS = {
    "swaks": swaks,
    "curl": curl,
    "msmtp": msmtp,
    "smtplib": python_smtplib,
    "nodemailer": nodemailer,
}
if is_root():
    SENDERS["postfix"] = postfix
