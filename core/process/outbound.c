/* Mail on its way to other servers. */
#include "core/process/outbound.h"

#include <stdlib.h>

#include "core/process/outbound_state.h"

struct outbound *
outbound_create(uv_loop_t *loop, struct resolver *resolver,
    outbound_turned *turned, void *data)
{
	struct outbound *o = must_alloc(sizeof(*o));

	o->loop = loop;
	o->resolver = resolver;
	o->turned = turned;
	o->data = data;
	return o;
}

void
outbound_send(struct outbound *o, const struct outbound_job *job,
    outbound_done *done, void *data)
{
	destination_add(
	    destination_for(o, job), job_out_create(o, job, done, data));
}

void
outbound_turn_ended(struct destination *by)
{
	destination_turn_ended(by);
}

unsigned
outbound_count(const struct outbound *o)
{
	return o->jobs;
}

static void
each(struct outbound *o, void (*what)(struct destination *d))
{
	struct map_node *d, *next = map_next(&o->by_key, NULL);

	while ((d = next) != NULL) {
		next = map_next(&o->by_key, d);
		what((struct destination *)d);
	}
}

void
outbound_finish(struct outbound *o)
{
	o->is_finishing = true;
	each(o, destination_stir);
}

void
outbound_abandon(struct outbound *o)
{
	each(o, destination_abandon);
}

void
outbound_destroy(struct outbound *o)
{
	each(o, destination_destroy);
	map_finish(&o->by_key);
	free(o);
}
