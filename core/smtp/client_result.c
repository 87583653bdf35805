/*
 * What a reply means (RFC 5321 §4.2.1): 2yz delivered, 4yz later, 5yz never.
 * 3yz out of turn is a mistake of the other's, and means later.
 */
#include <stdarg.h>
#include <stdio.h>

#include "core/smtp/client_state.h"

enum { TEXT_MOST = 512 };

static enum vb_outcome
outcome_of(int code)
{
	switch (code / 100) {
	case 2:
		return VB_DELIVERED;
	case 5:
		return VB_NEVER;
	default:
		return VB_LATER;
	}
}

/* For replies that have none: RFC 3463 leaves "other" for that. */
static struct vb_str
plain_status(enum vb_outcome outcome)
{
	if (outcome == VB_DELIVERED)
		return VB_STR("2.0.0");
	return outcome == VB_NEVER ? VB_STR("5.0.0") : VB_STR("4.0.0");
}

/* "550 5.1.1 No such user", all lines in one. */
static struct vb_str
reply_text(struct arena *arena, const struct reply_reader *r)
{
	size_t n = r->text.n < TEXT_MOST ? r->text.n : TEXT_MOST;
	char *line = arena_string(arena, (struct vb_str){ r->text.p, n });

	for (size_t i = 0; i < n; i++)
		if (line[i] == '\n')
			line[i] = ' ';
	return arena_printf(arena, "%d%s%s", r->code, n > 0 ? " " : "", line);
}

struct client_result
client_judge(struct client *c, struct arena *arena)
{
	const struct reply_reader *r = &c->reply;
	struct vb_str status = reply_status(r->code, buffer_str(&r->text));
	struct client_result result = {
		.outcome = outcome_of(r->code),
		.code = r->code,
		.status = arena_copy(arena, status),
		.text = reply_text(arena, r),
	};

	if (status.n == 0)
		result.status = plain_status(result.outcome);
	return result;
}

struct client_result
client_judge_recipient(struct client *c, struct arena *arena)
{
	struct client_result result = client_judge(c, arena);

	if (result.code != 552)
		return result;
	result.outcome = VB_LATER;
	result.status = VB_STR("4.5.3");
	return result;
}

struct client_result
client_problem(struct arena *arena, const char *status, const char *fmt, ...)
{
	char text[TEXT_MOST];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return (struct client_result){
		.outcome = status[0] == '5' ? VB_NEVER : VB_LATER,
		.status = vb_str(status),
		.text = arena_copy(arena, vb_str(text)),
	};
}
