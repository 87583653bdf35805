/* Mail for domains of others: who may send it, to whom, and as what. */
#include "core/smtp/route.h"
#include "tests/unit/session_fixture.h"

#define ROUTES(routes) "relay: { routes = ( " routes " ); };"
#define FAR            "{ domain = \"far.test\"; via = \"192.0.2.1\"; }"
#define NEAR           "{ domain = \"near.test\"; via = \"mx\"; }"
#define MAY            "may_relay = true; "
#define DIRECTORY                                                             \
	"directory: { users = ( { name = \"smith\"; } ); lists = ("           \
	"{ name = \"away\"; members = [ \"smith\", \"Joe <joe@far.test>\","   \
	" \"@near.test:jim@far.test\" ]; },"                                  \
	"{ name = \"lost\"; members = [ \"smith\", \"joe@lost.test\" ]; } );" \
	"forwards = ("                                                        \
	"{ from = \"out@lab.test\"; to = \"Out@far.test\"; },"                \
	"{ from = \"told@lab.test\"; to = \"told@far.test\"; reply = 551; }," \
	"{ from = \"stray@lab.test\"; to = \"lost@lost.test\"; },"            \
	"{ from = \"in@lab.test\"; to = \"smith@second.test\"; },"            \
	"{ from = \"nobody@lab.test\"; to = \"no@lab.test\"; },"              \
	"{ from = \"twice@lab.test\"; to = \"out@lab.test\"; },"              \
	"{ from = \"ring@lab.test\"; to = \"rung@lab.test\"; },"              \
	"{ from = \"rung@lab.test\"; to = \"ring@lab.test\"; } ); };"

struct case_of {
	const char *path, *codes;
	const char *recipients; /* whom the message went to */
};

/* Each alone in a message of its own. */
static void
assert_cases(int site, const char *sites, const struct case_of *cases, size_t n)
{
	struct lab *lab = lab_open(sites, false);
	char command[512];

	for (size_t i = 0; i < n; i++) {
		struct talk *t = talk_open(lab, site);
		const char *codes;

		snprintf(command, sizeof(command),
		    "HELO a.test\r\nMAIL FROM:<ann@a.test>\r\n"
		    "RCPT TO:<%s>\r\n",
		    cases[i].path);
		talk_feed(t, command);
		codes = talk_codes(t) + strlen("250 250 ");
		if (strcmp(codes, cases[i].codes) != 0)
			fail_msg("<%s>: %s", cases[i].path, codes);
		talk_feed(t, cases[i].recipients == NULL ? "" : MESSAGE);
		buffer_add(&t->recipients, "", 1);
		if (cases[i].recipients != NULL &&
		    strcmp(t->recipients.p, cases[i].recipients) != 0)
			fail_msg(
			    "<%s> goes to %s", cases[i].path, t->recipients.p);
		talk_close(t);
	}
	lab_close(lab);
}

#define ASSERT_CASES(site, sites, cases) \
	assert_cases(site, sites, cases, sizeof(cases) / sizeof((cases)[0]))

static void
relays_to_what_is_routed_and_to_nothing_else(void **state)
{
	static const struct case_of cases[] = {
		{ "joe@far.test", "250", "joe@far.test" },
		{ "Joe@FAR.test", "250", "Joe@far.test" },
		{ "joe@lost.test", "550", NULL },
		{ "joe@x.far.test", "550", NULL },
		{ "joe%lost.test@far.test", "250", "joe%lost.test@far.test" },
		{ "lost.test!joe@far.test", "250", "lost.test!joe@far.test" },
		{ "\"joe@lost.test\"@far.test", "250",
		    "\"joe@lost.test\"@far.test" },
		{ "joe%far.test@lab.test", "550", NULL },
		{ "far.test!joe@lab.test", "550", NULL },
		{ "\"joe@far.test\"@lab.test", "550", NULL },
		{ "joe@[192.0.2.9]", "550", NULL },
		{ "smith@[192.0.2.1]", "250", "smith@lab.test" },
		{ "@far.test:joe@lost.test", "550", NULL },
		{ "@lost.test:joe@far.test", "250", "joe@far.test" },
	};

	(void)state;
	ASSERT_CASES(MODERN, MAY ROUTES(FAR), cases);
}

static void
relays_for_those_who_may_only(void **state)
{
	static const struct case_of cases[] = {
		{ "joe@far.test", "550", NULL },
		{ "@lab.test:joe@far.test", "550", NULL },
		{ "smith@lab.test", "250", "smith@lab.test" },
	};

	(void)state;
	ASSERT_CASES(MODERN, ROUTES(FAR), cases);
	ASSERT_CASES(OLD, ROUTES(FAR), cases);
	ASSERT_CASES(MODERN, MAY, cases);
}

