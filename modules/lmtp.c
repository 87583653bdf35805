/*
 * Delivery by LMTP (RFC 2033) into the mailboxes of another server.
 *
 *	LHLO mx.example.org	250
 *	MAIL FROM:<sender>	250 | 4yz later | 5yz never
 *	RCPT TO:<recipient>	250 | 4yz later | 5yz never
 *	DATA			354 | 4yz later | 5yz never
 *	...			250 | 4yz later | 5yz never
 *
 * One recipient is one transaction, and so the end of data has one reply. The
 * connection stays open for the next delivery of the same courier, which begins
 * with RSET; where it is gone, there is another.
 *
 * Our Return-Path stays behind: the LMTP server makes the final delivery, and
 * adds its own (RFC 5321 §4.4). What breaks on the way makes it later, and so
 * does a refusal before MAIL.
 */
#include <errno.h>
#include <string.h>

#include <verbena/module.h>

#include "modules/lmtp/envelope.h"
#include "modules/lmtp/link.h"
#include "modules/lmtp/text.h"

struct lmtp_conf {
	struct vb_str to, recipient;
	struct vb_seconds timeout;
};

static const struct vb_option options[] = {
	VB_OPTION(struct lmtp_conf, to, "unix:/run/dovecot/lmtp",
	    "The LMTP server: a unix socket, or host and port "
	    "(\"127.0.0.1:24\", \"[::1]:24\").",
	    .check = link_judge),
	VB_OPTION(struct lmtp_conf, recipient, "{user}@{domain}",
	    "The recipient that it is told. {user} is the account, {domain} "
	    "the site's domain."),
	VB_OPTION(struct lmtp_conf, timeout, "1m",
	    "How long one delivery may take, from the connection to the last "
	    "reply, before it is put off. Less than limits.delivery_timeout.",
	    .min = 1, .max = 3600),
	{ 0 },
};

/* This courier's connection, and what its server can. */
static struct {
	struct link link;
	char to[512];
	bool has_pipelining, has_8bitmime;
} kept = { .link.fd = -1 };

/* One delivery. */
struct talk {
	struct vb_delivery *d;
	const struct lmtp_conf *conf;
	struct link *link;
	enum vb_outcome outcome; /* once a step has returned false */
	struct reply reply;
};

/* The connection is of no more use. */
static bool
broken(struct talk *t, const char *doing)
{
	const int error = errno;
	const char *why = error == EPROTO ? "it spoke out of turn, or hung up"
	                  : error == EBADMSG ? "what it said is no reply"
	                                     : strerror(error);

	link_close(t->link);
	t->outcome = vb_later(t->d, error == EBADMSG ? "4.5.0" : "4.4.2",
	    "lmtp %.*s: %s: %s", VB_FMT(t->conf->to), doing, why);
	return false;
}

/* It said no, or what cannot be said here. */
static bool
refused(struct talk *t, const char *doing)
{
	const struct vb_str to = t->conf->to;
	const struct reply *r = &t->reply;

	if (r->code < 400) {
		errno = EBADMSG;
		return broken(t, doing);
	}
	if (r->code == 421)
		link_close(t->link);
	if (r->code < 500)
		t->outcome = vb_later(t->d, r->status, "lmtp %.*s: %s: %d %s",
		    VB_FMT(to), doing, r->code, r->text);
	else
		t->outcome = vb_never(t->d, r->status, "lmtp %.*s: %s: %d %s",
		    VB_FMT(to), doing, r->code, r->text);
	return false;
}

/* Waits for the reply to a command; true when it is what was wished for. */
static bool
hear(struct talk *t, const char *command, int class)
{
	if (!link_receive(t->link, &t->reply))
		return broken(t, command);
	return t->reply.code / 100 == class || refused(t, command);
}

/* As hear(), where a refusal says nothing about this message. */
static bool
greets(struct talk *t, const char *command)
{
	if (!link_receive(t->link, &t->reply))
		return broken(t, command);
	if (t->reply.code / 100 == 2)
		return true;
	link_close(t->link);
	t->outcome = vb_later(t->d, "4.3.0", "lmtp %.*s: %s: %d %s",
	    VB_FMT(t->conf->to), command, t->reply.code, t->reply.text);
	return false;
}

static bool
greet(struct talk *t)
{
	char line[512];
	int n = snprintf(
	    line, sizeof(line), "LHLO %.*s\r\n", VB_FMT(t->d->hostname));

	if (!greets(t, "greeting"))
		return false;
	if ((size_t)n >= sizeof(line) || !link_send(t->link, line, (size_t)n))
		return broken(t, "LHLO");
	if (!greets(t, "LHLO"))
		return false;
	kept.has_pipelining = t->reply.has_pipelining;
	kept.has_8bitmime = t->reply.has_8bitmime;
	return true;
}

