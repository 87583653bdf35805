#ifndef VERBENA_SESSION_H
#define VERBENA_SESSION_H

#include <verbena/address.h>
#include <verbena/core.h>
#include <verbena/option.h>
#include <verbena/str.h>

/*
 * One SMTP session, from greeting to QUIT, as a verb or a hook sees it.
 *
 * Sessions run in a worker, many in one process: nothing here blocks, and
 * nothing a module does here may block. Slow work is asked for (vb_lookup(),
 * vb_commit()) and the function returns VB_WAIT; when the answer is there that
 * very function is run again with the same arguments, and what it asks again is
 * answered at once. A wait that lasts longer than the site's `wait_timeout`
 * ends as if the module had returned VB_FAIL.
 */

/*
 * Replies to the client, and returns VB_DONE, so that a verb may end with
 *
 *	return vb_reply(s, 550, "5.1.1", "No such user here");
 *
 * code	  one of the verb's legal codes (struct vb_verb, .codes). Another never
 *	  reaches the wire: the client gets the verb's .failure code and the log
 *	  a line that names the module.
 * status an enhanced status code (RFC 3463), or NULL. Profile rfc821 leaves it
 *	  out.
 * fmt	  as in printf. CR, LF, NUL and other control characters are escaped; a
 *	  line longer than 512 octets is cut.
 *
 * The first reply a command gets is its reply; another is ignored and logged.
 */
#define vb_reply(s, code, status, ...) \
	vb_core->reply(s, code, status, __VA_ARGS__)

/*
 * What the 250 to this command is to say, in place of the words that its verb
 * has for it: for hooks, which may not say 250 themselves. Said again, the last
 * one counts; it is for one command, to the end of the message that it takes.
 *
 *	vb_remark(s, "User not active now, so will do mail");
 */
#define vb_remark(s, ...) vb_core->remark(s, __VA_ARGS__)

/*
 * One line of a reply of several, which vb_reply() with the same code ends
 * (RFC 5321 §4.2.1). Nothing is sent before that.
 */
#define vb_reply_more(s, code, status, ...) \
	vb_core->reply_more(s, code, status, __VA_ARGS__)

/*
 * One log line: time, level, session, module, the event (a word), then what fmt
 * makes: key=value, key=value. Control characters are escaped.
 */
#define vb_log(s, level, event, ...) vb_core->log(s, level, event, __VA_ARGS__)

/*
 * Zeroed memory that lives until the transaction ends, or, outside of one,
 * until the command has been answered. Never NULL, never freed by the caller.
 */
static inline void *
vb_alloc(struct vb_session *s, size_t size)
{
	return vb_core->alloc(s, size);
}

/* As vb_alloc(): text made as by printf, with a NUL that is not counted. */
#define vb_print(s, ...) vb_core->print(s, __VA_ARGS__)

/*
 * Who is at the other end, and where. All of it lives as long as the session,
 * and changes only as the comments say.
 */
struct vb_client {
	size_t size;
	struct vb_str session;  /* id of the session, as in the log */
	struct vb_str site;     /* name of the site */
	struct vb_str hostname; /* ours: what HELO is answered with */
	struct vb_str address;  /* "192.0.2.1", "2001:db8::1", "unix" */
	uint16_t port;          /* theirs; 0 on a unix socket */
	struct vb_str helo; /* what they call themselves; empty until told */
	bool is_extended;   /* they said EHLO */
	bool is_rfc821;     /* the site's profile is rfc821 */
	uint64_t largest;   /* message we take, in octets: limits.message */

	/* Who they have proved to be; empty as long as no module has asked for
	   a proof (AUTH, a TLS certificate). */
	struct vb_str identity;

	/* The roles have been swapped as often as they may be over one
	   connection: verbs that turn refuse. */
	bool may_not_turn;
};

static inline const struct vb_client *
vb_client(const struct vb_session *s)
{
	return vb_core->client(s);
}

/* Is the client's address in one of these networks? One on a unix socket is in
   none. */
static inline bool
vb_is_from(const struct vb_session *s, const struct vb_networks *networks)
{
	return vb_core->is_from(s, networks);
}

/*
 * What this client may use now: the n-th verb, counted from 0; NULL behind the
 * last. A verb is among them when its scope enables it and what it requires
 * (TLS, say) is there. Dispatch asks the same table, and so does vb_keyword():
 * what is documented, what is advertised and what works cannot differ.
 */
static inline const struct vb_verb *
vb_usable(const struct vb_session *s, size_t n)
{
	return vb_core->usable(s, n);
}

/*
 * What EHLO tells this client (RFC 5321 §4.1.1.1): the n-th keyword with its
 * parameters, "SIZE 26214400"; empty behind the last. It lives as vb_alloc()
 * says.
 */
static inline struct vb_str
vb_keyword(struct vb_session *s, size_t n)
{
	return vb_core->keyword(s, n);
}

/*
 * Counts this client: adds `more`, which may be 0, to what it did under the
 * name `what`, and says how much that was within the last `window`. The count
 * is one over all sessions of the site and over all processes. Clients are the
 * same that have the same IPv4 address, or the same first 64 bits of an IPv6
 * one; those on unix sockets are one client.
 *
 * The window slides, and the answer is an estimate: what happened in the window
 * before counts for the part of it that is not over yet. Names are this
 * module's own. When memory runs short the clients that did least are
 * forgotten. A window has a second at least, and a week at most.
 */
static inline uint64_t
vb_count(struct vb_session *s, const char *what, struct vb_seconds window,
    unsigned more)
{
	return vb_core->count(s, what, &window, more);
}

