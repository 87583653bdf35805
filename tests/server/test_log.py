"""The log: a line an event, in the file that has its name."""

import json
import os
import re
import signal
import unittest

from harness import Server, wait_for

LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
    r"(error|warning|notice|info|debug) (master|worker|queue|courier)\[\d+\] "
    r"[a-z-]+ [ -~]*")

NASTY = [
    b"HELO a\x0bb", b"HELO a\x1b[2Jb", b"HELO a\rb", b"HELO \xff\xfe",
    b"HELO a\x00b", b"HELO a\nNov 24 00:00:00 host sshd: ok",
    b"\x1b]0;title\x07", b"MAIL FROM:<a\x01@b.test>",
    b'MAIL FROM:<"a\\\x7f b"@b.test>', b'MAIL FROM:<"a session=x"@b.test>',
    b'RCPT TO:<"b\tb"@lab.test>', b"RCPT TO:<b\rb@lab.test>", b"XBAD logs",
    b"RCPT TO:<bob@lab.test>",
]


def lines_of(server, name="server.log"):
    with open("%s/%s" % (server.top, name), "rb") as f:
        return f.read().decode("latin-1").split("\n")[:-1]


class Log(unittest.TestCase):
    def server(self, log):
        return Server({"log": log, "modules": '[ "basic", "directory", '
                       '"maildir", "$top/modules/xbad.so" ]'},
                      site='enable = [ "XBAD" ];', modules=["xbad.c"])

    def talk_nastily(self, server):
        client = server.client().begin()
        for line in NASTY:
            client.say(line)
            if b"\nNov" in line:
                client.reply()
        self.assertEqual(client.say("DATA"), 354, client.text)
        client.send(b"Subject: a\x1b[2Jb\r\n.\r\n")
        self.assertEqual(client.reply(), 250, client.text)
        client.say("QUIT")

    def test_an_event_is_one_line_whatever_the_client_says(self):
        with self.server('{ level = "debug"; }') as server:
            self.talk_nastily(server)
            server.logged("talk .*one.*two.*three")
            server.logged(" stored ")
            self.assertEqual(server.stop(), 0)
            lines = lines_of(server, "log")
            self.assertGreater(len(lines), 5)
            for line in lines:
                self.assertTrue(LINE.fullmatch(line), repr(line))

    def test_an_event_is_one_json_object(self):
        with self.server('{ level = "debug"; format = "json"; }') as server:
            self.talk_nastily(server)
            self.assertEqual(server.stop(), 0)
            events = [json.loads(line)
                      for line in lines_of(server, "log")]
            names = [event["event"] for event in events]
            for name in ("ready", "connect", "talk", "stored", "stopped"):
                self.assertIn(name, names)
            for event in events:
                self.assertEqual(
                    set(event), {"time", "level", "process", "event", "text"})

    def test_sigusr1_opens_the_file_again_for_all_processes(self):
        with Server({"log": '{ to = "$top/server.log"; level = "debug"; }',
                     "workers": "2"}) as server:
            self.assertEqual(server.client().begin().mail(), 250)
            path = server.top + "/server.log"
            os.rename(path, path + ".1")
            server.process.send_signal(signal.SIGUSR1)
            self.assertTrue(wait_for(lambda: os.path.exists(path)))
            self.assertTrue(wait_for(
                lambda: "log-opened" in server.log("server.log")))
            size = os.path.getsize(path + ".1")
            for _ in range(6):
                self.assertEqual(server.client().begin().mail(), 250)
            os.kill(server.children("courier")[0], signal.SIGKILL)
            self.assertTrue(wait_for(
                lambda: "died" in server.log("server.log")))
            stored = [line for line in lines_of(server) if " stored " in line]
            self.assertEqual(len(stored), 6)
            self.assertEqual(os.path.getsize(path + ".1"), size)

    def test_only_what_is_worth_it_is_logged(self):
        with Server({"log": '{ level = "notice"; }'}) as server:
            self.assertEqual(server.client().begin().mail(), 250)
            server.arrived()
            self.assertEqual(server.stop(), 0)
            events = [line.split()[3] for line in lines_of(server, "log")]
            self.assertEqual(events, ["ready", "stopping", "stopped"])
