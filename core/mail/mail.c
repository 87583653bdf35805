/* A message that the queue is at work on. */
#include "core/mail/mail.h"

#include <fcntl.h>
#include <unistd.h>

#include "core/io/file.h"
#include "core/mail/parked.h"
#include "core/mail/segment.h"

static size_t
weight(const struct envelope *e, const struct recipient *r)
{
	return e->trace.n + e->id.n + e->reverse_path.n + e->return_path.n +
	       r->mailbox.n + r->user.n + r->domain.n + r->home.n + 256;
}

struct mail *
mail_create(struct arena *arena, const struct envelope *envelope,
    const struct sites *sites)
{
	struct mail *m = arena_alloc(arena, sizeof(*m));

	m->arena = arena;
	m->envelope = *envelope;
	m->scope = sites_find_scope(sites, m->envelope.scope);
	m->n = m->n_open = m->envelope.n_recipients;
	m->deliveries = arena_alloc(arena, m->n * sizeof(*m->deliveries));
	for (unsigned i = 0; i < m->n; i++)
		m->deliveries[i] = (struct delivery_due){
			.mail = m,
			.number = i,
			.to = &m->envelope.recipients[i],
			.weight = weight(
			    &m->envelope, &m->envelope.recipients[i]),
		};
	return m;
}

struct mail *
mail_unpack(struct vb_str packed, const struct sites *sites)
{
	struct arena *arena = arena_create();
	struct vb_str copy = arena_copy(arena, packed);
	struct unpack from = { copy.p, copy.n, false };
	struct envelope envelope;

	if (envelope_unpack(&from, arena, &envelope))
		return mail_create(arena, &envelope, sites);
	arena_destroy(arena);
	return NULL;
}

void
mail_destroy(struct mail *m)
{
	arena_destroy(m->arena);
}

const char *
mail_name(const struct mail *m)
{
	return arena_string(m->arena, m->envelope.id);
}

struct vb_str
mail_file(const struct mail *m, struct arena *arena)
{
	char name[SEGMENT_NAME], parked[PARKED_PATH_SIZE];

	switch (m->source.kind) {
	case SOURCE_JOURNAL:
		segment_name(m->source.incarnation, name);
		return arena_printf(arena, "journal/%s", name);
	case SOURCE_LARGE:
		return arena_printf(
		    arena, "large/%.*s", VB_FMT(m->envelope.id));
	case SOURCE_PARKED:
		break;
	}
	if (!parked_path(m->envelope.id, parked))
		return VB_STR("");
	return arena_printf(arena, "queue/%s", parked);
}

bool
mail_has_others(const struct mail *m)
{
	return m->n_open - 1 + m->n_failed + m->n_later > 0;
}

size_t
mail_read(const struct mail *m, const char *state_dir, void *octets, size_t n)
{
	const char *path = arena_printf(
	    m->arena, "%s/%.*s", state_dir, VB_FMT(mail_file(m, m->arena)))
	                       .p;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ptrdiff_t got;

	if (fd < 0)
		return 0;
	if (n > m->envelope.octets)
		n = (size_t)m->envelope.octets;
	got = file_read(fd, octets, n, m->source.at);
	close(fd);
	return got < 0 ? 0 : (size_t)got;
}
