/*
 * What a program means by the way it ended (sysexits.h).
 *
 * What it says of the message or the recipient is final. What tells of this
 * machine or its configuration, a signal, and what nobody has defined, is tried
 * again: so a mistake of ours bounces no mail at once.
 *
 * For the one module that includes it.
 */
#ifndef MODULES_PIPE_VERDICT_H
#define MODULES_PIPE_VERDICT_H

#include <stdbool.h>
#include <sys/wait.h>
#include <sysexits.h>

#include <verbena/delivery.h>

#include "modules/pipe/program.h"

struct verdict {
	int exit;
	bool is_final;
	const char *status, *why;
};

static const struct verdict verdicts[] = {
	{ EX_DATAERR, true, "5.6.0", "does not like the message" },
	{ EX_NOUSER, true, "5.1.1", "knows no such user" },
	{ EX_NOHOST, true, "5.1.2", "knows no such host" },
	{ EX_UNAVAILABLE, true, "5.3.0", "does not take it" },
	{ EX_PROTOCOL, true, "5.5.0", "calls it a protocol error" },
	{ EX_NOPERM, true, "5.7.1", "does not permit it" },
	{ EX_USAGE, false, "4.3.5", "is called the wrong way" },
	{ EX_NOINPUT, false, "4.3.0", "cannot read something" },
	{ EX_SOFTWARE, false, "4.3.0", "has an error of its own" },
	{ EX_OSERR, false, "4.3.0", "had an error of the system" },
	{ EX_OSFILE, false, "4.3.5", "lacks a file of the system" },
	{ EX_CANTCREAT, false, "4.3.0", "cannot create a file" },
	{ EX_IOERR, false, "4.3.0", "had an error of input or output" },
	{ EX_TEMPFAIL, false, "4.3.0", "wants it tried again" },
	{ EX_CONFIG, false, "4.3.5", "is not configured well" },
	{ 0, false, "4.3.0", "failed" },
};

static enum vb_outcome
judge_exit(struct vb_delivery *d, const struct program *p)
{
	const int status = WEXITSTATUS(p->status);
	const struct verdict *v = verdicts;

	if (status == 0)
		return vb_delivered(d, "pipe %s: %s", p->argv[0], p->line);
	while (v->exit != 0 && v->exit != status)
		v++;
	if (v->is_final)
		return vb_never(d, v->status, "%s %s (%d): %s", p->argv[0],
		    v->why, status, p->line);
	return vb_later(d, v->status, "%s %s (%d): %s", p->argv[0], v->why,
	    status, p->line);
}

/* How the delivery ended, of a program that has. */
static enum vb_outcome
verdict_on(struct vb_delivery *d, const struct program *p)
{
	if (WIFEXITED(p->status))
		return judge_exit(d, p);
	if (p->is_late)
		return vb_later(d, "4.3.0", "%s did not end in time: %s",
		    p->argv[0], p->line);
	return vb_later(d, "4.3.0", "%s was ended by signal %d: %s", p->argv[0],
	    WTERMSIG(p->status), p->line);
}

#endif
