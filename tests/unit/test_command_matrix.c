/*
 * Every verb, enabled or not, in every state of a session with every kind of
 * argument: one reply, a legal one, and the state a model says.
 */
#include "tests/unit/session_fixture.h"

enum state { NEW, GREETED, MAIL, RCPT, STATES };
enum kind { GOOD, NOTHING, JUNK, VERY_LONG, NUL, BARE_LF, KINDS };

static const struct row {
	const char *name, *good;
	const char *codes[2]; /* RFC 5321 §4.3.2, RFC 821 §4.3; besides 421 */
} rows[] = {
	{ "HELO", " b.test", { "250 504 550 502 500 501", "250 500 501 504" } },
	{ "MAIL", " FROM:<bob@b.test>",
	    { "250 552 451 452 550 553 503 455 555 500 501",
		"250 552 451 452 500 501 503" } },
	{ "RCPT", " TO:<jsmith@lab.test>",
	    { "250 251 550 551 552 553 450 451 452 503 455 555 500 501",
		"250 251 550 551 552 553 450 451 452 500 501 503" } },
	{ "DATA", "",
	    { "354 503 554 451 500 501", "354 451 554 500 501 503" } },
	{ "RSET", "", { "250 500 501", "250 500 501 504" } },
	{ "NOOP", "", { "250 500 501", "250 500" } },
	{ "QUIT", "", { "221 500 501", "221 500 501" } },
	{ "EHLO", " b.test", { "250 504 550 500 501", "502" } },
	{ "HELP", " MAIL",
	    { "211 214 502 504 500", "211 214 500 501 502 504" } },
	{ "VRFY", " smith",
	    { "250 251 252 550 551 553 502 504 500 501",
		"250 251 550 551 553 500 501 502 504" } },
	{ "SEND", " FROM:<bob@b.test>",
	    { "250 552 451 452 550 553 503 455 555 500 501 502",
		"250 552 451 452 500 501 502 503" } },
	{ "SOML", " FROM:<bob@b.test>",
	    { "250 552 451 452 550 553 503 455 555 500 501 502",
		"250 552 451 452 500 501 502 503" } },
	{ "SAML", " FROM:<bob@b.test>",
	    { "250 552 451 452 550 553 503 455 555 500 501 502",
		"250 552 451 452 500 501 502 503" } },
	{ "EXPN", " staff",
	    { "250 252 550 500 502 504 501", "250 550 500 501 502 504" } },
	{ "TURN", "", { "250 502 503 500 501", "250 502 500 503 501" } },
	/* RFC 1985 §5.3, RFC 2645 §7; RFC 821 has neither. */
	{ "ETRN", " held.test",
	    { "250 251 252 253 458 459 500 501 503", "502" } },
	{ "ATRN", " held.test",
	    { "250 450 451 453 502 530 500 501 503", "502" } },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const char *const ways[STATES] = {
	[NEW] = "",
	[GREETED] = "HELO a.test\r\n",
	[MAIL] = "HELO a.test\r\nMAIL FROM:<>\r\n",
	[RCPT] = ENVELOPE,
};

struct model {
	bool is_greeted, is_open, takes_message, is_over;
	size_t recipients;
};

static struct model
model_of(enum state state)
{
	return (struct model){
		.is_greeted = state >= GREETED,
		.is_open = state >= MAIL,
		.recipients = state == RCPT ? 1 : 0,
	};
}

/* What a good command does to the state. */
static struct model
after_good(const struct row *row, struct model m, int site)
{
	switch (row->name[0]) {
	case 'S':
	case 'M':
		if (!m.is_greeted || (m.is_open && site == MODERN))
			return m;
		return (struct model){ .is_greeted = true, .is_open = true };
	case 'E':
		if (row->name[1] == 'H' && site == MODERN)
			return (struct model){ .is_greeted = true };
		return m;
	case 'H':
		if (row->name[3] == 'P')
			return m;
		return (struct model){ .is_greeted = true };
	case 'D':
		m.takes_message = m.recipients > 0;
		return m;
	case 'Q':
		m.is_over = true;
		return m;
	case 'A':
	case 'T':
		m.is_over = m.is_greeted && !m.is_open &&
		            (site == MODERN || row->name[0] == 'T');
		return m;
	default:
		break;
	}
	if (strcmp(row->name, "RCPT") == 0 && m.is_open)
		m.recipients++;
	if (strcmp(row->name, "RSET") == 0)
		return (struct model){ .is_greeted = m.is_greeted };
	return m;
}

static struct model
after(const struct row *row, enum kind kind, struct model m, int site,
    bool is_enabled)
{
	if (!is_enabled)
		return m;
	if (kind == GOOD ||
	    (kind == NOTHING && (row->good[0] == '\0' || row->name[0] == 'A')))
		return after_good(row, m, site);
	return m;
}

static struct model
model_read(const struct talk *t)
{
	const struct session *s = t->session;
	const struct vb_transaction *transaction = vb_transaction(
	    (const struct vb_session *)s);

	return (struct model){
		.is_greeted = s->is_greeted,
		.is_open = transaction != NULL,
		.recipients = transaction == NULL ? 0 : transaction->recipients,
		.takes_message = s->mode == MODE_MESSAGE,
		.is_over = session_is_over(s),
	};
}

static void
feed(struct talk *t, const struct row *row, enum kind kind)
{
	static char aaa[5000];
	struct buffer line = { 0 };

	memset(aaa, 'a', sizeof(aaa));
	buffer_printf(&line, "%s", row->name);
	if (kind == JUNK)
		buffer_printf(&line, " ;\"<junk>@,:");
	else if (kind == VERY_LONG)
		buffer_printf(&line, " %.*s", (int)sizeof(aaa), aaa);
	else if (kind != NOTHING)
		buffer_printf(&line, "%s", row->good);
	if (kind == NUL)
		buffer_add(&line, "", 1);
	buffer_printf(&line, kind == BARE_LF ? "\n" : "\r\n");
	talk_feed_str(t, buffer_str(&line));
	buffer_finish(&line);
}

/* One field of the matrix. */
struct cell {
	const struct row *row;
	enum state state;
	enum kind kind;
	bool is_enabled;
};

/* The codes that are legal here: of a fault in the line, of a verb that is not
   enabled, of the verb. */
static const char *
legal(const struct cell *c, int site)
{
	if (c->kind > JUNK)
		return "500";
	return c->is_enabled ? c->row->codes[site] : "502";
}

static void
assert_cell(struct lab *lab, int site, const struct cell *c)
{
	const struct row *row = c->row;
	struct talk *t = talk_open(lab, site);
	struct model want, is;
	const char *codes;

	t->kept = (struct vb_kept){ .state = VB_KEPT_KNOWN, .messages = 1 };
	talk_feed(t, ways[c->state]);
	talk_said(t);
	/* A way may need the very verb that is not enabled. */
	want = c->is_enabled ? model_of(c->state) : model_read(t);
	want = after(row, c->kind, want, site, c->is_enabled);
	feed(t, row, c->kind);
	codes = talk_codes(t);
	is = model_read(t);
	if (strlen(codes) != 3 || strstr(legal(c, site), codes) == NULL ||
	    want.is_greeted != is.is_greeted || want.is_open != is.is_open ||
	    want.takes_message != is.takes_message ||
	    want.is_over != is.is_over || want.recipients != is.recipients)
		fail_msg("site %d, %s, state %d, argument %d, %s: "
			 "\"%s\"%s%s%s%s, %zu recipients",
		    site, row->name, (int)c->state, (int)c->kind,
		    c->is_enabled ? "enabled" : "disabled", codes,
		    is.is_greeted ? " greeted" : "", is.is_open ? " open" : "",
		    is.takes_message ? " message" : "",
		    is.is_over ? " over" : "", is.recipients);
	if (is.takes_message)
		assert_codes(t, ".\r\nXNONE\r\n", "250 500");
	talk_close(t);
}

static void
assert_matrix(bool is_enabled)
{
	struct lab *all = lab_open("vrfy: { disclose = \"full\"; }; "
				   "expn: { disclose = \"full\"; };",
	    false);

	for (unsigned i = 0; i < ROWS * STATES * KINDS; i++) {
		const struct cell cell = {
			.row = &rows[i / KINDS / STATES],
			.state = (enum state)(i / KINDS % STATES),
			.kind = (enum kind)(i % KINDS),
			.is_enabled = is_enabled,
		};
		char disable[64];
		struct lab *lab = all;

		snprintf(disable, sizeof(disable), "disable = [ \"%s\" ];",
		    cell.row->name);
		if (!is_enabled)
			lab = lab_open(disable, false);
		assert_cell(lab, MODERN, &cell);
		assert_cell(lab, OLD, &cell);
		if (!is_enabled)
			lab_close(lab);
	}
	lab_close(all);
}

static void
every_verb_in_every_state_gets_one_legal_reply(void **state)
{
	(void)state;
	assert_matrix(true);
}

static void
a_verb_that_is_not_enabled_changes_nothing(void **state)
{
	(void)state;
	assert_matrix(false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_verb_in_every_state_gets_one_legal_reply),
		cmocka_unit_test(a_verb_that_is_not_enabled_changes_nothing),
	};

	return cmocka_run_group_tests_name(
	    "command, matrix", tests, NULL, NULL);
}
