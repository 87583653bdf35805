/*
 * verbena explain VERB|ADDRESS: which modules are asked, in which order and
 * why, for a given client; and the settings that decide, with where they stand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/command/command.h"
#include "core/command/explain.h"
#include "core/command/row.h"
#include "core/module/options.h"
#include "core/module/where.h"
#include "core/smtp/origin.h"

static const char *
tell_place(void *data, const char *name)
{
	const struct view *v = data;

	return view_place(v, origin_setting(v->scope, name));
}

void
explain_settings(const struct view *v, const struct module *m)
{
	struct view copy = *v;
	const struct options_place place = { tell_place, &copy };

	if (m->is.options != NULL)
		options_show(m->name, m->is.options,
		    v->scope->module_conf[m->index], &place, stdout);
	if (m->is.deliver != NULL)
		options_show(m->name, delivery_options,
		    &v->scope->delivery[m->index], &place, stdout);
}

void
explain_module(int number, const struct module *m, const char *what)
{
	printf("  %d. %s: module %s, %s (modules, %s:%d)\n", number, what,
	    m->name, m->path, m->file, m->line);
}

/* Why a hook stands where it does. */
static const char *
order_of(const struct vb_hook *hook)
{
	static char text[256];

	if (hook->before == NULL && hook->after == NULL)
		return "";
	snprintf(text, sizeof(text), "%s%s%s%s",
	    hook->before != NULL ? ", before " : "",
	    hook->before != NULL ? hook->before : "",
	    hook->after != NULL ? ", after " : "",
	    hook->after != NULL ? hook->after : "");
	return text;
}

int
explain_chain(const struct view *v, enum vb_point point, int number)
{
	const struct chain *chain = &v->g->sites->chains.at[point];
	char what[512];

	for (size_t i = 0; i < chain->n; i++) {
		snprintf(what, sizeof(what), "hook at %s%s", where_point(point),
		    order_of(chain->items[i].hook));
		explain_module(number++, chain->items[i].module, what);
	}
	return number;
}

static void
print_codes(const char *what, const struct codes *codes)
{
	printf("  %s:", what);
	for (int code = 200; code < 600; code++)
		if (codes_has(codes, code))
			printf(" %d", code);
	printf("\n");
}

static void
print_row(const struct view *v, const struct verb *verb)
{
	printf("\n%s\n", verb->is->syntax);
	if (verb->is->help != NULL)
		printf("  %s\n", verb->is->help);
	if (verb->is->reference != NULL)
		printf("  %s\n", verb->is->reference);
	printf("  ");
	row_print(v, verb);
	print_codes("may be answered", &verb->codes);
	if (verb->is->more != NULL)
		print_codes("and after what it took", &verb->more_codes);
	printf("  when a module fails: %d\n", verb->failure);
}

/* What the core itself goes by. */
static void
explain_limits(const struct view *v)
{
	struct view copy = *v;
	const struct options_place place = { tell_place, &copy };
	const struct vb_option *row = scope_options;

	while (strcmp(row->name, "limits") != 0)
		row++;
	options_show(
	    "limits", row->group, &v->scope->conf.limits, &place, stdout);
}

/* Has the module a hook that is asked or told about the verb? */
static bool
has_say(const struct module *m, const struct verb *verb)
{
	const struct vb_hook *h = m->is.hooks;

	for (; h != NULL && h->size != 0; h++)
		if (h->point == VB_AT_COMMAND || h->point == VB_AT_REPLY ||
		    h->point == verb->is->point)
			return true;
	return false;
}

/* The modules that have a say, each once, with their settings. */
static void
print_settings(const struct view *v, const struct verb *verb)
{
	const struct modules *modules = &v->g->modules;

	printf("\nTheir settings:\n");
	explain_limits(v);
	for (size_t i = 0; i < modules->n; i++)
		if (&modules->items[i] == verb->module ||
		    has_say(&modules->items[i], verb))
			explain_settings(v, &modules->items[i]);
}

static void
explain_verb(const struct view *v, const struct verb *verb)
{
	int answer = view_answer(v, verb), n = 1;

	print_row(v, verb);
	if (answer != 0) {
		printf("\nNobody is asked: it is answered %d.\n", answer);
		return;
	}
	printf("\nAsked, in this order:\n");
	printf(
	    "  %d. the core: how often it came, its turn, its argument\n", n++);
	n = explain_chain(v, VB_AT_COMMAND, n);
	if (verb->is->point != 0)
		n = explain_chain(v, verb->is->point, n);
	explain_module(n++, verb->module, "the verb");
	explain_chain(v, VB_AT_REPLY, n);
	print_settings(v, verb);
}

int
command_explain(const struct command_line *line)
{
	struct view v;
	int code = view_open(&v, line);
	const struct verb *verb;

	if (code == EXIT_SUCCESS && v.subject == NULL)
		code = EXIT_USAGE;
	if (code == EXIT_SUCCESS) {
		view_print(&v);
		verb = verbs_find(&v.scope->verbs, vb_str(v.subject));
		if (verb != NULL)
			explain_verb(&v, verb);
		else
			code = explain_address(&v, vb_str(v.subject));
	}
	view_close(&v);
	return code;
}
