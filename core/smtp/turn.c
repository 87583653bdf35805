/*
 * Mail that is kept for domains, as verbs see it: how much there is, letting it
 * go, and turning. The host knows; the verb waits, and the answer is remembered
 * for the command, as those of room.c are.
 */
#include "core/smtp/state.h"

static bool
are_equal(const struct vb_strings *a, const struct vb_strings *b)
{
	size_t i = 0;

	while (i < a->n && i < b->n && vb_str_ieq(a->items[i], b->items[i]))
		i++;
	return i == a->n && i == b->n;
}

static struct vb_strings
copy(struct arena *arena, const struct vb_strings *from)
{
	struct vb_str *items = arena_alloc(arena, from->n * sizeof(*items));

	for (size_t i = 0; i < from->n; i++)
		items[i] = arena_lower(arena, from->items[i]);
	return (struct vb_strings){ items, from->n };
}

static const struct vb_kept *
ask(struct session *s, const struct vb_strings *domains, bool lets_go)
{
	struct kept_asked *k = s->kept;

	while (k != NULL &&
	       (k->lets_go != lets_go || !are_equal(&k->domains, domains)))
		k = k->next;
	if (k != NULL)
		return &k->answer;
	k = arena_alloc(s->command_arena, sizeof(*k));
	k->domains = copy(s->command_arena, domains);
	k->lets_go = lets_go;
	k->answer.size = sizeof(k->answer);
	k->number = ++s->last_number;
	k->next = s->kept;
	s->kept = k;
	s->out++;
	s->host->kept(s->host_data, k->number, &k->domains, lets_go);
	return &k->answer;
}

const struct vb_kept *
core_kept(struct vb_session *vs, const struct vb_strings *domains)
{
	return ask(session_of(vs), domains, false);
}

const struct vb_kept *
core_let_go(struct vb_session *vs, const struct vb_strings *domains)
{
	return ask(session_of(vs), domains, true);
}

/* Only then is it known that the input holds nothing of this session. */
static bool
is_last(struct session *s)
{
	if ((s->command.verb->is->when & VB_LAST) != 0)
		return true;
	session_log(s, VB_ERROR, "out-of-turn",
	    "module=%s verb=%.*s: vb_turn() is for verbs that are VB_LAST",
	    s->running->name, VB_FMT(s->command.name));
	return false;
}

void
core_turn(
    struct vb_session *vs, const struct vb_strings *domains, bool turns_back)
{
	struct session *s = session_of(vs);

	if (!may_act(s, "vb_turn") || !is_last(s))
		return;
	s->turn = (struct session_turn){ copy(s->arena, domains), turns_back };
	s->has_turned = s->closes = true;
}

void
kept_answer(struct session *s, unsigned number, const struct vb_kept *answer)
{
	struct kept_asked *k = s->kept;

	while (k != NULL && k->number != number)
		k = k->next;
	if (k == NULL)
		return;
	k->answer.state = answer->state;
	k->answer.messages = answer->messages;
	k->answer.octets = answer->octets;
}
