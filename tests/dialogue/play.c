/*
 * Playing a transcript, line by line:
 *
 *	# words			a comment
 *	C: text			text is sent, with CR LF
 *	C- octets		octets are sent as they are; \r \n \t \0 \\ \xHH
 *	S: pattern		a reply line; * stands for anything
 *	EOF			the server closes
 *	@expect N pattern	N reply lines
 *	@site name		the listener to connect to (at the head; "main")
 *	@connect		a new connection; the one before is closed
 *	@pause N		milliseconds pass
 *	@chop N			from here on N octets are sent at a time
 *	@fill N			x is sent N times
 *	@repeat N text		text with CR LF is sent N times
 *	@mailbox user@domain count N [text]
 *	@mailbox user@domain contains text
 *	@mailbox user@domain lacks text
 *				the messages in a mailbox, with text in them
 *	@terminal attach user	becomes a virtual terminal of the user
 *	@terminal contains text
 *	@terminal lacks text	what it has been shown
 *	@terminal detach
 *
 * What is sent goes out when the next reply is wanted: lines that follow each
 * other are one packet.
 */
#include "tests/dialogue/play.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "tests/dialogue/files.h"
#include "tests/dialogue/mailbox.h"
#include "tests/dialogue/terminal.h"
#include "tests/dialogue/text.h"
#include "tests/dialogue/wire.h"

struct player {
	const struct server *server;
	struct vb_str site;
	struct wire wire;
	struct terminal terminal;
	struct buffer *told;
};

static bool
connect_anew(struct player *p, struct vb_str text)
{
	struct buffer said = p->wire.said;
	uint16_t port = server_port(p->server, p->site);

	(void)text;
	p->wire.said = (struct buffer){ 0 };
	wire_finish(&p->wire);
	p->wire.said = said;
	if (port != 0)
		p->wire.fd = server_connect(port);
	if (p->wire.fd >= 0)
		return true;
	buffer_printf(p->told, "cannot connect to site %.*s: %s\n",
	    VB_FMT(p->site), port == 0 ? "no such site" : strerror(errno));
	return false;
}

static bool
choose_site(struct player *p, struct vb_str text)
{
	p->site = text_word(&text);
	return connect_anew(p, text);
}

static bool
send_lines(struct player *p, struct vb_str text, size_t n)
{
	struct buffer lines = { 0 };

	for (; n > 0; n--) {
		buffer_add_str(&lines, text);
		buffer_add(&lines, "\r\n", 2);
	}
	wire_send(&p->wire, buffer_str(&lines));
	buffer_finish(&lines);
	return true;
}

static bool
say(struct player *p, struct vb_str text)
{
	return send_lines(p, text, 1);
}

static bool
say_many(struct player *p, struct vb_str text)
{
	size_t n = text_number(&text);

	return send_lines(p, text, n);
}

static bool
say_raw(struct player *p, struct vb_str text)
{
	struct buffer octets = { 0 };

	text_unescape(text, &octets);
	wire_send(&p->wire, buffer_str(&octets));
	buffer_finish(&octets);
	return true;
}

static bool
fill(struct player *p, struct vb_str text)
{
	struct buffer octets = { 0 };
	size_t n = text_number(&text);

	memset(buffer_room(&octets, n + 1), 'x', n);
	octets.n = n;
	wire_send(&p->wire, buffer_str(&octets));
	buffer_finish(&octets);
	return true;
}

static bool
expect(struct player *p, struct vb_str pattern)
{
	static const char *const got[] = {
		[WIRE_END] = "the server closed",
		[WIRE_SILENCE] = "nothing, for ten seconds",
		[WIRE_BAD_LINE] = "a line too long or without CR LF",
		[WIRE_LINE] = "another line",
	};
	enum wire_got what;

	wire_flush(&p->wire);
	what = wire_line(&p->wire);
	if (what == WIRE_LINE &&
	    text_matches(pattern, buffer_str(&p->wire.line)))
		return true;
	buffer_printf(p->told, "expected S: %.*s\n", VB_FMT(pattern));
	buffer_printf(p->told, "got %s", got[what]);
	if (what == WIRE_LINE)
		buffer_printf(
		    p->told, " S: %.*s", VB_FMT(buffer_str(&p->wire.line)));
	buffer_printf(p->told, "\n");
	return false;
}

static bool
expect_many(struct player *p, struct vb_str text)
{
	for (size_t n = text_number(&text); n > 0; n--)
		if (!expect(p, text))
			return false;
	return true;
}