static void
asks_about_the_next_hop_and_the_domain_of_a_route(void **state)
{
	static const struct case_of cases[] = {
		{ "@far.test:joe@near.test", "250", "@far.test:joe@near.test" },
		{ "@lab.test,@Far.test:joe@near.test", "250",
		    "@Far.test:joe@near.test" },
		{ "@far.test,@lab.test:joe@near.test", "250",
		    "@far.test,@lab.test:joe@near.test" },
		{ "@far.test:smith@lab.test", "250",
		    "@far.test:smith@lab.test" },
		{ "@lab.test,@mx.lab.test:joe@far.test", "250",
		    "joe@far.test" },
		{ "@far.test:joe@lost.test", "550", NULL },
		{ "@lost.test:joe@far.test", "550", NULL },
		{ "@lost.test:smith@lab.test", "550", NULL },
	};

	(void)state;
	ASSERT_CASES(OLD, MAY ROUTES(FAR ", " NEAR), cases);
}

static void
forwards_for_everyone_where_there_is_a_way(void **state)
{
	static const struct case_of cases[] = {
		{ "out@lab.test", "251", "Out@far.test" },
		{ "twice@lab.test", "251", "Out@far.test" },
		{ "in@lab.test", "251", "smith@second.test" },
		{ "told@lab.test", "551", NULL },
		{ "stray@lab.test", "551", NULL },
		{ "nobody@lab.test", "551", NULL },
		{ "ring@lab.test", "551", NULL },
		{ "joe@far.test", "550", NULL },
	};

	(void)state;
	ASSERT_CASES(MODERN, ROUTES(FAR) DIRECTORY, cases);
	ASSERT_CASES(OLD, ROUTES(FAR) DIRECTORY, cases);
}

static void
sends_to_lists_with_members_elsewhere(void **state)
{
	static const struct case_of modern[] = {
		{ "away@lab.test", "250",
		    "smith@lab.test joe@far.test jim@far.test" },
	};
	static const struct case_of old[] = {
		{ "away@lab.test", "250",
		    "smith@lab.test joe@far.test @near.test:jim@far.test" },
	};

	(void)state;
	ASSERT_CASES(MODERN, ROUTES(FAR ", " NEAR) DIRECTORY, modern);
	ASSERT_CASES(OLD, ROUTES(FAR ", " NEAR) DIRECTORY, old);
}

static void
refuses_lists_that_cannot_reach_all(void **state)
{
	static const struct case_of cases[] = {
		{ "away@lab.test", "550", NULL },
		{ "lost@lab.test", "550", NULL },
	};

	(void)state;
	assert_cases(MODERN, DIRECTORY, cases, 1);
	assert_cases(OLD, ROUTES(FAR) DIRECTORY, cases, 1);
}

static void
adds_a_recipient_elsewhere_once(void **state)
{
	struct lab *lab = lab_open(
	    MAY ROUTES(FAR) "limits: { recipients = 2; };" DIRECTORY, false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_codes(t,
	    "HELO a.test\r\nMAIL FROM:<ann@a.test>\r\n"
	    "RCPT TO:<Out@far.test>\r\nRCPT TO:<out@lab.test>\r\n"
	    "RCPT TO:<Out@FAR.test>\r\nRCPT TO:<out@far.test>\r\n"
	    "RCPT TO:<in@lab.test>\r\n" MESSAGE,
	    "250 250 250 251 250 250 452 354 250");
	assert_int_equal(t->recipients.n, strlen("Out@far.test out@far.test"));
	assert_memory_equal(
	    t->recipients.p, "Out@far.test out@far.test", t->recipients.n);
	talk_close(t);
	lab_close(lab);
}

/* The puppet comes after the relay. */
static enum vb_known
keep(struct vb_route *r)
{
	if (!vb_str_eq(r->domain, VB_STR("kept.test")) &&
	    !vb_str_eq(r->domain, VB_STR("far.test")))
		return VB_UNKNOWN;
	r->keeps = true;
	r->keeper = VB_STR("PUPPET");
	r->keep_most = (struct vb_bytes){ 1000 };
	return VB_UNKNOWN;
}

/* One alone in a message of its own; the reply to RCPT. */
static const char *
code_of(struct talk *t, const char *path)
{
	char command[256];

	snprintf(command, sizeof(command),
	    "HELO a.test\r\nMAIL FROM:<>\r\nRCPT TO:<%s>\r\n", path);
	talk_feed(t, command);
	return talk_codes(t) + strlen("250 250 ");
}

static void
takes_mail_that_is_kept_from_everybody_but_by_no_source_route(void **state)
{
	static const struct {
		const char *path, *modern, *old;
	} cases[] = {
		{ "joe@kept.test", "250", "250" },
		{ "joe@Far.test", "250", "250" },
		{ "joe@x.kept.test", "550", "550" },
		{ "joe@near.test", "550", "550" },
		/* Which RFC 5321 ignores, and RFC 821 follows. */
		{ "@near.test:joe@kept.test", "250", "550" },
		{ "@kept.test:joe@near.test", "550", "550" },
		{ "@kept.test:joe@lost.test", "550", "550" },
		{ "@mx.lab.test:joe@kept.test", "250", "250" },
	};
	struct lab *lab = lab_open(ROUTES(FAR ", " NEAR), false);

	(void)state;
	lab->puppet->route = keep;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int site = MODERN; site <= OLD; site++) {
			struct talk *t = talk_open(lab, site);
			const char *code;

			t->kept.state = VB_KEPT_KNOWN;
			code = code_of(t, cases[i].path);
			if (strcmp(code, site == OLD ? cases[i].old
						     : cases[i].modern) != 0)
				fail_msg("<%s>: %s", cases[i].path, code);
			talk_close(t);
		}
	lab_close(lab);
}

