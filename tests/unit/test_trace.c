/* The Received field: RFC 5321 §4.4, and RFC 821 §4.1.1. */
#include <time.h>

#include "tests/unit/session_fixture.h"

/* The field up to its date. */
static void
assert_trace(const struct talk *t, const char *says)
{
	struct vb_str is = buffer_str(&t->trace);

	while (is.n > 0 && is.p[is.n - 1] != ';')
		is.n--;
	assert_true(is.n > 0);
	is.n--;
	if (!vb_str_eq(is, vb_str(says)))
		fail_msg("%.*s", VB_FMT(is));
}

static struct vb_str
fixed_id(void)
{
	return VB_STR("ID7");
}

static struct talk *
trace(struct lab *lab, int site, const char *recipients)
{
	struct talk *t = talk_open(lab, site);

	t->session->make_id = fixed_id;
	talk_feed(t, "HELO Client.Test\r\nMAIL FROM:<ann@a.test>\r\n");
	talk_feed(t, recipients);
	talk_feed(t, MESSAGE);
	assert_int_equal(t->stores, 1);
	return t;
}

static void
names_the_one_recipient_and_never_one_of_several(void **state)
{
	static const struct {
		int site;
		const char *recipients, *trace;
	} cases[] = {
		{ MODERN, "RCPT TO:<smith@lab.test>\r\n",
		    "Received: from Client.Test ([192.0.2.7])\r\n"
		    "\tby mx.lab.test with SMTP\r\n"
		    "\tid ID7 for <smith@lab.test>" },
		{ MODERN, "RCPT TO:<staff@lab.test>\r\n",
		    "Received: from Client.Test ([192.0.2.7])\r\n"
		    "\tby mx.lab.test with SMTP\r\n\tid ID7" },
		{ OLD, "RCPT TO:<smith@lab.test>\r\n",
		    "Received: FROM Client.Test BY mx.lab.test WITH SMTP\r\n"
		    "\tID ID7 FOR <smith@lab.test> " },
		{ OLD,
		    "RCPT TO:<smith@lab.test>\r\nRCPT TO:<jsmith@lab.test>\r\n",
		    "Received: FROM Client.Test BY mx.lab.test WITH SMTP\r\n"
		    "\tID ID7 " },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = trace(lab, cases[i].site, cases[i].recipients);

		assert_trace(t, cases[i].trace);
		talk_close(t);
	}
	lab_close(lab);
}

static void
dates_as_its_time_did(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t;

	(void)state;
	setenv("TZ", "EST5", 1);
	tzset();
	t = trace(lab, OLD, "RCPT TO:<smith@lab.test>\r\n");
	buffer_add(&t->trace, "", 1);
	assert_non_null(strstr(t->trace.p, " UT\r\n"));
	talk_close(t);
	t = trace(lab, MODERN, "RCPT TO:<smith@lab.test>\r\n");
	buffer_add(&t->trace, "", 1);
	assert_non_null(strstr(t->trace.p, " -0500\r\n"));
	talk_close(t);
	lab_close(lab);
}

static void
writes_an_ipv6_address_with_its_tag(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	t->session->client.address = VB_STR("2001:db8::1");
	talk_feed(t, ENVELOPE MESSAGE);
	buffer_add(&t->trace, "", 1);
	assert_non_null(strstr(t->trace.p, "([IPv6:2001:db8::1])"));
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_the_one_recipient_and_never_one_of_several),
		cmocka_unit_test(dates_as_its_time_did),
		cmocka_unit_test(writes_an_ipv6_address_with_its_tag),
	};

	return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
