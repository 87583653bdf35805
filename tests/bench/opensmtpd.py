"""
A private OpenSMTPD. Its queue (6.8.0) writes a message and renames it, and
answers 250 without any fsync: a power cut loses what it has just accepted. No
setting changes that. SyncedOpenSmtpd promises what the others do: its spool
bears the attribute of synchronous updates (chattr +SD), which all that is made
below inherits.
"""

import fcntl
import os
import struct

from foreign import Rooted, Unavailable

FS_IOC_SETFLAGS = 0x40086602  # linux/fs.h, where a long has 8 octets
FS_SYNC_FL = 0x00000008
FS_DIRSYNC_FL = 0x00010000

# Its limits on one session and on deliveries under way are lifted; the rest is
# as it has it by default.
CONF = """
smtp max-message-size 64M
smtp limit max-mails 1000000000
smtp limit max-rcpt 1000
listen on 127.0.0.1 port {port} hostname mx.lab.test
action "box" maildir "/mail/%{{user.username}}"
match from any for domain "lab.test" action "box"
"""


def make_synchronous(path):
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(directory, FS_IOC_SETFLAGS,
                    struct.pack("l", FS_SYNC_FL | FS_DIRSYNC_FL))
    except OSError as e:
        raise Unavailable("its spool cannot be made synchronous: %s" % e) \
            from e
    finally:
        os.close(directory)


class OpenSmtpd(Rooted):
    NAME = "opensmtpd"
    PACKAGES = ("opensmtpd", "dash")  # it runs its delivery agent in a shell
    COMMAND = ("/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf")
    ACCOUNTS = {"opensmtpd": 61001, "opensmtpq": 61002}
    DIRECTORIES = {"/var/spool/smtpd": "root", "/var/run": "root",
                   "/var/lib/opensmtpd/empty": "root"}

    def configure(self):
        self.write("/etc/mailname", "mx.lab.test\n")
        self.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.write("/etc/smtpd.conf", CONF.format(port=self.port))


class SyncedOpenSmtpd(OpenSmtpd):
    def configure(self):
        super().configure()
        make_synchronous(self.root + "/var/spool/smtpd")
