#ifndef CORE_PROCESS_LEASE_H
#define CORE_PROCESS_LEASE_H

#include <uv.h>

#include <verbena/option.h>

#include "core/mail/errand.h"
#include "core/mail/report.h"
#include "core/process/notices.h"

/*
 * What is kept for some domains, lent by the queue to one connection, message
 * by message (KEPT_COLLECT in core/mail/kept_ask.h). Who has the lease reports
 * on one before it gets the next. What was not reported goes back to the queue
 * when the lease ends, however it does.
 */
struct lease;

enum lease_state {
	LEASE_WAITING, /* for the queue */
	LEASE_ERRAND,  /* a message is out: lease_errand() */
	LEASE_DONE,    /* there is no more */
	LEASE_LOST,    /* the queue is gone: whoever has a message drops it */
};

struct lease_settings {
	uv_loop_t *loop;
	struct notices *notices; /* the way to the queue */
	struct vb_str session;   /* its id, for the log */
	struct vb_strings domains;
	void (*changed)(void *data); /* something came; not from within */
	void *data;
};

/* Everything is copied. NULL and errno when there is no way to ask. */
struct lease *lease_create(const struct lease_settings *settings);
void lease_destroy(struct lease *l);

enum lease_state lease_state(const struct lease *l);

/* The message that is out; NULL when none is. It lives until it is reported. */
const struct errand *lease_errand(const struct lease *l);

/* One for each recipient of the message that is out, in their order. */
void lease_report(struct lease *l, const struct report *reports);

#endif
