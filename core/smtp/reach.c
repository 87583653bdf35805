/*
 * Who is at a terminal, and is shown the message there? The modules that know
 * of terminals are asked, in a courier, through the host, and the verb waits.
 * The answer is remembered: whether somebody is there, for the command; whether
 * a recipient was shown the message, for the transaction.
 */
#include "core/base/clock.h"
#include "core/smtp/state.h"

enum { KEPT = 64 * 1024 };

static bool
has_terminals(const struct session *s)
{
	const struct modules *all = s->sites->modules;

	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].is.terminals != NULL)
			return true;
	return false;
}

static unsigned
ask(struct session *s, const struct reach *what)
{
	unsigned number = ++s->last_number;

	s->out++;
	s->host->reach(s->host_data, number, what);
	return number;
}

enum vb_presence
core_presence(struct vb_session *vs, const struct vb_found *whom)
{
	struct session *s = session_of(vs);
	const struct reach what = { .scope = s->scope, .whom = whom };
	struct presence_asked *p = s->presences;

	if (!has_terminals(s))
		return VB_PRESENCE_AWAY;
	while (p != NULL && !vb_str_eq(p->mailbox, whom->mailbox))
		p = p->next;
	if (p != NULL)
		return p->presence;
	p = arena_alloc(s->command_arena, sizeof(*p));
	p->mailbox = arena_copy(s->command_arena, whom->mailbox);
	p->next = s->presences;
	s->presences = p;
	p->number = ask(s, &what);
	return p->presence;
}

void
core_keep(struct vb_session *vs)
{
	struct session *s = session_of(vs);

	if (s->transaction != NULL && may_act(s, "vb_keep"))
		s->transaction->keeps = true;
}

void
reach_keep(struct transaction *t, struct vb_str octets)
{
	size_t room = KEPT - t->kept.n;

	if (!t->keeps || room == 0)
		return;
	if (octets.n < room)
		room = octets.n;
	buffer_add(&t->kept, octets.p, room);
}

struct aside *
reach_aside(struct session *s, size_t n)
{
	struct transaction *t = s->transaction;

	if (t == NULL || n >= t->is.recipients)
		return NULL;
	if (t->asides == NULL)
		t->asides = arena_alloc(s->transaction_arena,
		    t->is.recipients * sizeof(*t->asides));
	return &t->asides[n];
}

/* Before, recipients may come; afterwards, nothing is there to be shown. */
static bool
is_time(struct session *s)
{
	if (s->hook == VB_AT_STORED ||
	    (s->hook == VB_AT_MESSAGE && session_asks_message(s)))
		return true;
	session_log(s, VB_ERROR, "out-of-turn",
	    "module=%s: vb_show() does nothing here", s->running->name);
	return false;
}

enum vb_shown
core_show(struct vb_session *vs, size_t n, bool is_mailed)
{
	struct session *s = session_of(vs);
	struct transaction *t = s->transaction;
	struct aside *aside;
	struct reach what = {
		.scope = s->scope, .shows = true, .is_mailed = is_mailed
	};

	if (!is_time(s) || (aside = reach_aside(s, n)) == NULL ||
	    t->recipients[n].kind != VB_MAILBOX || !has_terminals(s))
		return VB_SHOWN_NOT;
	if (aside->number != 0)
		return aside->shown;
	what.whom = &t->recipients[n];
	what.id = t->is.id;
	what.sender = t->reverse_path.mailbox;
	what.client = s->client.address;
	what.arrived = clock_wall_us() / 1000000;
	what.octets = buffer_str(&t->kept);
	aside->number = ask(s, &what);
	return aside->shown;
}

/* Of a long message nobody was shown more than what was kept. */
static enum vb_shown
within(const struct transaction *t, enum vb_shown shown)
{
	return shown == VB_SHOWN_ALL && t->is.octets > t->kept.n ? VB_SHOWN_PART
	                                                         : shown;
}

void
reach_answer(struct session *s, unsigned number, enum vb_presence presence,
    enum vb_shown shown)
{
	const struct transaction *t = s->transaction;

	for (struct presence_asked *p = s->presences; p != NULL; p = p->next)
		if (p->number == number)
			p->presence = presence;
	for (size_t i = 0;
	     t != NULL && t->asides != NULL && i < t->is.recipients; i++)
		if (t->asides[i].number == number)
			t->asides[i].shown = within(t, shown);
}