static bool
expect_end(struct player *p, struct vb_str text)
{
	enum wire_got got;

	(void)text;
	wire_flush(&p->wire);
	got = wire_line(&p->wire);
	if (got == WIRE_END)
		return true;
	buffer_printf(p->told, "expected that the server closes\ngot %s\n",
	    got == WIRE_SILENCE ? "nothing, for ten seconds" : "a line");
	return false;
}

static bool
take_a_rest(struct player *p, struct vb_str text)
{
	size_t ms = text_number(&text);
	struct timespec t = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000L };

	wire_flush(&p->wire);
	nanosleep(&t, NULL);
	return true;
}

static bool
chop(struct player *p, struct vb_str text)
{
	p->wire.chop = text_number(&text);
	return true;
}

static bool
look_into_mailbox(struct player *p, struct vb_str text)
{
	wire_flush(&p->wire);
	return mailbox_is_as(p->server, text, p->told);
}

static bool
look_at_terminal(struct player *p, struct vb_str text)
{
	if (p->wire.fd >= 0)
		wire_flush(&p->wire);
	return terminal_do(&p->terminal, p->server, text, p->told);
}

static const struct directive {
	const char *word;
	bool (*run)(struct player *p, struct vb_str text);
	bool is_head; /* may stand before there is a connection */
} directives[] = {
	{ "#", .is_head = true },
	{ "@site", choose_site, true },
	{ "C:", say, false },
	{ "C-", say_raw, false },
	{ "S:", expect, false },
	{ "@expect", expect_many, false },
	{ "EOF", expect_end, false },
	{ "@connect", connect_anew, false },
	{ "@pause", take_a_rest, false },
	{ "@chop", chop, false },
	{ "@fill", fill, false },
	{ "@repeat", say_many, false },
	{ "@mailbox", look_into_mailbox, false },
	{ "@terminal", look_at_terminal, true },
};

static const struct directive *
find_directive(struct vb_str line)
{
	for (size_t i = 0; i < sizeof(directives) / sizeof(*directives); i++) {
		size_t n = strlen(directives[i].word);

		if (line.n >= n && memcmp(line.p, directives[i].word, n) == 0)
			return &directives[i];
	}
	return NULL;
}

static bool
play_line(struct player *p, struct vb_str line)
{
	const struct directive *d = find_directive(line);
	struct vb_str text;
	size_t n;

	if (line.n == 0)
		return true;
	if (d == NULL) {
		buffer_printf(p->told, "not understood: %.*s\n", VB_FMT(line));
		return false;
	}
	n = strlen(d->word);
	text = (struct vb_str){ line.p + n, line.n - n };
	if (text.n > 0 && *text.p == ' ')
		text = (struct vb_str){ text.p + 1, text.n - 1 };
	if (p->wire.fd < 0 && !d->is_head && !connect_anew(p, text))
		return false;
	return d->run == NULL || d->run(p, text);
}

/* Number of the line that failed; 0 when none did. */
static size_t
play_lines(struct player *p, struct vb_str script)
{
	size_t at = 0;

	while (script.n > 0) {
		const char *end = memchr(script.p, '\n', script.n);
		size_t n = end == NULL ? script.n : (size_t)(end - script.p);

		at++;
		if (!play_line(p, (struct vb_str){ script.p, n }))
			return at;
		n += end != NULL;
		script = (struct vb_str){ script.p + n, script.n - n };
	}
	wire_flush(&p->wire);
	if (p->wire.fd < 0 || !wire_has_more(&p->wire))
		return 0;
	buffer_printf(p->told, "the server has said more: %.*s\n",
	    VB_FMT(buffer_str(&p->wire.in)));
	return at;
}

bool
play(const struct server *server, const char *file, struct buffer *told)
{
	struct buffer script = { 0 }, why = { 0 };
	struct player p = { .server = server,
		.site = VB_STR("main"),
		.wire.fd = -1,
		.terminal.fd = -1,
		.told = &why };
	size_t at;

	if (!files_read(AT_FDCWD, file, &script)) {
		buffer_printf(told, "%s: %s\n", file, strerror(errno));
		return false;
	}
	at = play_lines(&p, buffer_str(&script));
	if (at > 0) {
		buffer_printf(told, "%s:%zu: %.*s    all that was said:\n",
		    file, at, VB_FMT(buffer_str(&why)));
		buffer_add_str(told, buffer_str(&p.wire.said));
	}
	wire_finish(&p.wire);
	terminal_finish(&p.terminal);
	buffer_finish(&script);
	buffer_finish(&why);
	return at == 0;
}
