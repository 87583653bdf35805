#ifndef CORE_SMTP_SESSION_H
#define CORE_SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/module.h>

#include "core/base/buffer.h"
#include "core/smtp/site.h"

/*
 * An SMTP session: octets in, octets out, and no idea where they come from.
 *
 * Whoever has the connection feeds what it reads to session_input(), sends what
 * stands in session_output(), and watches session_deadline(). What a session
 * cannot do itself it asks of its host, and goes on when the host answers.
 */
struct session;

/* Why a recipient that was accepted will not get the message: the sender is to
   be told. An empty status: it will. */
struct message_failure {
	struct vb_str status, text;
};

/* A message that is complete, on its way to be stored. */
struct message {
	struct vb_str id;
	const struct scope *scope;
	struct vb_str session;
	struct vb_str reverse_path; /* mailbox only; empty for "<>" */
	struct vb_str return_path; /* the same with its route, as MAIL had it */
	struct vb_str trace;       /* header fields to go on top, CR LF */
	uint64_t octets;           /* of the body the host was given */
	bool has_8bit;             /* the body has octets above 0x7f */
	int64_t arrived;           /* seconds since 1970 */
	const struct vb_found *recipients;
	const struct message_failure *failures; /* of each; NULL: of none */
	size_t n_recipients;
};

/* What the terminals are asked: whether somebody is there, or to show a
   message. */
struct reach {
	const struct scope *scope;
	const struct vb_found *whom;
	bool shows;
	bool is_mailed; /* as vb_show() tells */
	struct vb_str id, sender, client;
	int64_t arrived;
	struct vb_str octets; /* how the message begins */
};

/* What a session asks of the process it lives in. */
struct session_host {
	/* Ask a lookup that blocks. Answer with session_answer() and the same
	   number, later, not from within. */
	void (*ask)(void *host, unsigned number, const struct scope *scope,
	    const struct module *module, const struct vb_query *query);

	/* Ask the module that delivers (its .room) whether a mailbox has room
	   for so many octets. Answer with session_room(), likewise. */
	void (*room)(void *host, unsigned number, const struct scope *scope,
	    const struct vb_found *whom, uint64_t octets);

	/* Ask the modules that know of terminals. Answer with
	   session_reached(), likewise; what is asked may be gone by then. */
	void (*reach)(void *host, unsigned number, const struct reach *what);

	/* Ask how much mail is kept for these domains, and let it go if it
	   says so. Answer with session_kept(), likewise. */
	void (*kept)(void *host, unsigned number,
	    const struct vb_strings *domains, bool lets_go);

	/* Octets of the message. Until the host calls session_go_on() the
	   session takes no more of them if this returns false. */
	bool (*body)(void *host, struct vb_str octets);

	/* The message is not to be: forget what body() brought. */
	void (*discard)(void *host);

	/* Counts the client of the session, as vb_count() tells. */
	uint64_t (*count)(void *host, struct vb_str what,
	    struct vb_seconds window, unsigned more);

	/* The message is complete: make it durable, then session_stored(). */
	void (*store)(void *host, const struct message *message);
};

struct session_settings {
	const struct sites *sites;
	const struct scope *scope;
	const struct session_host *host;
	void *host_data;
	struct vb_str hostname;
	struct vb_str address;       /* the client's, printed */
	struct vb_str local_address; /* ours, printed; empty on unix sockets */
	uint16_t port;
	bool may_not_turn;  /* again: struct vb_client */
	bool may_not_relay; /* whatever the scope says */
	struct vb_str id;   /* of the session */
	/* Makes an id for a message; it lives until the next call. */
	struct vb_str (*make_id)(void);
};

/* Everything in the settings is copied but what the pointers to. */
struct session *session_create(const struct session_settings *settings);

/* Tells the hooks, drops an open transaction, frees. The host hears no more. */
void session_destroy(struct session *s);

/* Greets, or refuses: 220, 554, 421. */
void session_start(struct session *s);

/* Refuses before anything else is said: 421 with this text, and over. */
void session_refuse(struct session *s, const char *text);

/* What the client sent. While the session does not want input it keeps it for
   later: stop reading then, or memory grows. */
void session_input(struct session *s, struct vb_str octets);
bool session_wants_input(const struct session *s);

/* What is to be sent; take from its front what was. */
struct buffer *session_output(struct session *s);

/* Nothing more will come: close when the output has been sent. */
bool session_is_over(const struct session *s);

/*
 * It is over since the roles have swapped: when the output has been sent the
 * connection goes on with us as the client. NULL: it is not. It lives as long
 * as the session.
 */
struct session_turn {
	struct vb_strings domains; /* whose mail is to be sent */
	bool turns_back;
};
const struct session_turn *session_turn(const struct session *s);

/* When (clock_steady_ms) session_timeout() is to be called. */
int64_t session_deadline(const struct session *s);
void session_timeout(struct session *s);

/* 421 as soon as the session is not within a command, and over. With `now`,
   also in the middle of a message that is coming in. */
void session_shut_down(struct session *s, bool now);

/* Answers to what was asked of the host. */
void session_answer(struct session *s, unsigned number, enum vb_known known,
    const struct vb_found *found, size_t n);
void session_room(struct session *s, unsigned number, enum vb_room room);
void session_reached(struct session *s, unsigned number,
    enum vb_presence presence, enum vb_shown shown);
void session_kept(
    struct session *s, unsigned number, const struct vb_kept *answer);
void session_go_on(struct session *s);

/* With code 0 nobody knows whether it is stored: it is over, without a reply.
 */
void session_stored(
    struct session *s, int code, const char *status, struct vb_str text);

/* How many octets the session holds from the system. */
size_t session_memory(const struct session *s);

#endif
