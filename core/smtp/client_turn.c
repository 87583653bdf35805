/*
 * TURN (RFC 821 §3.8): the other is asked to become the client, for the mail it
 * has for us. 250 says that it does. From then on it waits for our greeting:
 * what it sends behind that reply nobody can have asked for.
 */
#include <assert.h>

#include "core/smtp/client_state.h"

void
client_turn(struct client *c)
{
	assert(c->step == CLIENT_READY);
	client_say(c, CLIENT_TURN, "TURN\r\n", c->patience.command);
}

const struct client_result *
client_turn_result(const struct client *c)
{
	return &c->turn;
}

bool
client_has_turned(const struct client *c)
{
	return c->turn.outcome == VB_DELIVERED;
}

void
client_turn_reply(struct client *c)
{
	struct client_result result = client_judge(c, c->arena);

	if (result.code == 250 && !c->has_more) {
		c->turn = result;
		client_end(c);
		return;
	}
	if (result.code == 250) {
		client_fail(
		    c, client_problem(c->arena, "4.5.0",
			   "the other sent more behind its reply to TURN"));
		return;
	}
	if (result.outcome == VB_DELIVERED)
		result = client_problem(c->arena, "4.5.0",
		    "TURN was answered %.*s", VB_FMT(result.text));
	c->turn = result;
	client_be_ready(c);
	client_quit(c);
}
