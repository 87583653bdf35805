/*
 * The client over a connection that was turned: from the queue's lease into the
 * client, and what came of it back.
 */
#include "core/process/turned.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/mail/outgoing.h"
#include "core/process/lease.h"
#include "core/smtp/client.h"
#include "core/smtp/route.h"
#include "core/smtp/source_route.h"

/* The queue takes less than QUEUE_MS for the next message, or never will. */
enum { PIECE = 32 * 1024, QUEUE_MS = 60 * 1000 };

struct turned {
	struct arena *arena, *mail_arena; /* the latter reset by each message */
	struct vb_str session, remote;
	const struct generation *generation;
	struct client *client;
	struct lease *lease;
	struct outgoing message; /* of the errand, while the client has it */
	bool turns_back, is_finishing;
	unsigned messages, taken; /* recipients: asked for, and accepted */
	int64_t until;            /* for the queue */
};

struct turned *
turned_create(const struct turned_settings *settings)
{
	const struct process_conf *conf = &settings->generation->top.process;
	const struct client_patience patience = route_patience(route_default());
	struct lease *lease = lease_create(&(struct lease_settings){
	    .loop = settings->loop,
	    .notices = settings->notices,
	    .session = settings->session,
	    .domains = settings->turn->domains,
	    .changed = settings->changed,
	    .data = settings->data,
	});
	struct turned *t;

	if (lease == NULL) {
		log_event(VB_ERROR, "queue-unreachable",
		    "session=%.*s error=%s", VB_FMT(settings->session),
		    strerror(errno));
		return NULL;
	}
	t = must_alloc(sizeof(*t));
	t->arena = arena_create();
	t->mail_arena = arena_create();
	t->session = arena_copy(t->arena, settings->session);
	t->remote = arena_copy(t->arena, settings->remote);
	t->generation = settings->generation;
	t->client = client_create(conf->hostname, &patience);
	t->lease = lease;
	t->message.file = -1;
	t->until = clock_steady_ms() + QUEUE_MS;
	t->turns_back = settings->turn->turns_back && settings->may_turn_back;
	return t;
}

/* How it went, in one line. */
static void
tell_log(const struct turned *t)
{
	const struct client_result *failure = client_failure(t->client);
	const char *how = t->message.file >= 0 ? " broken off" : "";

	if (lease_state(t->lease) == LEASE_LOST)
		how = " the queue is gone";
	log_event(VB_INFO, "collected",
	    "session=%.*s remote=%.*s messages=%u recipients=%u%s%s%.*s",
	    VB_FMT(t->session), VB_FMT(t->remote), t->messages, t->taken, how,
	    failure->text.n > 0 ? " " : "", VB_FMT(failure->text));
}

void
turned_destroy(struct turned *t)
{
	if (t == NULL)
		return;
	tell_log(t);
	outgoing_close(&t->message);
	lease_destroy(t->lease);
	client_destroy(t->client);
	arena_destroy(t->arena);
	arena_destroy(t->mail_arena);
	free(t);
}

void
turned_input(struct turned *t, struct vb_str octets)
{
	client_input(t->client, octets);
}

struct buffer *
turned_output(struct turned *t)
{
	return client_output(t->client);
}

static bool
wants_body(const struct turned *t, size_t unsent)
{
	return client_wants_body(t->client) && unsent == 0;
}

static void
give_body(struct turned *t, size_t unsent)
{
	static char piece[PIECE];
	ptrdiff_t n;

	while (wants_body(t, unsent)) {
		n = outgoing_read(&t->message, piece, sizeof(piece));
		if (n < 0)
			client_body_failed(t->client, strerror(errno));
		else if (n == 0)
			client_body_end(t->client);
		else
			client_body(
			    t->client, (struct vb_str){ piece, (size_t)n });
	}
}

/* The queue hears what came of the message, and is to send the next. */
static void
report(struct turned *t, const struct report *reports)
{
	lease_report(t->lease, reports);
	t->until = clock_steady_ms() + QUEUE_MS;
}

