#ifndef VERBENA_DELIVERY_H
#define VERBENA_DELIVERY_H

#include <verbena/core.h>
#include <verbena/str.h>

/*
 * One message on its way into one mailbox.
 *
 * Deliveries run in a courier, a process of their own: they may block. A
 * courier that takes longer than the setting `delivery_timeout` is killed and
 * its deliveries tried again; so may be one whose end we did not hear of. Then
 * `again` is set, and a module that can tell must not deliver twice: `id` and
 * `mailbox` together name a delivery for ever.
 *
 * Modules with .publish get deliveries in batches: .deliver of each, then
 * .publish of each. In a batch those to one mailbox come one after the other.
 * While others wait, which is so unless `is_alone`, a module does not wait for
 * a mailbox that somebody else has locked: it says vb_later() with "4.2.0", and
 * is asked again at once, alone.
 */
struct vb_delivery {
	size_t size;
	struct vb_str id;       /* of the message: letters and digits */
	struct vb_str sender;   /* the reverse-path's mailbox; empty for "<>" */
	struct vb_str mailbox;  /* the recipient's, as looked up: user@domain */
	struct vb_str user;     /* the account */
	struct vb_str domain;   /* the site's domain, in lower case */
	struct vb_str home;     /* the account's home directory, or empty */
	struct vb_str hostname; /* ours */
	int64_t arrived;        /* seconds since 1970, when the message came */
	bool again;             /* this may have been delivered before */
	bool is_alone;          /* it is a batch of its own */
	struct vb_str client;   /* .show: the address of the client, or empty */
	bool is_mailed;         /* .show: what is not shown is in the mailbox */
	bool has_others; /* the message has other recipients: what they get,
	                    octet for octet, is the same */
};

/*
 * The message as it is to be stored: Return-Path and trace fields, header,
 * empty line, body; lines end in LF. Octets read, 0 at the end, -1 and errno
 * when it cannot be read. .publish reads nothing before it went back to the
 * beginning.
 */
VB_MUST_USE static inline ptrdiff_t
vb_read(struct vb_delivery *d, void *bytes, size_t n)
{
	return vb_core->read(d, bytes, n);
}

/* Back to the beginning; false and errno when that is impossible. */
VB_MUST_USE static inline bool
vb_rewind(struct vb_delivery *d)
{
	return vb_core->rewind(d);
}

/*
 * Fills in a pattern: {user}, {domain}, {home}. NULL when a value could lead
 * elsewhere: when one is empty, has a leading dot, a slash (but for {home}) or
 * a NUL, or when the pattern names another. Lives as long as the delivery.
 */
static inline const char *
vb_path(struct vb_delivery *d, struct vb_str pattern)
{
	return vb_core->path(d, pattern);
}

/*
 * Opens a directory, and makes it and those above it where missing (mode 0700).
 * The descriptor is the core's, which closes it when the batch is over; until
 * then the same path has the same. -1 and errno on failure.
 */
VB_MUST_USE static inline int
vb_directory(struct vb_delivery *d, const char *path)
{
	return vb_core->directory(d, path);
}

/*
 * Lends a descriptor to other deliveries of the batch, under a name that is
 * this module's own. From then on it is the core's, which closes it when the
 * batch is over. Of a name that is lent again the last descriptor counts.
 */
static inline void
vb_lend(struct vb_delivery *d, struct vb_str name, int fd)
{
	vb_core->lend(d, name, fd);
}

/* What was lent under that name, still the core's; -1: nothing was. */
static inline int
vb_borrow(struct vb_delivery *d, struct vb_str name)
{
	return vb_core->borrow(d, name);
}

/*
 * Asks for a file or directory to be on disk before the delivery goes on: after
 * .deliver before .publish is called, after .publish before the message counts
 * as delivered. Deliveries are made in batches, and one sync serves them all;
 * so this is much cheaper than an fsync(2) of one's own. The descriptor may be
 * closed afterwards; the file stays open in the core until it is synced. When
 * the disk fails, .abandon is called instead of .publish and the delivery is
 * tried again later. False and errno when it could not be arranged.
 */
VB_MUST_USE static inline bool
vb_sync(struct vb_delivery *d, int fd)
{
	return vb_core->sync(d, fd);
}

/* This module's .delivery_size octets for this delivery: zeroed before
   .deliver, and the same in .publish or .abandon. */
static inline void *
vb_delivery_data(struct vb_delivery *d)
{
	return vb_core->delivery_data(d);
}

/*
 * The three ways a delivery ends. The words go to the log and, for the last
 * two, with the enhanced status code (RFC 3463) to the sender:
 *
 *	return vb_later(d, "4.2.0", "mailbox is locked");
 */
#define vb_delivered(d, ...)     vb_core->delivered(d, __VA_ARGS__)
#define vb_later(d, status, ...) vb_core->later(d, status, __VA_ARGS__)
#define vb_never(d, status, ...) vb_core->never(d, status, __VA_ARGS__)

#endif
