/* Errands for the queue, in a worker. */
#include "core/process/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/io/packet.h"
#include "core/mail/errand.h"
#include "core/mail/report.h"
#include "core/process/roles.h"
#include "core/smtp/route.h"
#include "core/smtp/source_route.h"

/* A report has numbers of so many octets at the most. */
enum { REPORT_ROOM = 64 };

struct remote {
	uv_poll_t asked;
	const struct generation *g;
	struct outbound *outbound;
	bool is_finishing;
	struct remote_user user;
};

/* One errand: where its answer goes, and what must stay open. */
struct going {
	struct remote *remote;
	int reply, file;
};

static void has_errand(uv_poll_t *handle, int status, int events);

/* Reads on as long as there is room. */
static void
listen_on(struct remote *r)
{
	if (r->is_finishing || outbound_count(r->outbound) >= REMOTE_MOST)
		uv_poll_stop(&r->asked);
	else
		uv_poll_start(&r->asked, UV_READABLE, has_errand);
}

/* All reports together fit into a packet: what servers said is cut. */
static struct vb_str
cut(const struct outbound_report *report, size_t n)
{
	const size_t room = PACKET_MOST / n;
	const size_t others = REPORT_ROOM + report->status.n + report->remote.n;
	struct vb_str text = report->text;

	if (text.n + others > room)
		text.n = room > others ? room - others : 0;
	return text;
}

static void
answer(const struct going *g, const struct outbound_report *reports, size_t n)
{
	struct buffer packed = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct report report = {
			.outcome = reports[i].outcome,
			.status = reports[i].status,
			.text = cut(&reports[i], n),
			.remote = reports[i].remote,
		};

		report_pack(&packed, &report);
	}
	if (n > 0 && !packet_send(g->reply, buffer_str(&packed), NULL, 0))
		log_event(
		    VB_WARNING, "remote", "answer: error=%s", strerror(errno));
	buffer_finish(&packed);
}

static void
done(void *data, const struct outbound_report *reports, size_t n)
{
	struct going *g = data;
	struct remote *r = g->remote;

	answer(g, reports, n);
	close(g->reply);
	if (g->file >= 0)
		close(g->file);
	free(g);
	listen_on(r);
	r->user.ended(r->user.data);
}

static void
refuse(struct going *g, const struct errand *e, const char *status,
    const char *text)
{
	const struct outbound_report one = { .outcome = VB_LATER,
		.status = vb_str(status),
		.text = vb_str(text) };
	size_t n = e->n_recipients > 0 ? e->n_recipients : 1;
	struct outbound_report *all = must_alloc(n * sizeof(*all));

	for (size_t i = 0; i < n; i++)
		all[i] = one;
	done(g, all, n);
	free(all);
}

/* What the next hop is told: who we are there, and the way back. */
static void
introduce(struct outbound_job *job, const struct scope *scope,
    struct vb_str hostname, struct arena *arena)
{
	job->name = job->route.name.n > 0 ? job->route.name : hostname;
	job->reverse_path = source_route_reverse(
	    arena, scope, job->name, job->reverse_path);
}

/* The next hop is asked for its mail, though there is none for it. */
static void
visit(struct going *g, const struct errand *e, const struct outbound_job *job)
{
	if (job->route.turn_site.n > 0)
		outbound_send(g->remote->outbound, job, done, g);
	else
		refuse(g, e, "4.3.5", "its route has no turn_site");
}

static void
set_out(struct going *g, const struct errand *e, struct arena *arena)
{
	struct remote *r = g->remote;
	const struct sites *sites = r->g->sites;
	struct outbound_job job = {
		.id = e->id,
		.route.domain = e->domain,
		.reverse_path = e->reverse_path,
		.recipients = e->recipients,
		.n_recipients = e->n_recipients,
		.has_8bit = e->has_8bit,
		.asked = e->asked,
	};

	if (e->scope >= sites->n_scopes ||
	    route_find(&r->g->modules, sites->scopes[e->scope], e->id,
		&job.route) != VB_KNOWN ||
	    job.route.via.n == 0) {
		refuse(g, e, "4.4.4", "no module routes there now");
		return;
	}
	introduce(
	    &job, sites->scopes[e->scope], r->g->top.process.hostname, arena);
	job.next_hop = route_next_hop(arena, &job.route);
	if (e->n_recipients == 0) {
		visit(g, e, &job);
		return;
	}
	if (!outgoing_open(&job.message, e, r->g->top.process.state_dir.name)) {
		refuse(g, e, "4.3.0", "the message cannot be read");
		return;
	}
	g->file = job.message.file;
	outbound_send(r->outbound, &job, done, g);
}

/* 0 says that it is taken, but that there is nobody to be ended for it. False:
   the queue that asked is gone. */
static bool
say_taken(int reply)
{
	struct buffer who = { 0 };
	bool ok;

	pack_number(&who, 0);
	ok = packet_send(reply, buffer_str(&who), NULL, 0);
	buffer_finish(&who);
	return ok;
}

static void
take(struct remote *r, struct vb_str octets, int reply)
{
	struct unpack from = { octets.p, octets.n, false };
	struct arena *arena = arena_create();
	struct going *g = must_alloc(sizeof(*g));
	struct errand e;

	*g = (struct going){ r, reply, -1 };
	if (say_taken(reply) && errand_unpack(&from, arena, &e)) {
		set_out(g, &e, arena);
	} else {
		close(reply);
		free(g);
	}
	arena_destroy(arena);
}

static void
has_errand(uv_poll_t *handle, int status, int events)
{
	static char octets[PACKET_MOST];
	struct remote *r = handle->data;
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(fd_pair(PAIR_REMOTE), octets, fds);

	(void)status, (void)events;
	if (n <= 0)
		return;
	if (fds[1] >= 0)
		close(fds[1]);
	if (fds[0] >= 0)
		take(r, (struct vb_str){ octets, (size_t)n }, fds[0]);
	listen_on(r);
}

struct remote *
remote_create(
    uv_loop_t *loop, const struct generation *g, const struct remote_user *user)
{
	struct remote *r = must_alloc(sizeof(*r));
	struct resolver *resolver = resolver_create(
	    loop, &g->top.process.resolver);

	if (resolver == NULL) {
		log_event(VB_ERROR, "cannot-start", "no resolver");
		free(r);
		return NULL;
	}
	r->g = g;
	r->user = *user;
	r->outbound = outbound_create(loop, resolver, user->turned, user->data);
	r->asked.data = r;
	uv_poll_init(loop, &r->asked, fd_pair(PAIR_REMOTE));
	listen_on(r);
	return r;
}

unsigned
remote_count(const struct remote *r)
{
	return outbound_count(r->outbound);
}

void
remote_finish(struct remote *r)
{
	r->is_finishing = true;
	uv_poll_stop(&r->asked);
	outbound_finish(r->outbound);
}

void
remote_abandon(struct remote *r)
{
	outbound_abandon(r->outbound);
}
