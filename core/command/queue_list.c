/*
 * verbena queue list: all messages, in no order, each with the recipients who
 * have not got it.
 *
 *	ID             ARRIVED               OCTETS  FROM
 *	06CK0V4Q8R2M1  2026-11-24T03:58:27Z    4096  <ann@a.test>  waiting until
 *	    <joe@b.test>  1 attempt, last 2026-11-24T03:59:02Z: 4.2.1 450 busy
 *
 * The journal first, then the files: a message that moves meanwhile is seen
 * here or there. What was printed of the journal is remembered, so that it is
 * not printed again; files may be a million, and are not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/date.h"
#include "core/base/map.h"
#include "core/command/queue.h"
#include "core/mail/journal_view.h"

enum { SLICE = 256 };

struct list {
	const struct place *place;
	int parked_dir;
	struct arena *arena; /* for one message after the other */
	struct map printed;  /* of the journal */
	size_t n, n_journal, n_waiting, n_held;
	uint64_t octets;
	bool has_failed;
};

struct printed {
	struct map_node by_id;
	char id[RECORD_ID];
};

static void
complain(struct list *l, const char *what, const char *why)
{
	fflush(stdout);
	fprintf(stderr, "verbena: %s/%s: %s\n", l->place->state_dir, what, why);
	l->has_failed = true;
}

static void
print_envelope(struct list *l, const struct envelope *e)
{
	char arrived[DATE_LENGTH + 1];

	if (l->n++ == 0)
		printf("%-13s  %-20s  %10s  FROM\n", "ID", "ARRIVED", "OCTETS");
	l->octets += e->octets;
	date_write(e->arrived, arrived);
	printf("%-13.*s  %s  %10llu  ", VB_FMT(e->id), arrived,
	    (unsigned long long)e->octets);
	queue_print_mailbox(stdout, e->reverse_path);
	printf("  ");
}

static bool
has_file(const struct list *l, struct vb_str id)
{
	char path[PARKED_PATH_SIZE];
	struct stat st;

	return parked_path(id, path) &&
	       fstatat(l->parked_dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
remember(struct list *l, struct vb_str id)
{
	struct printed *p = must_alloc(sizeof(*p));

	memcpy(p->id, id.p, id.n);
	map_add(&l->printed, &p->by_id, (struct vb_str){ p->id, id.n });
}

/* The journal says who has been served, and nothing of attempts. */
static bool
print_journalled(void *data, const struct journal_message *m)
{
	struct list *l = data;

	if (map_find(&l->printed, m->record.id) != NULL ||
	    has_file(l, m->record.id))
		return true;
	remember(l, m->record.id);
	if (m->is_faulty) {
		complain(l, "journal", "a message without an envelope");
		return true;
	}
	print_envelope(l, &m->envelope);
	printf("in the journal\n");
	l->n_journal++;
	for (size_t i = 0; i < m->envelope.n_recipients; i++) {
		if (marks_has(m->marks, m->record.id, (unsigned)i))
			continue;
		printf("    ");
		queue_print_mailbox(stdout, m->envelope.recipients[i].mailbox);
		printf("  under way\n");
	}
	return true;
}

static bool
list_journal(struct list *l)
{
	int dir = place_open(l->place, "journal");
	struct journal_view view;

	if (dir < 0)
		return false;
	if (!journal_view_open(&view, dir))
		complain(l, "journal", strerror(errno));
	if (!journal_view_each(&view, print_journalled, l))
		complain(l, "journal", strerror(errno));
	journal_view_finish(&view);
	close(dir);
	return true;
}

/* Has the recipient not got it, and does the sender not know that? */
static bool
is_open(const struct parked_state *s)
{
	return s->outcome == PARKED_WAITING ||
	       (s->outcome == PARKED_FAILED && !s->is_told);
}

static void
print_parked(struct list *l, const struct parked *p)
{
	print_envelope(l, &p->envelope);
	queue_print_where(stdout, p);
	fputc('\n', stdout);
	if (p->is_held)
		l->n_held++;
	else
		l->n_waiting++;
	for (size_t i = 0; i < p->envelope.n_recipients; i++) {
		if (!is_open(&p->states[i]))
			continue;
		printf("    ");
		queue_print_mailbox(stdout, p->envelope.recipients[i].mailbox);
		printf("  ");
		queue_print_state(stdout, &p->states[i]);
		fputc('\n', stdout);
	}
}

static void
list_file(struct list *l, const struct parked_entry *entry)
{
	struct parked p;
	const char *wrong;

	if (map_find(&l->printed, vb_str(entry->id)) != NULL)
		return;
	arena_reset(l->arena);
	wrong = parked_read(l->parked_dir, vb_str(entry->id), l->arena, &p);
	if (wrong == NULL)
		print_parked(l, &p);
	else if (errno != ENOENT)
		complain(l, "queue", wrong);
}

static void
list_files(struct list *l)
{
	struct parked_walk *walk = parked_walk_create(l->parked_dir);
	struct parked_entry entries[SLICE];
	ptrdiff_t n;

	while ((n = parked_walk_next(walk, entries, SLICE)) != 0) {
		for (ptrdiff_t i = 0; i < n; i++)
			list_file(l, &entries[i]);
		if (n < 0 && errno != ENOENT) /* nothing was ever put there */
			complain(l, "queue", strerror(errno));
	}
	parked_walk_destroy(walk);
}

static void
print_sum(const struct list *l)
{
	if (l->n == 0)
		printf("The queue is empty.\n");
	else
		printf("%zu message%s, %llu octets: %zu in the journal, %zu "
		       "waiting, %zu held\n",
		    l->n, l->n == 1 ? "" : "s", (unsigned long long)l->octets,
		    l->n_journal, l->n_waiting, l->n_held);
}

static void
forget_printed(struct map *printed)
{
	struct map_node *node, *next = map_next(printed, NULL);

	while ((node = next) != NULL) {
		next = map_next(printed, node);
		free(node);
	}
	map_finish(printed);
}

int
queue_list(const struct place *place)
{
	struct list l = { .place = place, .arena = arena_create() };

	l.parked_dir = place_open(place, "queue");
	if (l.parked_dir >= 0 && list_journal(&l)) {
		list_files(&l);
		print_sum(&l);
	} else {
		l.has_failed = true;
	}
	forget_printed(&l.printed);
	arena_destroy(l.arena);
	if (l.parked_dir >= 0)
		close(l.parked_dir);
	return l.has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
