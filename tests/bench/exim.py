"""A private Exim."""

import os

from foreign import Rooted

# Its limits on one session are lifted, and it delivers at once whatever the
# number of messages in one; the rest is as it has it by default. It gives up
# root for good (deliver_drop_privilege), which saves it work.
CONF = """
primary_hostname = mx.lab.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
deliver_drop_privilege
host_lookup =
rfc1413_query_timeout = 0s
tls_advertise_hosts =
keep_environment =
message_size_limit = 64M
smtp_enforce_sync = false
smtp_connect_backlog = 1000
smtp_accept_max = 0
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 1000000000
smtp_accept_max_nonmail = 1000000000
acl_smtp_rcpt = accept
acl_smtp_vrfy = accept

begin routers
box:
  driver = accept
  domains = lab.test
  local_parts = lsearch;/etc/boxes
  transport = box

begin transports
box:
  driver = appendfile
  directory = /mail/$local_part_data
  maildir_format
"""


class Exim(Rooted):
    NAME = "exim"
    PACKAGES = ("exim4-daemon-light",)
    COMMAND = ("/usr/sbin/exim4", "-bdf", "-q1m")
    ACCOUNTS = {"Debian-exim": 61003}
    DIRECTORIES = {"/var/spool/exim4": "Debian-exim",
                   "/var/log/exim4": "Debian-exim", "/var/run": "Debian-exim",
                   "/run/exim4": "Debian-exim"}
    BOXES_OF = "Debian-exim"

    def configure(self):
        self.write("/etc/boxes", "".join("%s: %s\n" % (u, u)
                                         for u in self.users))
        self.write("/etc/exim4/exim4.conf", CONF.format(port=self.port))
        os.chown(self.root + "/etc/exim4/exim4.conf", 0, 0)

    def log(self):
        found = super().log()
        try:
            with open(self.root + "/var/log/exim4/mainlog") as f:
                return found + f.read()[-3000:]
        except FileNotFoundError:
            return found
