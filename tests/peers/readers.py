"""Dovecot and mutt, reading a mailbox while mail comes in."""

import imaplib
import mailbox
import os
import pty
import pwd
import re
import shutil
import subprocess
import time

from live import ACCOUNT, accepts, free_port, given_to_account, wait_for

DOVECOT = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {top}/run
state_dir = {top}/state
log_path = {top}/log
instance_name = verbena-test
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 50
mail_location = {location}
auth_username_format = %Ln
passdb {{
  driver = passwd-file
  args = username_format=%n {top}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={top}/home/%n
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  unix_listener {top}/lmtp {{
    mode = 0666
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@lab.test
  hostname = dovecot.lab.test
}}
"""


class Dovecot:
    """with Dovecot(top, location, users) as d: an IMAP server of our own, with
    LMTP at top/lmtp."""

    def __init__(self, top, location, users):
        self.top = top
        self.location = location
        self.users = users
        self.port = free_port()
        self.process = None

    def __enter__(self):
        account = pwd.getpwnam(ACCOUNT)
        os.makedirs(self.top, exist_ok=True)
        with open(self.top + "/passwd", "w") as f:
            f.writelines("%s:{PLAIN}secret\n" % user for user in self.users)
        for name in ("home", "index"):
            given_to_account("%s/%s" % (self.top, name))
        conf = self.top + "/dovecot.conf"
        with open(conf, "w") as f:
            f.write(DOVECOT.format(
                top=self.top, location=self.location, port=self.port,
                uid=account.pw_uid, gid=account.pw_gid))
        self.process = subprocess.Popen(["dovecot", "-F", "-c", conf])
        if not wait_for(lambda: accepts(self.port)):
            self.__exit__()
            raise RuntimeError("Dovecot did not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)


class DovecotReader:
    """Each look() fetches what has come since the last."""

    def __init__(self, port, user):
        self.imap = imaplib.IMAP4("127.0.0.1", port)
        self.imap.login(user, "secret")
        self.imap.select("INBOX")
        self.last = 0
        self.seen = []

    def look(self):
        self.imap.noop()
        _, data = self.imap.uid("FETCH", "%d:*" % (self.last + 1),
                                "(UID BODY.PEEK[])")
        for item in data:
            if not isinstance(item, tuple):
                continue
            uid = int(re.search(rb"UID (\d+)", item[0])[1])
            if uid > self.last:
                self.last = uid
                self.seen.append(item[1].replace(b"\r\n", b"\n"))
        return self.seen

    def close(self):
        self.imap.logout()


MUTTRC = """
set confirmcreate=no confirmappend=no wait_key=no quit=yes move=no
set mbox_type=mbox copy=no sleep_time=0 mail_check=0 timeout=1
set header_cache="" postponed="" record="" folder="{top}"
"""


class MuttReader:
    """Each look() has mutt copy all messages of the mailbox into another."""

    def __init__(self, top, path):
        self.top = given_to_account(top)
        self.path = path
        with open(top + "/muttrc", "w") as f:
            f.write(MUTTRC.format(top=top))

    def run(self, out):
        master, slave = pty.openpty()
        keys = "<tag-pattern>~A<enter><tag-prefix><copy-message>%s<enter>" \
            "<exit>" % out
        mutt = subprocess.Popen(
            ["mutt", "-n", "-R", "-F", self.top + "/muttrc", "-f", self.path,
             "-e", "push '%s'" % keys],
            stdin=slave, stdout=slave, stderr=slave, cwd=self.top,
            user=ACCOUNT if os.geteuid() == 0 else None, close_fds=True,
            env={"HOME": self.top, "TERM": "vt100", "LC_ALL": "C.UTF-8",
                 "PATH": os.environ["PATH"], "COLUMNS": "80", "LINES": "24"})
        os.close(slave)
        # A terminal that nobody reads from would fill up.
        os.set_blocking(master, False)
        end = time.monotonic() + 60
        while mutt.poll() is None:
            try:
                os.read(master, 65536)
            except OSError:
                time.sleep(0.01)
            if time.monotonic() > end:
                mutt.kill()
                mutt.wait()
                os.close(master)
                raise AssertionError("mutt did not end within a minute")
        os.close(master)

    def look(self):
        out = self.top + "/copy"
        if os.path.exists(out):
            os.unlink(out)
        if not os.path.exists(self.path):
            return []
        self.run(out)
        if not os.path.exists(out):
            return []
        box = mailbox.mbox(out, create=False)
        try:
            return [box.get_bytes(key) for key in box.iterkeys()]
        finally:
            box.close()

    def close(self):
        shutil.rmtree(self.top)
