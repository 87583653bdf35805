/* The segments of the journal, as the queue sees them. */
#include "core/mail/ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"

static struct ledger_segment *
find(const struct ledger *l, uint64_t incarnation)
{
	struct ledger_segment *s = l->first;

	while (s != NULL && s->incarnation != incarnation)
		s = s->next;
	return s;
}

/* NULL when it cannot be opened: somebody removed it, or it is free again. */
static struct ledger_segment *
add(struct ledger *l, uint64_t incarnation)
{
	struct ledger_segment *s, **p = &l->first;
	int fd = segment_open(l->dir, incarnation);

	if (fd < 0) {
		l->error = errno == ENOENT ? l->error : errno;
		log_event(errno == ENOENT ? VB_NOTICE : VB_ERROR, "journal",
		    "segment=%016llx error=%s", (unsigned long long)incarnation,
		    strerror(errno));
		return NULL;
	}
	s = must_alloc(sizeof(*s));
	s->incarnation = incarnation;
	s->number = l->next_number++;
	s->reader = (struct segment_reader){
		.fd = fd, .incarnation = incarnation, .at = SEGMENT_BLOCK
	};
	while (*p != NULL)
		p = &(*p)->next;
	*p = s;
	return s;
}

/* Has it lost its writer? */
static void
look_at(const struct ledger *l, struct ledger_segment *s)
{
	if (s->is_sealed || s->is_orphan || segment_has_writer(s->reader.fd))
		return;
	s->is_orphan = true;
	s->sealed = l->next_number;
}

static void
listed(void *data, uint64_t incarnation)
{
	struct ledger *l = data;
	struct ledger_segment *s = find(l, incarnation);

	if (s == NULL)
		s = add(l, incarnation);
	if (s != NULL)
		look_at(l, s);
}

static struct timespec
written(const struct ledger_segment *s)
{
	struct stat st;

	return fstat(s->reader.fd, &st) == 0 ? st.st_mtim
	                                     : (struct timespec){ 0 };
}

static bool
was_before(const struct ledger_segment *a, const struct ledger_segment *b)
{
	struct timespec x = written(a), y = written(b);

	return x.tv_sec < y.tv_sec ||
	       (x.tv_sec == y.tv_sec && x.tv_nsec < y.tv_nsec);
}

/* A directory has them in no order: puts them into the one in which they were
   written, and tells each that all of them may have been there before it was
   sealed. */
static void
sort(struct ledger *l)
{
	struct ledger_segment *rest = l->first, *s;

	l->first = NULL;
	while ((s = rest) != NULL) {
		struct ledger_segment **p = &l->first;

		rest = s->next;
		while (*p != NULL && !was_before(s, *p))
			p = &(*p)->next;
		s->next = *p;
		*p = s;
	}
	l->next_number = 0;
	for (s = l->first; s != NULL; s = s->next)
		s->number = l->next_number++;
	for (s = l->first; s != NULL; s = s->next)
		s->sealed = l->next_number;
}

bool
ledger_open(struct ledger *l, uv_loop_t *loop, int dir)
{
	*l = (struct ledger){ .loop = loop, .dir = dir };
	if (!segments_list(dir, listed, l))
		return false;
	if (l->error != 0) {
		errno = l->error;
		return false;
	}
	sort(l);
	return true;
}

void
ledger_look(struct ledger *l)
{
	l->error = 0;
	if (segments_list(l->dir, listed, l))
		return;
	l->error = errno;
	log_event(VB_ERROR, "journal", "list: error=%s", strerror(errno));
}

void
ledger_look_again(struct ledger *l)
{
	int64_t now = clock_steady_ms();

	if (l->error != 0)
		ledger_look(l);
	for (struct ledger_segment *s = l->first; s != NULL; s = s->next) {
		look_at(l, s);
		if (s->is_broken && s->again != 0 && s->again <= now)
			s->is_broken = false;
	}
}

void
ledger_tell(
    struct ledger *l, uint64_t incarnation, uint64_t end, bool is_sealed)
{
	struct ledger_segment *s = find(l, incarnation);

	if (s == NULL)
		s = add(l, incarnation);
	if (s == NULL || s->is_orphan)
		return;
	if (end > s->end)
		s->end = end;
	if (is_sealed && !s->is_sealed) {
		s->is_sealed = true;
		s->sealed = l->next_number;
	}
}

void
ledger_note(struct ledger_segment *s, enum record_type type)
{
	s->has_done = s->has_done || type == RECORD_DONE;
	s->has_voids = s->has_voids || type == RECORD_VOID;
}

bool
ledger_has_more(const struct ledger_segment *s)
{
	return !s->is_read && !s->is_broken &&
	       (s->is_orphan || s->is_sealed || s->reader.at < s->end);
}

bool
ledger_has_told_all(const struct ledger_segment *s)
{
	return s->is_read ||
	       (!s->is_orphan && s->end > 0 && s->reader.at >= s->end);
}

bool
ledger_has_any(const struct ledger *l)
{
	const struct ledger_segment *s = l->first;

	while (s != NULL && !ledger_has_more(s))
		s = s->next;
	return s != NULL;
}

void
ledger_release(struct ledger *l, struct ledger_segment *s)
{
	assert(s->keeps > 0);
	s->keeps--;
	if (s->keeps == 0 && s->is_read)
		ledger_sweep(l);
}

/* One that is being freed: off the loop, for it is synced. */
struct freeing {
	uv_work_t work;
	struct ledger *ledger;
	struct ledger_segment *segment;
	int error;
};

static void
free_it(uv_work_t *work)
{
	struct freeing *f = work->data;

	if (!segment_free(f->ledger->dir, f->segment->incarnation))
		f->error = errno;
}

static void
freed(uv_work_t *work, int status)
{
	struct freeing *f = work->data;
	struct ledger *l = f->ledger;
	struct ledger_segment *s = f->segment, **p = &l->first;

	(void)status;
	if (f->error != 0) { /* it stays, and so do the marks it needs */
		log_event(VB_ERROR, "journal", "segment=%016llx error=%s",
		    (unsigned long long)s->incarnation, strerror(f->error));
		free(f);
		return;
	}
	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	close(s->reader.fd);
	buffer_finish(&s->reader.in);
	free(s);
	free(f);
	ledger_sweep(l);
}

static bool
is_over(const struct ledger_segment *s)
{
	return s->is_sealed || s->is_orphan;
}

/* May marks in the one be of messages in the other? */
static bool
may_speak_of(const struct ledger_segment *s, const struct ledger_segment *other)
{
	if (s->has_done)
		return other->number < s->sealed &&
		       (!other->has_done || other->number < s->number);
	return s->has_voids && other->number < s->number &&
	       (!other->has_done ||
		   (is_over(other) && other->sealed <= s->number));
}

static bool
is_needed(const struct ledger *l, const struct ledger_segment *s)
{
	const struct ledger_segment *other = l->first;

	if (s->keeps > 0 || !s->is_read || s->is_going)
		return true;
	while (other != NULL && (other == s || !may_speak_of(s, other)))
		other = other->next;
	return other != NULL;
}

void
ledger_sweep(struct ledger *l)
{
	for (struct ledger_segment *s = l->first; s != NULL; s = s->next) {
		struct freeing *f;

		if (is_needed(l, s))
			continue;
		f = must_alloc(sizeof(*f));
		s->is_going = true;
		f->work.data = f;
		f->ledger = l;
		f->segment = s;
		uv_queue_work(l->loop, &f->work, free_it, freed);
	}
}
