/* The smaller functions that modules reach through the table. */
#include "tests/unit/session_fixture.h"

/* What the hooks at VB_AT_COMMAND, VB_AT_TRANSACTION_END and so on found. */
static struct {
	bool was_zero, is_there;
	unsigned transactions, zeroed;
} slots;

static bool
is_zero(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static enum vb_verdict
use_slots(struct vb_session *s, const struct vb_event *event, int which)
{
	unsigned char *session = vb_session_data(s);
	unsigned char *own = vb_transaction_data(s);

	if (which != 0)
		return VB_NEXT;
	if (event->point == VB_AT_CONNECT)
		slots.was_zero = is_zero(session, PUPPET_SLOT);
	memset(session, 0xaa, PUPPET_SLOT);
	if ((own == NULL) != (vb_transaction(s) == NULL))
		slots.is_there = false;
	if (own != NULL && event->point == VB_AT_RCPT) {
		slots.transactions++;
		slots.zeroed += is_zero(own, PUPPET_SLOT);
		memset(own, 0xbb, PUPPET_SLOT);
	}
	if (event->point == VB_AT_TRANSACTION_END)
		slots.is_there = slots.is_there && own != NULL &&
		                 own[0] == 0xbb && own[PUPPET_SLOT - 1] == 0xbb;
	if (event->point == VB_AT_SESSION_END)
		slots.is_there = slots.is_there &&
		                 session[PUPPET_SLOT - 1] == 0xaa;
	return VB_NEXT;
}

static void
data_begin_zeroed_with_each_session_and_each_transaction(void **state)
{
	struct lab *lab = lab_open(
	    "", true); /* slow.so scribbles into its own */

	(void)state;
	lab->puppet->hook = use_slots;
	for (int i = 0; i < 3; i++) {
		struct talk *t;

		memset(&slots, 0, sizeof(slots));
		slots.is_there = true;
		t = talk_open(lab, i % 2);
		talk_feed(t, ENVELOPE "RSET\r\n" ENVELOPE MESSAGE ENVELOPE);
		talk_close(t);
		assert_true(slots.was_zero);
		assert_true(slots.is_there);
		assert_int_equal(slots.transactions, 3);
		assert_int_equal(slots.zeroed, 3);
	}
	lab_close(lab);
}

static struct vb_client client;
static char helo[64], transaction[128];

static enum vb_verdict
look(struct vb_session *s, const struct vb_argument *a, bool more)
{
	const struct vb_transaction *t = vb_transaction(s);

	(void)a, (void)more;
	client = *vb_client(s);
	snprintf(helo, sizeof(helo), "%.*s", VB_FMT(client.helo));
	snprintf(transaction, sizeof(transaction), "none");
	if (t != NULL)
		snprintf(transaction, sizeof(transaction),
		    "%s from <%.*s> to %zu, %llu octets, id %s", t->kind,
		    VB_FMT(t->reverse_path->mailbox), t->recipients,
		    (unsigned long long)t->octets, t->id.n > 0 ? "yes" : "no");
	return vb_reply(s, 250, NULL, "Seen");
}

static void
shows_the_client_and_the_transaction_as_they_are(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, OLD);

	(void)state;
	lab->puppet->verb = look;
	assert_codes(t, "PLAY\r\n", "250");
	assert_int_equal(client.size, sizeof(client));
	assert_true(vb_str_eq(client.session, VB_STR("S1")));
	assert_true(vb_str_eq(client.site, VB_STR("old")));
	assert_true(vb_str_eq(client.hostname, VB_STR("mx.lab.test")));
	assert_true(vb_str_eq(client.address, VB_STR("192.0.2.7")));
	assert_int_equal(client.port, 4711);
	assert_true(client.is_rfc821);
	assert_false(client.is_extended);
	assert_string_equal(helo, "");
	assert_string_equal(transaction, "none");
	assert_codes(t, "HELO First.Test\r\nHELO second.test\r\nPLAY\r\n",
	    "250 250 250");
	assert_string_equal(helo, "second.test");
	assert_codes(
	    t, "MAIL FROM:<@x.test:ann@a.test>\r\nPLAY\r\n", "250 250");
	assert_string_equal(
	    transaction, "mail from <ann@a.test> to 0, 0 octets, id yes");
	assert_codes(t, "RCPT TO:<all@lab.test>\r\nPLAY\r\n", "250 250");
	assert_string_equal(
	    transaction, "mail from <ann@a.test> to 3, 0 octets, id yes");
	assert_codes(t, "RSET\r\nPLAY\r\n", "250 250");
	assert_string_equal(transaction, "none");
	talk_close(t);
	lab_close(lab);
}