/* Who came to us with TURN said by us. What an alias leads to, the operator has
   written down. */
static void
relays_nothing_for_whom_we_came_to(void **state)
{
	static const struct case_of cases[] = {
		{ "smith@lab.test", "250", NULL },
		{ "out@lab.test", "251", NULL },
		{ "joe@far.test", "550", NULL },
		{ "joe@kept.test", "550", NULL },
		{ "@far.test:smith@lab.test", "550", NULL },
	};
	struct lab *lab = lab_open(MAY ROUTES(FAR) DIRECTORY, false);

	(void)state;
	lab->puppet->route = keep;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, OLD);

		t->session->may_not_relay = true;
		t->kept.state = VB_KEPT_KNOWN;
		if (strcmp(code_of(t, cases[i].path), cases[i].codes) != 0)
			fail_msg("<%s>", cases[i].path);
		talk_close(t);
	}
	lab_close(lab);
}

static void
finds_who_keeps_and_who_knows_the_way_whatever_their_order(void **state)
{
	struct lab *lab = lab_open(ROUTES(FAR ", " NEAR), false);
	const struct sites *sites = lab->generation->sites;
	static const struct {
		const char *domain, *via;
		bool keeps;
	} cases[] = {
		{ "kept.test", "", true },
		{ "far.test", "192.0.2.1", true },
		{ "near.test", "mx", false },
	};

	(void)state;
	lab->puppet->route = keep;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_route route = { .size = sizeof(route),
			.domain = vb_str(cases[i].domain) };

		assert_int_equal(
		    route_find(sites->modules, sites->items[MODERN].everyone,
			VB_STR("T1"), &route),
		    VB_KNOWN);
		assert_true(vb_str_eq(route.via, vb_str(cases[i].via)));
		assert_int_equal(route.keeps, cases[i].keeps);
		assert_int_equal(
		    route.keep_most.value, cases[i].keeps ? 1000 : 0);
		assert_int_equal(route.messages, 100);
	}
	lab_close(lab);
}

static void
keeps_no_more_for_a_domain_than_it_may(void **state)
{
	static const struct {
		struct vb_kept kept;
		const char *says;
	} cases[] = {
		{ { .state = VB_KEPT_KNOWN }, "250 2.1.5 OK\r\n" },
		{ { .state = VB_KEPT_KNOWN, .octets = 300 },
		    "250 2.1.5 OK\r\n" },
		{ { .state = VB_KEPT_KNOWN, .octets = 301 },
		    "452 4.3.1 Too much mail waits for that domain "
		    "already\r\n" },
		{ { .state = VB_KEPT_KNOWN, .messages = 1 },
		    "452 4.3.1 Too much mail waits for that domain "
		    "already\r\n" },
		{ { .state = VB_KEPT_KNOWN, .octets = UINT64_MAX },
		    "452 4.3.1 Too much mail waits for that domain "
		    "already\r\n" },
		{ { .state = VB_KEPT_UNSURE },
		    "451 4.3.0 Cannot look at what waits for that domain now, "
		    "try again later\r\n" },
	};
	struct lab *lab = lab_open("", false);

	(void)state;
	lab->puppet->route = keep;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct talk *t = talk_open(lab, MODERN);

		t->kept = cases[i].kept;
		talk_feed(t, "EHLO a.test\r\n"
			     "MAIL FROM:<ann@a.test> SIZE=700\r\n");
		talk_said(t);
		assert_talk(t, "RCPT TO:<joe@kept.test>\r\n", cases[i].says);
		assert_int_equal(t->n_kept, 1);
		talk_close(t);
	}
	lab_close(lab);
}

