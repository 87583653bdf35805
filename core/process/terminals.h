#ifndef CORE_PROCESS_TERMINALS_H
#define CORE_PROCESS_TERMINALS_H

#include "core/process/courier.h"
#include "core/smtp/session.h"

/*
 * What is asked of the courier that has the terminals: the request begins with
 * a job (core/mail/job.h), then how the message begins, when it is to be shown.
 */
void terminals_pack(struct buffer *to, const struct reach *what);

/* The answer as a worker reads it. False when it is none. */
bool terminals_unpack(struct unpack *from, struct reached *reached);

/* In the courier: opens what modules have of their own, and says what to wait
   for besides; how much of it. */
size_t terminals_open(const struct generation *g, struct courier_watch *others);

void terminals_answer(const struct generation *g, struct request *r);

#endif
