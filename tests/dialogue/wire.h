#ifndef TESTS_DIALOGUE_WIRE_H
#define TESTS_DIALOGUE_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/*
 * The client's end of a connection. What is sent is held back until a reply is
 * wanted, so that commands that follow each other travel together.
 */
struct wire {
	int fd;
	size_t chop;         /* octets sent at a time; 0: all */
	struct buffer out;   /* held back */
	struct buffer in;    /* not yet read */
	struct buffer line;  /* read last */
	bool has_ended;      /* the server closed */
	struct buffer *said; /* both sides so far, for people */
};

enum wire_got { WIRE_LINE, WIRE_END, WIRE_SILENCE, WIRE_BAD_LINE };

/* Closes it and drops all but what was said. */
void wire_finish(struct wire *w);

void wire_send(struct wire *w, struct vb_str bytes);
void wire_flush(struct wire *w);

/*
 * Puts the next reply line, without CR LF, into w->line. WIRE_BAD_LINE when it
 * does not end in CR LF or is longer than 512 octets (RFC 5321 §4.5.3.1.5),
 * WIRE_SILENCE when none came within ten seconds.
 */
enum wire_got wire_line(struct wire *w);

/* Has the server said more than was read? Does not wait for it. */
bool wire_has_more(struct wire *w);

#endif
