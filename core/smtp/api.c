/* The smaller of the functions that modules reach through the table. */
#include "core/smtp/api.h"

#include <stdarg.h>
#include <string.h>

#include "core/base/network.h"
#include "core/module/where.h"
#include "core/smtp/state.h"

void
core_log(struct vb_session *vs, enum vb_level level, const char *event,
    const char *fmt, ...)
{
	struct session *s = session_of(vs);
	struct buffer text = { 0 }, escaped = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buffer_vprintf(&text, fmt, ap);
	va_end(ap);
	buffer_add_escaped(&escaped, buffer_str(&text));
	session_log(s, level, event, "module=%s %.*s",
	    s->running == NULL ? "-" : s->running->name,
	    VB_FMT(buffer_str(&escaped)));
	buffer_finish(&text);
	buffer_finish(&escaped);
}

void *
core_alloc(struct vb_session *vs, size_t size)
{
	return arena_alloc(session_arena(session_of(vs)), size);
}

struct vb_str
core_print(struct vb_session *vs, const char *fmt, ...)
{
	struct vb_str text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(session_arena(session_of(vs)), fmt, ap);
	va_end(ap);
	return text;
}

const struct vb_client *
core_client(const struct vb_session *vs)
{
	return &((const struct session *)vs)->client;
}

const struct vb_transaction *
core_transaction(const struct vb_session *vs)
{
	const struct transaction *t = ((const struct session *)vs)->transaction;

	return t == NULL ? NULL : &t->is;
}

/* "module.name", made without printf: a guard may count at every command. */
static struct vb_str
own_name(struct session *s, struct vb_str name)
{
	const struct vb_str module = vb_str(s->running->name);
	const size_t n = module.n + 1 + name.n;
	char *p = arena_alloc(s->command_arena, n);

	memcpy(p, module.p, module.n);
	p[module.n] = '.';
	memcpy(p + module.n + 1, name.p, name.n);
	return (struct vb_str){ p, n };
}

bool
core_is_from(const struct vb_session *vs, const struct vb_networks *networks)
{
	const struct session *s = (const struct session *)vs;
	struct vb_network client;
	struct address16 address;

	if (network_parse(s->client.address, &client) != NULL)
		return false;
	memcpy(address.octets, client.address, sizeof(address.octets));
	for (size_t i = 0; i < networks->n; i++)
		if (network_has(&networks->items[i], &address))
			return true;
	return false;
}

uint64_t
core_count(struct vb_session *vs, const char *what,
    const struct vb_seconds *window, unsigned more)
{
	struct session *s = session_of(vs);

	return s->host->count(
	    s->host_data, own_name(s, vb_str(what)), *window, more);
}

static bool
refuse(struct session *s, const char *function)
{
	session_log(s, VB_ERROR, "out-of-turn",
	    "module=%s at=%s: %s() does nothing here", s->running->name,
	    s->hook == 0 ? "verb" : where_point(s->hook), function);
	return false;
}

bool
may_speak(struct session *s, const char *function)
{
	switch ((int)s->hook) {
	case VB_AT_HEADER:
	case VB_AT_BODY:
	case VB_AT_STORED:
	case VB_AT_REPLY:
	case VB_AT_TRANSACTION_END:
	case VB_AT_SESSION_END:
		return refuse(s, function);
	default:
		return true;
	}
}

bool
may_act(struct session *s, const char *function)
{
	return s->hook == 0 || refuse(s, function);
}

/* A module's slot, made when it is first asked for. */
static void *
slot(void **slots, const struct module *m, struct arena *arena, size_t size)
{
	if (slots[m->index] == NULL)
		slots[m->index] = arena_alloc(arena, size);
	return slots[m->index];
}

void *
core_session_data(struct vb_session *vs)
{
	struct session *s = session_of(vs);

	return slot(s->data, s->running, s->arena, s->running->is.session_size);
}

void *
core_transaction_data(struct vb_session *vs)
{
	struct session *s = session_of(vs);

	if (s->transaction == NULL)
		return NULL;
	return slot(s->transaction->data, s->running, s->transaction_arena,
	    s->running->is.transaction_size);
}

void
core_greet(struct vb_session *vs, struct vb_str name, bool extended)
{
	struct session *s = session_of(vs);

	if (!may_act(s, "vb_greet"))
		return;
	transaction_end(s);
	s->helo.n = 0;
	buffer_add_str(&s->helo, name);
	s->client.helo = buffer_str(&s->helo);
	s->client.is_extended = extended;
	s->is_greeted = true;
}

void
core_close(struct vb_session *vs)
{
	if (may_speak(session_of(vs), "vb_close"))
		session_of(vs)->closes = true;
}
