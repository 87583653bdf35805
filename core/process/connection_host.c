/*
 * What the session of a connection asks for: couriers, the queue, the counts
 * that all workers share, the spool and the journal.
 */
#include "core/process/connection_state.h"

static void
ask(void *host, unsigned number, const struct scope *scope,
    const struct module *module, const struct vb_query *query)
{
	struct connection *c = host;

	lookups_ask(&c->lookups, number, scope, module, query);
}

static void
ask_room(void *host, unsigned number, const struct scope *scope,
    const struct vb_found *whom, uint64_t octets)
{
	struct connection *c = host;

	lookups_ask_room(&c->lookups, number, scope, whom, octets);
}

static void
ask_terminals(void *host, unsigned number, const struct reach *what)
{
	struct connection *c = host;

	reaches_ask(&c->reaches, number, what);
}

static void
ask_kept(
    void *host, unsigned number, const struct vb_strings *domains, bool lets_go)
{
	struct connection *c = host;

	kept_asks_ask(&c->kept, number, domains, lets_go);
}

static void
answered(void *data)
{
	connection_pump(data);
}

static void
spool_ready(void *data)
{
	struct connection *c = data;

	session_go_on(c->session);
	connection_pump(c);
}

static bool
take_body(void *host, struct vb_str octets)
{
	struct connection *c = host;

	if (c->spool == NULL)
		c->spool = spool_create(
		    c->worker->loop, c->worker->spool_dir, spool_ready, c);
	return spool_add(c->spool, octets);
}

/* The time is that of the loop, read once for all that came in with one read.
 */
static uint64_t
count(void *host, struct vb_str what, struct vb_seconds window, unsigned more)
{
	struct connection *c = host;
	const struct meter_client client = { c->admission.site,
		c->admission.address };

	return meter_count(&c->worker->shared->meter, &client, what, window,
	    more, (int64_t)uv_now(c->worker->loop));
}

static void
discard(void *host)
{
	struct connection *c = host;

	spool_destroy(c->spool);
	c->spool = NULL;
}

static void
stored(void *data, int code, const char *status, struct vb_str text)
{
	struct connection *c = data;

	c->intake = NULL;
	session_stored(c->session, code, status, text);
	connection_pump(c);
}

static void
store(void *host, const struct message *message)
{
	struct connection *c = host;
	struct spool *spool = c->spool;

	if (spool == NULL)
		spool = spool_create(
		    c->worker->loop, c->worker->spool_dir, spool_ready, c);
	c->spool = NULL;
	c->intake = intake_take(&c->worker->intake, message, spool, stored, c);
}

const struct session_host connection_host = {
	.ask = ask,
	.room = ask_room,
	.reach = ask_terminals,
	.kept = ask_kept,
	.body = take_body,
	.discard = discard,
	.count = count,
	.store = store,
};

void
connection_open_host(struct connection *c)
{
	c->lookups = (struct lookups){ .pool = c->worker->answers,
		.session = &c->session,
		.answered = answered,
		.data = c };
	c->reaches = (struct reaches){ .pool = c->worker->terminals,
		.session = &c->session,
		.answered = answered,
		.data = c };
	c->kept = (struct kept_asks){ .loop = c->worker->loop,
		.notices = c->worker->notices,
		.id = { c->id, sizeof(c->id) },
		.session = &c->session,
		.answered = answered,
		.data = c };
}

/* What is being stored goes on. */
void
connection_close_host(struct connection *c)
{
	lookups_forget(&c->lookups);
	reaches_forget(&c->reaches);
	kept_asks_forget(&c->kept);
	if (c->intake != NULL)
		intake_forget(c->intake);
	c->intake = NULL;
	spool_destroy(c->spool);
	c->spool = NULL;
}