/*
 * The open transaction, or NULL. It ends when a verb says so (vb_reset()), when
 * another begins, at the end of the data whatever the reply, and with the
 * session (RFC 5321 §4.1.1).
 */
struct vb_transaction {
	size_t size;
	struct vb_str id; /* the message's: in Received, log and reply */
	const char *kind; /* "mail", or as vb_open() was told */
	const struct vb_path *reverse_path;
	size_t recipients; /* how many were accepted */
	uint64_t octets;   /* of the message, so far */
};

static inline const struct vb_transaction *
vb_transaction(const struct vb_session *s)
{
	return vb_core->transaction(s);
}

/*
 * This module's own data, .session_size and .transaction_size octets, zeroed
 * when the session or the transaction begins. vb_transaction_data() is NULL
 * outside of a transaction.
 */
static inline void *
vb_session_data(struct vb_session *s)
{
	return vb_core->session_data(s);
}

static inline void *
vb_transaction_data(struct vb_session *s)
{
	return vb_core->transaction_data(s);
}

/*
 * The client said who it is: an open transaction is dropped and the session is
 * greeted (RFC 5321 §4.1.1.1).
 */
static inline void
vb_greet(struct vb_session *s, struct vb_str name, bool extended)
{
	vb_core->greet(s, name, extended);
}

/* Closes the connection once the reply has been sent. What is still in the
   input is not read. */
static inline void
vb_close(struct vb_session *s)
{
	vb_core->close(s);
}

/*
 * Primitive: opens a transaction; one that is open is dropped. The path is
 * copied. `kind` is "mail" or another of the module's own, and must outlive
 * the session.
 */
static inline void
vb_open(
    struct vb_session *s, const char *kind, const struct vb_path *reverse_path)
{
	vb_core->open(s, kind, reverse_path);
}

/* Drops the open transaction, if any: buffers cleared, greeting kept. */
static inline void
vb_reset(struct vb_session *s)
{
	vb_core->reset(s);
}

/*
 * How many octets the message will have, as the client declares (RFC 1870 §5).
 * For hooks at VB_AT_MAIL: it counts for the transaction that the command
 * opens, and vb_room() then asks for so much.
 */
static inline void
vb_expect(struct vb_session *s, uint64_t octets)
{
	vb_core->expect(s, octets);
}

/*
 * Whether a mailbox that vb_lookup() found can take the message of the open
 * transaction. VB_ROOM_LEFT at once where the module that delivers sets no
 * limit, or nobody but the recipient may look; then the delivery tells. Of one
 * elsewhere (VB_RELAY), whether its mail may be kept, where it is to be
 * (struct vb_route, .keep_most). Asking the same again in one command costs
 * nothing.
 */
static inline enum vb_room
vb_room(struct vb_session *s, const struct vb_found *whom)
{
	return vb_core->room(s, whom);
}

/*
 * Adds to the recipients whom vb_lookup() found: a mailbox, one elsewhere that
 * may be relayed to (.reply 250), a forward (251), or a list, which adds each
 * of its members. A mailbox that is among them already is added once.
 * False when the site's `limits.recipients` would be exceeded: none was added.
 */
VB_MUST_USE static inline bool
vb_add_recipient(struct vb_session *s, const struct vb_found *whom)
{
	return vb_core->add_recipient(s, whom);
}

/* The n-th recipient of the open transaction, counted from 0, as it was found:
   VB_MAILBOX or VB_RELAY. NULL behind the last. */
static inline const struct vb_found *
vb_recipient(const struct vb_session *s, size_t n)
{
	return vb_core->recipient(s, n);
}

/*
 * At VB_AT_MESSAGE: the n-th recipient is done with, in another way than by the
 * queue.
 *
 *	VB_DELIVERED	it has the message: nothing is stored for it
 *	VB_NEVER	it will not get it. With the transaction's other
 *			recipients the message is taken all the same, and the
 *			sender gets a notice by mail, with this status (RFC
 *3463) and these words (RFC 821 §4.1.1, DATA)
 *
 * When all have it, vb_commit() says 250 and stores nothing.
 */
static inline void
vb_settle(struct vb_session *s, size_t n, enum vb_outcome outcome,
    const char *status, const char *text)
{
	vb_core->settle(s, n, outcome, status, text);
}

/*
 * Primitive: take further lines, the way DATA does. The reply (354) is sent and
 * the lines that follow, up to one that is a dot alone, become the
 * transaction's message. Then the verb's .more is run. Returns VB_DONE.
 */
static inline enum vb_verdict
vb_take_message(struct vb_session *s, int code, const char *text)
{
	return vb_core->take_message(s, code, text);
}

/*
 * Ends the transaction: asks the hooks at VB_AT_MESSAGE, stores the message and
 * replies, 250 only when it is durable (DESIGN §3). Returns VB_WAIT until then:
 * hand that on. Called again, it goes on where it was.
 */
static inline enum vb_verdict
vb_commit(struct vb_session *s)
{
	return vb_core->commit(s);
}

/*
 * At VB_AT_HEADER: one field on top of the message, "Name: value" without a
 * line end. Line ends within are escaped.
 */
#define vb_add_field(s, ...) vb_core->add_field(s, __VA_ARGS__)

/*
 * At VB_AT_BODY: passes octets on to the next filter. A filter that returns
 * VB_NEXT passes its input on unchanged; one that returns VB_DONE has written
 * what is to take its place, which may be nothing.
 */
static inline void
vb_write(struct vb_session *s, struct vb_str bytes)
{
	vb_core->write(s, bytes);
}

#endif
