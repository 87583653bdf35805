/*
 * Taking a message. A small one goes into the journal with its envelope; a
 * large one becomes a file of its own first, synced and with a name, and the
 * journal says so.
 */
#include "core/process/intake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/file.h"
#include "core/mail/envelope.h"

struct intake {
	const struct intake_settings *to;
	struct arena *arena;
	struct vb_str id, session, from;
	uint64_t octets;
	size_t recipients;
	struct spool *spool;
	struct buffer envelope;
	struct journal_entry entry;
	uv_work_t work; /* making a file of a large one */
	int fd, error;
	uv_timer_t soon; /* so that nobody is called back from within */
	intake_done *done;
	void *data;
};

static unsigned count;

unsigned
intake_count(void)
{
	return count;
}

static struct recipient
recipient_of(const struct message *m, size_t n)
{
	const struct vb_found *found = &m->recipients[n];

	if (m->failures != NULL && m->failures[n].status.n > 0)
		return (struct recipient){
			.kind = RECIPIENT_FAILED,
			.mailbox = found->mailbox,
			.user = m->failures[n].status,
			.home = m->failures[n].text,
		};
	return (struct recipient){
		.kind = found->kind == VB_MAILBOX ? RECIPIENT_LOCAL
		                                  : RECIPIENT_REMOTE,
		.mailbox = found->mailbox,
		.user = found->user,
		.domain = found->domain,
		.home = found->home,
	};
}

static void
pack(struct intake *i, const struct message *m)
{
	struct recipient *to = arena_alloc(
	    i->arena, m->n_recipients * sizeof(*to));
	const struct envelope envelope = {
		.id = m->id,
		.session = m->session,
		.scope = m->scope->name,
		.reverse_path = m->reverse_path,
		.return_path = m->return_path,
		.trace = m->trace,
		.octets = m->octets,
		.has_8bit = m->has_8bit,
		.arrived = m->arrived,
		.recipients = to,
		.n_recipients = m->n_recipients,
	};

	for (size_t k = 0; k < m->n_recipients; k++)
		to[k] = recipient_of(m, k);
	envelope_pack(&i->envelope, &envelope);
}

static void
closed(uv_handle_t *handle)
{
	struct intake *i = handle->data;
	const struct intake_settings *to = i->to;

	spool_destroy(i->spool);
	buffer_finish(&i->envelope);
	arena_destroy(i->arena);
	free(i);
	count--;
	to->ended(to->data);
}

static void
answer(struct intake *i, int code, const char *status, struct vb_str text)
{
	log_event(code == 250 ? VB_INFO : VB_WARNING,
	    code == 250 ? "stored" : "not-stored",
	    "id=%.*s session=%.*s from=<%.*s> octets=%llu recipients=%zu%s%s%s",
	    VB_FMT(i->id), VB_FMT(i->session), VB_FMT(i->from),
	    (unsigned long long)i->octets, i->recipients,
	    i->done == NULL ? " client=gone" : "",
	    i->error == 0 ? "" : " error=",
	    i->error == 0 ? "" : strerror(i->error));
	if (i->done != NULL)
		i->done(i->data, code, status, text);
	uv_close((uv_handle_t *)&i->soon, closed);
}

static void
fail(struct intake *i)
{
	bool is_full = i->error == ENOSPC || i->error == EDQUOT;

	if (is_full)
		answer(i, 452, "4.3.1", VB_STR("Not enough space, try later"));
	else
		answer(i, 451, "4.3.0", VB_STR("Local error, try later"));
}

static void
journalled(void *data, enum journal_result result, int error,
    struct journal_place place)
{
	struct intake *i = data;

	(void)place;
	i->error = error;
	switch (result) {
	case JOURNAL_DURABLE:
		answer(i, 250, "2.0.0",
		    arena_printf(
			i->arena, "OK, stored as %.*s", VB_FMT(i->id)));
		break;
	case JOURNAL_FAILED:
		if (i->entry.type == RECORD_LARGE)
			unlinkat(
			    i->to->large_dir, arena_string(i->arena, i->id), 0);
		fail(i);
		break;
	case JOURNAL_UNKNOWN:
		answer(i, 0, NULL, VB_STR(""));
		break;
	}
}

static void
append(struct intake *i, enum record_type type, struct vb_str body)
{
	i->entry = (struct journal_entry){
		.type = type,
		.id = i->id,
		.head = buffer_str(&i->envelope),
		.body = body,
	};
	journal_append(i->to->journal, &i->entry, journalled, i);
}

/* Octets, then the name, each durable before the next. Off the loop. */
static void
make_file(uv_work_t *work)
{
	struct intake *i = work->data;
	const char *name = arena_string(i->arena, i->id);
	struct statvfs fs;
	int dir = i->to->large_dir;

	if (fstatvfs(dir, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < i->to->reserve)
		i->error = ENOSPC;
	else if (fdatasync(i->fd) != 0 || !file_name(i->fd, dir, name))
		i->error = errno;
}

static void
made_file(uv_work_t *work, int status)
{
	struct intake *i = work->data;

	(void)status;
	if (i->error != 0)
		fail(i);
	else
		append(i, RECORD_LARGE, VB_STR(""));
}

static void
cannot(uv_timer_t *timer)
{
	fail(timer->data);
}

static void
begin(void *data)
{
	struct intake *i = data;
	struct vb_str body;

	if (spool_octets(i->spool, &body)) {
		append(i, RECORD_MESSAGE, body);
		return;
	}
	i->fd = spool_file(i->spool);
	if (i->fd < 0) {
		i->error = errno;
		uv_timer_start(&i->soon, cannot, 0, 0);
		return;
	}
	i->work.data = i;
	uv_queue_work(i->to->loop, &i->work, make_file, made_file);
}

struct intake *
intake_take(const struct intake_settings *settings,
    const struct message *message, struct spool *spool, intake_done *done,
    void *data)
{
	struct intake *i = must_alloc(sizeof(*i));

	count++;
	i->to = settings;
	i->arena = arena_create();
	i->spool = spool;
	i->done = done;
	i->data = data;
	i->id = arena_copy(i->arena, message->id);
	i->session = arena_copy(i->arena, message->session);
	i->from = arena_copy(i->arena, message->reverse_path);
	i->octets = message->octets;
	i->recipients = message->n_recipients;
	pack(i, message);
	uv_timer_init(settings->loop, &i->soon);
	i->soon.data = i;
	if (spool_is_busy(spool))
		spool_tell(spool, begin, i);
	else
		begin(i);
	return i;
}

void
intake_forget(struct intake *i)
{
	i->done = NULL;
}
