/* The journal of one process: batches, and the segments they go into. */
#include "core/mail/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/mail/batch.h"

/* One entry, until it is answered. */
struct waiting {
	struct journal_entry entry;
	journal_done *done;
	void *data;
	struct journal_place place;
	struct waiting *next;
};

struct list {
	struct waiting *first, **last;
};

/* The segment we write to, and the one after it. */
struct writing {
	struct segment is;
	uint64_t at;
	bool is_open;
};

/* .next belongs to the work `claim` while that goes on. */
struct journal {
	struct journal_settings to;
	struct writing now, next;
	struct list waiting; /* for the next batch */
	struct list going;   /* in this batch */
	struct list refused; /* too large for any segment */
	struct list lost;    /* of a batch that failed, to be declared void */
	int lost_error;
	int lost_fd; /* their segment, locked until they are void; or -1 */
	struct batch batch;
	uv_work_t commit, claim;
	uv_prepare_t turn; /* the end of this turn of the loop */
	bool is_committing, is_claiming;
	int claim_result; /* of the work */
	int claim_error;  /* why there is no next segment; 0: not tried yet */
};

static void
list_open(struct list *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void
list_add(struct list *l, struct waiting *w)
{
	w->next = NULL;
	*l->last = w;
	l->last = &w->next;
}

static struct waiting *
list_take(struct list *l)
{
	struct waiting *w = l->first;

	l->first = w->next;
	if (l->first == NULL)
		l->last = &l->first;
	return w;
}

static void
answer_all(struct list *l, enum journal_result result, int error)
{
	struct list them = *l;

	list_open(l);
	while (them.first != NULL) {
		struct waiting *w = list_take(&them);

		w->done(w->data, result, error, w->place);
		free(w);
	}
}

static void go_on(struct journal *j);

static void
claim(uv_work_t *work)
{
	struct journal *j = work->data;

	j->claim_result = 0;
	if (!segment_claim(j->to.dir, &j->to.limits, &j->next.is))
		j->claim_result = errno == 0 ? EIO : errno;
}

static void
claimed(uv_work_t *work, int status)
{
	struct journal *j = work->data;

	(void)status;
	j->is_claiming = false;
	j->claim_error = j->claim_result;
	if (j->claim_error == 0) {
		j->next.is_open = true;
		j->next.at = SEGMENT_BLOCK;
	}
	go_on(j);
}

static void
begin_claim(struct journal *j)
{
	if (j->is_claiming || j->next.is_open)
		return;
	j->is_claiming = true;
	j->claim_error = 0;
	j->claim.data = j;
	uv_queue_work(j->to.loop, &j->claim, claim, claimed);
}

/* Nothing more will be written there. */
static void
seal(struct journal *j)
{
	struct writing *w = &j->now;

	if (!w->is_open)
		return;
	w->is_open = false;
	close(w->is.fd);
	j->to.advanced(j->to.data, w->is.incarnation, w->at, true);
}

/* The same of one that cannot be written. As long as what was lost is not void,
   its lock is kept: a segment without a writer is read to its last octet, and
   not only as far as we tell. */
static void
give_up_segment(struct journal *j)
{
	struct writing *w = &j->now;

	log_event(VB_ERROR, "journal", "segment=%016llx given up: error=%s",
	    (unsigned long long)w->is.incarnation, strerror(j->batch.error));
	w->is_open = false;
	if (j->lost.first != NULL && j->lost_fd < 0)
		j->lost_fd = w->is.fd;
	else
		close(w->is.fd);
	j->to.advanced(j->to.data, w->is.incarnation, w->at, true);
}

static void
end_lost(struct journal *j, enum journal_result result)
{
	if (j->lost_fd >= 0)
		close(j->lost_fd);
	j->lost_fd = -1;
	answer_all(&j->lost, result, j->lost_error);
}

static void
switch_segment(struct journal *j)
{
	seal(j);
	j->now = j->next;
	j->next = (struct writing){ 0 };
	journal_tell(j);
}

static void
commit(uv_work_t *work)
{
	struct journal *j = work->data;

	batch_commit(&j->batch, j->now.is.fd);
}

/* A mark that is not there says nothing; a message that may be there has to be
   declared void. */
static bool
is_message(const struct waiting *w)
{
	return w->entry.type == RECORD_MESSAGE || w->entry.type == RECORD_LARGE;
}

/* What did not become durable: void it elsewhere, then say so. */
static void
lose(struct journal *j)
{
	struct list going = j->going, rest;

	if (j->lost.first != NULL) { /* the voiding itself failed */
		give_up_segment(j);
		end_lost(j, JOURNAL_UNKNOWN);
		return;
	}
	list_open(&j->going);
	list_open(&rest);
	while (going.first != NULL) {
		struct waiting *w = list_take(&going);

		list_add(is_message(w) ? &j->lost : &rest, w);
	}
	j->lost_error = j->batch.error;
	give_up_segment(j);
	answer_all(&rest, JOURNAL_FAILED, j->lost_error);
}

static void
committed(uv_work_t *work, int status)
{
	struct journal *j = work->data;

	(void)status;
	j->is_committing = false;
	if (j->batch.error != 0) {
		lose(j);
		go_on(j);
		return;
	}
	j->now.at = j->batch.end;
	j->to.advanced(j->to.data, j->now.is.incarnation, j->now.at, false);
	end_lost(j, JOURNAL_FAILED);
	answer_all(&j->going, JOURNAL_DURABLE, 0);
	go_on(j);
}

/* What was lost is declared void before anything else is written. */
static bool
fill_batch(struct journal *j)
{
	struct batch *b = &j->batch;

	batch_begin(b, j->now.is.incarnation, j->now.at);
	for (struct waiting *w = j->lost.first; w != NULL; w = w->next)
		if (!batch_add_void(b, w->entry.id))
			return false;
	while (j->waiting.first != NULL && j->lost.first == NULL) {
		struct waiting *w = j->waiting.first;

		w->place = (struct journal_place){ j->now.is.incarnation,
			b->end };
		if (!batch_add(b, &w->entry))
			break;
		list_add(&j->going, list_take(&j->waiting));
	}
	return b->n > 0;
}

static bool
has_work(const struct journal *j)
{
	return j->waiting.first != NULL || j->lost.first != NULL;
}

/* No segment can be had: whoever waits has to be told. */
static void
give_up(struct journal *j)
{
	int error = j->claim_error;

	log_event(VB_ERROR, "journal", "no segment: error=%s", strerror(error));
	j->claim_error = 0;
	end_lost(j, JOURNAL_UNKNOWN);
	answer_all(&j->waiting, JOURNAL_FAILED, error);
}

/* Ahead of need, so that nobody waits for it. */
static void
look_ahead(struct journal *j)
{
	if (!j->now.is_open || j->now.at > SEGMENT_SIZE / 2)
		begin_claim(j);
}

static void
write_batch(struct journal *j)
{
	batch_end(&j->batch);
	j->is_committing = true;
	j->commit.data = j;
	uv_queue_work(j->to.loop, &j->commit, commit, committed);
	look_ahead(j);
}

static void
go_on(struct journal *j)
{
	if (!j->now.is_open && j->next.is_open)
		switch_segment(j);
	if (j->is_committing)
		return;
	if (!has_work(j)) {
		j->claim_error = 0;
		return;
	}
	if (j->now.is_open && fill_batch(j)) {
		write_batch(j);
		return;
	}
	if (j->next.is_open) {
		switch_segment(j);
		go_on(j);
	} else if (j->claim_error != 0 && !j->is_claiming) {
		give_up(j);
	} else {
		begin_claim(j);
	}
}

static void
turn_ended(uv_prepare_t *turn)
{
	struct journal *j = turn->data;

	uv_prepare_stop(turn);
	answer_all(&j->refused, JOURNAL_FAILED, EMSGSIZE);
	go_on(j);
}

struct journal *
journal_create(const struct journal_settings *settings)
{
	struct journal *j = must_alloc(sizeof(*j));

	j->to = *settings;
	list_open(&j->waiting);
	list_open(&j->going);
	list_open(&j->refused);
	list_open(&j->lost);
	j->lost_fd = -1;
	j->turn.data = j;
	uv_prepare_init(j->to.loop, &j->turn);
	begin_claim(j);
	return j;
}

void
journal_append(struct journal *j, const struct journal_entry *entry,
    journal_done *done, void *data)
{
	struct waiting *w = must_alloc(sizeof(*w));

	w->entry = *entry;
	w->done = done;
	w->data = data;
	list_add(entry->head.n + entry->body.n > JOURNAL_LARGEST ? &j->refused
								 : &j->waiting,
	    w);
	uv_prepare_start(&j->turn, turn_ended);
}

void
journal_tell(const struct journal *j)
{
	if (j->now.is_open)
		j->to.advanced(
		    j->to.data, j->now.is.incarnation, j->now.at, false);
}

bool
journal_is_idle(const struct journal *j)
{
	return !j->is_committing && !has_work(j) && j->refused.first == NULL;
}