static void
assert_stored(struct lab *lab, int site, const char *path, const char *mailbox)
{
	struct talk *t = talk_open(lab, site);
	char command[512];

	snprintf(command, sizeof(command),
	    "HELO a.test\r\nMAIL FROM:<%s>\r\nRCPT TO:<smith@lab.test>\r\n%s",
	    path, MESSAGE);
	assert_codes(t, command, "250 250 250 354 250");
	assert_int_equal(t->sender.n, strlen(mailbox));
	assert_memory_equal(t->sender.p, mailbox, t->sender.n);
	assert_int_equal(t->return_path.n, strlen(path));
	assert_memory_equal(t->return_path.p, path, t->return_path.n);
	talk_close(t);
}

static void
keeps_the_reverse_path_as_it_was_given(void **state)
{
	struct lab *lab = lab_open("", false);

	(void)state;
	for (int site = MODERN; site <= OLD; site++) {
		assert_stored(lab, site, "ann@a.test", "ann@a.test");
		assert_stored(
		    lab, site, "@one.test,@two.test:ann@a.test", "ann@a.test");
	}
	lab_close(lab);
	lab = lab_open("source_routes = \"reject\";", false);
	assert_stored(lab, MODERN, "@one.test:ann@a.test", "ann@a.test");
	assert_stored(lab, OLD, "@one.test:ann@a.test", "ann@a.test");
	lab_close(lab);
}

static void
ignores_routes_when_told_to(void **state)
{
	static const struct case_of cases[] = {
		{ "@far.test:joe@near.test", "250", "joe@near.test" },
		{ "@lost.test,@far.test:joe@near.test", "250",
		    "joe@near.test" },
		{ "@lost.test:smith@lab.test", "250", "smith@lab.test" },
		{ "@far.test:joe@lost.test", "550", NULL },
		{ "@far.test:nobody@lab.test", "550", NULL },
	};

	(void)state;
	ASSERT_CASES(OLD,
	    "source_routes = \"strip\"; " MAY ROUTES(FAR ", " NEAR), cases);
	ASSERT_CASES(MODERN, MAY ROUTES(FAR ", " NEAR), cases);
}

#define FOLLOW "source_routes = \"follow\"; "

static void
follows_routes_when_told_to(void **state)
{
	static const struct case_of cases[] = {
		{ "@far.test:joe@near.test", "250", "@far.test:joe@near.test" },
		{ "@lab.test,@far.test,@lab.test:joe@near.test", "250",
		    "@far.test,@lab.test:joe@near.test" },
		{ "@lost.test:smith@lab.test", "550", NULL },
		{ "@far.test:joe@lost.test", "550", NULL },
	};
	static const struct case_of others[] = {
		{ "@far.test:joe@near.test", "550", NULL },
		{ "@far.test:smith@lab.test", "550", NULL },
		{ "@lab.test:smith@lab.test", "250", "smith@lab.test" },
	};

	(void)state;
	ASSERT_CASES(MODERN, FOLLOW MAY ROUTES(FAR ", " NEAR), cases);
	ASSERT_CASES(OLD, FOLLOW MAY ROUTES(FAR ", " NEAR), cases);
	ASSERT_CASES(MODERN, FOLLOW ROUTES(FAR ", " NEAR), others);
	ASSERT_CASES(OLD, FOLLOW ROUTES(FAR ", " NEAR), others);
}

#define REJECT "source_routes = \"reject\"; "

static void
refuses_routes_when_told_to_whoever_may_relay(void **state)
{
	static const struct case_of cases[] = {
		{ "@far.test:joe@near.test", "553", NULL },
		{ "@lost.test:joe@lost.test", "553", NULL },
		{ "@lab.test:smith@lab.test", "553", NULL },
		{ "smith@lab.test", "250", "smith@lab.test" },
		{ "joe%far.test@lab.test", "550", NULL },
		{ "far.test!joe@lab.test", "550", NULL },
		{ "\"@far.test:joe\"@lab.test", "550", NULL },
	};

	(void)state;
	ASSERT_CASES(MODERN, REJECT MAY ROUTES(FAR ", " NEAR), cases);
	ASSERT_CASES(OLD, REJECT MAY ROUTES(FAR ", " NEAR), cases);
	ASSERT_CASES(MODERN, REJECT, cases);
	ASSERT_CASES(OLD, REJECT, cases);
}

