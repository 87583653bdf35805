#ifndef CORE_MAIL_PARKED_TEXT_H
#define CORE_MAIL_PARKED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/mail/parked.h"

/*
 * What is in the file of a message that stays:
 *
 *	verbena-parked 1 header 0000000286 log 0000000000000004783
 *	    recipients 0000002                      (all of this on one line)
 *	id: 06CK0V4Q8R2M1
 *	session: 06CK0V4Q7H0M1
 *	scope: public/10.0.0.0/8
 *	from: ann@a.test
 *	relay-from: @one.test:ann@a.test
 *	arrived: 2026-11-24T03:58:27Z
 *	trace: 400
 *	octets: 4096
 *	bits: 7
 *	to: local smith@lab.test smith lab.test /home/smith
 *	to: remote joe@b.test - b.test -
 *
 *	Received: from a.test ...
 *	...
 *
 *	2026-11-24T03:59:00Z 0 delivered - 1 - - - stored
 *	2026-11-24T03:59:02Z 1 waiting 2026-11-24T04:03:49Z 1 - 4.2.1
 *	    mx.b.test 450 busy                      (all of this on one line)
 *	- 2 waiting for:TURN 0 - - -
 *	2026-11-24T04:00:10Z * held
 *
 * 1. The header, as many octets as its first line says. Lines end in LF. The
 *    first is 78 octets long; its numbers have 10, 19 and 7 digits: the octets
 *    of the header with the empty line that ends it, the offset of the log in
 *    the file, and how many recipients there are. Then one line for each of the
 *    keys above, in that order, and one `to` for each recipient: kind (local,
 *    remote or unknown), mailbox, user, domain and home. `from` is the mailbox
 *    of the reverse-path and `relay-from` all of it, with its route, as MAIL
 *had it; files of older builds have this server before it where they followed
 *    routes. `arrived` is as date.h has it; `trace` and `octets` are decimal;
 *all else is words as words.h writes them ("-" is empty, %HH any octet).
 * 2. The trace fields and the octets of the message, as they came: CR LF.
 * 3. One LF, so that the log begins a line whatever the message ends in.
 * 4. The log, to which lines are added until the file is removed. A line is the
 *    time of the attempt, the number of the recipient, what became of it
 *    (waiting, delivered or failed), when the next attempt is due or what it
 *    waits for until then, how many attempts there were, "told" when the sender
 *has been told, the status, the remote server, and to the end of the line what
 *it said; or the time, "*", and held or released. Times are dates, or "-" for
 *none. The last line about a recipient says all there is to say; one without
 *any was not tried yet and is due at once.
 *
 * What stands behind the last LF of the file is a line that a power cut tore,
 * and counts for nothing. The next line that is added replaces it.
 */

/* What the first line says. */
struct parked_first {
	uint64_t header, log, recipients;
};

enum {
	PARKED_FIRST = 78,  /* octets of the first line */
	PARKED_LINE = 8192, /* of any line of the log at most */
};

/* False when these octets do not begin with a first line, or it cannot be. */
bool parked_first_read(struct vb_str octets, struct parked_first *first);

/* All of the header, and what its first line says. */
struct parked_first parked_header_write(
    struct buffer *to, const struct envelope *envelope);

/* What is wrong, where. */
struct parked_fault {
	unsigned line; /* of the header, or of the log; from 1 */
	const char *what;
};

/* `text` is all of the header. The envelope is left in the arena, without its
   trace, for which there is only room told: .trace.n. */
bool parked_header_read(struct vb_str text, struct arena *arena,
    struct envelope *envelope, struct parked_fault *fault);

/* Lines of the log. */
void parked_log_state(
    struct buffer *to, size_t number, const struct parked_state *state);
void parked_log_hold(struct buffer *to, bool is_held, int64_t now);

/* A log as it is read: the latest states. */
struct parked_log {
	struct arena *arena;
	struct parked_state *states; /* zeroed to begin with */
	size_t n;
	bool is_held;
	struct parked_fault fault; /* .line is the last that was read */
};

/* Takes all whole lines off the octets; a beginning is left there. False at a
   line that is none. */
bool parked_log_take(struct parked_log *log, struct vb_str *octets);

#endif
