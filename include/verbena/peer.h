#ifndef VERBENA_PEER_H
#define VERBENA_PEER_H

#include <verbena/option.h>
#include <verbena/route.h>
#include <verbena/session.h>
#include <verbena/str.h>

/*
 * Peers: who may collect which mail that is kept. For modules with verbs that
 *do it (TURN, ETRN, ATRN); each has a list of its own, and includes this.
 *
 *	peers = ( { identity = "branch1"; domains = [ "branch1.example" ]; },
 *	          { match = [ "192.0.2.0/28" ]; helo = "branch2.example";
 *	            domains = [ "branch2.example" ]; } );
 *
 * An identity is what a client has proved (struct vb_client). Where there is
 * none to be had, network and HELO name together stand for it: anybody can say
 * a name, so the name alone is never enough.
 */
struct vb_peer {
	struct vb_str identity;
	struct vb_networks match;
	struct vb_str helo;
	struct vb_strings domains;
};

/* Letters, digits, "-", "_" and dots between them. */
static inline bool
vb_peer_is_domain(struct vb_str name)
{
	if (name.n == 0 || name.n > 255 || name.p[0] == '.' ||
	    name.p[name.n - 1] == '.')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.",
			vb_lower(name.p[i])) == NULL)
			return false;
	return true;
}

/* Octets of the names of one peer's domains, 8 more for each: the queue is
   asked about all of them at once. */
enum { VB_PEER_DOMAINS_MOST = 200 * 1024 };

static inline const char *
vb_peer_check_domains(const void *field)
{
	const struct vb_strings *domains = field;
	size_t octets = 0;

	if (domains->n == 0)
		return "want a domain at least";
	for (size_t i = 0; i < domains->n; i++) {
		if (!vb_peer_is_domain(domains->items[i]))
			return "want domains, such as \"branch.example\"";
		octets += domains->items[i].n + 8;
	}
	return octets > VB_PEER_DOMAINS_MOST
	           ? "want fewer domains: these are too long together"
	           : NULL;
}

/* A peer that anybody could be is none. */
static inline const char *
vb_peer_check(const void *item)
{
	const struct vb_peer *peer = item;

	if (peer->identity.n > 0 || (peer->match.n > 0 && peer->helo.n > 0))
		return NULL;
	return "want an identity, or match and helo together";
}

static const struct vb_option vb_peer_options[] = {
	VB_OPTION(struct vb_peer, identity, "",
	    "Who it is: what AUTH or a TLS certificate has proved. Without one, "
	    "match and helo must say it together."),
	VB_OPTION(struct vb_peer, match, "",
	    "Networks that it comes from; empty: any, for one with an identity."),
	VB_OPTION(struct vb_peer, helo, "",
	    "What it calls itself in HELO or EHLO; empty: anything."),
	VB_OPTION(struct vb_peer, domains, "",
	    "The domains whose mail is kept for it.", .is_required = true,
	    .check = vb_peer_check_domains),
	{ 0 },
};

/* What such a module has in its group: its struct begins with this. */
struct vb_peers {
	struct vb_list peers; /* of struct vb_peer */
	struct vb_seconds keep_age;
	struct vb_bytes keep_most;
};

/* clang-format off */

/* And its table with these rows; `check` is vb_peer_check, or the module's. */
#define VB_PEERS(verb, check_)						\
	VB_OPTION(struct vb_peers, peers, "",				\
	    "Who may say " verb ", and for which domains. Mail for these "	\
	    "is kept until they do, whoever sends it: so write them at the " \
	    "top of the file or in the site, not in an entry of `clients`. " \
	    "The first that a client is counts.",			\
	    .group = vb_peer_options,					\
	    .item_size = sizeof(struct vb_peer), .check_item = check_),	\
	VB_OPTION(struct vb_peers, keep_age, "14d",			\
	    "How long mail waits to be asked for; then it is returned to "	\
	    "its sender.", .min = 1, .max = 31536000),			\
	VB_OPTION(struct vb_peers, keep_most, "1G",			\
	    "How many octets are kept for one domain, where each message "	\
	    "counts 4096 more than it has; RCPT is answered 452 when there " \
	    "are more. 0: any number.")

/* clang-format on */

/* Is this client that peer? All that is written down of it must hold. */
static inline bool
vb_peer_is(const struct vb_session *s, const struct vb_peer *peer)
{
	const struct vb_client *client = vb_client(s);

	if (peer->identity.n > 0 &&
	    !vb_str_eq(peer->identity, client->identity))
		return false;
	if (peer->match.n > 0 && !vb_is_from(s, &peer->match))
		return false;
	return peer->helo.n == 0 || vb_str_ieq(peer->helo, client->helo);
}

/* The first of the peers that this client is, or NULL. */
static inline const struct vb_peer *
vb_peer_find(const struct vb_session *s, const struct vb_peers *peers)
{
	const struct vb_peer *items = peers->peers.items;

	for (size_t i = 0; i < peers->peers.n; i++)
		if (vb_peer_is(s, &items[i]))
			return &items[i];
	return NULL;
}

/* The domain of that name among the peer's, as it is written there, or NULL. */
static inline const struct vb_str *
vb_peer_domain(const struct vb_peer *peer, struct vb_str name)
{
	for (size_t i = 0; i < peer->domains.n; i++)
		if (vb_str_ieq(peer->domains.items[i], name))
			return &peer->domains.items[i];
	return NULL;
}

/* For .route: keeps the mail for the domains of peers, until `verb`. */
static inline enum vb_known
vb_peers_route(
    const struct vb_peers *peers, struct vb_str verb, struct vb_route *r)
{
	const struct vb_peer *items = peers->peers.items;

	for (size_t i = 0; i < peers->peers.n && !r->keeps; i++)
		r->keeps = vb_peer_domain(&items[i], r->domain) != NULL;
	r->keeper = verb;
	r->keep_age = peers->keep_age;
	r->keep_most = peers->keep_most;
	return VB_UNKNOWN;
}

#endif
