"""A private Postfix: own configuration, own queue, nothing of the machine's."""

import os
import pwd
import subprocess

from live import accepts, free_port, wait_for

MAIN = """
compatibility_level = 3.6
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
queue_directory = {top}/queue
data_directory = {top}/data
maillog_file_prefixes = {top}
maillog_file = {top}/mail.log
mail_owner = postfix
setgid_group = postdrop
alias_maps =
alias_database =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
smtp_host_lookup = native
{more}
"""

# name, type, private, unprivileged, chroot, wakeup, maxproc, command
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """with Postfix(top, more) as p: it runs, and p.port is its smtpd."""

    def __init__(self, top, more=""):
        self.top = top
        self.more = more
        self.port = free_port()

    def run(self, *command):
        return subprocess.run(
            ["postfix", "-c", self.top + "/etc", *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))

    def __enter__(self):
        for name in ("etc", "queue", "data"):
            os.makedirs("%s/%s" % (self.top, name))
        os.chown(self.top + "/data", pwd.getpwnam("postfix").pw_uid, -1)
        with open(self.top + "/etc/main.cf", "w") as f:
            f.write(MAIN.format(top=self.top, more=self.more))
        with open(self.top + "/etc/master.cf", "w") as f:
            f.write(MASTER.format(port=self.port))
        said = self.run("start")
        if said.returncode != 0 or not wait_for(lambda: accepts(self.port)):
            self.run("abort")
            raise RuntimeError("Postfix did not start:\n" + said.stdout)
        return self

    def __exit__(self, *_):
        self.run("abort")
        # The master needs a moment: who removes its queue waits for that.
        wait_for(lambda: not accepts(self.port))
        wait_for(lambda: self.run("status").returncode != 0, 10, 0.1)
