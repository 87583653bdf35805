/*
 * verbena verbs: the table of verbs that a given client would meet.
 *
 *	site lab (lab.conf:27), profile rfc5321, for 127.0.0.1 (clients,
 *lab.conf:36)
 *
 *	verb   state     answer  module  because
 *	NOOP   enabled           basic   by default
 *	VRFY   enabled           vrfy    enable, lab.conf:38; rate 10/1m,
 *lab.conf:40 SEND   disabled  502     send    nothing enables it;
 *disabled_reply by default
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/command/command.h"
#include "core/command/row.h"

static void
print_extension(const struct view *v, const struct extension *e)
{
	printf("%-16s  %-8s  %-6s  %-12s  ", e->is->keyword,
	    e->is_enabled ? "enabled" : "disabled", "", e->module->name);
	row_print_origin(v, vb_str(e->is->keyword));
	printf("\n");
}

/* Profile rfc821 has no EHLO that could tell of them. */
static void
print_extensions(const struct view *v)
{
	const struct extensions *extensions = &v->scope->extensions;

	if (extensions->n == 0 || v->site->profile == PROFILE_RFC821)
		return;
	printf("\nextensions, which EHLO tells of:\n");
	for (size_t i = 0; i < extensions->n; i++)
		print_extension(v, &extensions->items[i]);
}

int
command_verbs(const struct command_line *line)
{
	struct view v;
	int code = view_open(&v, line);

	if (code == EXIT_SUCCESS && v.subject != NULL)
		code = EXIT_USAGE;
	if (code != EXIT_SUCCESS) {
		view_close(&v);
		return code;
	}
	view_print(&v);
	printf("\n%-16s  %-8s  %-6s  %-12s  because\n", "verb", "state",
	    "answer", "module");
	for (size_t i = 0; i < v.scope->verbs.n; i++)
		row_print(&v, &v.scope->verbs.items[i]);
	print_extensions(&v);
	view_close(&v);
	return EXIT_SUCCESS;
}
