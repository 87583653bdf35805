/*
 * One next hop: its addresses, what waits for it, the connections to it, and
 * whether it is dead.
 *
 * Connections are made for what waits, up to the limit, and take it in order.
 * When one cannot be made at any address and there is no other, the next hop is
 * dead for a while, and everything that waits comes back. When there are
 * others, it seems to want no more of them: then no more are made for a while.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/outbound_state.h"

enum { ADDRESSES_MOST = 16 };
enum { DEAD_MS = 30 * 1000, CRAMPED_MS = 30 * 1000, ADDRESSES_MS = 60 * 1000 };

void
addresses_drop(struct addresses *a)
{
	if (a == NULL || --a->users > 0)
		return;
	arena_destroy(a->arena);
	free(a);
}

static struct destination *
create(struct outbound *o, const struct outbound_job *job, struct vb_str key)
{
	struct destination *d = must_alloc(sizeof(*d));

	d->outbound = o;
	d->arena = arena_create();
	d->dead_arena = arena_create();
	d->next_hop = arena_copy(d->arena, job->next_hop);
	d->name = arena_copy(d->arena, job->name);
	d->route.bind = arena_copy(d->arena, job->route.bind);
	d->end = &d->waiting;
	map_add(&o->by_key, &d->by_key, arena_copy(d->arena, key));
	uv_timer_init(o->loop, &d->soon);
	d->soon.data = d;
	return d;
}

static void
closed(uv_handle_t *handle)
{
	struct destination *d = handle->data;

	addresses_drop(d->addresses);
	arena_destroy(d->arena);
	arena_destroy(d->dead_arena);
	free(d);
}

void
destination_abandon(struct destination *d)
{
	struct job_out *j;

	while ((j = destination_take_any(d)) != NULL)
		job_out_abandon(j);
	while (d->links != NULL)
		link_abandon(d->links);
}

void
destination_destroy(struct destination *d)
{
	map_remove(&d->outbound->by_key, &d->by_key);
	uv_close((uv_handle_t *)&d->soon, closed);
}

struct destination *
destination_for(struct outbound *o, const struct outbound_job *job)
{
	struct arena *arena = arena_create();
	struct vb_str key = arena_printf(arena, "%.*s|%.*s|%.*s|%.*s",
	    VB_FMT(job->next_hop), VB_FMT(job->route.bind),
	    VB_FMT(job->route.turn_site), VB_FMT(job->name));
	struct destination *d = (struct destination *)map_find(&o->by_key, key);
	struct vb_str bind;

	if (d == NULL)
		d = create(o, job, key);
	bind = d->route.bind;
	d->route = job->route;
	d->route.bind = bind;
	arena_destroy(arena);
	return d;
}

static void
give_back(struct destination *d, const struct client_result *result,
    struct vb_str remote)
{
	struct job_out *j;

	while ((j = destination_take_any(d)) != NULL)
		job_out_end(j, result, remote);
}

static void
die(struct destination *d, const struct client_result *result,
    struct vb_str remote)
{
	struct arena *arena = arena_create();

	log_event(VB_NOTICE, "next-hop-dead", "next-hop=%.*s remote=%.*s %.*s",
	    VB_FMT(d->next_hop), VB_FMT(remote), VB_FMT(result->text));
	d->dead = *result;
	d->dead.status = arena_copy(arena, result->status);
	d->dead.text = arena_copy(arena, result->text);
	d->dead_remote = arena_copy(arena, remote);
	arena_destroy(d->dead_arena);
	d->dead_arena = arena;
	d->dead_since = clock_steady_ms();
	d->dead_until = d->dead_since + DEAD_MS;
	destination_stir(d);
}

void
destination_failed(struct destination *d, const struct client_result *result,
    struct vb_str remote)
{
	if (d->n_links == 0)
		die(d, result, remote);
	else
		d->cramped_until = clock_steady_ms() + CRAMPED_MS;
}

static struct addresses *
keep(const struct resolved *answer)
{
	struct addresses *a = must_alloc(sizeof(*a));

	a->users = 1;
	a->arena = arena_create();
	a->n = answer->n < ADDRESSES_MOST ? answer->n : ADDRESSES_MOST;
	a->items = arena_alloc(a->arena, a->n * sizeof(*a->items));
	for (size_t i = 0; i < a->n; i++) {
		a->items[i] = answer->addresses[i];
		a->items[i].host = arena_string(
		    a->arena, vb_str(answer->addresses[i].host));
	}
	return a;
}

static void
resolved(void *data, const struct resolved *answer)
{
	struct destination *d = data;

	d->is_resolving = false;
	addresses_drop(d->addresses);
	d->addresses = NULL;
	if (answer->n > 0) {
		d->addresses = keep(answer);
		d->addresses_until = clock_steady_ms() + ADDRESSES_MS;
		destination_stir(d);
		return;
	}
	die(d,
	    &(struct client_result){ .outcome = answer->outcome,
		.status = vb_str(answer->status),
		.text = vb_str(answer->text) },
	    VB_STR(""));
}

/* Are there addresses that are fresh? Otherwise they are asked for. */
static bool
has_addresses(struct destination *d)
{
	if (d->addresses != NULL && clock_steady_ms() < d->addresses_until)
		return true;
	if (!d->is_resolving) {
		d->is_resolving = true;
		resolver_ask(
		    d->outbound->resolver, d->next_hop, d->name, resolved, d);
	}
	return false;
}

static bool
may_connect(const struct destination *d)
{
	unsigned most = (unsigned)d->route.per_destination;
	int64_t now = clock_steady_ms();

	if (now < d->dead_until || (d->n_links > 0 && now < d->cramped_until))
		return false;
	return destination_count(d) > d->n_connecting && d->n_links < most;
}

static void look(uv_timer_t *timer);

void
destination_turn_ended(struct destination *d)
{
	d->n_asked--;
	destination_stir(d);
}

bool
destination_is_asked(const struct destination *d)
{
	return d->route.turn_site.n > 0 && d->outbound->turned != NULL &&
	       d->n_asked == 0 && !d->outbound->is_finishing;
}

/* Nothing is left to do: forgotten, when nothing is left to remember. */
static void
rest(struct destination *d)
{
	int64_t until = d->dead_until > d->addresses_until ? d->dead_until
	                                                   : d->addresses_until;
	int64_t now = clock_steady_ms();

	if (d->waiting != NULL || d->n_links > 0 || d->n_asked > 0 ||
	    d->is_resolving)
		return;
	if (until <= now || d->outbound->is_finishing) {
		destination_destroy(d);
		return;
	}
	uv_update_time(d->outbound->loop);
	uv_timer_start(&d->soon, look, (uint64_t)(until - now), 0);
	uv_unref((uv_handle_t *)&d->soon);
}

static void
look(uv_timer_t *timer)
{
	static const char finishing[] = "the server is shutting down";
	struct destination *d = timer->data;

	uv_ref((uv_handle_t *)&d->soon);
	if (d->outbound->is_finishing)
		give_back(d,
		    &(struct client_result){ .outcome = VB_LATER,
			.status = VB_STR("4.3.2"),
			.text = vb_str(finishing) },
		    VB_STR(""));
	if (clock_steady_ms() < d->dead_until && d->n_links == 0)
		give_back(d, &d->dead, d->dead_remote);
	links_stir(d);
	while (may_connect(d) && has_addresses(d))
		link_open(d);
	rest(d);
}

void
destination_stir(struct destination *d)
{
	uv_ref((uv_handle_t *)&d->soon);
	uv_timer_start(&d->soon, look, 0, 0);
}
