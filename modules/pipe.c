/*
 * Delivery to a program: the message is its standard input.
 *
 *	command = [ "/usr/lib/dovecot/dovecot-lda", "-d", "{user}" ];
 *
 * There is no shell. The program gets the arguments that stand there, with
 * {user}, {domain} and {home} filled in, and no more; a value that begins with
 * "-" does not become an option. Its environment is ours to make:
 *
 *	SENDER     the reverse-path's mailbox, empty for <>
 *	RECIPIENT  the mailbox the mail is for
 *	USER       {user}
 *	DOMAIN     {domain}
 *	HOME       {home}, or "/" where there is none; it begins there
 *	PATH       /usr/local/bin:/usr/bin:/bin
 *
 * All of the message is in a file before the program begins: none ever reads a
 * piece and takes it for the whole. What it means by its exit status,
 *sysexits.h says. What tells of this machine or its configuration is tried
 *again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <verbena/module.h>

#include "modules/pipe/program.h"
#include "modules/pipe/verdict.h"

struct pipe_conf {
	struct vb_strings command;
	struct vb_seconds timeout;
};

enum { MOST_ARGUMENTS = 64 };

static bool
begins(const char *p, const char *end, const char *with)
{
	const size_t n = strlen(with);

	return (size_t)(end - p) >= n && memcmp(p, with, n) == 0;
}

static bool
has_only_known_names(struct vb_str argument)
{
	const char *p = argument.p, *end = p + argument.n;

	for (; (p = memchr(p, '{', (size_t)(end - p))) != NULL; p++)
		if (!begins(p, end, "{user}") && !begins(p, end, "{domain}") &&
		    !begins(p, end, "{home}"))
			return false;
	return true;
}

static const char *
check_command(const void *field)
{
	const struct vb_strings *c = field;

	if (c->n == 0)
		return "names no program";
	if (c->n > MOST_ARGUMENTS)
		return "has more than 64 arguments";
	if (c->items[0].n == 0 || c->items[0].p[0] != '/' ||
	    memchr(c->items[0].p, '{', c->items[0].n) != NULL)
		return "the program must be named by its path, from / on";
	for (size_t i = 1; i < c->n; i++)
		if (!has_only_known_names(c->items[i]))
			return "only {user}, {domain} and {home} are filled in";
	return NULL;
}

static const struct vb_option options[] = {
	VB_OPTION(struct pipe_conf, command, "",
	    "The program, by its path, and its arguments. {user} is the "
	    "account, {domain} the site's domain and {home} the account's home "
	    "directory. No shell sees them.",
	    .check = check_command),
	VB_OPTION(struct pipe_conf, timeout, "1m",
	    "How long the program may take. Then it is killed and the delivery "
	    "tried again. Less than limits.delivery_timeout.",
	    .min = 1, .max = 3600),
	{ 0 },
};

/* One delivery, and what is freed with it. */
struct work {
	struct vb_delivery *d;
	const struct pipe_conf *conf;
	char *argv[MOST_ARGUMENTS + 1];
	char *environment[8];
	FILE *message;
	struct program program;
};

static char *
text_of(struct vb_str text)
{
	char *copy = malloc(text.n + 1);

	if (copy == NULL)
		abort();
	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return copy;
}

/* An argument, filled in. NULL when its values could lead elsewhere, or make
   an option of what is none. */
static char *
fill_in(struct vb_delivery *d, struct vb_str pattern)
{
	const char *filled;

	if (memchr(pattern.p, '{', pattern.n) == NULL)
		return text_of(pattern);
	filled = vb_path(d, pattern);
	if (filled == NULL || (filled[0] == '-' && pattern.p[0] != '-'))
		return NULL;
	return text_of(vb_str(filled));
}

static bool
fill_arguments(struct work *w)
{
	const struct vb_strings *command = &w->conf->command;

	for (size_t i = 0; i < command->n; i++) {
		w->argv[i] = fill_in(w->d, command->items[i]);
		if (w->argv[i] == NULL)
			return false;
	}
	return true;
}

