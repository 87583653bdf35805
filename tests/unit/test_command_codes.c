/*
 * The codes that modules name for the verbs of the RFCs are those of RFC 821
 * §4.3 and RFC 5321 §4.3.2.
 *
 * 421, 500, 501 and 502 are legal for every verb: the core itself says them.
 * Beside the tables, MAIL, SEND, SOML and SAML are answered 503 out of order,
 * as the prose of RFC 821 §4.1.1 has it. RFC 5321 has no row for SEND, SOML and
 * SAML (§F.6: the model of RFC 821, so they are as MAIL), none for TURN (§F.1),
 * and nothing for DATA that can be tried again but 421, which ends the session:
 * there the 451 of RFC 821 is kept. ETRN is as RFC 1985 §5.3 has it, and ATRN
 * as RFC 2645 §7; the 503 of both is ours, for what is out of order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <verbena/module.h>

#include "core/smtp/reply.h"

#define MAIL_RFC5321 "250 552 451 452 550 553 503 455 555"
#define RCPT_CODES   "250 251 550 551 552 553 450 451 452 503"

static const struct row {
	const char *name;
	struct vb_codes codes; /* NULL: the RFC has no such verb */
	struct vb_codes more;  /* after the message */
} rows[] = {
	{ "HELO", { "250 504 550 502", "250 500 501 504" }, { 0 } },
	{ "EHLO", { "250 504 550 502", NULL }, { 0 } },
	{ "MAIL", { MAIL_RFC5321, "250 552 451 452 500 501 503" }, { 0 } },
	{ "RCPT", { RCPT_CODES " 455 555", RCPT_CODES " 500 501" }, { 0 } },
	{ "DATA", { "354 503 554 451", "354 451 554 500 501 503" },
	    { "250 552 554 451 452 450 550", "250 552 554 451 452" } },
	{ "RSET", { "250", "250 500 501 504" }, { 0 } },
	{ "SEND", { MAIL_RFC5321, "250 552 451 452 500 501 502 503" }, { 0 } },
	{ "SOML", { MAIL_RFC5321, "250 552 451 452 500 501 502 503" }, { 0 } },
	{ "SAML", { MAIL_RFC5321, "250 552 451 452 500 501 502 503" }, { 0 } },
	{ "VRFY",
	    { "250 251 252 550 551 553 502 504",
		"250 251 550 551 553 500 501 502 504" },
	    { 0 } },
	{ "EXPN", { "250 252 550 500 502 504", "250 550 500 501 502 504" },
	    { 0 } },
	{ "HELP", { "211 214 502 504", "211 214 500 501 502 504" }, { 0 } },
	{ "NOOP", { "250", "250 500" }, { 0 } },
	{ "QUIT", { "221", "221 500" }, { 0 } },
	{ "TURN", { "250 502 503", "250 502 500 503" }, { 0 } },
	{ "ETRN", { "250 251 252 253 458 459 503", NULL }, { 0 } },
	{ "ATRN", { "250 450 451 453 502 503 530", NULL }, { 0 } },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const int always[] = { 421, 500, 501, 502 };

static const struct row *
find_row(const char *name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

static void
assert_subset(const char *name, const char *codes, const char *legal)
{
	struct codes is = { 0 }, may = { 0 };

	if (codes == NULL)
		return;
	if (legal == NULL)
		fail_msg("%s has codes, but is not of this RFC", name);
	assert_true(codes_parse(&is, codes));
	assert_true(codes_parse(&may, legal));
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		codes_add(&may, always[i]);
	for (int code = 200; code < 600; code++)
		if (codes_has(&is, code) && !codes_has(&may, code))
			fail_msg("%s names %d, the RFC does not", name, code);
}

static void
assert_verb(const struct vb_verb *v, const struct row *row)
{
	char failure[8] = "421";

	if (v->failure != 0)
		snprintf(failure, sizeof(failure), "%d", v->failure);
	assert_subset(v->name, v->codes.rfc5321, row->codes.rfc5321);
	assert_subset(v->name, v->codes.rfc821, row->codes.rfc821);
	assert_subset(v->name, v->more_codes.rfc5321, row->more.rfc5321);
	assert_subset(v->name, v->more_codes.rfc821, row->more.rfc821);
	assert_subset(v->name, failure, row->codes.rfc5321);
	if (row->codes.rfc821 != NULL)
		assert_subset(v->name, failure, row->codes.rfc821);
}

/* Checks the verbs of one module, and says which were there. */
static void
check_module(const char *file, bool seen[ROWS])
{
	void *so = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	const struct vb_export *is;
	const struct row *row;

	assert_non_null(so);
	is = dlsym(so, "vb_module");
	assert_non_null(is);
	for (const struct vb_verb *v = is->module->verbs;
	     v != NULL && v->size != 0; v++) {
		row = find_row(v->name);
		if (row == NULL)
			continue;
		seen[row - rows] = true;
		assert_verb(v, row);
	}
}

/* All modules there are, built beside this test. */
static void
find_modules(glob_t *found)
{
	char path[600];
	ssize_t n = readlink("/proc/self/exe", path, 500);

	assert_true(n > 0);
	path[n] = '\0';
	*strrchr(path, '/') = '\0';
	n = (ssize_t)strlen(path);
	snprintf(path + n, sizeof(path) - (size_t)n, "/../../modules/*.so");
	assert_int_equal(glob(path, 0, NULL, found), 0);
}

static void
no_verb_of_the_RFCs_has_a_code_that_they_do_not_give_it(void **state)
{
	bool seen[ROWS] = { false };
	glob_t found = { 0 };

	(void)state;
	find_modules(&found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_module(found.gl_pathv[i], seen);
	globfree(&found);
	for (size_t i = 0; i < ROWS; i++)
		if (!seen[i])
			fail_msg("no module has %s", rows[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    no_verb_of_the_RFCs_has_a_code_that_they_do_not_give_it),
	};

	return cmocka_run_group_tests_name("command, codes", tests, NULL, NULL);
}
