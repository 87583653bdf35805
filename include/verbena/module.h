#ifndef VERBENA_MODULE_H
#define VERBENA_MODULE_H

#include <stdint.h>

#include <verbena/attr.h>
#include <verbena/check.h>
#include <verbena/core.h>
#include <verbena/delivery.h>
#include <verbena/lookup.h>
#include <verbena/option.h>
#include <verbena/route.h>
#include <verbena/session.h>
#include <verbena/terminal.h>
#include <verbena/turn.h>

/*
 * A module is one shared object. At its foot it says what it is:
 *
 *	VB_MODULE(vrfy, "1.0") {
 *		.about = "the VRFY verb (RFC 821, RFC 5321)",
 *		.conf_size = sizeof(struct vrfy_conf),
 *		.options = options,
 *		.verbs = verbs,
 *	};
 *
 * What it does not offer, it does not mention. Every table ends with an empty
 * row. Build it with
 *
 *	cc -shared -fPIC -fvisibility=hidden -Wl,-z,defs -o vrfy.so vrfy.c
 *
 * The file must be named as the module is, with ".so", and be writable by no
 * one but its owner.
 */

/* The legal reply codes of a verb, "250 251 550", one list for each profile.
   500, 501, 502 and 421 need not be listed: they are legal for every verb. A
   verb that has none for a profile (NULL) cannot be enabled there. */
struct vb_codes {
	const char *rfc5321, *rfc821;
};

/* When a verb may come; otherwise the core answers 503. */
enum vb_when {
	VB_ALWAYS = 0,
	VB_GREETED = 1 << 0,        /* after HELO or EHLO */
	VB_NO_TRANSACTION = 1 << 1, /* not while one is open */
	VB_TRANSACTION = 1 << 2,    /* only while one is open */
	VB_RECIPIENT = 1 << 3,      /* only with an accepted recipient */

	/* The client sends nothing behind it until it has the reply, as what
	   follows is another session (turning, TLS). Where it did, the reply is
	   503, and then 421: what is there already could not be told from what
	   belongs to the next. */
	VB_LAST = 1 << 4,
};

/* What follows the verb; what does not fit is answered 501, with .syntax. */
enum vb_form {
	VB_ARG_NONE = 0, /* nothing */
	VB_ARG_OPTIONAL, /* a string or nothing */
	VB_ARG_STRING,   /* a string */
	VB_ARG_DOMAIN,   /* a domain or an address literal */
	VB_ARG_FROM,     /* FROM:<reverse-path> [parameters] */
	VB_ARG_TO,       /* TO:<forward-path> [parameters] */
};

/* A parameter behind a path: NAME or NAME=value (RFC 5321 §4.1.2). The name is
   in upper case; the value is empty where there is none. */
struct vb_parameter {
	size_t size;
	struct vb_str name, value;
};

/* The argument, as .form has it taken apart. */
struct vb_argument {
	size_t size;
	struct vb_str text;  /* all of it, without the spaces around it */
	struct vb_path path; /* VB_ARG_FROM, VB_ARG_TO */
	const struct vb_parameter *parameters; /* behind the path */
	size_t n_parameters;
};

/* The parameter of that name, "SIZE", or NULL. It comes once at most. */
static inline const struct vb_parameter *
vb_parameter(const struct vb_argument *a, const char *name)
{
	const char *p = (const char *)a->parameters;

	for (size_t i = 0; i < a->n_parameters; i++) {
		const struct vb_parameter *one = (const void *)p;

		if (vb_str_eq(one->name, vb_str(name)))
			return one;
		p += one->size;
	}
	return NULL;
}

/* The points of a session where a hook may come up; the kind of the chain is a
   property of the point. */
enum vb_point {
	VB_AT_CONNECT = 1,     /* guard: before the greeting (554, 421) */
	VB_AT_BANNER,          /* decide: who replies 220 first greets */
	VB_AT_HELO,            /* guard */
	VB_AT_COMMAND,         /* guard: any verb, before the point it names */
	VB_AT_MAIL,            /* guard: whatever opens a transaction */
	VB_AT_RCPT,            /* guard */
	VB_AT_DATA,            /* guard: before 354 */
	VB_AT_HEADER,          /* filter: vb_add_field() */
	VB_AT_BODY,            /* filter: vb_write(); .bytes is what came in */
	VB_AT_MESSAGE,         /* guard: the verdict at the end of data */
	VB_AT_STORED,          /* observe: the message is durable */
	VB_AT_REPLY,           /* observe: .code is about to be sent */
	VB_AT_UNKNOWN,         /* decide: a verb that nobody has; else 500 */
	VB_AT_TRANSACTION_END, /* observe: exactly once a transaction */
	VB_AT_SESSION_END,     /* observe: exactly once a session */
};

