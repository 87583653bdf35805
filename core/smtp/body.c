/*
 * The message coming in: counted, looked through for Received fields, changed
 * by the filters at VB_AT_BODY, and handed to the host in pieces. A session
 * holds at most one piece, however large the message.
 */
#include <stdarg.h>

#include "core/smtp/state.h"

enum { PIECE = 64 * 1024 };

void
body_begin(struct session *s)
{
	s->transaction->in_header = true;
	s->transaction->at_line_start = true;
}

/* An empty line ends the header; "Received:" begins a trace field. */
static void
scan_octet(struct transaction *t, char c)
{
	const struct vb_str name = VB_STR("received:");

	if (t->at_line_start && c == '\r') {
		t->in_header = false;
		return;
	}
	if (t->at_line_start)
		t->matched = 0;
	t->at_line_start = c == '\n';
	if (t->matched >= name.n || vb_lower(c) != name.p[t->matched]) {
		t->matched = name.n;
		return;
	}
	if (++t->matched == name.n)
		t->received++;
}

static void
scan(struct transaction *t, struct vb_str octets)
{
	for (size_t i = 0; i < octets.n && t->in_header; i++)
		scan_octet(t, octets.p[i]);
}

void
body_flush(struct session *s)
{
	struct transaction *t = s->transaction;

	if (t->body.n == 0)
		return;
	if (!s->host->body(s->host_data, buffer_str(&t->body)) &&
	    s->waiting == WAITING_NOT)
		s->waiting = WAITING_BODY;
	t->body.n = 0;
}

static bool
has_8bit(struct vb_str octets)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; octets.n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, octets.p + i, sizeof(word));
		all |= word;
	}
	for (; i < octets.n; i++)
		all |= (unsigned char)octets.p[i];
	return (all & 0x8080808080808080) != 0;
}

/* The end of all filters. */
static void
sink(struct session *s, struct vb_str octets)
{
	struct transaction *t = s->transaction;

	t->is.octets += octets.n;
	if (t->is.octets > session_limits(s)->message.value)
		t->is_too_large = true;
	if (t->is_too_large || t->text.fault != TEXT_GOOD) {
		t->body.n = 0;
		return;
	}
	t->has_8bit = t->has_8bit || has_8bit(octets);
	reach_keep(t, octets);
	buffer_add_str(&t->body, octets);
	if (t->body.n >= PIECE)
		body_flush(s);
}

/* Through the filters from t->filter on. */
static void
pass(struct session *s, struct vb_str octets)
{
	struct transaction *t = s->transaction;
	const struct chain *chain = &s->sites->chains.at[VB_AT_BODY];
	const struct chain_link *link = &chain->items[t->filter];
	const struct vb_event event = {
		.size = sizeof(event),
		.point = VB_AT_BODY,
		.verb = s->command.name,
		.bytes = octets,
	};
	enum vb_verdict verdict;

	if (t->filter >= chain->n) {
		sink(s, octets);
		return;
	}
	t->filter++;
	verdict = call_hook(s, link, &event);
	if (verdict == VB_NEXT)
		pass(s, octets);
	else if (verdict != VB_DONE && !t->has_failed) {
		session_log(s, VB_ERROR, "module-failed", "module=%s at=body",
		    link->module->name);
		t->has_failed = true;
	}
	t->filter--;
}

void
body_take(struct session *s, struct vb_str octets)
{
	struct transaction *t = s->transaction;

	scan(t, octets);
	t->filter = 0;
	pass(s, octets);
}

void
core_write(struct vb_session *vs, struct vb_str octets)
{
	struct session *s = session_of(vs);

	if (s->transaction != NULL && s->mode == MODE_MESSAGE)
		pass(s, octets);
}

void
core_add_field(struct vb_session *vs, const char *fmt, ...)
{
	struct session *s = session_of(vs);
	struct buffer text = { 0 };
	va_list ap;

	if (s->transaction == NULL)
		return;
	va_start(ap, fmt);
	buffer_vprintf(&text, fmt, ap);
	va_end(ap);
	buffer_add_escaped(&s->transaction->fields, buffer_str(&text));
	buffer_printf(&s->transaction->fields, "\r\n");
	buffer_finish(&text);
}
