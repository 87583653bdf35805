/*
 * verbena queue show ID: the envelope of one message, what became of each
 * recipient, an empty line, and the message as it is, with its trace fields.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/date.h"
#include "core/command/queue.h"
#include "core/io/file.h"
#include "core/mail/journal_view.h"

enum { PIECE = 64 * 1024 };

struct show {
	const struct place *place;
	struct vb_str id;
	bool is_found, has_failed;
};

static void
complain(struct show *s, const char *what)
{
	fflush(stdout);
	fprintf(stderr, "verbena: %.*s: %s\n", VB_FMT(s->id), what);
	s->has_failed = true;
}

static void
print_word(const char *key, struct vb_str word)
{
	struct buffer escaped = { 0 };

	buffer_add_escaped(&escaped, word);
	printf("%s%.*s", key, VB_FMT(buffer_str(&escaped)));
	buffer_finish(&escaped);
}

static void
print_envelope(const struct envelope *e)
{
	char arrived[DATE_LENGTH + 1];

	date_write(e->arrived, arrived);
	print_word("session: ", e->session);
	print_word("\nscope: ", e->scope);
	printf("\narrived: %s\nfrom: ", arrived);
	queue_print_mailbox(stdout, e->reverse_path);
	printf("\noctets: %llu\n", (unsigned long long)e->octets);
}

static void
print_recipient(const struct recipient *r)
{
	static const char *const kinds[] = {
		[RECIPIENT_LOCAL] = "  local",
		[RECIPIENT_REMOTE] = "  remote",
		[RECIPIENT_UNKNOWN] = "  not looked up",
	};

	printf("to: ");
	queue_print_mailbox(stdout, r->mailbox);
	printf("%s", kinds[r->kind]);
	if (r->user.n > 0)
		print_word(", user ", r->user);
	if (r->domain.n > 0)
		print_word(", domain ", r->domain);
	if (r->home.n > 0)
		print_word(", home ", r->home);
	printf("\n    ");
}

/* An empty line, the trace fields, and n octets at an offset. */
static void
print_octets(struct show *s, const struct envelope *e, int fd, uint64_t at)
{
	static char piece[PIECE];
	uint64_t left = e->octets;

	fputc('\n', stdout);
	fwrite(e->trace.p, 1, e->trace.n, stdout);
	while (left > 0) {
		size_t n = left < PIECE ? (size_t)left : PIECE;
		ptrdiff_t got = file_read(fd, piece, n, at);

		if (got <= 0) {
			complain(s, got < 0 ? strerror(errno)
					    : "the message is cut off");
			return;
		}
		fwrite(piece, 1, (size_t)got, stdout);
		at += (uint64_t)got;
		left -= (uint64_t)got;
	}
}

static void
show_file(struct show *s, int dir, const char *path, const struct parked *p)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0) {
		complain(s, strerror(errno));
		return;
	}
	printf("id: %.*s\nstate: ", VB_FMT(s->id));
	queue_print_where(stdout, p);
	printf("\nfile: %s/queue/%s\n", s->place->state_dir, path);
	print_envelope(&p->envelope);
	for (size_t i = 0; i < p->envelope.n_recipients; i++) {
		print_recipient(&p->envelope.recipients[i]);
		queue_print_state(stdout, &p->states[i]);
		fputc('\n', stdout);
	}
	print_octets(s, &p->envelope, fd, p->at);
	close(fd);
}

static void
find_file(struct show *s)
{
	struct arena *arena = arena_create();
	int dir = place_open(s->place, "queue");
	char path[PARKED_PATH_SIZE];
	struct parked p;
	const char *wrong;

	s->has_failed = dir < 0;
	wrong = dir < 0 ? NULL : parked_read(dir, s->id, arena, &p);
	s->is_found = dir >= 0 && (wrong == NULL || errno != ENOENT);
	if (s->is_found && wrong != NULL)
		complain(s, wrong);
	else if (s->is_found && parked_path(s->id, path))
		show_file(s, dir, path, &p);
	if (dir >= 0)
		close(dir);
	arena_destroy(arena);
}

/* A large message is a file of its own. */
static void
print_large(struct show *s, const struct envelope *e)
{
	int dir = place_open(s->place, "large"), fd;

	fd = openat(dir, arena_string(s->place->arena, s->id),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		complain(s, strerror(errno));
	} else {
		print_octets(s, e, fd, 0);
		close(fd);
	}
	if (dir >= 0)
		close(dir);
}

static void
show_record(struct show *s, const struct journal_message *m)
{
	bool is_large = m->record.type == RECORD_LARGE;

	printf("id: %.*s\nstate: in the journal\n", VB_FMT(s->id));
	printf("record: %s/journal/%s at %llu, %llu octets, of which %u are "
	       "the envelope\n",
	    s->place->state_dir, m->segment, (unsigned long long)m->at,
	    (unsigned long long)m->record.length, (unsigned)m->record.head);
	if (m->is_faulty) {
		complain(s, "the record has no envelope");
		return;
	}
	if (is_large)
		printf("file: %s/large/%.*s\n", s->place->state_dir,
		    VB_FMT(s->id));
	print_envelope(&m->envelope);
	for (size_t i = 0; i < m->envelope.n_recipients; i++) {
		print_recipient(&m->envelope.recipients[i]);
		printf("%s\n", marks_has(m->marks, s->id, (unsigned)i)
				   ? "served"
				   : "under way");
	}
	if (is_large)
		print_large(s, &m->envelope);
	else
		print_octets(s, &m->envelope, m->fd, m->body_at);
}

static bool
look_at(void *data, const struct journal_message *m)
{
	struct show *s = data;

	if (!vb_str_eq(m->record.id, s->id))
		return true;
	s->is_found = true;
	show_record(s, m);
	return false;
}

static void
find_record(struct show *s)
{
	int dir = place_open(s->place, "journal");
	struct journal_view view;

	if (dir < 0) {
		s->has_failed = true;
		return;
	}
	if (!journal_view_open(&view, dir))
		complain(s, strerror(errno));
	if (!journal_view_each(&view, look_at, s) && !s->is_found)
		complain(s, strerror(errno));
	journal_view_finish(&view);
	close(dir);
}

int
queue_show(const struct place *place, const char *id)
{
	struct show s = { .place = place, .id = vb_str(id) };

	find_file(&s);
	if (!s.is_found && !s.has_failed)
		find_record(&s);
	if (!s.is_found && !s.has_failed)
		find_file(&s); /* it may just have moved there */
	if (!s.is_found && !s.has_failed)
		complain(&s, "no such message");
	return s.has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
