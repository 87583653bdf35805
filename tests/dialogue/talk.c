/* What a transcript says to a server, and what it hears. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "tests/dialogue/player.h"
#include "tests/dialogue/text.h"

bool
talk_connect(struct player *p, struct vb_str text)
{
	uint16_t port = ports_find(&p->server->ports, buffer_str(&p->port));

	(void)text;
	wire_finish(p->wire);
	if (port != 0)
		p->wire->fd = port_connect(port);
	if (p->wire->fd >= 0)
		return true;
	buffer_printf(p->told, "cannot connect to %.*s: %s\n",
	    VB_FMT(buffer_str(&p->port)),
	    port == 0 ? "no such site" : strerror(errno));
	return false;
}

static bool
send_lines(struct player *p, struct vb_str text, size_t n)
{
	struct buffer lines = { 0 };

	for (; n > 0; n--) {
		buffer_add_str(&lines, text);
		buffer_add(&lines, "\r\n", 2);
	}
	wire_send(p->wire, buffer_str(&lines));
	buffer_finish(&lines);
	return true;
}

bool
talk_say(struct player *p, struct vb_str text)
{
	return send_lines(p, text, 1);
}

bool
talk_say_many(struct player *p, struct vb_str text)
{
	size_t n = text_number(&text);

	return send_lines(p, text, n);
}

bool
talk_say_raw(struct player *p, struct vb_str text)
{
	struct buffer octets = { 0 };

	text_unescape(text, &octets);
	wire_send(p->wire, buffer_str(&octets));
	buffer_finish(&octets);
	return true;
}

bool
talk_fill(struct player *p, struct vb_str text)
{
	struct buffer octets = { 0 };
	size_t n = text_number(&text);

	memset(buffer_room(&octets, n + 1), 'x', n);
	octets.n = n;
	wire_send(p->wire, buffer_str(&octets));
	buffer_finish(&octets);
	return true;
}

bool
talk_expect(struct player *p, struct vb_str pattern)
{
	static const char *const got[] = {
		[WIRE_END] = "the server closed",
		[WIRE_SILENCE] = "nothing, for ten seconds",
		[WIRE_BAD_LINE] = "a line too long or without CR LF",
		[WIRE_LINE] = "another line",
	};
	enum wire_got what;

	wire_flush(p->wire);
	what = wire_line(p->wire);
	if (what == WIRE_LINE &&
	    text_matches(pattern, buffer_str(&p->wire->line)))
		return true;
	buffer_printf(p->told, "expected S: %.*s\n", VB_FMT(pattern));
	buffer_printf(p->told, "got %s", got[what]);
	if (what == WIRE_LINE)
		buffer_printf(
		    p->told, " S: %.*s", VB_FMT(buffer_str(&p->wire->line)));
	buffer_printf(p->told, "\n");
	return false;
}

bool
talk_expect_many(struct player *p, struct vb_str text)
{
	for (size_t n = text_number(&text); n > 0; n--)
		if (!talk_expect(p, text))
			return false;
	return true;
}

bool
talk_expect_end(struct player *p, struct vb_str text)
{
	enum wire_got got;

	(void)text;
	wire_flush(p->wire);
	got = wire_line(p->wire);
	if (got == WIRE_END)
		return true;
	buffer_printf(p->told, "expected that the server closes\ngot %s\n",
	    got == WIRE_SILENCE ? "nothing, for ten seconds" : "a line");
	return false;
}

bool
talk_rest(struct player *p, struct vb_str text)
{
	size_t ms = text_number(&text);
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000L };

	wire_flush(p->wire);
	nanosleep(&t, NULL);
	return true;
}

bool
talk_chop(struct player *p, struct vb_str text)
{
	p->wire->chop = text_number(&text);
	return true;
}

bool
talk_is_over(struct wire *wire, struct buffer *told)
{
	if (wire->fd < 0)
		return true;
	wire_flush(wire);
	if (!wire_has_more(wire))
		return true;
	buffer_printf(told, "the server has said more: %.*s\n",
	    VB_FMT(buffer_str(&wire->in)));
	return false;
}
