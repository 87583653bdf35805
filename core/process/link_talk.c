/*
 * What is said over a link: octets from its channel into its client and back,
 * one mail after the other.
 *
 * When the connection breaks before a message was given in full, the rest of
 * its recipients go back to be tried at another address. One that was used
 * before may just have been too old: then the same address is tried once more.
 *
 * Where the route has a site for it, the other is asked for its mail (TURN)
 * before a connection ends, over one at a time. When it agrees the connection
 * is not ours any more; when it does not, there is nothing left to do.
 */
#include <errno.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/process/link_state.h"

enum { PIECE = 32 * 1024 };

bool
link_wants_body(const struct link *l)
{
	return client_wants_body(l->client) && channel_unsent(l->channel) == 0;
}

static void
give_body(struct link *l)
{
	static char piece[PIECE];
	ptrdiff_t n;

	while (link_wants_body(l)) {
		n = outgoing_read(&l->job->is.message, piece, sizeof(piece));
		if (n < 0)
			client_body_failed(l->client, strerror(errno));
		else if (n == 0)
			client_body_end(l->client);
		else
			client_body(
			    l->client, (struct vb_str){ piece, (size_t)n });
	}
}

/* Another connection than this might do better: there is one more address, or
   this one was used before and may just have been too old. */
static bool
has_another(const struct link *l)
{
	return l->messages > 1 || l->at + 1 < l->addresses->n;
}

/* True: there were results. */
static bool
take_results(struct link *l)
{
	const struct client_result *results = client_take_results(l->client);
	struct job_out *j = l->job;

	if (results == NULL)
		return false;
	l->job = NULL;
	if (job_out_take(j, results, link_remote(l), has_another(l)))
		job_out_end(j, NULL, VB_STR(""));
	else {
		l->has_failed_job = true;
		destination_put_back(l->destination, j);
	}
	return true;
}

static void
ask_for_mail(struct link *l)
{
	l->destination->n_asked += !l->has_asked;
	l->has_asked = true;
	client_turn(l->client);
}

void
link_end(struct link *l)
{
	if (destination_is_asked(l->destination))
		ask_for_mail(l);
	else
		client_quit(l->client);
}

static void
give_job(struct link *l)
{
	struct destination *d = l->destination;
	struct client_mail mail;

	if (!client_is_ready(l->client) || l->job != NULL)
		return;
	link_set_connecting(l, false);
	l->was_ready = true;
	if (d->outbound->is_finishing ||
	    l->messages >= (unsigned)d->route.messages) {
		link_end(l);
		return;
	}
	l->job = destination_take(d);
	if (l->job == NULL) {
		l->until = clock_steady_ms() +
		           d->route.idle_timeout.value * 1000;
		return;
	}
	if (job_out_is_visit(l->job)) {
		ask_for_mail(l);
		return;
	}
	l->messages++;
	mail = job_out_begin(l->job);
	client_send(l->client, &mail);
}

/* A visit has ended when the other has answered TURN. */
static void
end_visit(struct link *l)
{
	const struct client_result *result = client_turn_result(l->client);
	struct job_out *j = l->job;

	if (j == NULL || !job_out_is_visit(j) || result->outcome == VB_FAILED)
		return;
	l->job = NULL;
	job_out_end(j, result, link_remote(l));
}

/* The other is the client from now on, and somebody else the server. */
static void
hand_over(struct link *l)
{
	struct destination *d = l->destination;
	struct channel *channel = l->channel;

	l->channel = NULL;
	l->has_asked = false; /* who has it then counts on */
	link_close(l);
	d->outbound->turned(d->outbound->data, channel, d->route.turn_site, d);
}

/* The client has ended: on to the next address, or away. */
static void
over(struct link *l)
{
	const struct client_result *failure = client_failure(l->client);

	if (failure->outcome != VB_FAILED) {
		link_note_failure(l, *failure);
		link_next_address(l);
		return;
	}
	if (!l->has_failed_job) {
		link_close(l);
		return;
	}
	l->has_failed_job = false;
	if (l->messages > 1)
		link_find_address(l);
	else
		link_next_address(l);
}

void
link_step(struct link *l)
{
	do {
		give_body(l);
		give_job(l);
	} while (take_results(l));
	end_visit(l);
	if (client_has_turned(l->client)) {
		hand_over(l);
		return;
	}
	if (client_is_over(l->client)) {
		over(l);
		return;
	}
	if (channel_send(l->channel, client_output(l->client)))
		link_set_timer(l);
}

void
links_stir(struct destination *d)
{
	struct link *next;

	for (struct link *l = d->links; l != NULL; l = next) {
		next = l->next;
		if (l->client != NULL && l->job == NULL &&
		    client_is_ready(l->client) &&
		    (destination_count(d) > 0 || d->outbound->is_finishing))
			link_step(l);
	}
}
