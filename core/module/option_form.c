/* What an option may be. */
#include "core/module/option_form.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "core/module/units.h"

bool
option_has_range(const struct vb_option *o)
{
	return o->type == VB_OPTION_INT || o->type == VB_OPTION_SECONDS ||
	       o->type == VB_OPTION_BYTES;
}

int64_t
option_most(const struct vb_option *o)
{
	return o->type == VB_OPTION_INT ? INT_MAX : INT64_MAX;
}

struct option_range
option_range(const struct vb_option *o)
{
	struct option_range range = { o->min, o->max };

	if ((o->min == 0 && o->max == 0) || o->max < o->min ||
	    o->max > option_most(o))
		range.max = option_most(o);
	if (o->type == VB_OPTION_INT && range.min < INT_MIN)
		range.min = INT_MIN;
	return range;
}

void
option_print(struct buffer *b, const struct vb_option *o, int64_t value)
{
	if (o->type == VB_OPTION_BYTES)
		units_print_size(b, value);
	else if (o->type == VB_OPTION_SECONDS)
		units_print_time(b, value);
	else
		buffer_printf(b, "%" PRId64, value);
}

struct vb_str
option_choice(const char **rest)
{
	struct vb_str choice = { *rest, strcspn(*rest, "|") };

	*rest += choice.n;
	if (**rest == '|')
		++*rest;
	return choice;
}

static void
want_choice(struct buffer *b, const char *rest)
{
	for (bool is_first = true; *rest != '\0'; is_first = false) {
		struct vb_str choice = option_choice(&rest);

		if (!is_first)
			buffer_printf(b, *rest == '\0' ? " or " : ", ");
		buffer_add_str(b, choice);
	}
}

void
option_want(struct buffer *b, const struct vb_option *o)
{
	static const char *const wants[] = {
		[VB_OPTION_BOOL] = "true or false",
		[VB_OPTION_INT] = "a whole number",
		[VB_OPTION_STRING] = "a string",
		[VB_OPTION_SECONDS] = "a time, such as \"30s\"",
		[VB_OPTION_BYTES] = "a size, such as \"25M\"",
		[VB_OPTION_FILE] = "a file name, in quotes",
		[VB_OPTION_NETWORK] = "a network, such as \"10.0.0.0/8\"",
		[VB_OPTION_STRINGS] = "a list of strings, [ \"...\", \"...\" ]",
		[VB_OPTION_NETWORKS] =
		    "a list of networks, [ \"10.0.0.0/8\", \"::1\" ]",
		[VB_OPTION_LIST] = "a list of groups, ( { ... }, { ... } )",
		[VB_OPTION_GROUP] = "a group, { ... }",
	};

	if (o->type == VB_OPTION_CHOICE)
		want_choice(b, o->choices);
	else
		buffer_printf(b, "%s", wants[o->type]);
}