static char *
variable(const char *name, struct vb_str value)
{
	const size_t size = strlen(name) + value.n + 2;
	char *text = malloc(size);

	if (text == NULL)
		abort();
	snprintf(text, size, "%s=%.*s", name, VB_FMT(value));
	return text;
}

static struct vb_str
home_of(const struct vb_delivery *d)
{
	return d->home.n > 0 && d->home.p[0] == '/' ? d->home : VB_STR("/");
}

static void
fill_environment(struct work *w)
{
	const struct vb_delivery *d = w->d;
	char **to = w->environment;

	*to++ = variable("SENDER", d->sender);
	*to++ = variable("RECIPIENT", d->mailbox);
	*to++ = variable("USER", d->user);
	*to++ = variable("DOMAIN", d->domain);
	*to++ = variable("HOME", home_of(d));
	*to++ = variable("PATH", VB_STR("/usr/local/bin:/usr/bin:/bin"));
}

/* False, with errno. */
static bool
write_message(struct work *w)
{
	char block[64 * 1024];
	ptrdiff_t n;

	w->message = tmpfile();
	if (w->message == NULL)
		return false;
	while ((n = vb_read(w->d, block, sizeof(block))) > 0)
		if (fwrite(block, 1, (size_t)n, w->message) != (size_t)n)
			return false;
	return n == 0 && fflush(w->message) == 0 &&
	       lseek(fileno(w->message), 0, SEEK_SET) == 0;
}

static enum vb_outcome
run(struct work *w)
{
	struct program *p = &w->program;
	char *home = text_of(home_of(w->d));
	bool ran;
	int error;

	*p = (struct program){
		.argv = w->argv,
		.environment = w->environment,
		.directory = home,
		.input = fileno(w->message),
		.deadline = now_ms() + w->conf->timeout.value * 1000,
	};
	ran = program_run(p);
	error = errno;
	free(home);
	if (ran)
		return verdict_on(w->d, p);
	return vb_later(
	    w->d, "4.3.5", "run %s: %s", w->argv[0], strerror(error));
}

static void
finish(struct work *w)
{
	for (size_t i = 0; i < MOST_ARGUMENTS; i++)
		free(w->argv[i]);
	for (size_t i = 0; w->environment[i] != NULL; i++)
		free(w->environment[i]);
	if (w->message != NULL)
		fclose(w->message);
}

/* Whom the delivery runs as may see and execute what we may not; but nobody can
   what is not there. */
static void
check(struct vb_check *c, const void *conf)
{
	const struct vb_strings *command =
	    &((const struct pipe_conf *)conf)->command;
	char path[4096];
	struct stat st;

	if (check_command(command) != NULL)
		return;
	snprintf(path, sizeof(path), "%.*s", VB_FMT(command->items[0]));
	if (stat(path, &st) != 0) {
		if (errno != EACCES)
			vb_wrong(c, path, 0, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0) {
		vb_wrong(c, path, 0, "is no program, or nobody may execute it");
	}
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	struct work w = { .d = d, .conf = conf };
	enum vb_outcome outcome;

	if (w.conf->command.n == 0)
		return vb_later(d, "4.3.5", "pipe.command names no program");
	fill_environment(&w);
	if (!fill_arguments(&w))
		outcome = vb_never(d, "5.1.3", "not a name for a program");
	else if (!write_message(&w))
		outcome = vb_later(d, errno == ENOSPC ? "4.3.1" : "4.3.0",
		    "keep the message: %s", strerror(errno));
	else
		outcome = run(&w);
	finish(&w);
	return outcome;
}

VB_MODULE(pipe, "1.0"){
	.about = "delivery to a program",
	.conf_size = sizeof(struct pipe_conf),
	.options = options,
	.deliver = deliver,
	.check = check,
};
