/* What a row of a module's tables must hold, rule by rule. */
#include "core/module/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static enum vb_verdict
run(struct vb_session *s, const struct vb_argument *argument, const void *conf)
{
	(void)s, (void)argument, (void)conf;
	return VB_DONE;
}

static enum vb_verdict
look(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)s, (void)event, (void)conf;
	return VB_NEXT;
}

/* Judges a module and compares the one thing that is wrong with it, or none
   (NULL). */
static void
assert_judged(const struct vb_module *is, const char *says)
{
	const char before[] = "module \"toy\" (toy.so): ";
	const struct module m = { .name = "toy",
		.path = "toy.so",
		.file = "conf",
		.line = 3,
		.is = *is };
	struct problems problems = { 0 };
	struct faults faults = { &problems, 0 };
	const char *got = NULL;

	rules_judge(&m, &faults);
	assert_int_equal(faults.n, problems.n);
	if (problems.n > 0)
		got = problems.items[0].text + strlen(before);
	if (says == NULL && got != NULL)
		fail_msg("wants nothing, has \"%s\"", got);
	if (says != NULL) {
		assert_int_equal(problems.n, 1);
		assert_string_equal(got, says);
	}
	problems_finish(&problems);
}

#define VERB(...)                    \
	{                            \
		VB_VERB, __VA_ARGS__ \
	}

/* The third row holds what is judged; the first two are good. */
static void
judges_each_verb(void **state)
{
	static const struct {
		struct vb_verb verb;
		const char *says;
	} cases[] = {
		{ VERB(.name = "X", .syntax = "", .run = run), NULL },
		{ VERB(.name = "ABCDEFGHIJKLM-90", .syntax = "", .run = run),
		    NULL },
		{ VERB(.name = "N", .syntax = "N", .run = run,
		      .when = VB_GREETED | VB_NO_TRANSACTION | VB_TRANSACTION |
		              VB_RECIPIENT | VB_LAST,
		      .form = VB_ARG_TO, .point = VB_AT_RCPT, .failure = 554,
		      .codes = { "250", "200 599" },
		      .more_codes = { "", "250 354 451 552" }),
		    NULL },
		{ VERB(.syntax = "", .run = run),
		    "verbs, row 3: its name is not 1 to 16 of A-Z 0-9 -" },
		{ VERB(.name = "", .syntax = "", .run = run),
		    "verbs, row 3 (): its name is not 1 to 16 of A-Z 0-9 -" },
		{ VERB(.name = "noop", .syntax = "", .run = run),
		    "verbs, row 3 (noop): "
		    "its name is not 1 to 16 of A-Z 0-9 -" },
		{ VERB(.name = "ABCDEFGHIJKLM-901", .syntax = "", .run = run),
		    "verbs, row 3 (ABCDEFGHIJKLM-901): "
		    "its name is not 1 to 16 of A-Z 0-9 -" },
		{ VERB(.name = "X", .syntax = ""),
		    "verbs, row 3 (X): has no .run" },
		{ VERB(.name = "X", .run = run),
		    "verbs, row 3 (X): has no .syntax" },
		{ VERB(.name = "X", .syntax = "", .run = run, .when = 32),
		    "verbs, row 3 (X): its .when is none we know" },
		{ VERB(.name = "X", .syntax = "", .run = run,
		      .form = (enum vb_form)6),
		    "verbs, row 3 (X): its .form is none we know" },
		{ VERB(.name = "X", .syntax = "", .run = run,
		      .point = (enum vb_point)16),
		    "verbs, row 3 (X): its .point is none we know" },
		{ VERB(.name = "X", .syntax = "", .run = run, .failure = 250),
		    "verbs, row 3 (X): "
		    "its .failure is not a code from 400 to 599" },
		{ VERB(.name = "X", .syntax = "", .run = run, .failure = 600),
		    "verbs, row 3 (X): "
		    "its .failure is not a code from 400 to 599" },
		{ VERB(.name = "X", .syntax = "", .run = run,
		      .more_codes.rfc5321 = "25"),
		    "verbs, row 3 (X): "
		    "its .more_codes.rfc5321 are not \"250 550\"" },
		{ VERB(.name = "X", .syntax = "", .run = run,
		      .more_codes.rfc821 = "25"),
		    "verbs, row 3 (X): "
		    "its .more_codes.rfc821 are not \"250 550\"" },
		{ VERB(.name = "X", .syntax = "", .run = run,
		      .codes.rfc821 = "25"),
		    "verbs, row 3 (X): "
		    "its .codes.rfc821 are not \"250 550\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_verb table[] = {
			VERB(.name = "A", .syntax = "A", .run = run),
			VERB(.name = "B", .syntax = "B", .run = run),
			cases[i].verb,
			{ 0 },
		};

		assert_judged(
		    &(struct vb_module){ .verbs = table }, cases[i].says);
	}
}

