"""
The servers that are compared. Each is made with (build, top), is used in a
`with` statement, and then has `port` and `boxes`, the directory that holds the
maildirs of its users (None when it stores nothing). Everything that it writes
is below `top`.
"""

import os
import pwd
import subprocess

from exim import Exim
from live import ACCOUNT, MODULES, Server, accepts, free_port
from live import given_to_account, wait_for
from opensmtpd import OpenSmtpd, SyncedOpenSmtpd
from postfix import Postfix

# Where smtp-source sends to: "reader" or, with 50 recipients, "1reader" and so on.
USERS = ["reader"] + ["%dreader" % i for i in range(1, 51)]

# A process for each of 100 sessions and some to spare, room for 10 MB, and no
# delay or end for a client that only asks VRFY.
POSTFIX = """
message_size_limit = 67108864
virtual_mailbox_domains = lab.test
virtual_mailbox_base = {top}/mail
virtual_mailbox_maps = texthash:{top}/boxes
virtual_mailbox_limit = 0
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_transport = virtual
smtpd_error_sleep_time = 0
smtpd_junk_command_limit = 1000000000
default_process_limit = 150
"""

VRFY = """
enable = [ "VRFY" ];
vrfy: { disclose = "full"; };
budget: { answers = 1000000000; };
"""


class OurVerbena(Server):
    """With VRFY where it is built, and its guard with more than is spent."""

    def __init__(self, build, top):
        has_vrfy = os.path.exists(build + "/modules/vrfy.so")
        super().__init__(os.path.abspath(build), USERS, top,
                         VRFY if has_vrfy else "",
                         MODULES + (("vrfy", "budget") if has_vrfy else ()))
        self.boxes = top + "/mail/lab.test"


class OurPostfix(Postfix):
    def __init__(self, _, top):
        account = pwd.getpwnam(ACCOUNT)
        self.boxes = given_to_account(top + "/mail")
        with open(top + "/boxes", "w") as f:
            f.writelines("%s@lab.test %s/\n" % (u, u) for u in USERS)
        super().__init__(top, POSTFIX.format(
            top=top, uid=account.pw_uid, gid=account.pw_gid))

    def log(self):
        with open(self.top + "/mail.log", errors="backslashreplace") as f:
            return f.read()[-3000:]


class OurOpenSmtpd(OpenSmtpd):
    def __init__(self, build, top):
        super().__init__(build, top, USERS, free_port())


class OurSyncedOpenSmtpd(SyncedOpenSmtpd):
    def __init__(self, build, top):
        super().__init__(build, top, USERS, free_port())


class OurExim(Exim):
    def __init__(self, build, top):
        super().__init__(build, top, USERS, free_port())


class Sink:
    """smtp-sink: it reads mail and forgets it."""

    def __init__(self, _build, top):
        self.top = top
        self.boxes = None
        self.port = free_port()
        self.process = None

    def __enter__(self):
        with open(self.top + "/log", "wb") as log:
            self.process = subprocess.Popen(
                ["smtp-sink", "-u", ACCOUNT, "127.0.0.1:%d" % self.port,
                 "1000"], stdout=log, stderr=log)
        if not wait_for(lambda: accepts(self.port)):
            self.__exit__()
            raise RuntimeError("smtp-sink did not start:\n" + self.log())
        return self

    def log(self):
        with open(self.top + "/log", errors="backslashreplace") as f:
            return f.read()[-3000:]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


SERVERS = {
    "verbena": OurVerbena,
    "postfix": OurPostfix,
    "opensmtpd": OurOpenSmtpd,
    "opensmtpd+S": OurSyncedOpenSmtpd,
    "exim": OurExim,
    "smtp-sink": Sink,
}
