/*
 * A session: octets in, octets out, and time.
 *
 * Input is taken as long as nothing waits; what comes meanwhile is kept, and
 * whoever feeds it stops reading. So a client that pipelines meets the same
 * answers in the same order as one that does not, however its octets are cut
 * into packets.
 */
#include "core/smtp/session.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/smtp/query.h"
#include "core/smtp/state.h"

struct session *
session_create(const struct session_settings *settings)
{
	struct session *s = must_alloc(sizeof(*s));
	const struct scope *scope = settings->scope;

	s->sites = settings->sites;
	s->scope = scope;
	s->host = settings->host;
	s->host_data = settings->host_data;
	s->make_id = settings->make_id;
	s->may_not_relay = settings->may_not_relay;
	s->arena = arena_create();
	s->command_arena = arena_create();
	s->transaction_arena = arena_create();
	s->data = arena_alloc(s->arena, s->sites->modules->n * sizeof(void *));
	s->local_address = arena_copy(s->arena, settings->local_address);
	s->client = (struct vb_client){
		.size = sizeof(s->client),
		.session = arena_copy(s->arena, settings->id),
		.site = scope->site->conf.name,
		.hostname = settings->hostname,
		.address = arena_copy(s->arena, settings->address),
		.port = settings->port,
		.is_rfc821 = scope->site->profile == PROFILE_RFC821,
		.largest = scope->conf.limits.message.value,
		.may_not_turn = settings->may_not_turn,
	};
	s->line.limit = (size_t)session_limits(s)->line;
	s->now = clock_steady_ms();
	s->end = s->now + session_limits(s)->session_timeout.value * 1000;
	s->until = s->end;
	return s;
}

void
session_destroy(struct session *s)
{
	if (s == NULL)
		return;
	transaction_end(s);
	tell(s, VB_AT_SESSION_END, 0);
	line_reader_finish(&s->line);
	buffer_finish(&s->pending);
	buffer_finish(&s->output);
	buffer_finish(&s->reply);
	buffer_finish(&s->helo);
	arena_destroy(s->arena);
	arena_destroy(s->command_arena);
	arena_destroy(s->transaction_arena);
	free(s);
}

void
session_start(struct session *s)
{
	command_connect(s);
}

void
session_refuse(struct session *s, const char *text)
{
	say_bye(s, "4.3.2", text);
}

static void
take_line(struct session *s, struct vb_str *input)
{
	enum line_fault fault;
	struct vb_str line;

	if (!line_take(&s->line, input, &line, &fault))
		return;
	s->has_more = input->n > 0;
	command_begin(s, line, fault);
}

static void
take_message(struct session *s, struct vb_str *input)
{
	struct vb_str piece;
	bool end = text_take(&s->transaction->text, input, &piece);

	s->until = s->now + session_limits(s)->data_timeout.value * 1000;
	if (piece.n > 0)
		body_take(s, piece);
	if (end)
		command_took_message(s);
}

static void
take(struct session *s, struct vb_str *input)
{
	while (input->n > 0 && s->waiting == WAITING_NOT && !s->is_over) {
		if (s->mode == MODE_MESSAGE)
			take_message(s, input);
		else
			take_line(s, input);
	}
}

static void
take_pending(struct session *s)
{
	struct vb_str input = buffer_str(&s->pending);

	take(s, &input);
	buffer_drop(&s->pending, s->pending.n - input.n);
	if (s->pending.n == 0)
		buffer_finish(&s->pending);
}

void
session_input(struct session *s, struct vb_str octets)
{
	if (s->is_over)
		return;
	s->now = clock_steady_ms();
	if (s->pending.n == 0)
		take(s, &octets);
	if (octets.n == 0 || s->is_over)
		return;
	buffer_add_str(&s->pending, octets);
	if (s->waiting == WAITING_NOT)
		take_pending(s);
}

bool
session_wants_input(const struct session *s)
{
	return s->waiting == WAITING_NOT && !s->is_over;
}

struct buffer *
session_output(struct session *s)
{
	return &s->output;
}

