#ifndef CORE_SMTP_STATE_H
#define CORE_SMTP_STATE_H

#include "core/base/memory.h"
#include "core/smtp/api.h"
#include "core/smtp/line.h"
#include "core/smtp/session.h"
#include "core/smtp/text.h"

/*
 * What a session is made of; for the files of core/smtp that are the session.
 *
 *	session.c      octets in and out, time
 *	command.c      one command: dispatched through its chains
 *	permit.c       may this client use this verb, now?
 *	argument.c     its argument
 *	parameters.c   what stands behind a path
 *	usable.c       what this client may use, for EHLO and HELP
 *	call.c         calling modules, and what their verdicts mean
 *	say.c          replies, and who may say what
 *	transaction.c  the envelope, from MAIL to the end of data
 *	body.c         the message coming in
 *	lookup.c       who is this?
 *	room.c         is there room in the mailbox?
 *	reach.c        who is at a terminal, and is shown the message there?
 *	turn.c         mail that is kept, and swapping the roles
 *	members.c      and whom does that lead to?
 *	ours.c         which domains are ours
 *	relay.c        those that are not
 */

enum mode {
	MODE_COMMAND,
	MODE_MESSAGE, /* the lines after DATA */
};

/* Where a command is: after VB_WAIT it goes on at just that place. */
enum stage {
	STAGE_IDLE,    /* no command is running */
	STAGE_CONNECT, /* before the greeting */
	STAGE_UNKNOWN, /* deciders: a verb nobody has */
	STAGE_GUARDS,  /* VB_AT_COMMAND */
	STAGE_POINT,   /* the guards of the verb's own point */
	STAGE_RUN,     /* the verb */
	STAGE_TAKING,  /* the client sends what the verb takes */
	STAGE_MORE,    /* the verb, with what it took */
};

/* Why a session takes no input. */
enum waiting {
	WAITING_NOT,
	WAITING_MODULE, /* a module returned VB_WAIT */
	WAITING_BODY,   /* the host cannot take more of the message */
	WAITING_STORE,  /* the host is making the message durable */
};

struct command {
	const struct verb *verb; /* NULL for one that nobody has */
	struct vb_str name;
	struct vb_argument argument;
	struct vb_event event;
	enum stage stage;
	size_t link; /* in the chain being asked */
	bool has_replied;
	int code;             /* of the reply */
	uint64_t expected;    /* octets of the message that it begins */
	struct vb_str remark; /* in place of the verb's words for 250 */
};

/* One question to the lookup service and its answer. */
struct asked {
	struct asked *next;
	unsigned number; /* of the request to the host; 0: none is out */
	struct vb_query query;
	size_t first;  /* module that is asked */
	size_t module; /* the next to ask */
	bool is_unsure, is_concluded, is_resolving, is_done;
	struct vb_found *matches; /* all that were reported */
	size_t n_matches;
	struct vb_found answer;
	struct vb_found *members; /* of the answer, as far as they are found */
	size_t n_members;
};

/* One mailbox whose room was asked for. */
struct room_asked {
	struct room_asked *next;
	unsigned number; /* of the request to the host */
	struct vb_str mailbox;
	enum vb_room room;
};

/* Domains whose kept mail was asked for. */
struct kept_asked {
	struct kept_asked *next;
	unsigned number; /* of the request to the host */
	struct vb_strings domains;
	bool lets_go;
	struct vb_kept answer;
};

/* Somebody whose presence was asked for. */
struct presence_asked {
	struct presence_asked *next;
	unsigned number; /* of the request to the host */
	struct vb_str mailbox;
	enum vb_presence presence;
};

/* What became of a recipient before the message is stored. */
struct aside {
	unsigned number; /* of the request to show it; 0: none was made */
	enum vb_shown shown;
	bool is_served; /* it has the message */
	struct message_failure failure;
};

enum commit { COMMIT_CHECK, COMMIT_GUARDS, COMMIT_STORING, COMMIT_STORED };

struct transaction {
	struct vb_transaction is;
	struct vb_path reverse_path;
	struct vb_found *recipients;
	size_t room;          /* of recipients */
	struct aside *asides; /* of each recipient; NULL: nothing yet */
	void **data;          /* of the modules, by index */