static void
refuses_nobody_for_a_route_that_a_list_has(void **state)
{
	static const struct case_of cases[] = {
		{ "away@lab.test", "250",
		    "smith@lab.test joe@far.test jim@far.test" },
	};

	(void)state;
	ASSERT_CASES(OLD, REJECT ROUTES(FAR ", " NEAR) DIRECTORY, cases);
}

#define KNOWN_AS                                  \
	"{ domain = \"*\"; via = \"mx\"; }, "     \
	"{ domain = \"isi.test\"; via = \"mx\"; " \
	"name = \"Us.isi.test\"; }"

static void
knows_the_names_that_other_networks_have_for_it(void **state)
{
	static const struct case_of cases[] = {
		{ "@us.isi.test:smith@lab.test", "250", "smith@lab.test" },
		{ "@US.ISI.TEST,@lab.test,@far.test:joe@near.test", "250",
		    "@far.test:joe@near.test" },
		{ "joe@us.isi.test", "550", NULL },
		{ "@far.test:joe@us.isi.test", "550", NULL },
		{ "joe@isi.test", "250", "joe@isi.test" },
	};

	(void)state;
	ASSERT_CASES(OLD, MAY ROUTES(KNOWN_AS), cases);
}

static void
tells_nobody_who_has_moved_when_told_to_hide_it(void **state)
{
	static const struct case_of cases[] = {
		{ "out@lab.test", "250", "Out@far.test" },
		{ "twice@lab.test", "250", "Out@far.test" },
		{ "in@lab.test", "250", "smith@second.test" },
		{ "told@lab.test", "550", NULL },
		{ "stray@lab.test", "550", NULL },
		{ "ring@lab.test", "550", NULL },
	};
	struct lab *lab;

	(void)state;
#define HIDE "forwards = \"hide\"; vrfy: { disclose = \"full\"; }; "
	ASSERT_CASES(MODERN, HIDE ROUTES(FAR) DIRECTORY, cases);
	ASSERT_CASES(OLD, HIDE ROUTES(FAR) DIRECTORY, cases);
	lab = lab_open(HIDE ROUTES(FAR) DIRECTORY, false);
	for (int site = MODERN; site <= OLD; site++) {
		struct talk *t = talk_open(lab, site);

		talk_feed(t, "VRFY twice\r\nVRFY <Out@lab.test>\r\n");
		assert_string_equal(
		    talk_said(t), site == OLD ? "250 <twice@lab.test>\r\n"
						"250 <Out@lab.test>\r\n"
					      : "250 2.1.5 <twice@lab.test>\r\n"
						"250 2.1.5 <Out@lab.test>\r\n");
		talk_feed(t, "VRFY told\r\nVRFY nobody-there\r\n");
		assert_string_equal(talk_said(t),
		    site == OLD
			? "550 String does not match anything\r\n"
			  "550 String does not match anything\r\n"
			: "550 5.1.1 String does not match anything\r\n"
			  "550 5.1.1 String does not match anything\r\n");
		talk_close(t);
	}
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relays_to_what_is_routed_and_to_nothing_else),
		cmocka_unit_test(relays_for_those_who_may_only),
		cmocka_unit_test(
		    asks_about_the_next_hop_and_the_domain_of_a_route),
		cmocka_unit_test(forwards_for_everyone_where_there_is_a_way),
		cmocka_unit_test(sends_to_lists_with_members_elsewhere),
		cmocka_unit_test(refuses_lists_that_cannot_reach_all),
		cmocka_unit_test(adds_a_recipient_elsewhere_once),
		cmocka_unit_test(keeps_the_reverse_path_as_it_was_given),
		cmocka_unit_test(ignores_routes_when_told_to),
		cmocka_unit_test(follows_routes_when_told_to),
		cmocka_unit_test(refuses_routes_when_told_to_whoever_may_relay),
		cmocka_unit_test(refuses_nobody_for_a_route_that_a_list_has),
		cmocka_unit_test(
		    knows_the_names_that_other_networks_have_for_it),
		cmocka_unit_test(
		    tells_nobody_who_has_moved_when_told_to_hide_it),
		cmocka_unit_test(
		    takes_mail_that_is_kept_from_everybody_but_by_no_source_route),
		cmocka_unit_test(relays_nothing_for_whom_we_came_to),
		cmocka_unit_test(
		    finds_who_keeps_and_who_knows_the_way_whatever_their_order),
		cmocka_unit_test(keeps_no_more_for_a_domain_than_it_may),
	};

	return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
