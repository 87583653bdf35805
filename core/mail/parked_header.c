/* The header of a parked message's file: written, and read strictly. */
#include <stdio.h>

#include "core/base/date.h"
#include "core/base/words.h"
#include "core/mail/parked_text.h"

/* The shortest line of a recipient, "to: local - - - -" and LF. */
enum { TO_LEAST = 18 };

/* No file is larger, and sums of these do not overflow. */
static const uint64_t most = INT64_MAX / 8;

static const char *const kinds[] = {
	[RECIPIENT_LOCAL] = "local",
	[RECIPIENT_REMOTE] = "remote",
	[RECIPIENT_UNKNOWN] = "unknown",
	[RECIPIENT_FAILED] = "failed",
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void
first_write(struct buffer *to, const struct parked_first *first)
{
	buffer_printf(to,
	    "verbena-parked 1 header %010llu log %019llu recipients %07llu\n",
	    (unsigned long long)first->header, (unsigned long long)first->log,
	    (unsigned long long)first->recipients);
}

static void
word_line(struct buffer *to, const char *key, struct vb_str word)
{
	buffer_printf(to, "%s: ", key);
	words_add(to, word);
	buffer_add(to, "\n", 1);
}

static void
recipient_write(struct buffer *to, const struct recipient *r)
{
	const struct vb_str words[] = { r->mailbox, r->user, r->domain,
		r->home };

	buffer_printf(to, "to: %s", kinds[r->kind]);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		buffer_add(to, " ", 1);
		words_add(to, words[i]);
	}
	buffer_add(to, "\n", 1);
}

static void
lines_write(struct buffer *to, const struct envelope *e)
{
	char arrived[DATE_LENGTH + 1];

	date_write(e->arrived, arrived);
	word_line(to, "id", e->id);
	word_line(to, "session", e->session);
	word_line(to, "scope", e->scope);
	word_line(to, "from", e->reverse_path);
	word_line(to, "relay-from", e->return_path);
	buffer_printf(to, "arrived: %s\ntrace: %zu\noctets: %llu\nbits: %d\n",
	    arrived, e->trace.n, (unsigned long long)e->octets,
	    e->has_8bit ? 8 : 7);
	for (size_t i = 0; i < e->n_recipients; i++)
		recipient_write(to, &e->recipients[i]);
	buffer_add(to, "\n", 1);
}

struct parked_first
parked_header_write(struct buffer *to, const struct envelope *e)
{
	struct parked_first first = { .recipients = e->n_recipients };
	struct buffer lines = { 0 };

	lines_write(&lines, e);
	first.header = PARKED_FIRST + lines.n;
	first.log = first.header + e->trace.n + e->octets + 1;
	first_write(to, &first);
	buffer_add_str(to, buffer_str(&lines));
	buffer_finish(&lines);
	return first;
}

/* Takes a word, and a number behind it. */
static bool
take_number(
    struct vb_str *line, const char *key, uint64_t limit, uint64_t *value)
{
	if (!vb_str_eq(words_take(line), vb_str(key)))
		return false;
	return words_read_number(words_take(line), limit, value);
}

bool
parked_first_read(struct vb_str octets, struct parked_first *first)
{
	struct vb_str line = { octets.p, PARKED_FIRST - 1 };
	struct buffer again = { 0 };
	uint64_t version;
	bool is_same;

	if (octets.n < PARKED_FIRST ||
	    !take_number(&line, "verbena-parked", 1, &version) ||
	    !take_number(&line, "header", most, &first->header) ||
	    !take_number(&line, "log", most, &first->log) ||
	    !take_number(&line, "recipients", most, &first->recipients))
		return false;
	first_write(&again, first);
	is_same = again.n == PARKED_FIRST &&
	          memcmp(again.p, octets.p, PARKED_FIRST) == 0;
	buffer_finish(&again);
	return is_same && first->header < first->log &&
	       first->header > PARKED_FIRST &&
	       first->recipients <= first->header / TO_LEAST;
}

struct reader {
	struct vb_str rest;
	struct arena *arena;
	struct parked_fault *fault;
};

static bool
is_wrong(struct reader *r, const char *what)
{
	r->fault->what = what;
	return false;
}

