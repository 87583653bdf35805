#ifndef CORE_MAIL_MAIL_H
#define CORE_MAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/mail/envelope.h"
#include "core/mail/report.h"
#include "core/smtp/site.h"

/*
 * A message that the queue is at work on, and its deliveries: one for each
 * recipient.
 */
struct asked;
struct lane;
struct ledger_segment;
struct mail;

enum progress {
	PROGRESS_READY = 0, /* in a lane */
	PROGRESS_GOING,     /* a courier or a worker has it */
	PROGRESS_LATER,     /* to be tried again */
	PROGRESS_FAILED,    /* for ever; the sender is to be told */
	PROGRESS_DONE,      /* delivered, or the sender was told */
};

struct delivery_due {
	struct mail *mail;
	const struct recipient *to;
	unsigned number; /* among the recipients */
	enum progress progress;
	bool again;     /* it may have been delivered before */
	bool is_alone;  /* went wrong in company: goes alone */
	bool is_single; /* always goes alone: what comes of it has to be known
	                   at once, since it cannot be found out again */
	unsigned attempts;
	int64_t tried;        /* the last time; seconds since 1970; 0: never */
	int64_t due;          /* the next time, when PROGRESS_LATER */
	int64_t kept_until;   /* its domain is to ask for it, at the latest by
	                         then, and .due is the same; 0: it is not kept */
	struct vb_str keeper; /* what with; what the file says it was */
	bool is_let_go;       /* it is kept, but goes all the same, once */
	bool is_told;         /* the sender, that it is late */
	bool is_noted;        /* in the message's file, as it is */
	struct vb_str status, remote, text; /* of the last attempt */
	size_t weight; /* about how many octets it takes to tell a courier */
	struct lane *lane;
	struct delivery_due *next; /* in the lane */
	int64_t entered; /* which it did, at first; on the steady clock, ms */
};

/* Where the octets are. */
enum source_kind { SOURCE_JOURNAL, SOURCE_LARGE, SOURCE_PARKED };

struct source {
	enum source_kind kind;
	uint64_t incarnation; /* of the segment: SOURCE_JOURNAL */
	uint64_t at;          /* the octets begin in the file */
};

struct mail {
	struct map_node by_id;
	struct arena *arena; /* of all this */
	struct envelope envelope;
	const struct scope *scope; /* NULL when its site is gone */
	struct source source;
	struct ledger_segment *segment; /* keeps it; NULL for SOURCE_PARKED */
	struct delivery_due *deliveries;
	size_t n;            /* of them */
	size_t n_open;       /* READY or GOING */
	size_t n_later;      /* LATER */
	size_t n_failed;     /* FAILED */
	bool is_held;        /* or shall be, when nothing is under way */
	bool is_removed;     /* the same: nobody is to get it, or hear of it */
	struct asked *asked; /* who wants to know what comes of it */
	bool is_known;       /* in the queue's map */
	bool must_last;      /* what was done cannot be found out again: marks
	                        of it are synced */
	bool is_noting;      /* its file is being told what was done */
};

/* A message of this envelope, all of it still to be delivered. The envelope and
   what it points to are in the arena, which becomes the message's. */
struct mail *mail_create(struct arena *arena, const struct envelope *envelope,
    const struct sites *sites);

/* The same of a packed envelope, which is copied. NULL when it is none. */
struct mail *mail_unpack(struct vb_str packed, const struct sites *sites);
void mail_destroy(struct mail *m);

/* Its id, with a NUL behind it: the name of its file, if it is large. Lives as
   long as the message. */
const char *mail_name(const struct mail *m);

/* "journal/0123456789abcdef" and so on, below state_dir. In the arena. */
struct vb_str mail_file(const struct mail *m, struct arena *arena);

/* Is anything of it still to be done besides one delivery that is open? */
bool mail_has_others(const struct mail *m);

/* Its first n octets, or fewer where it has no more or they cannot be read: how
   many. Blocks on the disk. */
size_t mail_read(
    const struct mail *m, const char *state_dir, void *octets, size_t n);

#endif
