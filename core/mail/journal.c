/* The journal of one process: batches, and the segments they go into. */
#include "core/mail/journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/mail/journal_state.h"

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

static void
committed(uv_work_t *work, int status)
{
	struct journal *j = work->data;

	(void)status;
	j->is_committing = false;
	if (j->batch.error != 0) {
		journal_lose(j);
		go_on(j);
		return;
	}
	j->now.at = j->batch.end;
	j->to.advanced(j->to.data, j->now.is.incarnation, j->now.at, false);
	journal_end_lost(j, JOURNAL_FAILED);
	waiting_answer(&j->going, JOURNAL_DURABLE, 0);
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
		waiting_add(&j->going, waiting_take(&j->waiting));
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
	journal_end_lost(j, JOURNAL_UNKNOWN);
	waiting_answer(&j->waiting, JOURNAL_FAILED, error);
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
	waiting_answer(&j->refused, JOURNAL_FAILED, EMSGSIZE);
	go_on(j);
}

struct journal *
journal_create(const struct journal_settings *settings)
{
	struct journal *j = must_alloc(sizeof(*j));

	j->to = *settings;
	waiting_open(&j->waiting);
	waiting_open(&j->going);
	waiting_open(&j->refused);
	waiting_open(&j->lost);
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
	waiting_add(entry->head.n + entry->body.n > JOURNAL_LARGEST
			? &j->refused
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