const struct session_turn *
session_turn(const struct session *s)
{
	bool is_agreed = s->command.code / 100 == 2 && s->pending.n == 0;

	return s->is_over && s->has_turned && is_agreed ? &s->turn : NULL;
}

bool
session_is_over(const struct session *s)
{
	return s->is_over;
}

int64_t
session_deadline(const struct session *s)
{
	int64_t until = s->until;

	if (s->waiting == WAITING_STORE || s->waiting == WAITING_BODY)
		return INT64_MAX;
	if (s->waiting == WAITING_MODULE)
		until = s->wait_end;
	return until < s->end ? until : s->end;
}

void
session_timeout(struct session *s)
{
	s->now = clock_steady_ms();
	if (s->is_over || s->now < session_deadline(s))
		return;
	if (s->waiting == WAITING_MODULE && s->now < s->end) {
		command_wait_ended(s);
		take_pending(s);
		return;
	}
	session_log(s, VB_NOTICE, "timeout", "in=%s",
	    s->mode == MODE_MESSAGE ? "message" : "command");
	say_bye(s, "4.4.2", "Timeout, closing the connection");
}

void
session_shut_down(struct session *s, bool now)
{
	bool between = s->waiting == WAITING_NOT &&
	               (now || s->mode == MODE_COMMAND);

	s->is_shutting_down = true;
	s->stops_at_once = s->stops_at_once || now;
	if (between && !s->is_over)
		say_bye(s, "4.3.2", "Service shutting down");
}

static void
go_on(struct session *s)
{
	s->now = clock_steady_ms();
	s->waiting = WAITING_NOT;
	command_go_on(s);
	take_pending(s);
}

void
session_answer(struct session *s, unsigned number, enum vb_known known,
    const struct vb_found *found, size_t n)
{
	s->out--;
	lookup_answer(s, number, known, found, n);
	if (s->waiting == WAITING_MODULE && !s->is_over)
		go_on(s);
}

void
session_room(struct session *s, unsigned number, enum vb_room room)
{
	s->out--;
	room_answer(s, number, room);
	if (s->waiting == WAITING_MODULE && !s->is_over)
		go_on(s);
}

void
session_reached(struct session *s, unsigned number, enum vb_presence presence,
    enum vb_shown shown)
{
	s->out--;
	reach_answer(s, number, presence, shown);
	if (s->waiting == WAITING_MODULE && !s->is_over)
		go_on(s);
}

void
session_kept(struct session *s, unsigned number, const struct vb_kept *answer)
{
	s->out--;
	kept_answer(s, number, answer);
	if (s->waiting == WAITING_MODULE && !s->is_over)
		go_on(s);
}

void
session_go_on(struct session *s)
{
	if (s->waiting != WAITING_BODY)
		return;
	s->waiting = WAITING_NOT;
	if (s->stops_at_once) {
		say_bye(s, "4.3.2", "Service shutting down");
		return;
	}
	s->now = clock_steady_ms();
	s->until = s->now + session_limits(s)->data_timeout.value * 1000;
	take_pending(s);
}

void
session_stored(
    struct session *s, int code, const char *status, struct vb_str text)
{
	struct transaction *t = s->transaction;

	assert(t != NULL); /* nothing of a module runs while it is stored */
	if (code == 0) {
		s->waiting = WAITING_NOT;
		s->is_over = true;
		return;
	}
	t->commit = COMMIT_STORED;
	t->stored_code = code;
	t->stored_status = status;
	t->stored_text = arena_copy(s->transaction_arena, text);
	go_on(s);
}

size_t
session_memory(const struct session *s)
{
	size_t sum = sizeof(*s) + arena_size(s->arena) +
	             arena_size(s->command_arena) +
	             arena_size(s->transaction_arena) + s->line.held.room +
	             s->pending.room + s->output.room + s->reply.room +
	             s->helo.room;

	if (s->transaction != NULL)
		sum += s->transaction->body.room + s->transaction->fields.room +
		       s->transaction->kept.room;
	return sum;
}