	uint64_t expected; /* octets the client declared; 0: it did not */
	struct text_reader text;
	struct buffer body;   /* not yet with the host */
	struct buffer fields; /* added by modules, CR LF */
	struct buffer kept;   /* how the message begins, when .keeps */
	bool keeps;
	size_t filter;   /* whose output vb_write() is */
	bool has_failed; /* a filter has */
	bool is_too_large;
	bool has_8bit; /* an octet above 0x7f came */
	int received;  /* Received fields seen */
	bool in_header, at_line_start;
	size_t matched; /* of "Received:" in this line */

	enum commit commit;
	size_t commit_link;
	int stored_code;
	const char *stored_status;
	struct vb_str stored_text;
};

struct session {
	const struct sites *sites;
	const struct scope *scope;
	const struct session_host *host;
	void *host_data;
	struct vb_str (*make_id)(void);

	struct arena *arena;             /* dies with the session */
	struct arena *command_arena;     /* reset by each command */
	struct arena *transaction_arena; /* reset by each transaction */
	struct vb_client client;
	struct vb_str local_address;
	bool is_greeted;
	bool may_not_relay; /* mail for the site's own domains, and no other */
	unsigned has;       /* enum requirement: none can be had yet */
	void **data;        /* of the modules, by index */

	enum mode mode;
	struct line_reader line;
	struct buffer pending; /* input that had to wait */
	bool has_more;         /* input behind the line that is the command */
	struct buffer output;
	struct buffer reply; /* lines of a reply not yet complete */
	int reply_code;      /* of those lines; 0: none, -1: illegal */

	struct command command;
	const struct module *running; /* the module being called, or NULL */
	enum vb_point hook;  /* where its hook is; 0: its verb is called */
	struct asked *asked; /* by this command */
	struct room_asked *rooms;
	struct presence_asked *presences;
	struct kept_asked *kept;
	unsigned last_number;
	unsigned out; /* requests the host has not answered */
	struct transaction *transaction;
	struct buffer helo; /* what client.helo points into */

	enum waiting waiting;
	int errors, junk;
	bool closes; /* once the command is answered */
	bool has_turned;
	struct session_turn turn;
	bool is_over;
	bool is_shutting_down;
	bool stops_at_once; /* also in the middle of a message */

	int64_t now;      /* clock_steady_ms() when the host last called */
	int64_t end;      /* of the session, at the latest */
	int64_t until;    /* for the next command, or octet of a message */
	int64_t wait_end; /* for the module that waits */
};

static inline const struct limits_conf *
session_limits(const struct session *s)
{
	return &s->scope->conf.limits;
}

static inline enum profile
session_profile(const struct session *s)
{
	return s->scope->site->profile;
}

/* Are guards being asked about a whole message? They may refuse it, no more. */
static inline bool
session_asks_message(const struct session *s)
{
	return s->transaction != NULL &&
	       s->transaction->commit == COMMIT_GUARDS;
}

/* The arena for what lives as vb_alloc() says. */
static inline struct arena *
session_arena(const struct session *s)
{
	return s->transaction != NULL ? s->transaction_arena : s->command_arena;
}

/* command.c */
void command_begin(
    struct session *s, struct vb_str line, enum line_fault fault);
void command_go_on(struct session *s);      /* where it waited */
void command_wait_ended(struct session *s); /* too long */
void command_took_message(struct session *s);
void command_connect(struct session *s);

/* call.c */

/* Calls a hook, or one of the verb's functions. */
enum vb_verdict call_hook(struct session *s, const struct chain_link *link,
    const struct vb_event *event);

/* Observers, or filters without octets. False: one failed. */
bool tell(struct session *s, enum vb_point point, int code);

enum asking { ASKING_PASSED, ASKING_REFUSED, ASKING_WAITS };

/* Asks the guards of a point from *link on. */
enum asking ask_guards(struct session *s, enum vb_point point, size_t *link);

/* Runs the verb of the command, or what it does with what it took. */
enum asking run_verb(struct session *s);

/* The module that was called failed: logs why and gives the failure code. */
void module_failed(struct session *s, const char *why);

/* Logs a line about this session. */
void session_log(struct session *s, enum vb_level level, const char *event,
    const char *fmt, ...) VB_PRINTF(4, 5);

/* permit.c */

/* Is it enabled, and is there what it requires? */
bool verb_is_usable(const struct session *s, const struct verb *verb);

