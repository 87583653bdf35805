"""Where to connect to for a next hop: asked of a real name server."""

import socket
import threading
import unittest

from driver import resolve
from names import Names

MANY = "".join("many MX %d far-away-exchanger-number-%d.exchangers\n"
               "far-away-exchanger-number-%d.exchangers A 192.0.2.%d\n" % (
                   (k, k, k, k)) for k in range(1, 31))
RECORDS = """
one MX 10 a
two MX 20 b
two MX 10 a
same MX 10 a
same MX 10 b
same MX 10 c
same MX 10 d
plain A 192.0.2.9
plain AAAA 2001:db8::9
none MX 0 .
empty TXT "nothing else"
alias CNAME two
via MX 10 other
other CNAME a
six MX 10 v6
v6 AAAA 2001:db8::6
both MX 10 dual
dual A 192.0.2.7
dual AAAA 2001:db8::7
dead MX 10 nowhere
half MX 10 nowhere
half MX 20 a
outside MX 10 mx.elsewhere.invalid.
ours MX 10 us
ours MX 20 a
backup MX 30 b
backup MX 20 us
backup MX 10 a
backup MX 20 c
us A 192.0.2.99
a A 192.0.2.1
b A 192.0.2.2
c A 192.0.2.3
d A 192.0.2.4
""" + MANY


class Silence:
    """A name server that takes questions and does not answer, or answers each
    with one code, and these octets for one record."""

    def __init__(self, code=None, record=b""):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.server = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.code = code
        self.record = record

    def answer(self):
        while True:
            question, client = self.socket.recvfrom(4096)
            if question == b"end":
                return
            if self.code is None:
                continue
            end = question.index(b"\0", 12) + 5
            self.socket.sendto(
                question[:2] + bytes([0x81, 0x80 | self.code]) + b"\0\1" +
                bytes([0, bool(self.record)]) + b"\0" * 4 +
                question[12:end] + self.record, client)

    def __enter__(self):
        self.thread = threading.Thread(target=self.answer)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"end", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


class Resolver(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.names = Names("test", RECORDS)
        cls.names.__enter__()
        cls.addClassCleanup(cls.names.__exit__)

    def ask(self, next_hop):
        return resolve(next_hop, self.names.server, "us.test")

    def hosts(self, next_hop):
        return [line.split()[0] for line in self.ask(next_hop)]

    def test_exchangers_come_in_the_order_of_their_preference(self):
        self.assertEqual(self.ask("mx:two.test"), [
            "a.test 192.0.2.1 25", "b.test 192.0.2.2 25"])
        self.assertEqual(self.ask("mx:one.test:2526"), [
            "a.test 192.0.2.1 2526"])

    def test_exchangers_of_one_preference_come_in_any_order(self):
        orders = {tuple(self.hosts("mx:same.test")) for _ in range(20)}
        self.assertGreater(len(orders), 3)
        for order in orders:
            self.assertEqual(sorted(order), ["a.test", "b.test", "c.test",
                                             "d.test"])

    def test_a_domain_without_exchangers_is_its_own(self):
        self.assertEqual(self.ask("mx:plain.test"), [
            "plain.test 2001:db8::9 25", "plain.test 192.0.2.9 25"])

    def test_a_null_MX_takes_no_mail(self):
        self.assertEqual(self.ask("mx:none.test"), [
            "never 5.1.10 the domain none.test takes no mail"])

    def test_what_is_not_there_is_never(self):
        self.assertEqual(self.ask("mx:nosuch.test"), [
            "never 5.1.2 there is no domain nosuch.test"])
        self.assertEqual(self.ask("mx:empty.test"), [
            "never 5.4.4 the host empty.test has no address"])
        self.assertEqual(self.ask("mx:dead.test"), [
            "never 5.4.4 the host nowhere.test has no address"])
        self.assertEqual(self.ask("nosuch.test"), [
            "never 5.4.4 the host nosuch.test has no address"])

    def test_an_exchanger_without_address_is_passed_over(self):
        self.assertEqual(self.hosts("mx:half.test"), ["a.test"])

    def test_a_CNAME_is_followed(self):
        self.assertEqual(self.hosts("mx:alias.test"), ["a.test", "b.test"])
        self.assertEqual(self.ask("mx:via.test"), [
            "other.test 192.0.2.1 25"])

    def test_IPv6_is_as_good(self):
        self.assertEqual(self.ask("mx:six.test"), [
            "v6.test 2001:db8::6 25"])
        self.assertEqual(self.ask("mx:both.test"), [
            "dual.test 2001:db8::7 25", "dual.test 192.0.2.7 25"])

    def test_no_exchanger_beyond_us_is_asked(self):
        self.assertEqual(self.hosts("mx:backup.test"), ["a.test"])
        self.assertEqual(self.ask("mx:ours.test"), [
            "never 5.4.6 mail for ours.test would come back to us"])
        self.assertEqual(self.ask("mx:us.test"), [
            "never 5.4.6 mail for us.test would come back to us"])

    def test_a_large_answer_comes_by_TCP(self):
        hosts = self.hosts("mx:many.test")
        self.assertEqual(len(hosts), 30)
        self.assertEqual(hosts[0], "far-away-exchanger-number-1.exchangers"
                                   ".test")

    def test_an_exchanger_that_cannot_be_found_out_is_later(self):
        self.assertEqual(self.ask("mx:outside.test"), [
            "later 4.4.3 the address of mx.elsewhere.invalid cannot be found "
            "out now"])

    def test_several_next_hops_are_tried_in_their_order(self):
        self.assertEqual(self.ask("192.0.2.5:26 mx:two.test b.test [::1]"), [
            "192.0.2.5 192.0.2.5 26", "a.test 192.0.2.1 25",
            "b.test 192.0.2.2 25", "b.test 192.0.2.2 25", "::1 ::1 25"])

    def test_addresses_need_no_name_server(self):
        self.assertEqual(resolve("mx:[192.0.2.1]"), ["192.0.2.1 192.0.2.1 25"])
        self.assertEqual(resolve("mx:[IPv6:::1]:26"), ["::1 ::1 26"])

    def test_a_host_may_stand_in_the_hosts_file(self):
        self.assertIn("localhost 127.0.0.1 26", resolve("localhost:26"))

    def test_a_server_that_fails_is_later(self):
        for code in (2, 5):
            with Silence(code) as s:
                line, = resolve("mx:one.test", s.server)
            self.assertRegex(line, "^later 4.4.3 the mail exchangers of "
                                   "one.test cannot be found out now: ")

    def test_an_answer_that_cannot_be_read_is_later(self):
        cut = b"\xc0\x0c\0\x0f\0\1\0\0\0\x3c\0\x20\0\x0a\5other"
        with Silence(0, cut) as s:
            line, = resolve("mx:one.test", s.server)
        self.assertRegex(line, "^later 4.4.3 .*one.test cannot be found out")

    def test_a_server_that_is_silent_is_later(self):
        with Silence() as s:
            line, = resolve("mx:one.test", s.server)
        self.assertRegex(line, "^later 4.4.3 .*[Tt]imeout")


if __name__ == "__main__":
    unittest.main()
