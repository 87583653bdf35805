/* What `queue list` and `queue show` print of a message. */
#include "core/base/clock.h"
#include "core/base/date.h"
#include "core/command/queue.h"

static void
print_escaped(FILE *to, struct vb_str text)
{
	struct buffer escaped = { 0 };

	buffer_add_escaped(&escaped, text);
	fprintf(to, "%.*s", VB_FMT(buffer_str(&escaped)));
	buffer_finish(&escaped);
}

void
queue_print_mailbox(FILE *to, struct vb_str mailbox)
{
	fputc('<', to);
	print_escaped(to, mailbox);
	fputc('>', to);
}

static const char *
outcome(const struct parked_state *s)
{
	switch (s->outcome) {
	case PARKED_WAITING:
		break;
	case PARKED_DELIVERED:
		return "delivered, ";
	case PARKED_FAILED:
		return s->is_told ? "failed, the sender knows, " : "failed, ";
	}
	return s->is_told ? "late, the sender knows, " : "";
}

static void
print_word(FILE *to, struct vb_str word)
{
	if (word.n == 0)
		return;
	fputc(' ', to);
	print_escaped(to, word);
}

static void
print_kept(FILE *to, const struct parked_state *s)
{
	fprintf(to, "waits for ");
	print_escaped(to, s->keeper);
}

void
queue_print_state(FILE *to, const struct parked_state *s)
{
	char tried[DATE_LENGTH + 1];

	if (s->attempts == 0 && s->keeper.n > 0) {
		print_kept(to, s);
		return;
	}
	if (s->attempts == 0 && s->outcome == PARKED_WAITING) {
		fprintf(to, "not tried yet");
		return;
	}
	date_write(s->tried, tried);
	fprintf(to, "%s%u attempt%s", outcome(s), (unsigned)s->attempts,
	    s->attempts == 1 ? "" : "s");
	if (s->tried != 0)
		fprintf(to, ", last %s", tried);
	if (s->status.n + s->remote.n + s->text.n > 0)
		fputc(':', to);
	print_word(to, s->status);
	print_word(to, s->remote);
	print_word(to, s->text);
}

/* What is to be done first of what is to be done; NULL: nothing. */
static const struct parked_state *
first_due(const struct parked *p)
{
	const struct parked_state *first = NULL;

	for (size_t i = 0; i < p->envelope.n_recipients; i++) {
		const struct parked_state *s = &p->states[i];

		if (s->outcome == PARKED_WAITING &&
		    (first == NULL || first->keeper.n > 0 ||
			(s->keeper.n == 0 && s->due < first->due)))
			first = s;
	}
	return first;
}

void
queue_print_where(FILE *to, const struct parked *p)
{
	const struct parked_state *first = first_due(p);
	char until[DATE_LENGTH + 1];

	if (p->is_held) {
		fprintf(to, "held");
	} else if (first != NULL && first->keeper.n > 0) {
		print_kept(to, first);
	} else if (first != NULL && first->due > clock_wall_us() / 1000000) {
		date_write(first->due, until);
		fprintf(to, "waiting until %s", until);
	} else {
		fprintf(to, "due");
	}
}