/* May the verb of the command run? False when it was answered instead. */
bool permit(struct session *s);

/* parameters.c */

/* Takes the parameters behind a path into command.argument; false when they
   were answered instead. */
bool parameters_parse(struct session *s, struct vb_str rest);

/* argument.c */

/* Takes the first word off; what is left has no blanks around it. */
struct vb_str argument_word(struct vb_str *text);

/* Fills in command.argument; false when it was answered instead. */
bool argument_parse(struct session *s);

/* api.c: may the module that is running call this now? Hooks may say something
   where they can refuse; only verbs may move the session on. Otherwise it is
   logged, and nothing is done. */
bool may_speak(struct session *s, const char *function);
bool may_act(struct session *s, const char *function);

/* say.c: a reply of the core's own, legal by construction. */
void say(struct session *s, int code, const char *status, const char *fmt, ...)
    VB_PRINTF(4, 5);
void say_syntax(struct session *s, const char *status);
void say_bye(struct session *s, const char *status, const char *text);

/* transaction.c */
void transaction_end(struct session *s);

/* body.c */
void body_begin(struct session *s);
void body_take(struct session *s, struct vb_str octets);
void body_flush(struct session *s);

/* ours.c */

/* The domain of a bare name: the first of the site's. */
struct vb_str ours_first(const struct session *s);

/* "[192.0.2.1]" is ours when it is the address the client reached us at. */
bool ours_is_literal(const struct session *s, struct vb_str domain);

/*
 * What is left of a source route. Nothing where routes are not followed. Where
 * they are, no short cuts are guessed: only hosts at its head that are us are
 * taken off (RFC 821 §3.6, RFC 5321 §F.2).
 */
struct vb_str ours_route(const struct session *s, struct vb_str route);

/* relay.c */

/*
 * A mailbox elsewhere, and whether mail goes there: its route is `route`, what
 * is left of the one that was given. Without `trusted`, the scope must allow
 * the client to relay.
 */
const struct vb_found *relay_found(struct session *s,
    const struct vb_path *path, struct vb_str route, bool trusted);

/* A path that is refused for its route. */
const struct vb_found *relay_refused(
    struct session *s, const struct vb_path *path);

/* Is mail for this domain kept until it is asked for? Then *route says how. */
bool relay_keeps(
    const struct session *s, struct vb_str domain, struct vb_route *route);

/* members.c */

/* What a member is that leads back to the list it is in: nobody more. */
extern const struct vb_found members_none;

/* Fills in what a module left out of a match in this domain. */
void members_complete(
    struct session *s, struct vb_found *f, struct vb_str domain);

/* Finds out whom the answer leads to. False: one must be waited for; the next
   time it goes on with that one. */
bool members_resolve(struct session *s, struct asked *a);

/* lookup.c */

/* As vb_lookup(), but modules before the `first` are not asked. With `trusted`
   mail goes there whoever sends it: the operator has written down that it
   should. */
const struct vb_found *lookup_path(
    struct session *s, const struct vb_path *path, size_t first, bool trusted);

/* The host's answer to a request; one that is no longer awaited is ignored. */
void lookup_answer(struct session *s, unsigned number, enum vb_known known,
    const struct vb_found *found, size_t n);

/* room.c: the same, for a request that core_room() made. */
void room_answer(struct session *s, unsigned number, enum vb_room room);

/* reach.c: the same, for core_presence() and core_show(). */
void reach_answer(struct session *s, unsigned number, enum vb_presence presence,
    enum vb_shown shown);

/* turn.c: the same, for core_kept() and core_let_go(). */
void kept_answer(
    struct session *s, unsigned number, const struct vb_kept *answer);

/* What became of the n-th recipient; NULL: nothing yet. */
struct aside *reach_aside(struct session *s, size_t n);

/* Octets of the message pass by: those that are to be kept are. */
void reach_keep(struct transaction *t, struct vb_str octets);

/* trace.c */
struct vb_str trace_received(const struct session *s, struct arena *arena);

/* A session is what modules know as a struct vb_session. */
static inline struct vb_session *
session_public(struct session *s)
{
	return (struct vb_session *)s;
}

static inline struct session *
session_of(struct vb_session *vs)
{
	return (struct session *)vs;
}

#endif
