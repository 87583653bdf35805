/*
 * ATRN: authenticated TURN, for on-demand mail relay (RFC 2645).
 *
 *	ATRN [ SP domain *( "," domain ) ]
 *
 *	250	the roles swap: we wait for 220, and send what is kept for these
 *		domains; without any, for all that are this peer's
 *	450	one of them is not this peer's
 *	451	the queue cannot tell now
 *	453	there is no mail for them
 *	503	as TURN
 *	530	it is none of `peers`
 *
 * Mail for the domains of peers is kept until they say ATRN. The RFC gives it a
 * port of its own, 366: a site that listens there.
 */
#include <verbena/module.h>
#include <verbena/peer.h>

static const struct vb_option options[] = {
	VB_PEERS("ATRN", vb_peer_check),
	{ 0 },
};

/* Takes a domain off the front of "a.test,b.test". */
static struct vb_str
take_domain(struct vb_str *text)
{
	const char *comma = memchr(text->p, ',', text->n);
	struct vb_str domain = *text;

	if (comma != NULL)
		domain.n = (size_t)(comma - text->p);
	text->p += domain.n + (comma != NULL);
	text->n -= domain.n + (comma != NULL);
	return domain;
}

/* How many domains the list has; 0 when it is none. */
static size_t
count(struct vb_str text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.n; i++) {
		bool is_comma = text.p[i] == ',';

		if (text.p[i] == ' ' || text.p[i] == '\t')
			return 0;
		if (is_comma && (i == 0 || text.p[i - 1] == ','))
			return 0;
		n += is_comma;
	}
	return text.n == 0 || text.p[text.n - 1] == ',' ? 0 : n;
}

static bool
has(const struct vb_strings *domains, struct vb_str one)
{
	size_t i = 0;

	while (i < domains->n && !vb_str_eq(domains->items[i], one))
		i++;
	return i < domains->n;
}

/* Those of the list, each once. False: one is not the peer's. */
static bool
select_domains(const struct vb_peer *peer, struct vb_str text,
    struct vb_str *items, struct vb_strings *domains)
{
	*domains = (struct vb_strings){ items, 0 };
	while (text.n > 0) {
		const struct vb_str *one = vb_peer_domain(
		    peer, take_domain(&text));

		if (one == NULL)
			return false;
		if (!has(domains, *one))
			items[domains->n++] = *one;
	}
	return true;
}

static enum vb_verdict
turn(struct vb_session *s, const struct vb_strings *domains)
{
	const struct vb_kept *kept = vb_kept(s, domains);

	if (kept->state == VB_KEPT_PENDING)
		return VB_WAIT;
	if (kept->state == VB_KEPT_UNSURE)
		return vb_reply(
		    s, 451, "4.3.0", "Unable to process ATRN request now");
	if (kept->messages == 0)
		return vb_reply(s, 453, "4.0.0", "You have no mail");
	vb_log(s, VB_INFO, "turned", "helo=%.*s domain=%.*s messages=%llu",
	    VB_FMT(vb_client(s)->helo), VB_FMT(domains->items[0]),
	    (unsigned long long)kept->messages);
	vb_turn(s, domains, false);
	return vb_reply(s, 250, "2.0.0", "OK now reversing the connection");
}

static enum vb_verdict
turn_some(struct vb_session *s, const struct vb_peer *peer, struct vb_str text)
{
	const size_t n = count(text);
	struct vb_strings domains;

	if (n == 0)
		return vb_reply(
		    s, 501, "5.5.4", "Syntax: ATRN [<domain>[,<domain>]...]");
	if (!select_domains(
		peer, text, vb_alloc(s, n * sizeof(struct vb_str)), &domains))
		return vb_reply(s, 450, "4.7.1", "ATRN request refused");
	return turn(s, &domains);
}

static enum vb_verdict
atrn(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct vb_peer *peer = vb_peer_find(s, conf);

	if (vb_client(s)->may_not_turn)
		return vb_reply(s, 503, "5.5.1", "Turned before");
	if (peer == NULL) {
		vb_log(s, VB_NOTICE, "turn-refused", "helo=%.*s",
		    VB_FMT(vb_client(s)->helo));
		return vb_reply(s, 530, "5.7.0", "Authentication required");
	}
	if (a->text.n == 0)
		return turn(s, &peer->domains);
	return turn_some(s, peer, a->text);
}

/* Who is no peer yet is told that it may become one (530). */
static bool
offered(const struct vb_session *s, const void *conf)
{
	(void)conf;
	return !vb_client(s)->may_not_turn;
}

static enum vb_known
route(struct vb_route *r, const void *conf)
{
	return vb_peers_route(conf, VB_STR("ATRN"), r);
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "ATRN",
	    .syntax = "ATRN [<domain>[,<domain>]...]",
	    .when = VB_GREETED | VB_NO_TRANSACTION | VB_LAST,
	    .form = VB_ARG_OPTIONAL,
	    .codes = { .rfc5321 = "250 450 451 453 503 530" },
	    .help = "Swaps the roles: the mail that is kept for your domains, "
		    "or for these of them, is sent to you, over this "
		    "connection, once you have said 220.",
	    .reference = "RFC 2645 §5.2.1",
	    .run = atrn,
	    .offered = offered,
	},
	{ 0 },
};

VB_MODULE(atrn, "1.0"){
	.about = "the ATRN verb: collects mail by swapping roles (RFC 2645)",
	.conf_size = sizeof(struct vb_peers),
	.options = options,
	.verbs = verbs,
	.route = route,
};
