"""A server that delivers slowly, so that something can happen meanwhile."""

import time

from harness import Server


def slow_server():
    """Its deliveries take 1.5 s."""
    return Server({
        "couriers": "1",
        "maildir": None,
        "modules": '[ "basic", "directory", "$top/modules/postman.so" ]',
        "directory": '{ users = ( { name = "slow"; } ); }',
        "postman": '{ dir = "$top/mail"; }',
    }, modules=["postman.c"])


def send_slowly(server):
    """A client whose message is being delivered."""
    client = server.client().begin()
    client.envelope("ann@a.test", "slow@lab.test")
    client.send(b".\r\n")
    time.sleep(0.3)
    return client
