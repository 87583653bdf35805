#ifndef CORE_PROCESS_KEPT_ASKS_H
#define CORE_PROCESS_KEPT_ASKS_H

#include <uv.h>

#include "core/process/notices.h"
#include "core/smtp/session.h"

/* What one session asks the queue about mail that is kept. */
struct kept_asks {
	uv_loop_t *loop;
	struct notices *notices;
	struct vb_str id;         /* the session's */
	struct session **session; /* NULL once it is gone */
	void (*answered)(void *data);
	void *data;
	struct kept_call *first;
};

/* How much there is, and lets it go if it says so. The session is answered
   later; VB_KEPT_UNSURE when the queue is gone. */
void kept_asks_ask(struct kept_asks *k, unsigned number,
    const struct vb_strings *domains, bool lets_go);

/* The session goes. */
void kept_asks_forget(struct kept_asks *k);

#endif
