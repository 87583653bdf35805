#ifndef CORE_SMTP_CLIENT_STATE_H
#define CORE_SMTP_CLIENT_STATE_H

#include "core/base/memory.h"
#include "core/smtp/client.h"
#include "core/smtp/reply_reader.h"
#include "core/smtp/stuffing.h"

/*
 * What a client is made of; for the files of core/smtp that are the client.
 *
 *	client.c            octets in and out, time, greeting and farewell
 *	client_offers.c     what EHLO was answered
 *	client_mail.c       one mail
 *	client_turn.c       TURN
 *	client_result.c     what a reply means
 */
enum client_step {
	CLIENT_GREETING, /* the 220 is awaited */
	CLIENT_EHLO,
	CLIENT_HELO,
	CLIENT_READY,
	CLIENT_ENVELOPE, /* MAIL, RCPT, DATA: some are said, some answered */
	CLIENT_BODY,     /* the message is being given */
	CLIENT_END,      /* the reply to it is awaited */
	CLIENT_RSET,
	CLIENT_TURN,
	CLIENT_QUIT,
	CLIENT_OVER,
};

struct client {
	struct arena *arena;      /* dies with the client */
	struct arena *mail_arena; /* reset by each mail */
	struct vb_str name;       /* ours */
	struct client_patience patience;
	enum client_step step;
	struct reply_reader reply;
	struct buffer output;
	int64_t until;
	bool wants_quit;
	bool has_more; /* behind the reply that is being taken */
	struct client_result failure, turn;

	/* What the other offers. */
	bool has_pipelining, has_8bitmime, has_size;
	uint64_t size; /* the largest message; 0: not said */

	/* The mail under way. */
	struct client_mail mail;
	struct client_result *results; /* VB_FAILED: none yet */
	bool *is_accepted;             /* recipients the other took */
	size_t n_accepted;
	size_t said, answered; /* of MAIL, each RCPT, DATA */
	bool is_refused;       /* MAIL was */
	bool has_results;
	struct stuffing stuffing;
};

/* client.c: nothing more is to be said or heard. */
void client_end(struct client *c);

/* Ready again, once the other has forgotten what it was told. */
void client_reset(struct client *c);
void client_be_ready(struct client *c);

/* The connection is of no use: recipients without a result get this one, and
   so does the connection when it was not ready yet. */
void client_fail(struct client *c, struct client_result result);

/* A command, which is to be answered within that time. */
void client_say(
    struct client *c, enum client_step step, const char *command, int64_t ms);

/* client_offers.c */
void client_take_offers(struct client *c);

/* client_turn.c: the reply to TURN. */
void client_turn_reply(struct client *c);

/* client_mail.c: a reply in CLIENT_ENVELOPE, _BODY or _END. */
void client_mail_reply(struct client *c);

/* Recipients without a result get this one; the mail has ended. */
void client_mail_end(struct client *c, struct client_result result);

/* client_result.c */

/* What the reply that was just read means. */
struct client_result client_judge(struct client *c, struct arena *arena);

/* The same to RCPT, where 552 is too many (RFC 5321 §4.5.3.1.10). */
struct client_result client_judge_recipient(
    struct client *c, struct arena *arena);

/* What went wrong, in our words. */
struct client_result client_problem(struct arena *arena, const char *status,
    const char *fmt, ...) VB_PRINTF(3, 4);

#endif