static void
wants_lists_of_codes_with_one_space_between(void **state)
{
	const char *const bad[] = { " ", "25", "2500", "250,251", "250  251",
		"250 ", " 250", "150", "650", "25a", "2x0", "250 25" };
	const char says[] =
	    "verbs, row 1 (X): its .codes.rfc5321 are not \"250 550\"";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct vb_verb table[] = {
			VERB(.name = "X", .syntax = "", .run = run,
			    .codes.rfc5321 = bad[i]),
			{ 0 },
		};

		assert_judged(&(struct vb_module){ .verbs = table }, says);
	}
}

static void
judges_each_hook(void **state)
{
	static const struct {
		struct vb_hook hook;
		const char *says;
	} cases[] = {
		{ { VB_HOOK, .point = VB_AT_CONNECT, .run = look }, NULL },
		{ { VB_HOOK, .point = VB_AT_SESSION_END, .run = look }, NULL },
		{ { VB_HOOK, .run = look },
		    "hooks, row 1: its .point is none we know" },
		{ { VB_HOOK, .point = (enum vb_point)16, .run = look },
		    "hooks, row 1: its .point is none we know" },
		{ { VB_HOOK, .point = VB_AT_RCPT },
		    "hooks, row 1: has no .run" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_hook table[] = { cases[i].hook, { 0 } };

		assert_judged(
		    &(struct vb_module){ .hooks = table }, cases[i].says);
	}
}

struct inner {
	int most;
};

struct conf {
	bool loud;
	struct inner limits;
	struct vb_choice mood;
	struct vb_list list;
};

static const struct vb_option inner[] = {
	VB_OPTION(struct inner, most, "1", "How many."),
	{ 0 },
};

/* As an author would not write it, who has VB_OPTION(). */
#define OPTION(initial_, about_, ...)                                  \
	{                                                              \
		.size = sizeof(struct vb_option), .initial = initial_, \
		.about = about_, __VA_ARGS__                           \
	}

static void
judges_each_option(void **state)
{
	static const struct {
		struct vb_option option;
		const char *says;
	} cases[] = {
		{ VB_OPTION(struct conf, loud, "false", "Whether."), NULL },
		{ VB_OPTION(struct conf, mood, "a", "How.", .choices = "a|b"),
		    NULL },
		{ VB_GROUP(struct conf, limits, inner, "What."), NULL },
		{ VB_OPTION(struct conf, list, "", "Which.", .group = inner,
		      .item_size = sizeof(struct inner)),
		    NULL },
		{ OPTION("", "", .type = VB_OPTION_BOOL),
		    "options, row 1: has no name" },
		{ OPTION("", "", .name = "", .type = VB_OPTION_BOOL),
		    "options, row 1 (): has no name" },
		{ OPTION(NULL, "", .name = "x", .type = VB_OPTION_BOOL),
		    "options, row 1 (x): has no default (.initial)" },
		{ OPTION("", NULL, .name = "x", .type = VB_OPTION_BOOL),
		    "options, row 1 (x): "
		    "has no text for the manual (.about)" },
		{ OPTION("", "", .name = "x"),
		    "options, row 1 (x): its .type is none we know" },
		{ OPTION("", "", .name = "x", .type = (enum vb_option_type)13),
		    "options, row 1 (x): its .type is none we know" },
		{ OPTION("", "", .name = "x", .type = VB_OPTION_INT,
		      .offset = sizeof(struct conf) - 3),
		    "options, row 1 (x): "
		    "its field lies outside of the struct (.conf_size?)" },
		{ OPTION("", "", .name = "x", .type = VB_OPTION_INT,
		      .offset = SIZE_MAX),
		    "options, row 1 (x): "
		    "its field lies outside of the struct (.conf_size?)" },
		{ VB_OPTION(struct conf, mood, "a", "How."),
		    "options, row 1 (mood): has no .choices" },
		{ VB_OPTION(struct conf, list, "", "Which.", .group = inner),
		    "options, row 1 (list): has no .item_size" },
		{ VB_OPTION(struct conf, list, "", "Which.",
		      .item_size = sizeof(struct inner)),
		    "options, row 1 (list): has no .group" },
		{ VB_GROUP(struct conf, limits, NULL, "What."),
		    "options, row 1 (limits): has no .group" },
		{ VB_OPTION(struct conf, list, "", "Which.", .group = inner,
		      .item_size = 3),
		    "options, row 1 (most): "
		    "its field lies outside of the struct (.conf_size?)" },
		{ OPTION("", "", .name = "x", .type = VB_OPTION_GROUP,
		      .group = inner, .offset = sizeof(struct conf) - 3),
		    "options, row 1 (most): "
		    "its field lies outside of the struct (.conf_size?)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_option table[] = { cases[i].option, { 0 } };
		const struct vb_module is = {
			.options = table,
			.conf_size = sizeof(struct conf),
		};

		assert_judged(&is, cases[i].says);
	}
}

static void
judges_each_extension(void **state)
{
	static const struct {
		struct vb_extension extension;
		const char *says;
	} cases[] = {
		{ { VB_EXTENSION, .keyword = "8BITMIME" }, NULL },
		{ { VB_EXTENSION, .keyword = "X", .parameter = "X-Y",
		      .point = VB_AT_RCPT },
		    NULL },
		{ { VB_EXTENSION }, "extensions, row 1: "
				    "its keyword is not 1 to 32 of A-Z 0-9 -" },
		{ { VB_EXTENSION, .keyword = "size" },
		    "extensions, row 1 (size): "
		    "its keyword is not 1 to 32 of A-Z 0-9 -" },
		{ { VB_EXTENSION, .keyword = "-X" },
		    "extensions, row 1 (-X): "
		    "its keyword is not 1 to 32 of A-Z 0-9 -" },
		{ { VB_EXTENSION, .keyword = "X", .parameter = "",
		      .point = VB_AT_MAIL },
		    "extensions, row 1 (X): "
		    "its parameter is not 1 to 32 of A-Z 0-9 -" },
		{ { VB_EXTENSION, .keyword = "X", .parameter = "X",
		      .point = VB_AT_DATA },
		    "extensions, row 1 (X): "
		    "its parameter is for neither MAIL nor RCPT (.point)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct vb_extension table[] = { cases[i].extension,
			{ 0 } };

		assert_judged(
		    &(struct vb_module){ .extensions = table }, cases[i].says);
	}
}

static void
wants_a_lookup_that_finds(void **state)
{
	const struct vb_lookup lookup = { VB_LOOKUP };

	(void)state;
	assert_judged(
	    &(struct vb_module){ .lookup = &lookup }, "lookup: has no .find");
}

static bool
limits(const void *conf)
{
	return conf != NULL;
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	(void)d, (void)conf;
	return VB_FAILED;
}

static enum vb_outcome
room(struct vb_delivery *d, uint64_t octets, const void *conf)
{
	(void)d, (void)octets, (void)conf;
	return VB_FAILED;
}

static void
wants_both_halves_of_a_limit_and_deliveries(void **state)
{
	(void)state;
	assert_judged(&(struct vb_module){ .deliver = deliver, .room = room },
	    "has only one of .limits and .room");
	assert_judged(
	    &(struct vb_module){ .deliver = deliver, .limits = limits },
	    "has only one of .limits and .room");
	assert_judged(&(struct vb_module){ .limits = limits, .room = room },
	    "has .room but no .deliver");
	assert_judged(
	    &(struct vb_module){
		.deliver = deliver, .limits = limits, .room = room },
	    NULL);
}

static enum vb_shown
show(struct vb_delivery *d, const void *conf)
{
	(void)d, (void)conf;
	return VB_SHOWN_NOT;
}

static enum vb_presence
presence(struct vb_delivery *d, const void *conf)
{
	(void)d, (void)conf;
	return VB_PRESENCE_AWAY;
}

static void
attend(void)
{
}

static void
wants_terminals_that_show_and_tell_who_is_there(void **state)
{
	const struct vb_terminals good = { VB_TERMINALS, .show = show,
		.presence = presence },
				  half = { VB_TERMINALS, .show = show },
				  attends = { VB_TERMINALS, .show = show,
					  .presence = presence,
					  .attend = attend };

	(void)state;
	assert_judged(&(struct vb_module){ .terminals = &good }, NULL);
	assert_judged(&(struct vb_module){ .terminals = &half },
	    "terminals: has no .show or no .presence");
	assert_judged(&(struct vb_module){ .terminals = &attends },
	    "terminals: has only one of .open and .attend");
}

static void
wants_nothing_of_an_empty_module(void **state)
{
	(void)state;
	assert_judged(&(struct vb_module){ 0 }, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_each_verb),
		cmocka_unit_test(wants_lists_of_codes_with_one_space_between),
		cmocka_unit_test(judges_each_hook),
		cmocka_unit_test(judges_each_option),
		cmocka_unit_test(judges_each_extension),
		cmocka_unit_test(wants_a_lookup_that_finds),
		cmocka_unit_test(wants_both_halves_of_a_limit_and_deliveries),
		cmocka_unit_test(
		    wants_terminals_that_show_and_tell_who_is_there),
		cmocka_unit_test(wants_nothing_of_an_empty_module),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