static enum vb_verdict
tell_whence(struct vb_session *s, const struct vb_argument *a, bool more)
{
	static const struct vb_network all[] = {
		{ { 0x20, 1, 0x0d, 0xb8 }, 32 },
		{ { [10] = 0xff, [11] = 0xff, 192, 0, 2, 0 }, 120 },
		{ { 0 }, 0 },
	};
	struct vb_networks some = { all, (size_t)(a->text.p[0] - '0') };

	(void)more;
	return vb_reply(
	    s, 250, NULL, vb_is_from(s, &some) ? "within" : "outside");
}

static void
tells_whether_a_client_is_in_some_networks(void **state)
{
	static const struct {
		const char *address, *says[4]; /* of so many networks */
	} cases[] = {
		{ "192.0.2.7", { "outside", "outside", "within", "within" } },
		{ "192.0.3.7", { "outside", "outside", "outside", "outside" } },
		{ "2001:db8::7", { "outside", "within", "within", "within" } },
		{ "2001:db9::7",
		    { "outside", "outside", "outside", "within" } },
		{ "unix", { "outside", "outside", "outside", "outside" } },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->verb = tell_whence;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int n = 0; n <= 3; n++) {
			struct talk *t = talk_open(lab, MODERN);
			char command[32], says[32];

			t->session->client.address = vb_str(cases[i].address);
			snprintf(command, sizeof(command), "PLAY %d\r\n", n);
			snprintf(
			    says, sizeof(says), "250 %s\r\n", cases[i].says[n]);
			assert_talk(t, command, says);
			talk_close(t);
		}
	lab_close(lab);
}

static struct vb_str kept;

static enum vb_verdict
keep(struct vb_session *s, const struct vb_event *event, int which)
{
	unsigned char *p;

	if (event->point != VB_AT_COMMAND || which != 0)
		return VB_NEXT;
	p = vb_alloc(s, 5000);
	assert_true(is_zero(p, 5000));
	memset(p, 0xcc, 5000);
	if (vb_str_eq(event->verb, VB_STR("RCPT")))
		kept = vb_print(s, "%s-%d", "kept", 7);
	return VB_NEXT;
}

static void
what_is_allocated_lives_as_long_as_the_transaction(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->hook = keep;
	talk_feed(t, ENVELOPE "NOOP\r\nPLAY\r\nNOOP\r\n");
	assert_true(vb_str_eq(kept, VB_STR("kept-7")));
	assert_int_equal(kept.p[kept.n], '\0');
	talk_close(t);
	lab_close(lab);
}

static enum vb_verdict
log_something(struct vb_session *s, const struct vb_argument *a, bool more)
{
	(void)more;
	vb_log(s, VB_WARNING, "odd", "text=%.*s", VB_FMT(a->text));
	return vb_reply(s, 250, NULL, "Logged");
}

static void
logs_one_line_with_session_and_module_and_escapes(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = log_something;
	free(log_take());
	assert_codes(t, "PLAY a\x1b[1m\xc3\xa9\\\r\n", "250");
	assert_logged(1, " odd session=S1 site=modern client=192.0.2.7 "
			 "module=puppet text=a\\x1B[1m\\xC3\\xA9\\\\\n");
	talk_close(t);
	lab_close(lab);
}

static enum vb_verdict
greet_or_reset(struct vb_session *s, const struct vb_argument *a, bool more)
{
	(void)more;
	if (a->text.n > 0)
		vb_greet(s, a->text, true);
	else
		vb_reset(s);
	return vb_reply(s, 250, NULL, "Done");
}

static void
greeting_drops_the_transaction_and_resetting_keeps_the_greeting(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = greet_or_reset;
	assert_codes(t, "PLAY b.test\r\nMAIL FROM:<>\r\n", "250 250");
	assert_codes(t, "PLAY c.test\r\nRCPT TO:<smith>\r\n", "250 503");
	assert_codes(t, "MAIL FROM:<>\r\nPLAY\r\nPLAY\r\n", "250 250 250");
	assert_codes(t, "MAIL FROM:<>\r\nRCPT TO:<smith>\r\n", "250 250");
	assert_codes(t, MESSAGE, "354 250");
	buffer_add(&t->trace, "", 1);
	assert_non_null(strstr(t->trace.p, "from c.test ("));
	assert_non_null(strstr(t->trace.p, "with ESMTP"));
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    data_begin_zeroed_with_each_session_and_each_transaction),
		cmocka_unit_test(
		    shows_the_client_and_the_transaction_as_they_are),
		cmocka_unit_test(tells_whether_a_client_is_in_some_networks),
		cmocka_unit_test(
		    what_is_allocated_lives_as_long_as_the_transaction),
		cmocka_unit_test(
		    logs_one_line_with_session_and_module_and_escapes),
		cmocka_unit_test(
		    greeting_drops_the_transaction_and_resetting_keeps_the_greeting),
	};

	return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
