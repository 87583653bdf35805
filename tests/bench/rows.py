"""The rows of the table: what is done, to which servers, and the aims."""

from load import Mail, Vrfy
from servers import SERVERS

HEADINGS = {
    "accepted": "accepted/s",
    "delivered": "in the mailbox/s",
    "cpu": "CPU s/1000 messages",
    "answered": "answered/s",
}


class Aim:
    """
    Of Verbena's figure: at least `number` times the other's, or, without
    another, at most `number`.
    """

    def __init__(self, figure, other, number):
        self.figure = figure
        self.other = other
        self.number = number


class Row:
    """`writers` are the probe's; 0 where the disk has no part in it."""

    def __init__(self, title, work, aims, servers=tuple(SERVERS), writers=0,
                 figures=("accepted", "delivered", "cpu")):
        self.title = title
        self.work = work
        self.aims = aims
        self.servers = servers
        self.writers = writers
        self.figures = figures

    @staticmethod
    def heading(figure):
        return HEADINGS[figure]


def many_sessions(sessions):
    return Row(
        "4 KiB, %d kept sessions" % sessions, Mail(sessions, least=1000),
        [Aim("accepted", "postfix", 10), Aim("delivered", "postfix", 8),
         Aim("accepted", "smtp-sink", 0.5), Aim("cpu", None, 0.4)],
        writers=sessions)


ROWS = {
    "1": Row("4 KiB, 1 kept session", Mail(1),
             [Aim("accepted", "postfix", 3), Aim("cpu", None, 0.4)],
             writers=1),
    "20": many_sessions(20),
    "100": many_sessions(100),
    "recipients": Row(
        "4 KiB, 50 recipients, 20 kept sessions",
        Mail(20, recipients=50, most=2000),
        [Aim("delivered", "postfix", 5)],
        servers=("verbena", "postfix", "opensmtpd", "exim"), writers=20),
    "large": Row(
        "10 MB, 4 kept sessions", Mail(4, size=10000000, most=60),
        [Aim("accepted", "smtp-sink", 0.8)],
        servers=("verbena", "postfix", "smtp-sink")),
    "vrfy": Row(
        "VRFY, one connection, 100 in flight", Vrfy(100),
        [Aim("answered", "postfix", 2), Aim("answered", "smtp-sink", 0.5)],
        servers=("verbena", "postfix", "exim", "smtp-sink"),
        figures=("answered",)),
}
