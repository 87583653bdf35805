"""
A notification of what could not be delivered, as it lies in a maildir, read by
Python's email package.

    report = bounces.read(octets)
    report.recipients["sam@b.test"]["Status"]      "5.1.1"

What is not as RFC 3464 and RFC 6522 have it is an AssertionError.
"""

import email
import email.policy
import email.utils
import re

# RFC 3464 §2.3.3, RFC 3463 §2.
ACTIONS = {"failed", "delayed"}
STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


def check(holds, said, what):
    if not holds:
        raise AssertionError("%s:\n%r" % (said, what))


def typed(field, kind):
    """What follows "dns;" or "rfc822;" in a field."""
    found, _, value = field.partition(";")
    check(found.strip().lower() == kind, "no " + kind, field)
    return value.strip()


def check_date(field):
    check(email.utils.parsedate_to_datetime(field), "no date", field)


class Report:
    """`words` for people; `message` the fields of the message; `recipients`
    those of each, by mailbox; `header` the original's, parsed."""

    def __init__(self, parsed):
        parts = list(parsed.iter_parts())
        check(len(parts) in (2, 3), "other parts", parsed.as_string())
        check(parts[0].get_content_type() == "text/plain",
              "no words for people", parts[0].as_string())
        self.words = parts[0].get_content()
        self.read_status(parts[1])
        self.header = None
        if len(parts) == 3:
            self.read_header(parts[2])

    def read_status(self, part):
        check(part.get_content_type() == "message/delivery-status",
              "no delivery status", part.as_string())
        self.message, *groups = part.get_payload()
        typed(self.message["Reporting-MTA"], "dns")
        check_date(self.message["Arrival-Date"])
        self.recipients = {}
        for group in groups:
            self.recipients[typed(group["Final-Recipient"], "rfc822")] = group
            check(group["Action"] in ACTIONS, "no action", group.as_string())
            check(STATUS.fullmatch(group["Status"]), "no status",
                  group.as_string())
            for field in ("Last-Attempt-Date", "Will-Retry-Until"):
                if group[field] is not None:
                    check_date(group[field])
        check(len(groups) == len(self.recipients) > 0, "other recipients",
              part.as_string())

    def read_header(self, part):
        check(part.get_content_type() == "text/rfc822-headers",
              "no header", part.as_string())
        octets = part.get_payload(decode=True)
        self.header = email.message_from_bytes(octets)
        check(self.header.get_payload() == "", "more than a header", octets)


def check_envelope(octets):
    check(octets.startswith(b"Return-Path: <>\n"), "not from <>", octets[:200])
    for line in octets.split(b"\n"):
        check(len(line) <= 998 and line.isascii(), "no plain line", line)


def read(octets):
    """A notification of profile rfc5321."""
    check_envelope(octets)
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    check(parsed.get_content_type() == "multipart/report" and
          parsed.get_param("report-type") == "delivery-status",
          "no report", parsed["Content-Type"])
    for field in ("From", "To", "Subject", "Date", "Message-ID"):
        check(len(parsed.get_all(field, [])) == 1, "no one " + field,
              octets[:2000])
    check(parsed["Auto-Submitted"] == "auto-replied", "not automatic",
          octets[:2000])
    check_date(parsed["Date"])
    defects = [d for p in parsed.walk() for d in p.defects]
    check(not defects, "defects", defects)
    return Report(parsed)


# RFC 821, example 7.
OLD = re.compile(
    r"  Sorry (?P<who>.*),\s+your\s+message\s+to\s+(?P<to>.+?)\s+lost\.\n"
    r"  (?P<host>\S+) said this:\n"
    r'   "(?P<text>(?:[^\n]|\n    )*)"\n')


def read_rfc821(octets):
    """A notification of profile rfc821: {mailbox: what was said}."""
    check_envelope(octets)
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    check(parsed["Subject"] == "Mail System Problem", "another subject",
          octets[:2000])
    check(parsed["MIME-Version"] is None, "not of 1982", octets[:2000])
    check_date(parsed["Date"])
    body = parsed.get_payload()
    found = list(OLD.finditer(body))
    check(found and "".join(f[0] for f in found) == body, "other words", body)
    return {f["to"]: re.sub(r"\n +", " ", f["text"]) for f in found}
