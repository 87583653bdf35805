#ifndef CORE_SMTP_CLIENT_H
#define CORE_SMTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/core.h>
#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * The SMTP client: octets in, octets out, and no idea where they come from. It
 * begins by waiting for the other's greeting, so it runs over a connection that
 * was just made as over one that was turned.
 *
 * Whoever has the connection feeds what it reads to client_input(), sends what
 * stands in client_output(), and watches client_deadline(). After each of these
 * calls it looks where the client is:
 *
 *	while client_wants_body()       give a piece of the message
 *	client_has_results()            the mail has ended: take them
 *	client_is_ready()               give it a mail, or let it be idle, or
 *	                                client_turn(), or client_quit()
 *	client_is_over()                send the output and close
 */
struct client;

/* How long each step may take, in milliseconds (RFC 5321 §4.5.3.2). */
struct client_patience {
	int64_t greeting;
	int64_t command; /* EHLO, HELO, MAIL, RCPT, RSET */
	int64_t data;    /* until 354 */
	int64_t block;   /* for the other to take a piece of the message */
	int64_t end;     /* after the final dot */
};

/* What goes to one server in one transaction. */
struct client_mail {
	struct vb_str reverse_path;      /* without brackets; empty for "<>" */
	const struct vb_str *recipients; /* forward-paths, without brackets */
	size_t n_recipients;
	uint64_t octets; /* of the message, with its trace fields */
	bool has_8bit;   /* octets above 0x7f are in it */
};

/* What came of one recipient, or of a connection on which nothing came of
   any. Texts live as long as client_take_results() says. */
struct client_result {
	enum vb_outcome outcome;
	int code;             /* the other's reply code; 0: it gave none */
	struct vb_str status; /* RFC 3463 */
	struct vb_str text;   /* the reply as it was given, "550 5.1.1 No such
	                         user", in one line; or what went wrong */
	bool may_ask_another; /* later, since the connection failed before the
	                         message was given in full: another server may
	                         be asked at once, and nobody gets it twice */
};

/* The name that EHLO says is copied. */
struct client *client_create(
    struct vb_str name, const struct client_patience *patience);
void client_destroy(struct client *c); /* takes NULL */

void client_input(struct client *c, struct vb_str octets);
struct buffer *client_output(struct client *c);

/* The connection has ended or broken: `why` is the rest of a sentence. */
void client_lost(struct client *c, const char *why);

/* When (clock_steady_ms) client_timeout() is to be called. */
int64_t client_deadline(const struct client *c);
void client_timeout(struct client *c);

/* It has greeted, and nothing is under way. */
bool client_is_ready(const struct client *c);

/* Sends a mail; only when it is ready. What `mail` points to must live until
   the results are there. */
void client_send(struct client *c, const struct client_mail *mail);

/* Pieces of the message, trace fields first, while more is wanted; then its
   end. When it cannot be read to its end, the connection is given up. */
bool client_wants_body(const struct client *c);
void client_body(struct client *c, struct vb_str octets);
void client_body_end(struct client *c);
void client_body_failed(struct client *c, const char *why);

/*
 * One result for each recipient, in their order, NULL while there are none;
 * they live until the next mail. Once they were taken the mail is forgotten.
 */
const struct client_result *client_take_results(struct client *c);

/*
 * Asks the other, only when the client is ready, to become the client and send
 * what it has for us (TURN, RFC 821 §3.8). Refused, the client says QUIT. The
 * outcome of the result is VB_FAILED as long as there is none.
 */
void client_turn(struct client *c);
const struct client_result *client_turn_result(const struct client *c);

/* The other said 250: the client is over, and what the connection brings now is
   for a server, which has to greet. */
bool client_has_turned(const struct client *c);

/* Why it was over before it was ready; outcome VB_FAILED when it was not. */
const struct client_result *client_failure(const struct client *c);

/* Says QUIT as soon as it is ready. */
void client_quit(struct client *c);

/* Nothing more will come: close when the output has been sent. */
bool client_is_over(const struct client *c);

#endif