/*
 * The four kinds of chain:
 *
 *	guard    all are asked; VB_NEXT lets pass, VB_DONE means refused, with
 *	         vb_reply(). VB_FAIL refuses as well: nothing fails open.
 *	decide   the first that does not return VB_NEXT has decided.
 *	filter   each may transform. VB_FAIL fails the message: 451.
 *	observe  all are told; what they return is only logged.
 *
 * Guards and deciders may return VB_WAIT, but for those at VB_AT_CONNECT and
 * VB_AT_BANNER; filters and observers may not.
 */
struct vb_event {
	size_t size;
	enum vb_point point;
	struct vb_str verb; /* in upper case; empty where there is none */
	const struct vb_argument *argument; /* NULL where there is none */
	struct vb_str bytes;                /* VB_AT_BODY */
	int code;                           /* VB_AT_REPLY */
};

struct vb_hook {
	size_t size;
	enum vb_point point;
	enum vb_verdict (*run)(struct vb_session *s,
	    const struct vb_event *event, const void *conf);

	/* Names of modules, "spf dkim", that come after or before this one at
	   this point when they are loaded. Ties follow the order of `modules`.
	 */
	const char *before, *after;
};

/* Begins a row: { VB_HOOK, .point = VB_AT_RCPT, .run = look } */
#define VB_HOOK .size = sizeof(struct vb_hook)

/*
 * A verb. What is in its row the core does: 500 for a verb nobody has, 502 (or
 * the site's `disabled_reply`) for one this client may not use, 501, 503.
 */
struct vb_verb {
	size_t size;
	const char *name;   /* "VRFY": 1 to 16 of A-Z 0-9 - */
	const char *syntax; /* "VRFY <user name or mailbox>", for 501, HELP */
	unsigned when;      /* enum vb_when, or'ed */
	enum vb_form form;
	enum vb_point point; /* whose guards are asked first; 0 for none */
	struct vb_codes codes;
	struct vb_codes
	    more_codes;        /* of the reply .more gives, if it differs */
	int failure;           /* said when a module fails; 0 means 451 */
	const char *ehlo;      /* EHLO keyword and parameters; NULL: the name
	                          of the verb; "": not advertised */
	const char *help;      /* what it does, for HELP: lines */
	const char *reference; /* "RFC 5321 §4.1.1.6" */

	/* Runs the command. Reply, or return VB_WAIT or VB_FAIL. */
	enum vb_verdict (*run)(struct vb_session *s,
	    const struct vb_argument *argument, const void *conf);

	/* Runs when what .run asked to take (vb_take_message()) is there. */
	enum vb_verdict (*more)(struct vb_session *s,
	    const struct vb_argument *argument, const void *conf);

	/* For a verb that answers 502 to some of those who have it enabled:
	   whether this client is none of them, as things are. EHLO and HELP
	   leave it out for the others (RFC 5321 §4.2.4). May be NULL. */
	bool (*offered)(const struct vb_session *s, const void *conf);
};

/* Begins a row: { VB_VERB, .name = "NOOP", ... } */
#define VB_VERB .size = sizeof(struct vb_verb)

/*
 * An extension of SMTP that is no verb (RFC 5321 §2.2): a keyword that EHLO
 * advertises, and with it perhaps a parameter of MAIL or RCPT. A parameter that
 * no row has is answered by the core (555; 501 in rfc821); one that a row has
 * is found with vb_parameter() by the hooks at that point, and by the verb.
 */
struct vb_extension {
	size_t size;
	const char *keyword;   /* "SIZE": 1 to 32 of A-Z 0-9 - */
	const char *parameter; /* "SIZE", or NULL */
	enum vb_point point;   /* whose verbs take it, VB_AT_MAIL, VB_AT_RCPT */

	/* What EHLO says behind the keyword; NULL for nothing. */
	struct vb_str (*value)(struct vb_session *s, const void *conf);
};

/* Begins a row: { VB_EXTENSION, .keyword = "8BITMIME", ... } */
#define VB_EXTENSION .size = sizeof(struct vb_extension)

struct vb_module {
	const char *about; /* one line, for `verbena modules` */

	size_t conf_size; /* of the struct that .options fill */
	const struct vb_option *options;

	size_t session_size;     /* of vb_session_data() */
	size_t transaction_size; /* of vb_transaction_data() */

