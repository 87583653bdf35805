/*
 * Trace fields: where a message came from and when.
 *
 * RFC 5321 §4.4, and in profile rfc821 the time-stamp-line of RFC 821 §4.1.1
 * with the four-digit year of RFC 1123 §5.2.14. The FOR clause stands only
 * where there is one recipient: others must not learn of each other.
 */
#include "core/base/clock.h"
#include "core/smtp/state.h"

static struct vb_str
helo_name(const struct session *s)
{
	return s->client.helo.n > 0 ? s->client.helo : VB_STR("unknown");
}

/* The address as a literal: "[192.0.2.1]", "[IPv6:2001:db8::1]". */
static struct vb_str
literal(const struct session *s, struct arena *arena)
{
	const char *tag = "";

	for (size_t i = 0; i < s->client.address.n; i++)
		if (s->client.address.p[i] == ':')
			tag = "IPv6:";
	return arena_printf(arena, "[%s%.*s]", tag, VB_FMT(s->client.address));
}

static struct vb_str
for_whom(const struct session *s, struct arena *arena, const char *word)
{
	const struct transaction *t = s->transaction;

	if (t->is.recipients != 1)
		return VB_STR("");
	return arena_printf(
	    arena, " %s <%.*s>", word, VB_FMT(t->recipients[0].mailbox));
}

static struct vb_str
received_rfc821(const struct session *s, struct arena *arena)
{
	char now[CLOCK_RFC5322_SIZE];

	clock_rfc821(clock_wall_us() / 1000000, now);
	return arena_printf(arena,
	    "Received: FROM %.*s BY %.*s WITH SMTP\r\n\tID %.*s%.*s ; %s\r\n",
	    VB_FMT(helo_name(s)), VB_FMT(s->client.hostname),
	    VB_FMT(s->transaction->is.id), VB_FMT(for_whom(s, arena, "FOR")),
	    now);
}

static struct vb_str
received_rfc5321(const struct session *s, struct arena *arena)
{
	char now[CLOCK_RFC5322_SIZE];

	clock_rfc5322(clock_wall_us() / 1000000, now);
	return arena_printf(arena,
	    "Received: from %.*s (%.*s)\r\n\tby %.*s with %s\r\n"
	    "\tid %.*s%.*s; %s\r\n",
	    VB_FMT(helo_name(s)), VB_FMT(literal(s, arena)),
	    VB_FMT(s->client.hostname),
	    s->client.is_extended ? "ESMTP" : "SMTP",
	    VB_FMT(s->transaction->is.id), VB_FMT(for_whom(s, arena, "for")),
	    now);
}

struct vb_str
trace_received(const struct session *s, struct arena *arena)
{
	struct vb_str received = session_profile(s) == PROFILE_RFC821
	                             ? received_rfc821(s, arena)
	                             : received_rfc5321(s, arena);

	return arena_printf(arena, "%.*s%.*s", VB_FMT(received),
	    VB_FMT(buffer_str(&s->transaction->fields)));
}
