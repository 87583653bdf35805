/* The message coming in: counted, watched and changed on its way to the host.
 */
#include "tests/unit/session_fixture.h"

#define ACCEPTED \
	"HELO a\r\nMAIL FROM:<>\r\nRCPT TO:<smith@lab.test>\r\nDATA\r\n"

static void
hands_over_just_the_octets_of_the_lines(void **state)
{
	static const struct {
		const char *sent, *body;
	} cases[] = {
		{ ".\r\n", "" },
		{ "\r\n.\r\n", "\r\n" },
		{ "x\r\n.\r\n", "x\r\n" },
		{ "..\r\n.\r\n", ".\r\n" },
		{ ".x\r\n..x\r\n.\r\n", "x\r\n.x\r\n" },
		{ "x.\r\n.\r\n", "x.\r\n" },
		{ "\x80\xff\r\n.\r\n", "\x80\xff\r\n" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		talk_feed(t, ACCEPTED);
		talk_said(t);
		assert_codes(t, cases[i].sent, "250");
		assert_true(
		    vb_str_eq(buffer_str(&t->body), vb_str(cases[i].body)));
		talk_close(t);
	}
	lab_close(lab);
}

static void
refuses_a_message_with_an_octet_that_ends_lines_elsewhere(void **state)
{
	const struct {
		struct vb_str sent;
		const char *says[2];
	} cases[] = {
		{ VB_STR("a\nb\r\n.\r\n"),
		    { "550 5.5.2 The message has LF without CR in it, nothing "
		      "was taken\r\n",
			"554 The message has LF without CR in it, nothing was "
			"taken\r\n" } },
		{ VB_STR("a\rb\r\n.\r\n"),
		    { "550 5.5.2 The message has CR without LF in it, nothing "
		      "was taken\r\n",
			"554 The message has CR without LF in it, nothing was "
			"taken\r\n" } },
		{ VB_STR("a\0b\r\n.\r\n"),
		    { "550 5.5.2 The message has a NUL in it, nothing was "
		      "taken\r\n",
			"554 The message has a NUL in it, nothing was "
			"taken\r\n" } },
		/* The first is told; nothing ends the message early. */
		{ VB_STR("a\n.\nRSET\n.\r\nb\r.\r\n\0\r\n.\r\n"),
		    { "550 5.5.2 The message has LF without CR in it, nothing "
		      "was taken\r\n",
			"554 The message has LF without CR in it, nothing was "
			"taken\r\n" } },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, (int)i % 2);

		talk_feed(t, ACCEPTED);
		talk_said(t);
		talk_feed_str(t, cases[i / 2].sent);
		assert_string_equal(talk_said(t), cases[i / 2].says[i % 2]);
		assert_int_equal(t->stores, 0);
		assert_codes(t, "NOOP\r\n", "250");
		talk_close(t);
	}
	lab_close(lab);
}

static void
refuses_a_message_that_is_too_large_at_its_end(void **state)
{
	struct lab *lab = lab_open("limits: { message = \"30\"; };", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	talk_feed(t, ACCEPTED);
	talk_said(t);
	assert_codes(t, "1234567890123456789012345678\r\n.\r\n", "250");
	talk_feed(t, ACCEPTED);
	talk_said(t);
	assert_talk(t, "1234567890123456789012345678\r\nx\r\n", "");
	assert_talk(t, ".\r\n", "552 5.3.4 Message larger than 30 octets\r\n");
	assert_int_equal(t->stores, 1);
	/* The dots of transparency do not count. */
	talk_feed(t, ACCEPTED);
	talk_said(t);
	assert_codes(t, "..345678901234567890123456789\r\n.\r\n", "250");
	talk_close(t);
	lab_close(lab);
}

static void
counts_the_received_fields_of_the_header(void **state)
{
	static const struct {
		const char *sent, *codes;
	} cases[] = {
		{ "Received: a\r\nReceived: b\r\n.\r\n", "250" },
		{ "Received: a\r\nReceived: b\r\nReceived: c\r\n.\r\n", "554" },
		{ "received:a\r\nRECEIVED:b\r\nrEcEiVeD:\r\n.\r\n", "554" },
		{ "X-Received: a\r\n Received: b\r\nReceived-SPF: c\r\n"
		  "Subject: Received: d\r\nReceived: e\r\n.\r\n",
		    "250" },
		{ "Received: a\r\n\r\nReceived: b\r\nReceived: c\r\n.\r\n",
		    "250" },
		{ "\r\nReceived: a\r\nReceived: b\r\nReceived: c\r\n.\r\n",
		    "250" },
	};
	struct lab *lab = lab_open("limits: { received = 2; };", false);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		talk_feed(t, ACCEPTED);
		talk_said(t);
		assert_codes(t, cases[i].sent, cases[i].codes);
		talk_close(t);
		t = talk_open(lab, MODERN); /* octet by octet */
		talk_feed(t, ACCEPTED);
		talk_said(t);
		for (const char *p = cases[i].sent; *p != '\0'; p++)
			talk_feed_str(t, (struct vb_str){ p, 1 });
		assert_string_equal(talk_codes(t), cases[i].codes);
		talk_close(t);
	}
	lab_close(lab);
}

/* What the filters do; which is 0 and 1. */
static enum vb_verdict (*filters[2])(
    struct vb_session *s, const struct vb_event *event);

