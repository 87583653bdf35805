/* What the command line asks of the queue, and how it is answered. */
#include "core/process/asked.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/control.h"

static const struct {
	const char *word;
	void (*begin)(struct asked *a);
	bool is_about_one; /* message; else about a domain, or all */
} verbs[] = {
	{ "hold", asked_hold, true },
	{ "release", asked_release, true },
	{ "remove", asked_remove, true },
	{ "flush", asked_flush, false },
};

static void
say(int fd, enum answer what, const char *text)
{
	control_say(fd, what, vb_str(text));
}

VB_PRINTF(3, 0)
static void
say_line(const struct asked *a, enum answer what, const char *fmt, va_list ap)
{
	struct buffer line = { 0 };

	if (a->name[0] != '\0')
		buffer_printf(&line, "%s: ", a->name);
	buffer_vprintf(&line, fmt, ap);
	buffer_add(&line, "\n", 1);
	control_say(a->fd, what, buffer_str(&line));
	buffer_finish(&line);
}

void
asked_say(const struct asked *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(a, ANSWER_OUT, fmt, ap);
	va_end(ap);
}

void
asked_end(struct asked *a, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line(a, code == 0 ? ANSWER_OUT : ANSWER_ERROR, fmt, ap);
	va_end(ap);
	control_end(a->fd, code);
	a->queue->n_asked--;
	free(a);
}

void
asked_end_all(struct mail *m, int code, const char *said)
{
	while (m->asked != NULL) {
		struct asked *a = m->asked;

		m->asked = a->next;
		asked_end(a, code, "%s", said);
	}
}

void
asked_defer(struct asked *a)
{
	a->next = a->queue->deferred;
	a->queue->deferred = a;
}

void
queue_ask_again(struct queue *q)
{
	struct asked *a = q->deferred, *next;

	q->deferred = NULL;
	for (; a != NULL; a = next) {
		next = a->next;
		a->begin(a);
	}
}

void
queue_tell_asked(struct mail *m, bool has_failed, const char *said)
{
	asked_end_all(m, has_failed ? EXIT_FAILURE : EXIT_SUCCESS, said);
}

static void
answer_status(const struct queue *q, int fd)
{
	struct buffer text = { 0 };

	buffer_printf(&text,
	    "%-9s %zu at work, %zu in files until they are due, %zu kept\n",
	    "messages", q->mails.n, q->schedule.n, q->kept.n);
	control_say(fd, ANSWER_OUT, buffer_str(&text));
	buffer_finish(&text);
	control_end(fd, EXIT_SUCCESS);
}

/* False: there is nothing such to be asked. */
static bool
read_words(struct asked *a, struct unpack *from)
{
	struct vb_str verb = unpack_str(from);
	bool has_name = from->n > 0;
	struct vb_str name = has_name ? unpack_str(from) : VB_STR("");
	char path[PARKED_PATH_SIZE];

	if (!unpack_is_done(from) || name.n >= sizeof(a->name) ||
	    (has_name && (name.n == 0 || memchr(name.p, '\0', name.n) != NULL)))
		return false;
	memcpy(a->name, name.p, name.n);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (vb_str_eq(verb, vb_str(verbs[i].word))) {
			a->begin = verbs[i].begin;
			return !verbs[i].is_about_one ||
			       parked_path(name, path);
		}
	return false;
}

static void
begin(struct queue *q, struct unpack *from, int fd)
{
	struct asked *a = must_alloc(sizeof(*a));

	a->queue = q;
	a->fd = fd;
	a->work.data = a;
	if (!read_words(a, from)) {
		say(fd, ANSWER_ERROR, "that cannot be asked of the queue\n");
		control_end(fd, EXIT_FAILURE);
		free(a);
		return;
	}
	q->n_asked++;
	a->begin(a);
	queue_turn(q);
}

void
queue_asked(struct queue *q, struct vb_str words, int fd)
{
	struct unpack from = { words.p, words.n, false };

	if (vb_str_eq(unpack_str(&from), VB_STR("status"))) {
		answer_status(q, fd);
	} else if (q->is_stopping) {
		say(fd, ANSWER_ERROR, "the server is stopping\n");
		control_end(fd, EXIT_FAILURE);
	} else if (q->n_asked >= ASKED_MOST) {
		say(fd, ANSWER_ERROR, "too much is asked of it at once\n");
		control_end(fd, EXIT_FAILURE);
	} else {
		begin(q, &from, fd);
	}
}
