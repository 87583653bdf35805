#ifndef CORE_COMMAND_VIEW_H
#define CORE_COMMAND_VIEW_H

#include <stdbool.h>

#include "core/command/command.h"
#include "core/process/generation.h"

/* A site as one client sees it: --site S, --from IP. */
struct view {
	struct generation *g;
	const struct site *site;
	const struct scope *scope;
	const char *from;    /* NULL: whoever no entry of `clients` names */
	const char *subject; /* the argument that is no option, or NULL */
};

/*
 * Reads the command line, loads the generation without privileges, and finds
 * site and scope. An exit code: EXIT_USAGE, or EXIT_FAILURE with the reason on
 * stderr.
 */
int view_open(struct view *v, const struct command_line *line);
void view_close(struct view *v);

/* "conf/lab.conf:39", or "by default" for NULL; lives until the next call. */
const char *view_place(const struct view *v, const config_setting_t *at);

/* Whom the table or the explanation is for, a line. */
void view_print(const struct view *v);

/* What a verb is answered here before anything of it is run: 0, for it is run;
   502, 530 or the like. */
int view_answer(const struct view *v, const struct verb *verb);

#endif