	const struct vb_verb *verbs;
	const struct vb_extension *extensions;
	const struct vb_hook *hooks;
	const struct vb_lookup *lookup;

	/* Delivers to a mailbox, in a courier. A module with this may be named
	   by a site's `deliver`. */
	enum vb_outcome (*deliver)(struct vb_delivery *d, const void *conf);

	/*
	 * The second half of a delivery, for modules that have one. When
	 * .deliver said vb_delivered(), one of these two is called, once,
	 * unless the process dies. `publish`: what .deliver handed to vb_sync()
	 * is on disk, now make it visible. `abandon`: it could not be synced,
	 * nobody is to see it; give back what the delivery holds. It is tried
	 * again later whatever this does. May be NULL.
	 */
	enum vb_outcome (*publish)(struct vb_delivery *d, const void *conf);
	void (*abandon)(struct vb_delivery *d, const void *conf);
	size_t delivery_size; /* of vb_delivery_data() */

	/* Once in each process, before anything else is called and after the
	   options are read. False: the process does not start. May be NULL. */
	bool (*start)(void);

	/*
	 * A limit to what a mailbox may hold, for modules with .deliver; both
	 * or neither. `limits` says whether these settings set one, and does
	 * not block. `room` looks into the mailbox of a message that is not
	 * there yet, in a courier, where it may block: there is nothing to
	 * vb_read(), and `octets` is how many it will have, 0 when that is not
	 * known. It ends as .deliver does: vb_delivered() when there is room,
	 * vb_never() with 5.2.2 when there is none.
	 */
	bool (*limits)(const void *conf);
	enum vb_outcome (*room)(
	    struct vb_delivery *d, uint64_t octets, const void *conf);

	/* Says where mail for a domain elsewhere goes: route.h. */
	enum vb_known (*route)(struct vb_route *r, const void *conf);

	/* Reaches people at terminals: terminal.h. */
	const struct vb_terminals *terminals;

	/*
	 * Looks at what these settings name, files for the most part, and tells
	 * with vb_wrong() what is wrong there. `verbena check` fails then;
	 * `verbena run` logs it and serves, as a server that runs does when
	 * such a file goes wrong.
	 *
	 * Called in a process that serves nobody, with the rights of the
	 * others, once for settings that are the same, without .start. It may
	 * block, for half a minute. A setting that was told to be wrong is as
	 * if it were not set, unless it is the option's own .check that told
	 * so. May be NULL.
	 */
	void (*check)(struct vb_check *c, const void *conf);

	/*
	 * How many batches for one mailbox may be delivered at the same time,
	 * each in a process of its own, for modules with .deliver; 0 is one.
	 * Messages may then appear in another order than they came in. A
	 * mailbox that has a limit gets one at a time whatever this says.
	 */
	unsigned at_once;
};

/*
 * The one symbol a module exports: sizes, so that both sides may grow, where to
 * put the table of functions, and what the module is.
 */
struct vb_export {
	size_t size;        /* of this struct */
	size_t module_size; /* of struct vb_module, as the module knows it */
	const struct vb_core **core;
	const struct vb_module *module;
};

/*
 * The ELF note, section .note.verbena: what `verbena check` reads of a module
 * without running any of it. Name "Verbena", type 1; the numbers are in the
 * byte order of the file.
 */
#define VB_NOTE_OWNER "Verbena"
#define VB_NOTE_TYPE  1

struct vb_note {
	uint32_t owner_size, body_size, type; /* as in every ELF note */
	char owner[8];
	uint32_t major, minor; /* of the core it wants, at least */
	char name[32];         /* of the module, padded with NULs */
	char version[24];      /* of the module, for people */
};

/* clang-format off */

#define VB_MODULE(name_, version_)					\
	static const struct vb_note vb_note VB_SECTION(".note.verbena") = { \
		sizeof(VB_NOTE_OWNER),					\
		sizeof(struct vb_note) - offsetof(struct vb_note, major), \
		VB_NOTE_TYPE, VB_NOTE_OWNER, VB_MAJOR, VB_MINOR,	\
		#name_, version_					\
	};								\
	const struct vb_core *vb_core;					\
	static const struct vb_module vb_described;			\
	extern VB_EXPORT const struct vb_export vb_module;		\
	const struct vb_export vb_module = {				\
		sizeof(struct vb_export), sizeof(struct vb_module),	\
		&vb_core, &vb_described					\
	};								\
	static const struct vb_module vb_described =

/* clang-format on */

#endif
