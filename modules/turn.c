/*
 * TURN: the client becomes the server, and the server the client (RFC 821 §3.8,
 * §4.1.1; RFC 5321 §F.1).
 *
 *	TURN
 *
 *	250	the roles swap: we wait for 220, and send what is kept for this
 *		peer, which may be nothing
 *	502	it is none of `peers`
 *	503	before HELO, within a transaction, with input behind it (and
 *		then 421), or where the roles were swapped before
 *
 * TURN was given up because anybody could say HELO with another's name and take
 * away its mail. Here who collects what is written down (verbena/peer.h). Mail
 * for the domains of peers is kept until they say TURN.
 */
#include <verbena/module.h>
#include <verbena/peer.h>

struct turn_conf {
	struct vb_peers peers;
	bool back;
};

static const struct vb_option options[] = {
	VB_PEERS("TURN", vb_peer_check),
	VB_OPTION(struct turn_conf, back, "false",
	    "Whether, when a peer has got its mail, it is asked with TURN for "
	    "what it has for us, once, instead of QUIT."),
	{ 0 },
};

static enum vb_verdict
turn(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct turn_conf *c = conf;
	const struct vb_peer *peer = vb_peer_find(s, &c->peers);

	(void)a;
	if (vb_client(s)->may_not_turn)
		return vb_reply(s, 503, "5.5.1", "Turned before");
	if (peer == NULL) {
		vb_log(s, VB_NOTICE, "turn-refused", "helo=%.*s",
		    VB_FMT(vb_client(s)->helo));
		return vb_reply(
		    s, 502, "5.7.0", "TURN is for peers that are known");
	}
	vb_log(s, VB_INFO, "turned", "helo=%.*s domain=%.*s",
	    VB_FMT(vb_client(s)->helo), VB_FMT(peer->domains.items[0]));
	vb_turn(s, &peer->domains, c->back);
	return vb_reply(s, 250, "2.0.0", "OK, turning");
}

/* Who would be refused is not told of it. */
static bool
offered(const struct vb_session *s, const void *conf)
{
	const struct turn_conf *c = conf;

	return !vb_client(s)->may_not_turn &&
	       vb_peer_find(s, &c->peers) != NULL;
}

static enum vb_known
route(struct vb_route *r, const void *conf)
{
	const struct turn_conf *c = conf;

	return vb_peers_route(&c->peers, VB_STR("TURN"), r);
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "TURN",
	    .syntax = "TURN",
	    .when = VB_GREETED | VB_NO_TRANSACTION | VB_LAST,
	    .codes = { .rfc5321 = "250 502 503", .rfc821 = "250 502 503" },
	    .failure = 502,
	    .help = "Swaps the roles: the mail that is kept for you is sent to "
		    "you, over this connection, once you have said 220.",
	    .reference = "RFC 821 §3.8",
	    .run = turn,
	    .offered = offered,
	},
	{ 0 },
};

VB_MODULE(turn, "1.0"){
	.about =
	    "the TURN verb: collects mail by swapping roles (RFC 821 §3.8)",
	.conf_size = sizeof(struct turn_conf),
	.options = options,
	.verbs = verbs,
	.route = route,
};
