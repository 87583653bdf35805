/*
 * The envelope, from MAIL to the end of the data.
 *
 * A transaction is opened by a verb and ends exactly once: with the reply to
 * the end of data whatever it is, with RSET or another greeting, with the next
 * one, or with the session (RFC 5321 §4.1.1.4, RFC 821 §4.1.1).
 */
#include <string.h>

#include "core/smtp/query.h"
#include "core/smtp/state.h"

void
transaction_end(struct session *s)
{
	if (s->transaction == NULL)
		return;
	tell(s, VB_AT_TRANSACTION_END, 0);
	if (s->transaction->commit < COMMIT_STORING)
		s->host->discard(s->host_data);
	buffer_finish(&s->transaction->body);
	buffer_finish(&s->transaction->fields);
	buffer_finish(&s->transaction->kept);
	s->transaction = NULL;
	s->mode = MODE_COMMAND;
	arena_reset(s->transaction_arena);
}

static struct vb_path
copy_path(struct arena *arena, const struct vb_path *path)
{
	return (struct vb_path){
		.route = arena_copy(arena, path->route),
		.local = arena_copy(arena, path->local),
		.domain = arena_copy(arena, path->domain),
		.mailbox = arena_copy(arena, path->mailbox),
	};
}

void
core_open(
    struct vb_session *vs, const char *kind, const struct vb_path *reverse_path)
{
	struct session *s = session_of(vs);
	struct transaction *t;

	if (!may_act(s, "vb_open"))
		return;
	transaction_end(s);
	t = arena_alloc(s->transaction_arena, sizeof(*t));
	t->reverse_path = copy_path(s->transaction_arena, reverse_path);
	t->data = arena_alloc(
	    s->transaction_arena, s->sites->modules->n * sizeof(void *));
	t->is = (struct vb_transaction){
		.size = sizeof(t->is),
		.id = arena_copy(s->transaction_arena, s->make_id()),
		.kind = kind,
		.reverse_path = &t->reverse_path,
	};
	t->expected = s->command.expected;
	s->transaction = t;
}

void
core_reset(struct vb_session *vs)
{
	struct session *s = session_of(vs);

	if (may_act(s, "vb_reset"))
		transaction_end(s);
}

/* Ours are the same in any case of letters; what others make of them is theirs
   to say (RFC 5321 §2.4). */
static bool
is_same(const struct vb_found *a, const struct vb_found *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == VB_RELAY ? vb_str_eq(a->mailbox, b->mailbox)
	                           : vb_str_ieq(a->mailbox, b->mailbox);
}

static bool
has_recipient(const struct transaction *t, const struct vb_found *whom)
{
	for (size_t i = 0; i < t->is.recipients; i++)
		if (is_same(&t->recipients[i], whom))
			return true;
	return false;
}

static bool
is_recipient(const struct vb_found *whom)
{
	return whom->kind == VB_MAILBOX ||
	       (whom->kind == VB_RELAY && whom->reply == 250);
}

static void
append(struct session *s, const struct vb_found *whom)
{
	struct transaction *t = s->transaction;

	if (t->is.recipients == t->room) {
		size_t room = t->room == 0 ? 8 : t->room * 2;
		struct vb_found *more = arena_alloc(
		    s->transaction_arena, room * sizeof(*more));

		if (t->is.recipients > 0)
			memcpy(more, t->recipients,
			    t->is.recipients * sizeof(*more));
		t->recipients = more;
		t->room = room;
	}
	t->recipients[t->is.recipients++] = *whom;
}

/* Members of lists within lists, too, and whom a forward leads to. False when
   there are too many. */
static bool
add(struct session *s, const struct vb_found *whom)
{
	const struct transaction *t = s->transaction;
	size_t most = (size_t)session_limits(s)->recipients;

	if (whom->kind == VB_LIST || whom->kind == VB_FORWARD) {
		for (size_t i = 0; i < whom->n_items; i++)
			if (!add(s, &whom->items[i]))
				return false;
		return true;
	}
	if (!is_recipient(whom) || has_recipient(t, whom))
		return true;
	if (t->is.recipients >= most)
		return false;
	append(s, whom);
	return true;
}

/* Those from `first` on are the lookup's still. */
static void
copy_recipients(struct session *s, size_t first)
{
	const struct transaction *t = s->transaction;

	for (size_t i = first; i < t->is.recipients; i++)
		t->recipients[i] = found_copy(
		    s->transaction_arena, &t->recipients[i]);
}

/* Only what is taken is copied: what is refused, as often as a client likes,
   costs the transaction nothing. */
bool
core_add_recipient(struct vb_session *vs, const struct vb_found *whom)
{
	struct session *s = session_of(vs);
	size_t before;

	if (s->transaction == NULL || !may_act(s, "vb_add_recipient"))
		return false;
	before = s->transaction->is.recipients;
	if (!add(s, whom)) {
		s->transaction->is.recipients = before;
		return false;
	}
	copy_recipients(s, before);
	return true;
}

enum vb_verdict
core_take_message(struct vb_session *vs, int code, const char *text)
{
	struct session *s = session_of(vs);

	if (!may_act(s, "vb_take_message"))
		return VB_FAIL;
	if (s->transaction == NULL || s->command.stage != STAGE_RUN ||
	    s->command.verb->is->more == NULL) {
		module_failed(s, "takes a message out of turn");
		return VB_DONE;
	}
	core_reply(vs, code, NULL, "%s", text);
	if (s->command.code != code)
		return VB_DONE;
	body_begin(s);
	s->mode = MODE_MESSAGE;
	s->until = s->now + session_limits(s)->data_timeout.value * 1000;
	return VB_DONE;
}

const struct vb_found *
core_recipient(const struct vb_session *vs, size_t n)
{
	const struct transaction *t = ((const struct session *)vs)->transaction;

	return t == NULL || n >= t->is.recipients ? NULL : &t->recipients[n];
}