static void
report_results(struct turned *t, const struct client_result *results)
{
	size_t n = lease_errand(t->lease)->n_recipients;
	struct report *reports = must_alloc(n * sizeof(*reports));

	for (size_t i = 0; i < n; i++) {
		reports[i] = (struct report){
			.outcome = results[i].outcome,
			.status = results[i].status,
			.text = results[i].text,
			.remote = t->remote,
		};
		t->taken += results[i].outcome == VB_DELIVERED;
	}
	report(t, reports);
	free(reports);
}

static void
report_unreadable(struct turned *t, const struct errand *e)
{
	struct report *reports = must_alloc(e->n_recipients * sizeof(*reports));

	log_event(VB_ERROR, "queue", "id=%.*s cannot be read: error=%s",
	    VB_FMT(e->id), strerror(errno));
	for (size_t i = 0; i < e->n_recipients; i++)
		reports[i] = (struct report){
			.outcome = VB_LATER,
			.status = VB_STR("4.3.0"),
			.text = VB_STR("the message cannot be read"),
		};
	report(t, reports);
	free(reports);
}

/* As the other is told it, who knows us by the name that we said. */
static struct vb_str
way_back(struct turned *t, const struct errand *e)
{
	const struct generation *g = t->generation;

	arena_reset(t->mail_arena);
	if (e->scope >= g->sites->n_scopes)
		return e->reverse_path;
	return source_route_reverse(t->mail_arena, g->sites->scopes[e->scope],
	    g->top.process.hostname, e->reverse_path);
}

static void
send_message(struct turned *t)
{
	const struct errand *e = lease_errand(t->lease);
	const char *state_dir = t->generation->top.process.state_dir.name;
	struct client_mail mail;

	if (!outgoing_open(&t->message, e, state_dir)) {
		report_unreadable(t, e);
		return;
	}
	mail = (struct client_mail){
		.reverse_path = way_back(t, e),
		.recipients = e->recipients,
		.n_recipients = e->n_recipients,
		.octets = outgoing_octets(&t->message),
		.has_8bit = e->has_8bit,
	};
	t->messages++;
	client_send(t->client, &mail);
}

/* The client has nothing to do: what is next? */
static void
move_on(struct turned *t)
{
	enum lease_state state = lease_state(t->lease);

	if (!client_is_ready(t->client) || t->message.file >= 0)
		return;
	if (t->is_finishing)
		client_quit(t->client);
	else if (state == LEASE_ERRAND)
		send_message(t);
	else if (state == LEASE_DONE && t->turns_back)
		client_turn(t->client);
	else if (state == LEASE_DONE)
		client_quit(t->client);
}

/* True: there were results. */
static bool
take_results(struct turned *t)
{
	const struct client_result *results = client_take_results(t->client);

	if (results == NULL)
		return false;
	outgoing_close(&t->message);
	report_results(t, results);
	return true;
}

void
turned_step(struct turned *t, size_t unsent)
{
	if (lease_state(t->lease) == LEASE_LOST)
		return;
	do {
		give_body(t, unsent);
		move_on(t);
	} while (take_results(t));
}

enum turned_state
turned_state(const struct turned *t)
{
	if (lease_state(t->lease) == LEASE_LOST)
		return TURNED_LOST;
	if (client_has_turned(t->client))
		return TURNED_BACK;
	return client_is_over(t->client) ? TURNED_OVER : TURNED_GOING;
}

int64_t
turned_deadline(const struct turned *t, size_t unsent)
{
	if (wants_body(t, unsent))
		return 0;
	return client_is_ready(t->client) ? t->until
	                                  : client_deadline(t->client);
}

void
turned_timeout(struct turned *t)
{
	if (!client_is_ready(t->client)) {
		client_timeout(t->client);
		return;
	}
	if (clock_steady_ms() < t->until)
		return;
	log_event(VB_ERROR, "queue-unreachable", "session=%.*s timed out",
	    VB_FMT(t->session));
	turned_finish(t);
}

void
turned_finish(struct turned *t)
{
	t->is_finishing = true;
	move_on(t);
}
