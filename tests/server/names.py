"""A name server of one's own: NSD on a free port of the loopback."""

import os
import shutil
import subprocess
import tempfile

from harness import free_port, wait_for

CONF = """
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  zonesdir: "{top}"
  zonelistfile: "{top}/zone.list"
  database: ""
  pidfile: ""
  xfrdfile: "{top}/xfrd.state"
  xfrdir: "{top}"
  logfile: "{top}/log"
  server-count: 1
  rrl-ratelimit: 0
  {more}
remote-control:
  control-enable: no
zone:
  name: "{zone}"
  zonefile: "zone"
"""

HEAD = """
$ORIGIN {zone}.
$TTL 60
@ SOA ns.{zone}. root.{zone}. 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
"""


class Names:
    """with Names("test", records) as n: n.server answers for the zone; what is
    in no zone it refuses."""

    def __init__(self, zone, records, more=""):
        self.top = tempfile.mkdtemp(prefix="verbena-names-")
        self.port = free_port()
        self.server = "127.0.0.1:%d" % self.port
        with open(self.top + "/zone", "w") as f:
            f.write(HEAD.format(zone=zone) + records)
        with open(self.top + "/nsd.conf", "w") as f:
            f.write(CONF.format(port=self.port, top=self.top, zone=zone,
                                more=more))
        self.process = None

    def log(self):
        try:
            with open(self.top + "/log") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def __enter__(self):
        path = os.environ["PATH"] + ":/usr/sbin"
        self.process = subprocess.Popen(
            ["nsd", "-d", "-c", self.top + "/nsd.conf"],
            env=dict(os.environ, PATH=path), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        if not wait_for(lambda: "nsd started" in self.log()):
            self.__exit__()
            raise AssertionError("nsd did not start:\n" + self.log())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.top, ignore_errors=True)
