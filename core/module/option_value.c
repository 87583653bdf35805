/* Single values, from text. */
#include "core/module/option_value.h"

#include <stdbool.h>

#include "core/base/network.h"
#include "core/module/option_form.h"
#include "core/module/units.h"

/* A value being read: for which option, from what, where to. */
struct parsing {
	struct arena *arena;
	const struct vb_option *option;
	struct vb_str text;
	void *field;
};

static bool
is_number(struct vb_str text)
{
	int64_t value;

	return units_number(text, &value);
}

/* The value as it stood in the file, fit for a message; numbers bare. */
static const char *
shown(const struct parsing *p)
{
	enum { MOST = 60 };
	const char *quote = is_number(p->text) ? "" : "\"";
	const char *cut = p->text.n > MOST ? "..." : "";
	struct vb_str head = { p->text.p, p->text.n > MOST ? MOST : p->text.n };
	struct buffer b = { 0 };
	const char *text;

	if (p->option->is_secret)
		return "the value";
	buffer_printf(&b, "%s", quote);
	buffer_add_escaped(&b, head);
	buffer_printf(&b, "%s%s", cut, quote);
	text = arena_string(p->arena, buffer_str(&b));
	buffer_finish(&b);
	return text;
}

static const char *
wrong(const struct parsing *p, const char *what)
{
	return arena_printf(p->arena, "%s %s", shown(p), what).p;
}

static const char *
want(const struct parsing *p)
{
	struct buffer b = { 0 };
	const char *text;

	buffer_printf(&b, "want ");
	option_want(&b, p->option);
	text = arena_string(p->arena, buffer_str(&b));
	buffer_finish(&b);
	return text;
}

static const char *
check_range(const struct parsing *p, int64_t value)
{
	struct option_range range = option_range(p->option);
	const bool is_less = value < range.min;
	struct buffer b = { 0 };
	const char *text;

	if (!is_less && value <= range.max)
		return NULL;
	buffer_printf(&b, "is %s than ", is_less ? "less" : "more");
	option_print(&b, p->option, is_less ? range.min : range.max);
	buffer_add(&b, "", 1);
	text = wrong(p, b.p);
	buffer_finish(&b);
	return text;
}

static const char *
parse_bool(const struct parsing *p)
{
	const bool is_true = vb_str_eq(p->text, VB_STR("true"));

	if (!is_true && !vb_str_eq(p->text, VB_STR("false")))
		return want(p);
	*(bool *)p->field = is_true;
	return NULL;
}

static const char *
parse_int(const struct parsing *p)
{
	const char *problem;
	int64_t value;

	if (!units_number(p->text, &value))
		return want(p);
	problem = check_range(p, value);
	if (problem == NULL)
		*(int *)p->field = (int)value;
	return problem;
}

static const char *
parse_bytes(const struct parsing *p)
{
	int64_t value;
	const char *problem = units_size(p->text, &value);

	if (problem != NULL)
		return wrong(p, problem);
	problem = check_range(p, value);
	if (problem == NULL)
		((struct vb_bytes *)p->field)->value = (uint64_t)value;
	return problem;
}

static const char *
parse_seconds(const struct parsing *p)
{
	int64_t value;
	const char *problem = units_time(p->text, &value);

	if (problem != NULL)
		return wrong(p, problem);
	problem = check_range(p, value);
	if (problem == NULL)
		((struct vb_seconds *)p->field)->value = value;
	return problem;
}

static const char *
parse_choice(const struct parsing *p)
{
	const char *rest = p->option->choices;

	for (int i = 0; *rest != '\0'; i++) {
		if (!vb_str_eq(option_choice(&rest), p->text))
			continue;
		((struct vb_choice *)p->field)->value = i;
		return NULL;
	}
	return want(p);
}

static const char *
parse_string(const struct parsing *p)
{
	*(struct vb_str *)p->field = arena_copy(p->arena, p->text);
	return NULL;
}

static const char *
parse_file(const struct parsing *p)
{
	((struct vb_file *)p->field)->name = p->text.n == 0
	                                         ? NULL
	                                         : arena_string(
						       p->arena, p->text);
	return NULL;
}

static const char *
parse_network(const struct parsing *p)
{
	struct vb_network network = { 0 };
	const char *problem = network_parse(p->text, &network);

	if (problem != NULL)
		return wrong(p, problem);
	*(struct vb_network *)p->field = network;
	return NULL;
}

/* Takes the next word between blanks; empty at the end. */
static struct vb_str
take_word(struct vb_str *rest)
{
	struct vb_str word;

	while (rest->n > 0 && *rest->p == ' ') {
		rest->p++;
		rest->n--;
	}
	word = (struct vb_str){ rest->p, 0 };
	while (word.n < rest->n && word.p[word.n] != ' ')
		word.n++;
	rest->p += word.n;
	rest->n -= word.n;
	return word;
}

static const char *
parse_strings(const struct parsing *p)
{
	struct vb_str rest = p->text;
	struct vb_str *items = arena_alloc(
	    p->arena, (rest.n + 1) * sizeof(*items));
	struct vb_str word = take_word(&rest);
	size_t n = 0;

	for (; word.n > 0; word = take_word(&rest))
		items[n++] = arena_copy(p->arena, word);
	*(struct vb_strings *)p->field = (struct vb_strings){ items, n };
	return NULL;
}

static const char *
parse_networks(const struct parsing *p)
{
	struct vb_str rest = p->text;
	struct vb_network *items = arena_alloc(
	    p->arena, (rest.n + 1) * sizeof(*items));
	struct parsing one = { p->arena, p->option, take_word(&rest), items };
	size_t n = 0;

	for (; one.text.n > 0; one.text = take_word(&rest)) {
		const char *problem = parse_network(&one);

		if (problem != NULL)
			return problem;
		one.field = &items[++n];
	}
	*(struct vb_networks *)p->field = (struct vb_networks){ items, n };
	return NULL;
}

static const char *
parse_list(const struct parsing *p)
{
	*(struct vb_list *)p->field = (struct vb_list){ NULL, 0 };
	return NULL;
}

static const char *
parse_group(const struct parsing *p)
{
	(void)p;
	return NULL;
}

static const char *(*const parsers[])(const struct parsing *p) = {
	[VB_OPTION_BOOL] = parse_bool,
	[VB_OPTION_INT] = parse_int,
	[VB_OPTION_STRING] = parse_string,
	[VB_OPTION_SECONDS] = parse_seconds,
	[VB_OPTION_BYTES] = parse_bytes,
	[VB_OPTION_CHOICE] = parse_choice,
	[VB_OPTION_FILE] = parse_file,
	[VB_OPTION_NETWORK] = parse_network,
	[VB_OPTION_STRINGS] = parse_strings,
	[VB_OPTION_NETWORKS] = parse_networks,
	[VB_OPTION_LIST] = parse_list,
	[VB_OPTION_GROUP] = parse_group,
};

const char *
option_value_parse(struct arena *arena, const struct vb_option *o,
    struct vb_str text, void *field)
{
	struct parsing p = { arena, o, text, field };

	return parsers[o->type](&p);
}
