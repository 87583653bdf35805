/*
 * What is documented (HELP), what is advertised (EHLO) and what works are the
 * same, whatever the configuration: many are made at random.
 */
#include "tests/unit/session_fixture.h"

enum { ROUNDS = 150 };

static const struct known {
	const char *name;
	bool is_minimum; /* enabled by default, and not advertised */
	bool is_modern;  /* not in profile rfc821 */
} known[] = {
	{ "HELO", true, false },
	{ "MAIL", true, false },
	{ "RCPT", true, false },
	{ "DATA", true, false },
	{ "RSET", true, false },
	{ "NOOP", true, false },
	{ "QUIT", true, false },
	{ "EHLO", false, true },
	{ "HELP", false, false },
	{ "VRFY", false, false },
	{ "EXPN", false, false },
	{ "SEND", false, false },
	{ "SOML", false, false },
	{ "SAML", false, false },
	{ "PLAY", false, false },
	{ "STRICT", false, false },
	{ "NARROW", false, false },
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

/* A configuration, and which verbs it should let a client use. */
struct drawn {
	char text[2048];
	bool usable[2][KNOWN]; /* by site */
};

static unsigned
draw(unsigned n)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static void
add(struct drawn *d, const char *text)
{
	size_t n = strlen(d->text);

	snprintf(d->text + n, sizeof(d->text) - n, "%s", text);
}

/* `key = [ "A", "B" ];` of some verbs; those of them are marked. */
static void
draw_list(struct drawn *d, const char *key, bool marked[KNOWN])
{
	size_t n = strlen(d->text);

	n += (size_t)snprintf(d->text + n, sizeof(d->text) - n, "%s = [", key);
	for (size_t i = 0; i < KNOWN; i++) {
		marked[i] = draw(4) == 0;
		if (marked[i])
			n += (size_t)snprintf(d->text + n, sizeof(d->text) - n,
			    "%s \"%s\"", d->text[n - 1] == '[' ? "" : ",",
			    known[i].name);
	}
	snprintf(d->text + n, sizeof(d->text) - n, " ]; ");
}

/* The fixture enables everything that a profile has. */
static void
draw_configuration(struct drawn *d)
{
	bool disabled[KNOWN], tls[KNOWN], open[KNOWN];

	*d = (struct drawn){ 0 };
	draw_list(d, "disable", disabled);
	add(d, "policy = ( { ");
	draw_list(d, "verbs", tls);
	add(d, "require = [ \"tls\" ]; }, { ");
	draw_list(d, "verbs", open);
	add(d, "rate = \"1000/1h\"; } ); ");
	for (size_t i = 0; i < KNOWN; i++)
		for (int site = MODERN; site <= OLD; site++)
			d->usable[site][i] = !(site == OLD &&
						 known[i].is_modern) &&
			                     !disabled[i] &&
			                     (!tls[i] || open[i]);
}

/* Is this one of the words of the text? */
static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
		if ((p == text || strchr(" -", p[-1]) != NULL) &&
		    strchr(" \r", p[n]) != NULL)
			return true;
	return false;
}

/* Sends it in a session of its own; what is said, until the next. */
static const char *
ask(struct lab *lab, int site, const char *verb, const char *argument)
{
	static char said[4096];
	struct talk *t = talk_open(lab, site);
	char line[64];

	snprintf(line, sizeof(line), "%s %s\r\n", verb, argument);
	talk_feed(t, line);
	snprintf(said, sizeof(said), "%s", talk_said(t));
	talk_close(t);
	return said;
}

static void
assert_same(const struct drawn *d, bool is, bool want, const char *what,
    const char *verb)
{
	if (is != want)
		fail_msg(
		    "%s\n%s is %s%s", d->text, verb, is ? "" : "not ", what);
}

/* Says RFC 5321 §4.2.4: recognised and not implemented, or not allowed. */
static bool
works(struct lab *lab, int site, const char *verb)
{
	const char *said = ask(lab, site, verb, "");

	return strncmp(said, "502", 3) != 0 && strncmp(said, "530", 3) != 0 &&
	       strncmp(said, "500", 3) != 0;
}

