/* Questions about mail that is kept, as octets. */
#include "core/mail/kept_ask.h"

void
kept_ask_pack(struct buffer *to, const struct kept_ask *ask)
{
	pack_number(to, ask->what);
	pack_str(to, ask->session);
	pack_number(to, ask->domains.n);
	for (size_t i = 0; i < ask->domains.n; i++)
		pack_str(to, ask->domains.items[i]);
}

bool
kept_ask_unpack(struct unpack *from, struct arena *arena, struct kept_ask *ask)
{
	uint64_t what = unpack_number(from), n;
	struct vb_str *all;

	*ask = (struct kept_ask){ .session = unpack_str(from) };
	n = unpack_number(from);
	if (from->bad || what > KEPT_COLLECT || n > from->n / sizeof(uint64_t))
		return false;
	ask->what = (enum kept_what)what;
	all = arena_alloc(arena, (size_t)n * sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = unpack_str(from);
	ask->domains = (struct vb_strings){ all, (size_t)n };
	return unpack_is_done(from);
}

void
kept_answer_pack(struct buffer *to, const struct vb_kept *kept)
{
	pack_number(to, kept->state);
	pack_number(to, kept->messages);
	pack_number(to, kept->octets);
}

bool
kept_answer_unpack(struct unpack *from, struct vb_kept *kept)
{
	uint64_t state = unpack_number(from);

	*kept = (struct vb_kept){ .size = sizeof(*kept),
		.state = state == VB_KEPT_KNOWN ? VB_KEPT_KNOWN
		                                : VB_KEPT_UNSURE };
	kept->messages = unpack_number(from);
	kept->octets = unpack_number(from);
	return unpack_is_done(from);
}
