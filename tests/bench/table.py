"""The figures of a row, and how they are printed."""

import statistics
import sys

PROBES = ("append", "rename")


class Table:
    """The figures of a row, round for round."""

    def __init__(self, row):
        self.row = row
        self.rounds = []  # of {server or probe: {figure: number}}
        self.missing = {}  # server -> why

    def numbers(self, name, figure):
        return [r[name][figure] for r in self.rounds
                if figure in r.get(name, {})]

    def ratios(self, figure, name, other, other_figure=None):
        other_figure = other_figure or figure
        return [r[name][figure] / r[other][other_figure] for r in self.rounds
                if figure in r.get(name, {}) and
                other_figure in r.get(other, {})]


def spread(numbers, digits):
    if len(numbers) < 2:
        return "%.*f" % (digits, numbers[0])
    return "%.*f (%.*f-%.*f)" % (digits, statistics.median(numbers), digits,
                                 min(numbers), digits, max(numbers))


def print_missing(table, name, figure):
    if name in table.missing:
        print("    not measured%s: %s" % (
            " again" if table.numbers(name, figure) else "",
            table.missing[name]))


def print_server(table, name):
    cells = []
    for figure in table.row.figures:
        numbers = table.numbers(name, figure)
        digits = 3 if figure == "cpu" else 0
        cells.append("%-26s" % (spread(numbers, digits) if numbers else "-"))
    print("  %-12s %s" % (name, "".join(cells).rstrip()))
    print_missing(table, name, table.row.figures[0])


def print_probe(table, kind):
    numbers = table.numbers(kind, "probe")
    if numbers:
        print_share(table, kind, numbers)
    elif kind in table.missing:
        print("  probe %s" % kind)
    print_missing(table, kind, "probe")


def print_share(table, kind, numbers):
    shares = ["%s %.2f" % (figure, statistics.median(ratios))
              for figure in table.row.figures if figure != "cpu"
              for ratios in [table.ratios(figure, "verbena", kind, "probe")]
              if ratios]
    print("  probe %s, writers: %d; %s/s; verbena's part of it: %s" % (
        kind, table.row.writers, spread(numbers, 0),
        ", ".join(shares) or "-"))


def print_aim(table, aim):
    if aim.other is None:
        found, what = table.numbers("verbena", aim.figure), aim.figure
        good = found and statistics.median(found) <= aim.number
        wanted = "at most %g" % aim.number
    else:
        found = table.ratios(aim.figure, "verbena", aim.other)
        what = "%s / %s" % (aim.figure, aim.other)
        good = found and statistics.median(found) >= aim.number
        wanted = "at least %g" % aim.number
    print("  %-24s %-24s aim: %s%s" % (
        what, spread(found, 2) if found else "-", wanted,
        "" if good else "   NOT MET" if found else "   not measured"))


def print_table(table):
    print("\n%s; rounds: %d" % (table.row.title, len(table.rounds)))
    print("  %-12s %s" % ("", "".join(
        "%-26s" % table.row.heading(f) for f in table.row.figures).rstrip()))
    for name in table.row.servers:
        print_server(table, name)
    for kind in PROBES:
        print_probe(table, kind)
    for aim in table.row.aims:
        print_aim(table, aim)
    sys.stdout.flush()
