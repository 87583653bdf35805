#ifndef CORE_SMTP_SETTINGS_H
#define CORE_SMTP_SETTINGS_H

#include <stddef.h>

#include <verbena/option.h>

#include "core/base/memory.h"
#include "core/smtp/verbs.h"

/*
 * The settings of a site that SMTP itself has; those of modules stand beside
 * them in groups named after the module.
 */

struct limits_conf {
	struct vb_bytes message;
	int recipients;
	int connections;
	int per_client;
	int errors;
	int junk;
	int line;
	int received;
	struct vb_seconds command_timeout;
	struct vb_seconds data_timeout;
	struct vb_seconds session_timeout;
	struct vb_seconds wait_timeout;
	struct vb_seconds delivery_timeout;
};

enum double_bounce {
	DOUBLE_BOUNCE_DISCARD,
	DOUBLE_BOUNCE_POSTMASTER,
};

/* What becomes of mail that cannot be delivered at once; see
   core/mail/retry.h. */
struct retry_conf {
	struct vb_seconds first, most;
	struct vb_seconds expire, warning;
	struct vb_choice double_bounce; /* enum double_bounce */
};

/* The order is that of the setting's choices. */
enum source_routes {
	SOURCE_ROUTES_BY_PROFILE,
	SOURCE_ROUTES_STRIP,
	SOURCE_ROUTES_FOLLOW,
	SOURCE_ROUTES_REJECT,
};

enum forwards {
	FORWARDS_TELL,
	FORWARDS_HIDE,
};

/* May stand at the top, in a site and for clients; the nearest wins. */
struct scope_conf {
	struct vb_str deliver;
	struct vb_strings enable, disable;
	int disabled_reply;
	struct vb_list policy; /* of struct policy_conf */
	bool may_relay;
	struct vb_choice source_routes; /* enum source_routes */
	struct vb_choice forwards;      /* enum forwards */
	struct limits_conf limits;
	struct retry_conf retry;
};

/* One entry of `policy`. */
struct policy_conf {
	struct vb_strings verbs;
	struct vb_str rate;
	struct vb_strings require;
};

/* Only within a site. */
struct site_conf {
	struct vb_str name;
	struct vb_strings listen;
	struct vb_strings domains;
	struct vb_choice profile; /* enum profile */
};

/* Only within `clients`. */
struct clients_conf {
	struct vb_strings match;
};

/* Within the group of each module that delivers. */
struct delivery_conf {
	struct vb_choice as; /* enum delivery_as */
};

enum delivery_as { AS_SERVICE, AS_RECIPIENT };

extern const struct vb_option scope_options[];
extern const struct vb_option site_options[];
extern const struct vb_option clients_options[];
extern const struct vb_option delivery_options[];

/* "10/1m"; "" is no rate at all. NULL, or the rest of a sentence. */
const char *settings_rate(struct vb_str text, struct verb_rate *rate);

/* [ "auth", "tls" ] as enum requirement, or'ed. */
unsigned settings_requires(const struct vb_strings *words);

/* A table made of two: the rows of b, moved by `shift` octets, behind a's. */
const struct vb_option *settings_join(struct arena *arena,
    const struct vb_option *a, const struct vb_option *b, size_t shift);

#endif
