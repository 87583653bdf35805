/*
 * ETRN: starts the sending of what is kept for a node (RFC 1985).
 *
 *	ETRN SP domain		for it
 *	ETRN SP "@" domain	for it and every host below it
 *	ETRN SP "#" name	for all domains of the peer of that identity, or
 *				HELO name
 *
 *	250	started
 *	251	nothing is kept for it
 *	252	something was, and is sent now
 *	253	so many messages are sent now
 *	458	they cannot be sent now, or there is no way to it
 *	459	not for this client
 *
 * It goes where the routes say, over connections of our own: the mail cannot be
 * led to whoever asks. So a network is enough to know a peer by; what others
 * could do is to have us connect, and to learn from the reply how much waits.
 */
#include <verbena/module.h>
#include <verbena/peer.h>

enum tells { TELLS_NOTHING, TELLS_SOME, TELLS_NUMBER };

struct etrn_conf {
	struct vb_peers peers;
	struct vb_choice tells; /* enum tells */
};

static const char *
check_peer(const void *item)
{
	const struct vb_peer *peer = item;

	return peer->identity.n > 0 || peer->match.n > 0
	           ? NULL
	           : "want an identity or match";
}

static const struct vb_option options[] = {
	VB_PEERS("ETRN", check_peer),
	VB_OPTION(struct etrn_conf, tells, "number",
	    "What the reply tells of the mail that is sent: nothing (250); "
	    "some, whether there is any (251, 252); number, how many messages "
	    "(251, 253).",
	    .choices = "nothing|some|number"),
	{ 0 },
};

/* Is it this domain, or one below it? */
static bool
is_below(struct vb_str domain, struct vb_str top)
{
	struct vb_str tail = domain;

	if (domain.n <= top.n || domain.p[domain.n - top.n - 1] != '.')
		return vb_str_ieq(domain, top);
	tail.p += domain.n - top.n;
	tail.n = top.n;
	return vb_str_ieq(tail, top);
}

static bool
is_named(const struct vb_peer *peer, struct vb_str name)
{
	return name.n > 0 && (vb_str_ieq(name, peer->identity) ||
				 vb_str_ieq(name, peer->helo));
}

/* Is it among what the client asked for, "a.test", "@a.test" or "#peer"? */
static bool
is_asked(const struct vb_peer *peer, struct vb_str domain, struct vb_str node)
{
	struct vb_str name = { node.p + 1, node.n - 1 };

	switch (node.p[0]) {
	case '@':
		return is_below(domain, name);
	case '#':
		return is_named(peer, name);
	default:
		return vb_str_ieq(domain, node);
	}
}

static struct vb_strings
select_domains(
    struct vb_session *s, const struct vb_peer *peer, struct vb_str node)
{
	struct vb_str *items = vb_alloc(s, peer->domains.n * sizeof(*items));
	struct vb_strings domains = { items, 0 };

	for (size_t i = 0; i < peer->domains.n; i++)
		if (is_asked(peer, peer->domains.items[i], node))
			items[domains.n++] = peer->domains.items[i];
	return domains;
}

static enum vb_verdict
cannot(struct vb_session *s, struct vb_str node)
{
	return vb_reply(s, 458, "4.4.0",
	    "Unable to queue messages for node %.*s", VB_FMT(node));
}

/* Nothing was let go: there is nothing, or it has nowhere to go. */
static enum vb_verdict
none(struct vb_session *s, const struct vb_strings *domains, struct vb_str node)
{
	const struct vb_kept *kept = vb_kept(s, domains);

	if (kept->state == VB_KEPT_PENDING)
		return VB_WAIT;
	if (kept->state == VB_KEPT_UNSURE || kept->messages > 0)
		return cannot(s, node);
	return vb_reply(s, 251, "2.0.0",
	    "OK, no messages waiting for node %.*s", VB_FMT(node));
}

static enum vb_verdict
start(struct vb_session *s, const struct vb_strings *domains,
    struct vb_str node, const struct etrn_conf *c)
{
	const struct vb_kept *gone = vb_let_go(s, domains);

	if (gone->state == VB_KEPT_PENDING)
		return VB_WAIT;
	if (gone->state == VB_KEPT_UNSURE)
		return cannot(s, node);
	vb_log(s, VB_INFO, "let-go", "helo=%.*s node=%.*s messages=%llu",
	    VB_FMT(vb_client(s)->helo), VB_FMT(node),
	    (unsigned long long)gone->messages);
	if (c->tells.value == TELLS_NOTHING)
		return vb_reply(s, 250, "2.0.0",
		    "OK, queuing for node %.*s started", VB_FMT(node));
	if (gone->messages == 0)
		return none(s, domains, node);
	if (c->tells.value == TELLS_SOME)
		return vb_reply(s, 252, "2.0.0",
		    "OK, pending messages for node %.*s started", VB_FMT(node));
	return vb_reply(s, 253, "2.0.0",
	    "OK, %llu pending messages for node %.*s started",
	    (unsigned long long)gone->messages, VB_FMT(node));
}

static enum vb_verdict
etrn(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct etrn_conf *c = conf;
	const struct vb_peer *peer = vb_peer_find(s, &c->peers);
	struct vb_strings domains = { 0 };

	if (memchr(a->text.p, ' ', a->text.n) != NULL)
		return vb_reply(
		    s, 501, "5.5.4", "Syntax: ETRN <domain>, without blanks");
	if (peer != NULL)
		domains = select_domains(s, peer, a->text);
	if (domains.n > 0)
		return start(s, &domains, a->text, c);
	vb_log(s, VB_NOTICE, "etrn-refused", "helo=%.*s node=%.*s",
	    VB_FMT(vb_client(s)->helo), VB_FMT(a->text));
	return vb_reply(
	    s, 459, "4.7.1", "Node %.*s not allowed", VB_FMT(a->text));
}

static enum vb_known
route(struct vb_route *r, const void *conf)
{
	const struct etrn_conf *c = conf;

	return vb_peers_route(&c->peers, VB_STR("ETRN"), r);
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "ETRN",
	    .syntax = "ETRN <domain>, @<domain> or #<peer>",
	    .when = VB_GREETED | VB_NO_TRANSACTION,
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250 251 252 253 458 459 503" },
	    .failure = 458,
	    .help = "Starts the sending of the mail that is kept for a domain; "
		    "with @ before it, for all below it as well; with # before "
		    "a name, for all domains of that peer.",
	    .reference = "RFC 1985",
	    .run = etrn,
	},
	{ 0 },
};

VB_MODULE(etrn, "1.0"){
	.about = "the ETRN verb: has mail that is kept sent (RFC 1985)",
	.conf_size = sizeof(struct etrn_conf),
	.options = options,
	.verbs = verbs,
	.route = route,
};