/* Takes the line that must come next; `value` is what follows "key: ". */
static bool
take_line(struct reader *r, const char *key, struct vb_str *value)
{
	const size_t n = strlen(key);
	const char *end = r->rest.n == 0 ? NULL
	                                 : memchr(r->rest.p, '\n', r->rest.n);
	size_t length = end == NULL ? 0 : (size_t)(end - r->rest.p);

	r->fault->line++;
	if (end == NULL || length < n + 2 || memcmp(r->rest.p, key, n) != 0 ||
	    memcmp(r->rest.p + n, ": ", 2) != 0)
		return is_wrong(r, key);
	*value = (struct vb_str){ r->rest.p + n + 2, length - n - 2 };
	r->rest.p += length + 1;
	r->rest.n -= length + 1;
	return true;
}

static bool
read_word(struct reader *r, const char *key, struct vb_str *word)
{
	struct vb_str value;

	return take_line(r, key, &value) &&
	       (words_read(r->arena, value, word) || is_wrong(r, key));
}

static bool
read_number(struct reader *r, const char *key, uint64_t *number)
{
	struct vb_str value;

	return take_line(r, key, &value) &&
	       (words_read_number(value, most, number) || is_wrong(r, key));
}

static bool
read_date(struct reader *r, const char *key, int64_t *seconds)
{
	struct vb_str value;

	return take_line(r, key, &value) &&
	       (date_read(value, seconds) || is_wrong(r, key));
}

static bool
read_kind(struct vb_str word, enum recipient_kind *kind)
{
	for (int i = 0; i < KINDS; i++)
		if (vb_str_eq(word, vb_str(kinds[i]))) {
			*kind = (enum recipient_kind)i;
			return true;
		}
	return false;
}

static bool
read_recipient(struct reader *r, struct recipient *to)
{
	struct vb_str line, kind, mailbox, user, domain;

	if (!take_line(r, "to", &line))
		return false;
	kind = words_take(&line);
	mailbox = words_take(&line);
	user = words_take(&line);
	domain = words_take(&line);
	return (read_kind(kind, &to->kind) &&
		   words_read(r->arena, mailbox, &to->mailbox) &&
		   words_read(r->arena, user, &to->user) &&
		   words_read(r->arena, domain, &to->domain) &&
		   words_read(r->arena, line, &to->home)) ||
	       is_wrong(r, "to");
}

static bool
read_recipients(struct reader *r, struct envelope *e, size_t n)
{
	struct recipient *all = arena_alloc(r->arena, n * sizeof(*all));

	for (size_t i = 0; i < n; i++)
		if (!read_recipient(r, &all[i]))
			return false;
	e->recipients = all;
	e->n_recipients = n;
	return true;
}

static bool
read_end(struct reader *r, const struct parked_first *first,
    const struct envelope *e)
{
	r->fault->line++;
	if (r->rest.n != 1 || r->rest.p[0] != '\n')
		return is_wrong(r, "an empty line, and the end");
	if (first->header + e->trace.n + e->octets + 1 != first->log) {
		r->fault->line = 1;
		return is_wrong(r, "a log behind the message");
	}
	return true;
}

bool
parked_header_read(struct vb_str text, struct arena *arena, struct envelope *e,
    struct parked_fault *fault)
{
	struct reader r = { text, arena, fault };
	struct parked_first first;
	uint64_t trace = 0, bits = 0;

	*e = (struct envelope){ 0 };
	fault->line = 1;
	if (!parked_first_read(text, &first) || first.header != text.n)
		return is_wrong(&r, "verbena-parked 1");
	r.rest.p += PARKED_FIRST;
	r.rest.n -= PARKED_FIRST;
	if (!read_word(&r, "id", &e->id) ||
	    !read_word(&r, "session", &e->session) ||
	    !read_word(&r, "scope", &e->scope) ||
	    !read_word(&r, "from", &e->reverse_path) ||
	    !read_word(&r, "relay-from", &e->return_path) ||
	    !read_date(&r, "arrived", &e->arrived) ||
	    !read_number(&r, "trace", &trace) ||
	    !read_number(&r, "octets", &e->octets) ||
	    !read_number(&r, "bits", &bits) ||
	    !read_recipients(&r, e, (size_t)first.recipients))
		return false;
	e->trace.n = (size_t)trace;
	e->has_8bit = bits == 8;
	return read_end(&r, &first, e);
}
