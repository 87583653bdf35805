/*
 * Playing a transcript, line by line:
 *
 *	# words			a comment
 *	C: text			text is sent, with CR LF
 *	C- octets		octets are sent as they are; \r \n \t \0 \\ \xHH
 *	S: pattern		a reply line; * stands for anything
 *	EOF			the server closes
 *	@expect N pattern	N reply lines
 *	@profiles name...	played once in each (at the head)
 *	@rfc821 line		the line counts only in profile rfc821
 *	@rfc5321 line		or in the other
 *	@site name		the listener to connect to (at the head;
 *"main"); in profile rfc821 the one named name821
 *	@host NAME settings	a server of that name of its own (at the head)
 *	@at NAME		what follows is said to that host
 *	@signal QUIT		the host at hand is sent a signal, QUIT or TERM
 *	@lose file		a file of the host at hand is no more
 *	@connect		a new connection; the one before is closed
 *	@pause N		milliseconds pass
 *	@chop N			from here on N octets are sent at a time
 *	@fill N			x is sent N times
 *	@repeat N text		text with CR LF is sent N times
 *	@mailbox user@domain count N [text]
 *	@mailbox user@domain contains text
 *	@mailbox user@domain lacks text
 *				the messages in a mailbox, with text in them,
 *				where * stands for anything
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
#include <signal.h>
#include <string.h>

#include "tests/dialogue/files.h"
#include "tests/dialogue/mailbox.h"
#include "tests/dialogue/player.h"
#include "tests/dialogue/text.h"

static bool
is_profile(const struct player *p, const char *name)
{
	return p->profile != NULL && strcmp(p->profile, name) == 0;
}

static bool
choose_site(struct player *p, struct vb_str text)
{
	struct vb_str name = text_word(&text);

	buffer_finish(&p->port);
	buffer_printf(&p->port, "%.*s%s", VB_FMT(name),
	    is_profile(p, "rfc821") ? "821" : "");
	return talk_connect(p, text);
}

static bool
add_host(struct player *p, struct vb_str text)
{
	struct vb_str names = text_word(&text);

	if (!p->hosts.are_up && hosts_add(&p->hosts, names, text))
		return true;
	buffer_printf(p->told, "no more hosts here\n");
	return false;
}

/* The connection to the host before stays as it is. */
static bool
turn_to_host(struct player *p, struct vb_str name)
{
	struct host *host = hosts_find(&p->hosts, name);

	if (host == NULL) {
		buffer_printf(p->told, "no such host: %.*s\n", VB_FMT(name));
		return false;
	}
	wire_flush(p->wire);
	buffer_printf(p->said, "    @at %.*s\n", VB_FMT(name));
	p->server = &host->server;
	p->wire = &host->wire;
	p->wire->said = p->said;
	buffer_finish(&p->port);
	buffer_add_str(&p->port, HOSTS_PORT);
	return hosts_start(&p->hosts, p->main_server->build,
	    p->profile == NULL ? "rfc5321" : p->profile, p->told);
}

static bool
send_signal(struct player *p, struct vb_str name)
{
	bool is_quit = vb_str_eq(name, VB_STR("QUIT"));

	wire_flush(p->wire);
	if (p->server != p->main_server && p->server->pid > 0 &&
	    (is_quit || vb_str_eq(name, VB_STR("TERM"))))
		return kill(p->server->pid, is_quit ? SIGQUIT : SIGTERM) == 0;
	buffer_printf(p->told, "want QUIT or TERM, and a host\n");
	return false;
}

static bool
lose_file(struct player *p, struct vb_str name)
{
	wire_flush(p->wire);
	if (p->server != p->main_server &&
	    files_remove_in(p->server->directory, name))
		return true;
	buffer_printf(p->told, "a host has no such file\n");
	return false;
}

static bool
look_into_mailbox(struct player *p, struct vb_str text)
{
	wire_flush(p->wire);
	return mailbox_is_as(p->server, text, p->told);
}

