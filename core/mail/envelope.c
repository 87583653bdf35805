/* An envelope, as octets. */
#include "core/mail/envelope.h"

/* A packed recipient takes at least this much: a number and four lengths. */
enum { RECIPIENT_LEAST = 5 * 8 };

static void
pack_recipient(struct buffer *to, const struct recipient *r)
{
	pack_number(to, r->kind);
	pack_str(to, r->mailbox);
	pack_str(to, r->user);
	pack_str(to, r->domain);
	pack_str(to, r->home);
}

static struct recipient
unpack_recipient(struct unpack *from)
{
	uint64_t kind = unpack_number(from);
	struct recipient r = { .mailbox = unpack_str(from) };

	r.user = unpack_str(from);
	r.domain = unpack_str(from);
	r.home = unpack_str(from);
	if (kind > RECIPIENT_FAILED)
		from->bad = true;
	else
		r.kind = (enum recipient_kind)kind;
	return r;
}

void
envelope_pack(struct buffer *to, const struct envelope *e)
{
	pack_str(to, e->id);
	pack_str(to, e->session);
	pack_str(to, e->scope);
	pack_str(to, e->reverse_path);
	pack_str(to, e->return_path);
	pack_str(to, e->trace);
	pack_number(to, e->octets);
	pack_number(to, e->has_8bit);
	pack_number(to, (uint64_t)e->arrived);
	pack_number(to, e->n_recipients);
	for (size_t i = 0; i < e->n_recipients; i++)
		pack_recipient(to, &e->recipients[i]);
}

bool
envelope_unpack(struct unpack *from, struct arena *arena, struct envelope *e)
{
	struct recipient *all;
	uint64_t n;

	*e = (struct envelope){ .id = unpack_str(from) };
	e->session = unpack_str(from);
	e->scope = unpack_str(from);
	e->reverse_path = unpack_str(from);
	e->return_path = unpack_str(from);
	e->trace = unpack_str(from);
	e->octets = unpack_number(from);
	e->has_8bit = unpack_number(from) != 0;
	e->arrived = (int64_t)unpack_number(from);
	n = unpack_number(from);
	if (from->bad || n > from->n / RECIPIENT_LEAST)
		return false;
	all = arena_alloc(arena, (size_t)n * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = unpack_recipient(from);
	e->recipients = all;
	e->n_recipients = (size_t)n;
	return unpack_is_done(from);
}
