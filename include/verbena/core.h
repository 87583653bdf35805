#ifndef VERBENA_CORE_H
#define VERBENA_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/attr.h>
#include <verbena/str.h>

/*
 * The functions the core hands to a module: the one thing that passes between
 * the two at run time. A module links against nothing of ours; it reaches all
 * of these through `vb_core`, which VB_MODULE() defines and the loader fills
 * in. Do not call through the table: the other headers tell what each does and
 * wrap it under its plain name, vb_reply() and so on.
 *
 * Within a major version functions are only ever added at the end, so a module
 * built against 1.0 loads on every 1.x.
 */
#define VB_MAJOR 1

/*
 * The oldest minor version a module wants to run on. Define it before the first
 * include to load on older cores: what is newer then does not compile.
 */
#define VB_MINOR_NEWEST 0
#ifndef VB_MINOR
#define VB_MINOR VB_MINOR_NEWEST
#endif

struct vb_check;
struct vb_client;
struct vb_delivery;
struct vb_found;
struct vb_kept;
struct vb_networks;
struct vb_path;
struct vb_query;
struct vb_seconds;
struct vb_session;
struct vb_strings;
struct vb_transaction;
struct vb_verb;

/* What a verb or a hook says to the core when it returns. */
enum vb_verdict {
	VB_NEXT = 0, /* no opinion: go on */
	VB_DONE,     /* the reply is given, the opinion told: ask no one else */
	VB_WAIT,     /* run me again, just so, when what I asked for is there */
	VB_FAIL,     /* I could not do my work: 451, or the verb's .failure */
};

/* What a lookup says when it returns. */
enum vb_known {
	VB_UNKNOWN = 0, /* not mine: ask the next */
	VB_KNOWN,       /* that is the one, exactly: ask no one else */
	VB_UNSURE,      /* could not be found out just now */
};

/* How a delivery ended. */
enum vb_outcome {
	VB_FAILED = 0, /* the module broke: taken as VB_LATER, and logged */
	VB_DELIVERED,  /* on disk, or in the other's hands */
	VB_LATER,      /* not now; try again */
	VB_NEVER,      /* not ever; tell the sender */
};

/* Whether a mailbox can take one message more. */
enum vb_room {
	VB_ROOM_PENDING = 0, /* being looked at: return VB_WAIT and ask again */
	VB_ROOM_LEFT,        /* as far as is known */
	VB_ROOM_NONE,        /* it is full */
	VB_ROOM_UNKNOWN,     /* could not be found out just now */
};

/* Whether somebody can be reached at a terminal. */
enum vb_presence {
	VB_PRESENCE_PENDING = 0, /* being looked at: return VB_WAIT */
	VB_PRESENCE_HERE,    /* at a terminal, and willing to be written to */
	VB_PRESENCE_AWAY,    /* not here, or not willing */
	VB_PRESENCE_UNKNOWN, /* could not be found out just now */
};

/* Whether somebody was shown a message at a terminal. */
enum vb_shown {
	VB_SHOWN_PENDING = 0, /* being shown: return VB_WAIT and ask again */
	VB_SHOWN_ALL,         /* on one terminal at least */
	VB_SHOWN_PART,        /* the same, but only how it begins */
	VB_SHOWN_NOT,         /* nobody is there, or wants it, or takes it */
};

enum vb_level {
	VB_ERROR = 0,
	VB_WARNING,
	VB_NOTICE,
	VB_INFO,
	VB_DEBUG,
};

struct vb_core {
	size_t size; /* of this struct, in the core that runs */
	unsigned major, minor;

