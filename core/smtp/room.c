/*
 * Is there room in the mailbox? The module that delivers knows, if it sets a
 * limit; it is asked in a courier, through the host, and the verb waits. The
 * answer is remembered for the command, as those of lookup.c are.
 *
 * A mailbox that only its owner may look into is not asked about: the delivery
 * will tell.
 *
 * Mail that is kept for a domain has a limit as well; the queue is asked how
 * much there is.
 */
#include "core/module/where.h"
#include "core/smtp/state.h"

/* In doubt the courier finds out. */
static bool
is_limited(const struct session *s)
{
	const struct module *m = s->scope->deliver;

	return m != NULL &&
	       s->scope->delivery[m->index].as.value == AS_SERVICE &&
	       scope_limits_mailboxes(s->scope, s->client.session);
}

static struct room_asked *
find(struct session *s, struct vb_str mailbox)
{
	struct room_asked *r = s->rooms;

	while (r != NULL && !vb_str_eq(r->mailbox, mailbox))
		r = r->next;
	return r;
}

static uint64_t
expected(const struct session *s)
{
	return s->transaction == NULL ? 0 : s->transaction->expected;
}

/* What it takes where it is kept: an empty message has a file as well. */
static uint64_t
taken(const struct vb_kept *kept)
{
	enum { EACH = 4096 };

	return kept->octets + kept->messages * EACH;
}

static enum vb_room
room_elsewhere(struct session *s, struct vb_str domain)
{
	const struct vb_strings domains = { &domain, 1 };
	const struct vb_kept *kept;
	struct vb_route route;
	uint64_t most;

	if (!relay_keeps(s, domain, &route) || route.keep_most.value == 0)
		return VB_ROOM_LEFT;
	most = route.keep_most.value;
	kept = core_kept(session_public(s), &domains);
	if (kept->state == VB_KEPT_PENDING)
		return VB_ROOM_PENDING;
	if (kept->state == VB_KEPT_UNSURE)
		return VB_ROOM_UNKNOWN;
	return taken(kept) < most && expected(s) <= most - taken(kept)
	           ? VB_ROOM_LEFT
	           : VB_ROOM_NONE;
}

enum vb_room
core_room(struct vb_session *vs, const struct vb_found *whom)
{
	struct session *s = session_of(vs);
	struct room_asked *r;

	if (whom->kind == VB_RELAY)
		return room_elsewhere(s, whom->domain);
	if (!is_limited(s))
		return VB_ROOM_LEFT;
	r = find(s, whom->mailbox);
	if (r != NULL)
		return r->room;
	r = arena_alloc(s->command_arena, sizeof(*r));
	r->mailbox = arena_copy(s->command_arena, whom->mailbox);
	r->number = ++s->last_number;
	r->next = s->rooms;
	s->rooms = r;
	s->out++;
	s->host->room(s->host_data, r->number, s->scope, whom, expected(s));
	return VB_ROOM_PENDING;
}

void
core_expect(struct vb_session *vs, uint64_t octets)
{
	session_of(vs)->command.expected = octets;
}

void
room_answer(struct session *s, unsigned number, enum vb_room room)
{
	struct room_asked *r = s->rooms;

	while (r != NULL && r->number != number)
		r = r->next;
	if (r != NULL)
		r->room = room;
}
