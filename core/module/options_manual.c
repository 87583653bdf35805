/*
 * The reference manual of a table of options.
 *
 *	vrfy
 *
 *	    disclose: none, local or full. Default: "none".
 *	        Whom to tell whether a mailbox exists.
 *
 *	    limits: a group, { ... }.
 *	        What one client may use.
 *
 *	        message: a size, such as "25M", at least 1. Default: "25M".
 *	            The largest message.
 */
#include "core/module/options.h"

#include <string.h>

#include "core/base/buffer.h"
#include "core/module/option_form.h"
#include "core/module/setting.h"

enum { WIDTH = 78, STEP = 4 };

/* Words, in lines of at most WIDTH that begin with `indent` blanks. */
static void
print_wrapped(FILE *to, int indent, const char *text)
{
	int column = 0;

	while (*(text += strspn(text, " \n")) != '\0') {
		int n = (int)strcspn(text, " \n");

		if (column > 0 && column + 1 + n > WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		if (column == 0)
			column = fprintf(to, "%*s%.*s", indent, "", n, text);
		else
			column += fprintf(to, " %.*s", n, text);
		text += n;
	}
	if (column > 0)
		fputc('\n', to);
}

static void
add_range(struct buffer *b, const struct vb_option *o)
{
	const struct option_range range = option_range(o);

	if (!option_has_range(o))
		return;
	if (range.max < option_most(o)) {
		buffer_printf(b, ", ");
		option_print(b, o, range.min);
		buffer_printf(b, " to ");
		option_print(b, o, range.max);
	} else if (range.min != 0) {
		buffer_printf(b, ", at least ");
		option_print(b, o, range.min);
	}
}

/* The words of a default as a list in the file. */
static void
add_words(struct buffer *b, const char *words)
{
	const char *comma = "";

	buffer_printf(b, "[");
	while (*(words += strspn(words, " ")) != '\0') {
		int n = (int)strcspn(words, " ");

		buffer_printf(b, "%s \"%.*s\"", comma, n, words);
		comma = ",";
		words += n;
	}
	buffer_printf(b, " ]");
}

/* As it would stand in the file. Where that is nothing, nothing is said. */
static void
add_default(struct buffer *b, const struct vb_option *o)
{
	if (o->is_required || o->is_secret || *o->initial == '\0' ||
	    o->type == VB_OPTION_LIST || o->type == VB_OPTION_GROUP)
		return;
	buffer_printf(b, " Default: ");
	if (o->type == VB_OPTION_BOOL || o->type == VB_OPTION_INT)
		buffer_printf(b, "%s", o->initial);
	else if (o->type == VB_OPTION_STRINGS || o->type == VB_OPTION_NETWORKS)
		add_words(b, o->initial);
	else
		buffer_printf(b, "\"%s\"", o->initial);
	buffer_printf(b, ".");
}

static void
print_row(FILE *to, int indent, const struct vb_option *o)
{
	struct buffer b = { 0 };

	buffer_printf(&b, "%s: ", o->name);
	option_want(&b, o);
	add_range(&b, o);
	buffer_printf(&b, ".");
	if (o->is_required)
		buffer_printf(&b, " Required.");
	add_default(&b, o);
	if (o->adds_up)
		buffer_printf(&b, " Adds to what stands further out.");
	buffer_add(&b, "", 1);
	fputc('\n', to);
	print_wrapped(to, indent, b.p);
	print_wrapped(to, indent + STEP, o->about);
	buffer_finish(&b);
}

static void
print_table(FILE *to, int indent, const struct vb_option *table)
{
	for (const struct vb_option *o = table; o->size != 0;
	     o = option_next(table, o)) {
		print_row(to, indent, o);
		if (o->type == VB_OPTION_LIST || o->type == VB_OPTION_GROUP)
			print_table(to, indent + STEP, o->group);
	}
}

void
options_manual(const char *name, const struct vb_option *table, FILE *to)
{
	if (*name != '\0')
		fprintf(to, "%s\n", name);
	print_table(to, *name != '\0' ? STEP : 0, table);
}
