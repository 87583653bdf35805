/* The log of a parked message: lines written, and the latest of each read. */
#include "core/base/date.h"
#include "core/base/words.h"
#include "core/mail/parked_text.h"

/* How much is kept of what others said. */
enum {
	STATUS_MOST = 64,
	REMOTE_MOST = 255,
	TEXT_MOST = 1000,
	KEEPER_MOST = 64
};

#define FOR "for:"

static const char *const outcomes[] = {
	[PARKED_WAITING] = "waiting",
	[PARKED_DELIVERED] = "delivered",
	[PARKED_FAILED] = "failed",
};

enum { OUTCOMES = sizeof(outcomes) / sizeof(outcomes[0]) };

static struct vb_str
cut(struct vb_str text, size_t most)
{
	return (struct vb_str){ text.p, text.n < most ? text.n : most };
}

/* A date, "-" for 0, and a space. */
static void
add_date(struct buffer *to, int64_t seconds)
{
	char text[DATE_LENGTH + 1] = "-";

	if (seconds != 0)
		date_write(seconds, text);
	buffer_printf(to, "%s ", text);
}

static void
add_due(struct buffer *to, const struct parked_state *s)
{
	if (s->keeper.n == 0) {
		add_date(to, s->due);
		return;
	}
	buffer_printf(to, FOR);
	words_add(to, cut(s->keeper, KEEPER_MOST));
	buffer_add(to, " ", 1);
}

void
parked_log_state(struct buffer *to, size_t number, const struct parked_state *s)
{
	add_date(to, s->tried);
	buffer_printf(to, "%zu %s ", number, outcomes[s->outcome]);
	add_due(to, s);
	buffer_printf(
	    to, "%u %s ", (unsigned)s->attempts, s->is_told ? "told" : "-");
	words_add(to, cut(s->status, STATUS_MOST));
	buffer_add(to, " ", 1);
	words_add(to, cut(s->remote, REMOTE_MOST));
	buffer_add(to, " ", 1);
	words_add_rest(to, cut(s->text, TEXT_MOST));
	buffer_add(to, "\n", 1);
}

void
parked_log_hold(struct buffer *to, bool is_held, int64_t now)
{
	add_date(to, now);
	buffer_printf(to, "* %s\n", is_held ? "held" : "released");
}

static bool
read_date(struct vb_str word, int64_t *seconds)
{
	if (!vb_str_eq(word, VB_STR("-")))
		return date_read(word, seconds);
	*seconds = 0;
	return true;
}

static bool
read_due(struct arena *arena, struct vb_str word, struct parked_state *s)
{
	const struct vb_str mark = VB_STR(FOR);

	if (word.n <= mark.n || memcmp(word.p, mark.p, mark.n) != 0)
		return read_date(word, &s->due);
	word.p += mark.n;
	word.n -= mark.n;
	return words_read(arena, word, &s->keeper);
}

static bool
read_outcome(struct vb_str word, enum parked_outcome *outcome)
{
	for (int i = 0; i < OUTCOMES; i++)
		if (vb_str_eq(word, vb_str(outcomes[i]))) {
			*outcome = (enum parked_outcome)i;
			return true;
		}
	return false;
}

static bool
read_attempts(struct vb_str word, uint32_t *attempts)
{
	uint64_t number;

	if (!words_read_number(word, UINT32_MAX, &number))
		return false;
	*attempts = (uint32_t)number;
	return true;
}

static bool
read_told(struct vb_str word, bool *is_told)
{
	*is_told = vb_str_eq(word, VB_STR("told"));
	return *is_told || vb_str_eq(word, VB_STR("-"));
}

/* Reads a line from behind its number on. */
static bool
read_state(struct arena *arena, struct vb_str line, struct parked_state *s)
{
	return read_outcome(words_take(&line), &s->outcome) &&
	       read_due(arena, words_take(&line), s) &&
	       read_attempts(words_take(&line), &s->attempts) &&
	       read_told(words_take(&line), &s->is_told) &&
	       words_read(arena, words_take(&line), &s->status) &&
	       words_read(arena, words_take(&line), &s->remote) &&
	       words_read_rest(arena, line, &s->text);
}

static bool
read_hold(struct vb_str word, bool *is_held)
{
	*is_held = vb_str_eq(word, VB_STR("held"));
	return *is_held || vb_str_eq(word, VB_STR("released"));
}

static const char *
read_line(struct parked_log *log, struct vb_str line)
{
	struct parked_state state = { 0 };
	struct vb_str whom;
	uint64_t number;

	if (!read_date(words_take(&line), &state.tried))
		return "does not begin with a time";
	whom = words_take(&line);
	if (vb_str_eq(whom, VB_STR("*")))
		return read_hold(line, &log->is_held)
		           ? NULL
		           : "says neither held nor released";
	if (!words_read_number(whom, UINT64_MAX, &number) || number >= log->n)
		return "is about no recipient";
	if (!read_state(log->arena, line, &state))
		return "does not say what became of a recipient";
	log->states[number] = state;
	return NULL;
}

bool
parked_log_take(struct parked_log *log, struct vb_str *octets)
{
	const char *end;

	while (octets->n > 0 &&
	       (end = memchr(octets->p, '\n', octets->n)) != NULL) {
		struct vb_str line = { octets->p, (size_t)(end - octets->p) };

		log->fault.line++;
		log->fault.what = read_line(log, line);
		if (log->fault.what != NULL)
			return false;
		octets->p += line.n + 1;
		octets->n -= line.n + 1;
	}
	return true;
}
