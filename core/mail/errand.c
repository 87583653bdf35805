/* One message for another server, as octets. */
#include "core/mail/errand.h"

void
errand_pack(struct buffer *to, const struct errand *e)
{
	pack_number(to, e->scope);
	pack_str(to, e->id);
	pack_str(to, e->domain);
	pack_str(to, e->reverse_path);
	pack_str(to, e->trace);
	pack_str(to, e->file);
	pack_number(to, e->at);
	pack_number(to, e->octets);
	pack_number(to, e->has_8bit);
	pack_number(to, (uint64_t)e->asked);
	pack_number(to, e->n_recipients);
	for (size_t i = 0; i < e->n_recipients; i++)
		pack_str(to, e->recipients[i]);
}

bool
errand_unpack(struct unpack *from, struct arena *arena, struct errand *e)
{
	struct vb_str *all;
	uint64_t n;

	*e = (struct errand){ .scope = (unsigned)unpack_number(from) };
	e->id = unpack_str(from);
	e->domain = unpack_str(from);
	e->reverse_path = unpack_str(from);
	e->trace = unpack_str(from);
	e->file = unpack_str(from);
	e->at = unpack_number(from);
	e->octets = unpack_number(from);
	e->has_8bit = unpack_number(from) != 0;
	e->asked = (int64_t)unpack_number(from);
	n = unpack_number(from);
	if (from->bad || n > from->n / sizeof(uint64_t))
		return false;
	all = arena_alloc(arena, (size_t)n * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = unpack_str(from);
	e->recipients = all;
	e->n_recipients = (size_t)n;
	return unpack_is_done(from);
}
