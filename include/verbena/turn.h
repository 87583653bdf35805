#ifndef VERBENA_TURN_H
#define VERBENA_TURN_H

#include <verbena/core.h>
#include <verbena/option.h>

/*
 * Mail that is kept until its domain asks for it (struct vb_route, .keeps), for
 * verbs with which that is done: TURN (RFC 821 §3.8), ETRN (RFC 1985), ATRN
 * (RFC 2645).
 */

/* What is kept for some domains. */
enum vb_kept_state {
	VB_KEPT_PENDING = 0, /* being counted: return VB_WAIT and ask again */
	VB_KEPT_KNOWN,
	VB_KEPT_UNSURE, /* could not be found out just now */
};

struct vb_kept {
	size_t size;
	enum vb_kept_state state;
	uint64_t messages, octets;
};

/*
 * How much is kept for these domains, all together. Asking the same again in
 * one command costs nothing. It lives until the command has been answered.
 */
static inline const struct vb_kept *
vb_kept(struct vb_session *s, const struct vb_strings *domains)
{
	return vb_core->kept(s, domains);
}

/*
 * The same, and lets it go: what is kept for them now is sent as the route of
 * each says (ETRN). What cannot be sent is kept again.
 */
static inline const struct vb_kept *
vb_let_go(struct vb_session *s, const struct vb_strings *domains)
{
	return vb_core->let_go(s, domains);
}

/*
 * Primitive: turn. Once the reply, which the verb has given (250), has been
 * sent, the session is over and the roles swap: we wait for the other's
 * greeting, send what is kept for these domains, and say QUIT; or, with
 * `turns_back`, TURN, once, and are the server again. A message that the other
 * does not take stays kept. For verbs whose row says VB_LAST: nothing of the
 * old session may stand in the input of the new.
 */
static inline void
vb_turn(struct vb_session *s, const struct vb_strings *domains, bool turns_back)
{
	vb_core->turn(s, domains, turns_back);
}

#endif