static void
assert_help(struct lab *lab, const struct drawn *d, int site, size_t i)
{
	const char *said = ask(lab, site, "HELP", "");

	assert_same(d, has_word(said, known[i].name), d->usable[site][i],
	    "in HELP", known[i].name);
	said = ask(lab, site, "HELP", known[i].name);
	assert_same(d, strncmp(said, "214", 3) == 0, d->usable[site][i],
	    "a topic of HELP", known[i].name);
}

static void
assert_ehlo(struct lab *lab, const struct drawn *d, int site, size_t i)
{
	const char *said = ask(lab, site, "EHLO", "a.test");
	bool is_silent = known[i].is_minimum || known[i].is_modern;

	assert_same(d, has_word(said, known[i].name),
	    d->usable[site][i] && !is_silent, "in EHLO", known[i].name);
}

static void
assert_agreement(struct lab *lab, const struct drawn *d, int site)
{
	enum { EHLO = 7, HELP = 8 };

	for (size_t i = 0; i < KNOWN; i++) {
		assert_same(d, works(lab, site, known[i].name),
		    d->usable[site][i], "dispatched", known[i].name);
		if (d->usable[site][HELP])
			assert_help(lab, d, site, i);
		if (d->usable[site][EHLO])
			assert_ehlo(lab, d, site, i);
	}
}

static void
help_ehlo_and_dispatch_agree_in_any_configuration(void **state)
{
	static struct drawn d;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct lab *lab;

		draw_configuration(&d);
		lab = lab_open(d.text, false);
		assert_agreement(lab, &d, MODERN);
		assert_agreement(lab, &d, OLD);
		lab_close(lab);
	}
}

static void
ehlo_tells_the_extensions_with_their_parameters(void **state)
{
	struct lab *lab = lab_open("limits: { message = \"1M\"; }; disable = [ "
				   "\"VRFY\", \"PLAY\", \"NARROW\" ];",
	    false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	assert_talk(t, "EHLO a.test\r\n",
	    "250-mx.lab.test\r\n250-ENHANCEDSTATUSCODES\r\n"
	    "250-SIZE 1048576\r\n250-8BITMIME\r\n250-PIPELINING\r\n"
	    "250-STRICT\r\n250-HELP\r\n250-EXPN\r\n"
	    "250-SEND\r\n250-SOML\r\n250-SAML\r\n"
	    "250-TURN\r\n250-ETRN\r\n250 ATRN\r\n");
	talk_close(t);
	lab_close(lab);
}

/* TURN is for who says HELO a.test (RFC 5321 §4.2.4). */
static void
a_verb_that_is_not_for_this_client_is_not_told(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	talk_feed(t, "EHLO a.test\r\n");
	assert_non_null(strstr(talk_said(t), "TURN\r\n"));
	assert_codes(t, "HELP TURN\r\n", "214");
	talk_feed(t, "EHLO b.test\r\n");
	assert_null(strstr(talk_said(t), "TURN\r\n"));
	assert_codes(t, "HELP TURN\r\n", "504");
	assert_codes(t, "TURN\r\n", "502");
	assert_false(session_is_over(t->session));
	talk_close(t);
	lab_close(lab);
}

static void
profile_rfc821_has_no_ehlo(void **state)
{
	struct lab *lab = lab_open("", false);
	struct talk *t = talk_open(lab, OLD);

	(void)state;
	assert_talk(t, "EHLO a.test\r\n", "502 EHLO is not available here\r\n");
	assert_codes(t, "HELP EHLO\r\nHELO a.test\r\n", "504 250");
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    help_ehlo_and_dispatch_agree_in_any_configuration),
		cmocka_unit_test(
		    ehlo_tells_the_extensions_with_their_parameters),
		cmocka_unit_test(
		    a_verb_that_is_not_for_this_client_is_not_told),
		cmocka_unit_test(profile_rfc821_has_no_ehlo),
	};

	return cmocka_run_group_tests_name("usable", tests, NULL, NULL);
}