static enum vb_verdict
filter(struct vb_session *s, const struct vb_event *event, int which)
{
	if (event->point != VB_AT_BODY || filters[which] == NULL)
		return VB_NEXT;
	return filters[which](s, event);
}

static enum vb_verdict
pass(struct vb_session *s, const struct vb_event *event)
{
	(void)s, (void)event;
	return VB_NEXT;
}

static enum vb_verdict
swallow(struct vb_session *s, const struct vb_event *event)
{
	(void)s, (void)event;
	return VB_DONE;
}

static enum vb_verdict
twice(struct vb_session *s, const struct vb_event *event)
{
	vb_write(s, event->bytes);
	vb_write(s, event->bytes);
	return VB_DONE;
}

static enum vb_verdict
bracket(struct vb_session *s, const struct vb_event *event)
{
	vb_write(s, VB_STR("<"));
	vb_write(s, event->bytes);
	vb_write(s, VB_STR(">"));
	return VB_DONE;
}

static enum vb_verdict
break_down(struct vb_session *s, const struct vb_event *event)
{
	(void)s, (void)event;
	return VB_FAIL;
}

static enum vb_verdict
wait(struct vb_session *s, const struct vb_event *event)
{
	(void)s, (void)event;
	return VB_WAIT;
}

static enum vb_verdict
refuse(struct vb_session *s, const struct vb_event *event)
{
	(void)event;
	return vb_reply(s, 554, "5.7.0", "No such mail");
}

static void
each_filter_may_change_what_the_one_before_it_gave(void **state)
{
	static const struct {
		enum vb_verdict (*filters[2])(
		    struct vb_session *s, const struct vb_event *event);
		const char *body;
	} cases[] = {
		{ { pass, pass }, "x\r\n" },
		{ { swallow, twice }, "" },
		{ { twice, swallow }, "" },
		{ { twice, pass }, "x\r\nx\r\n" },
		{ { twice, bracket }, "<x\r\n><x\r\n>" },
		{ { bracket, twice }, "<<x\r\nx\r\n>>" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->hook = filter;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		memcpy(filters, cases[i].filters, sizeof(filters));
		talk_feed(t, ACCEPTED);
		talk_said(t);
		assert_codes(t, "x\r\n.\r\n", "250");
		if (!vb_str_eq(buffer_str(&t->body), vb_str(cases[i].body)))
			fail_msg(
			    "case %zu: %.*s", i, VB_FMT(buffer_str(&t->body)));
		talk_close(t);
	}
	lab_close(lab);
}

static void
a_filter_that_fails_fails_the_message(void **state)
{
	static enum vb_verdict (*const failing[])(struct vb_session * s,
	    const struct vb_event *event) = { break_down, wait };
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->hook = filter;
	for (size_t i = 0; i < 2; i++) {
		struct talk *t = talk_open(lab, MODERN);

		filters[0] = pass;
		filters[1] = failing[i];
		talk_feed(t, ACCEPTED);
		talk_said(t);
		talk_feed(t, "x\r\n");
		filters[1] = pass; /* too late */
		assert_codes(t, "y\r\n.\r\nNOOP\r\n", "451 250");
		assert_int_equal(t->stores, 0);
		assert_logged(1, "module=puppet at=body");
		talk_close(t);
	}
	lab_close(lab);
}

static void
a_message_gets_one_reply_even_if_a_filter_says_something(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->hook = filter;
	filters[0] = refuse;
	filters[1] = NULL;
	talk_feed(t, ACCEPTED);
	talk_said(t);
	talk_feed(t, "x\r\n");
	assert_string_equal(talk_said(t), "");
	talk_feed(t, ".\r\n");
	assert_int_equal(strlen(talk_codes(t)), 3);
	talk_close(t);
	lab_close(lab);
}

static enum vb_verdict
add_fields(struct vb_session *s, const struct vb_event *event, int which)
{
	if (event->point != VB_AT_HEADER)
		return VB_NEXT;
	if (which == 0)
		vb_add_field(s, "X-Toy: %s", "one");
	else
		vb_add_field(s, "X-Bad: a\r\n.\r\nQUIT");
	return VB_NEXT;
}

static void
fields_that_modules_add_follow_the_received_field(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);
	const char *tail = "\r\nX-Toy: one\r\nX-Bad: a\\r\\n.\\r\\nQUIT\r\n";
	struct vb_str trace;

	(void)state;
	lab->puppet->hook = add_fields;
	talk_feed(t, ENVELOPE MESSAGE);
	trace = buffer_str(&t->trace);
	assert_true(trace.n > strlen(tail));
	assert_memory_equal(trace.p, "Received: from", 14);
	assert_memory_equal(
	    trace.p + trace.n - strlen(tail), tail, strlen(tail));
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_over_just_the_octets_of_the_lines),
		cmocka_unit_test(
		    refuses_a_message_with_an_octet_that_ends_lines_elsewhere),
		cmocka_unit_test(
		    refuses_a_message_that_is_too_large_at_its_end),
		cmocka_unit_test(counts_the_received_fields_of_the_header),
		cmocka_unit_test(
		    each_filter_may_change_what_the_one_before_it_gave),
		cmocka_unit_test(a_filter_that_fails_fails_the_message),
		cmocka_unit_test(
		    a_message_gets_one_reply_even_if_a_filter_says_something),
		cmocka_unit_test(
		    fields_that_modules_add_follow_the_received_field),
	};

	return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