/* Whether the connection there is will do. */
static bool
is_ready(struct talk *t)
{
	if (t->link->fd >= 0 && vb_str_eq(vb_str(kept.to), t->conf->to) &&
	    link_send(t->link, "RSET\r\n", 6) &&
	    link_receive(t->link, &t->reply) && t->reply.code == 250)
		return true;
	link_close(t->link);
	return false;
}

static bool
begin(struct talk *t)
{
	const struct vb_str to = t->conf->to;

	if (is_ready(t))
		return true;
	if (to.n >= sizeof(kept.to) || !link_open(t->link, to)) {
		t->outcome = vb_later(t->d, "4.4.1", "lmtp %.*s: connect: %s",
		    VB_FMT(to), strerror(errno));
		return false;
	}
	snprintf(kept.to, sizeof(kept.to), "%.*s", VB_FMT(to));
	return greet(t);
}

static bool
write_envelope(struct talk *t, struct envelope *e)
{
	const char *name = vb_path(t->d, t->conf->recipient);
	char to[ADDRESS_SIZE];

	if (!address_write(name, to))
		t->outcome = vb_never(t->d, "5.1.3", "not a name for LMTP");
	else if (!envelope_write(e, t->d->sender, to, kept.has_8bitmime))
		t->outcome = vb_never(t->d, "5.1.7", "not a sender for LMTP");
	else
		return true;
	return false;
}

/* After a refusal: the replies to n commands that were on their way. Should the
   last, to DATA, be that it waits for a message, then none is sent: the
   connection is closed (RFC 2920 §3.1). */
static void
drain(struct talk *t, size_t n)
{
	struct reply *r = &t->reply;

	while (n-- > 0) {
		if (t->link->fd >= 0 && link_receive(t->link, r) &&
		    (n > 0 || r->code >= 400))
			continue;
		link_close(t->link);
		return;
	}
}

/* True when the server wants the message. */
static bool
send_envelope(struct talk *t)
{
	static const char *const commands[] = { "MAIL", "RCPT", "DATA" };
	const size_t last = sizeof(commands) / sizeof(commands[0]) - 1;
	struct envelope e;
	size_t sent = 0, until;

	if (!write_envelope(t, &e))
		return false;
	for (size_t i = 0; i <= last; i++) {
		until = e.ends[kept.has_pipelining ? last : i];
		if (sent < until &&
		    !link_send(t->link, e.text + sent, until - sent))
			return broken(t, commands[i]);
		sent = until;
		if (hear(t, commands[i], i < last ? 2 : 3))
			continue;
		drain(t, sent == e.ends[last] ? last - i : 0);
		return false;
	}
	return true;
}

static bool
flush(struct talk *t, struct text *x)
{
	const size_t n = x->n;

	x->n = 0;
	return link_send(t->link, x->out, n);
}

/* False: with errno, and the connection is of no more use. */
static bool
send_octets(struct talk *t, struct text *x, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text_is_full(x) && !flush(t, x))
			return false;
		text_add(x, bytes[i]);
	}
	return true;
}

/* The server may answer before the end, because it has enough. A "yes" then is
   none. */
static bool
interrupted(struct talk *t)
{
	if (errno != EPROTO || !link_receive(t->link, &t->reply))
		return broken(t, "message");
	refused(t, "message");
	link_close(t->link);
	return false;
}

static bool
send_message(struct talk *t)
{
	static struct text x;
	char in[BLOCK_SIZE];
	ptrdiff_t n;

	memset(&x, 0, sizeof(x));
	while ((n = vb_read(t->d, in, sizeof(in))) > 0)
		if (!send_octets(t, &x, in, (size_t)n))
			return interrupted(t);
	if (n < 0) {
		t->outcome = vb_later(
		    t->d, "4.3.0", "read the message: %s", strerror(errno));
		link_close(t->link); /* nothing that it has counts */
		return false;
	}
	text_end(&x);
	if (!flush(t, &x))
		return interrupted(t);
	return hear(t, "end of data", 2);
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	const struct lmtp_conf *c = conf;
	struct talk t = { .d = d, .conf = c, .link = &kept.link };

	kept.link.deadline = now_ms() + c->timeout.value * 1000;
	if (!begin(&t) || !send_envelope(&t) || !send_message(&t))
		return t.outcome;
	return vb_delivered(d, "lmtp %.*s said %d %s", VB_FMT(c->to),
	    t.reply.code, t.reply.text);
}

VB_MODULE(lmtp, "1.0"){
	.about = "delivery by LMTP (RFC 2033)",
	.conf_size = sizeof(struct lmtp_conf),
	.options = options,
	.deliver = deliver,
};
