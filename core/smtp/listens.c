/* Where the sites of a configuration listen, judged. */
#include "core/smtp/listens.h"

#include <string.h>

#include "core/io/listen.h"

static void
tell(const struct compiler *c, const config_setting_t *at, const char *wrong,
    struct vb_str text)
{
	level_problem(c, at,
	    arena_printf(c->reader.arena, "listen: this %s:", wrong).p, text);
}

static bool
is_same(const struct listen_address *a, struct vb_str text)
{
	struct listen_address b;

	return listen_parse(text, &b) == NULL && a->size == b.size &&
	       memcmp(&a->address, &b.address, a->size) == 0;
}

/* Is it among the first n that a site has? */
static bool
has(const struct site *site, size_t n, const struct listen_address *address)
{
	for (size_t i = 0; i < n; i++)
		if (is_same(address, site->conf.listen.items[i]))
			return true;
	return false;
}

static bool
is_taken(const struct sites *sites, size_t n, const struct listen_address *of)
{
	const struct site *last = &sites->items[sites->n - 1];

	for (const struct site *s = sites->items; s < last; s++)
		if (has(s, s->conf.listen.n, of))
			return true;
	return has(last, n, of);
}

void
listens_check(const struct compiler *c, const config_setting_t *at)
{
	const struct vb_strings *listen =
	    &c->sites->items[c->sites->n - 1].conf.listen;
	struct listen_address address;

	for (size_t i = 0; i < listen->n; i++) {
		const char *wrong = listen_parse(listen->items[i], &address);

		if (wrong == NULL && is_taken(c->sites, i, &address))
			wrong = "is listened on already";
		if (wrong != NULL)
			tell(c, at, wrong, listen->items[i]);
	}
}
