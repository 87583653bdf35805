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

void
queue_print_state(FILE *to, const struct parked_state *s)
{
	char tried[DATE_LENGTH + 1];

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

void
queue_print_where(FILE *to, bool is_held, int64_t due)
{
	char until[DATE_LENGTH + 1];

	date_write(due, until);
	if (is_held)
		fprintf(to, "held");
	else if (due > clock_wall_us() / 1000000)
		fprintf(to, "waiting until %s", until);
	else
		fprintf(to, "due");
}