	/* session.h */
	enum vb_verdict (*reply)(struct vb_session *s, int code,
	    const char *status, const char *fmt, ...) VB_PRINTF(4, 5);
	void (*reply_more)(struct vb_session *s, int code, const char *status,
	    const char *fmt, ...) VB_PRINTF(4, 5);
	void (*log)(struct vb_session *s, enum vb_level level,
	    const char *event, const char *fmt, ...) VB_PRINTF(4, 5);
	void *(*alloc)(struct vb_session *s, size_t size);
	struct vb_str (*print)(struct vb_session *s, const char *fmt, ...)
	    VB_PRINTF(2, 3);
	const struct vb_client *(*client)(const struct vb_session *s);
	const struct vb_transaction *(*transaction)(const struct vb_session *s);
	void *(*session_data)(struct vb_session *s);
	void *(*transaction_data)(struct vb_session *s);
	void (*greet)(struct vb_session *s, struct vb_str name, bool extended);
	void (*close)(struct vb_session *s);
	void (*open)(struct vb_session *s, const char *kind,
	    const struct vb_path *reverse_path);
	void (*reset)(struct vb_session *s);
	bool (*add_recipient)(
	    struct vb_session *s, const struct vb_found *whom);
	enum vb_verdict (*take_message)(
	    struct vb_session *s, int code, const char *text);
	enum vb_verdict (*commit)(struct vb_session *s);
	void (*add_field)(struct vb_session *s, const char *fmt, ...)
	    VB_PRINTF(2, 3);
	void (*write)(struct vb_session *s, struct vb_str bytes);

	/* lookup.h */
	const struct vb_found *(*lookup)(
	    struct vb_session *s, const struct vb_path *path);
	const struct vb_found *(*lookup_text)(
	    struct vb_session *s, struct vb_str text);
	void (*found)(struct vb_query *q, const struct vb_found *whom);

	/* delivery.h */
	ptrdiff_t (*read)(struct vb_delivery *d, void *bytes, size_t n);
	bool (*rewind)(struct vb_delivery *d);
	const char *(*path)(struct vb_delivery *d, struct vb_str pattern);
	int (*directory)(struct vb_delivery *d, const char *path);
	bool (*sync)(struct vb_delivery *d, int fd);
	void *(*delivery_data)(struct vb_delivery *d);
	enum vb_outcome (*delivered)(
	    struct vb_delivery *d, const char *fmt, ...) VB_PRINTF(2, 3);
	enum vb_outcome (*later)(struct vb_delivery *d, const char *status,
	    const char *fmt, ...) VB_PRINTF(3, 4);
	enum vb_outcome (*never)(struct vb_delivery *d, const char *status,
	    const char *fmt, ...) VB_PRINTF(3, 4);

	/* session.h */
	enum vb_room (*room)(struct vb_session *s, const struct vb_found *whom);
	void (*expect)(struct vb_session *s, uint64_t octets);
	const struct vb_verb *(*usable)(const struct vb_session *s, size_t n);
	struct vb_str (*keyword)(struct vb_session *s, size_t n);
	uint64_t (*count)(struct vb_session *s, const char *what,
	    const struct vb_seconds *window, unsigned more);

	/* lookup.h */
	void (*query_log)(struct vb_query *q, enum vb_level level,
	    const char *event, const char *fmt, ...) VB_PRINTF(4, 5);

	/* session.h */
	void (*remark)(struct vb_session *s, const char *fmt, ...)
	    VB_PRINTF(2, 3);
	const struct vb_found *(*recipient)(
	    const struct vb_session *s, size_t n);
	void (*settle)(struct vb_session *s, size_t n, enum vb_outcome outcome,
	    const char *status, const char *text);

	/* terminal.h */
	enum vb_presence (*presence)(
	    struct vb_session *s, const struct vb_found *whom);
	void (*keep)(struct vb_session *s);
	enum vb_shown (*show)(struct vb_session *s, size_t n, bool is_mailed);

	/* turn.h */
	const struct vb_kept *(*kept)(
	    struct vb_session *s, const struct vb_strings *domains);
	const struct vb_kept *(*let_go)(
	    struct vb_session *s, const struct vb_strings *domains);
	void (*turn)(struct vb_session *s, const struct vb_strings *domains,
	    bool turns_back);

	/* delivery.h */
	void (*lend)(struct vb_delivery *d, struct vb_str name, int fd);
	int (*borrow)(struct vb_delivery *d, struct vb_str name);

	/* session.h */
	bool (*is_from)(
	    const struct vb_session *s, const struct vb_networks *networks);

	/* check.h */
	void (*wrong)(struct vb_check *c, const char *file, int line,
	    const char *fmt, ...) VB_PRINTF(4, 5);
};

/* This module's own: hidden, so that two modules never share it. */
extern VB_HIDDEN const struct vb_core *vb_core;

#endif
