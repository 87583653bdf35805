/*
 * Messages leave the journal for files of their own: as many as have come
 * together, with few syncs for all. Only then does the journal forget them, and
 * only when it has are they to be had again: they would be sent from there once
 * more, should we die when their files are gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/process/parking.h"

/* In a batch; and batches at a time: one writes while the other syncs. */
enum { BATCH_MOST = 256, BATCHES_MOST = 2 };

struct batch {
	uv_work_t work;
	struct queue *queue;
	struct parking *all[BATCH_MOST];
	size_t n;
};

/* Mostly the segment that the one before is in, too. */
static int
open_source(const struct parking *p, const struct parking *before)
{
	if (before != NULL && strcmp(p->source, before->source) == 0)
		return before->file.source;
	return open(p->source, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* Those that are to be written. */
static size_t
open_sources(struct batch *b, struct parked_new *files[BATCH_MOST])
{
	const struct parking *before = NULL;
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct parking *p = b->all[i];

		p->file.error = ECANCELED;
		if (parking_is_needless(p))
			continue;
		p->file.source = open_source(p, before);
		p->file.error = errno;
		if (p->file.source < 0)
			continue;
		files[n++] = &p->file;
		before = p;
	}
	return n;
}

static void
close_sources(struct parked_new *const *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || files[i]->source != files[i + 1]->source)
			close(files[i]->source);
}

static void
write_files(uv_work_t *work)
{
	struct batch *b = work->data;
	struct parked_new *files[BATCH_MOST] = { NULL };
	size_t n = open_sources(b, files);

	parked_write(b->queue->parked_dir, files, n);
	close_sources(files, n);
	for (size_t i = 0; i < n; i++)
		if (files[i]->error == EEXIST)
			files[i]->error = 0; /* as it was */
}

static void
has_left_journal(void *data, int error)
{
	struct parking *p = data;

	if (error != 0) {
		queue_log_unmarked(p->mail->envelope.id, error);
		p->queue->making_up++;
	}
	if (p->mail->source.kind == SOURCE_LARGE)
		unlinkat(p->queue->large_dir, mail_name(p->mail), 0);
	parking_is_over(p);
}

static void
are_written(uv_work_t *work, int status)
{
	struct batch *b = work->data;
	struct queue *q = b->queue;

	(void)status;
	q->parking_batches--;
	for (size_t i = 0; i < b->n; i++) {
		struct parking *p = b->all[i];

		if (p->file.error != 0)
			parking_is_over(p);
		else
			queue_mark_done(
			    q, p->mail->envelope.id, has_left_journal, p);
	}
	free(b);
	queue_write_parked(q);
}

void
queue_write_parked(struct queue *q)
{
	struct batch *b;

	if (q->to_park == NULL || q->parking_batches >= BATCHES_MOST)
		return;
	b = must_alloc(sizeof(*b));
	b->work.data = b;
	b->queue = q;
	while (q->to_park != NULL && b->n < BATCH_MOST) {
		b->all[b->n++] = q->to_park;
		q->to_park = q->to_park->next;
	}
	q->parking_batches++;
	uv_queue_work(q->loop, &b->work, write_files, are_written);
}

void
parking_write(struct parking *p)
{
	struct queue *q = p->queue;
	struct mail *m = p->mail;

	p->source = arena_string(m->arena,
	    arena_printf(m->arena, "%s/%.*s", q->g->top.process.state_dir.name,
		VB_FMT(mail_file(m, m->arena))));
	if (q->to_park == NULL)
		q->to_park = p;
	else
		q->last_to_park->next = p;
	q->last_to_park = p;
	queue_turn(q);
}