static bool
look_at_terminal(struct player *p, struct vb_str text)
{
	wire_flush(p->wire);
	return terminal_do(&p->terminal, p->server, text, p->told);
}

static bool play_line(struct player *p, struct vb_str line);

static bool
only_in(struct player *p, const char *profile, struct vb_str line)
{
	if (p->profile != NULL)
		return !is_profile(p, profile) || play_line(p, line);
	buffer_printf(p->told, "there is no @profiles\n");
	return false;
}

static bool
only_in_rfc821(struct player *p, struct vb_str line)
{
	return only_in(p, "rfc821", line);
}

static bool
only_in_rfc5321(struct player *p, struct vb_str line)
{
	return only_in(p, "rfc5321", line);
}

static const struct directive {
	const char *word;
	bool (*run)(struct player *p, struct vb_str text);
	bool is_talk; /* wants a connection */
} directives[] = {
	{ "#", .is_talk = false },
	{ "@profiles", .is_talk = false },
	{ "@rfc821", only_in_rfc821, false },
	{ "@rfc5321", only_in_rfc5321, false },
	{ "@site", choose_site, false },
	{ "@host", add_host, false },
	{ "@at", turn_to_host, false },
	{ "@signal", send_signal, false },
	{ "@lose", lose_file, false },
	{ "C:", talk_say, true },
	{ "C-", talk_say_raw, true },
	{ "S:", talk_expect, true },
	{ "@expect", talk_expect_many, true },
	{ "EOF", talk_expect_end, true },
	{ "@connect", talk_connect, false },
	{ "@pause", talk_rest, false },
	{ "@chop", talk_chop, true },
	{ "@fill", talk_fill, true },
	{ "@repeat", talk_say_many, true },
	{ "@mailbox", look_into_mailbox, false },
	{ "@terminal", look_at_terminal, false },
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
	if (p->wire->fd < 0 && d->is_talk && !talk_connect(p, text))
		return false;
	return d->run == NULL || d->run(p, text);
}

/* Is all read that was said, and do its hosts end well? They wait a while for
   clients that do not close. */
static bool
is_over(struct player *p)
{
	if (!talk_is_over(&p->main, p->told))
		return false;
	for (size_t i = 0; i < p->hosts.n; i++) {
		struct wire *wire = &p->hosts.items[i].wire;

		if (!talk_is_over(wire, p->told))
			return false;
		wire_finish(wire);
	}
	return hosts_stop(&p->hosts, p->told);
}

/* Number of the line that failed; 0 when none did. */
static size_t
play_lines(struct player *p, struct vb_str script)
{
	struct vb_str line;
	size_t at = 0;

	while (text_line(&script, &line)) {
		at++;
		if (!play_line(p, line))
			return at;
	}
	return is_over(p) ? 0 : at;
}

static void
player_finish(struct player *p)
{
	wire_finish(&p->main);
	hosts_finish(&p->hosts);
	terminal_finish(&p->terminal);
	buffer_finish(&p->port);
	buffer_finish(p->said);
	buffer_finish(p->told);
}

bool
play(const struct server *server, const char *file, const char *profile,
    struct buffer *told)
{
	struct buffer script = { 0 }, why = { 0 }, said = { 0 };
	struct player p = { .main_server = server,
		.server = server,
		.profile = profile,
		.main = { .fd = -1, .said = &said },
		.wire = &p.main,
		.terminal.fd = -1,
		.said = &said,
		.told = &why };
	size_t at;

	if (!files_read(AT_FDCWD, file, &script)) {
		buffer_printf(told, "%s: %s\n", file, strerror(errno));
		return false;
	}
	buffer_printf(&p.port, "main%s", is_profile(&p, "rfc821") ? "821" : "");
	at = play_lines(&p, buffer_str(&script));
	if (at > 0) {
		buffer_printf(told, "%s:%zu: %.*s    all that was said:\n",
		    file, at, VB_FMT(buffer_str(&why)));
		buffer_add_str(told, buffer_str(&said));
	}
	player_finish(&p);
	buffer_finish(&script);
	return at == 0;
}
