/*
 * The relay: where mail for domains of others goes.
 *
 *	routes = ( { domain = "isi.test"; via = "127.0.0.1:2526"; },
 *	           { domain = ".isi.test"; via = "gate.isi.test"; },
 *	           { domain = "hub.test"; via = "mx"; turn = true;
 *	             turn_site = "public"; },
 *	           { domain = "*"; via = "mx"; } )
 *
 * The first route whose domain fits is taken: "isi.test" is that domain alone,
 * ".isi.test" every domain below it, "*" every domain. A route may have a
 * `name`: what we are called there. This module only says where and how; the
 * core is the SMTP client, and says TURN where a route does. Who may relay,
 * `may_relay` says.
 */
#include <arpa/inet.h>
#include <sys/socket.h>

#include <verbena/module.h>

struct relay_conf {
	struct vb_list routes; /* of struct route */
	struct vb_str bind;
	struct vb_seconds connect_timeout, greeting_timeout, command_timeout;
	struct vb_seconds data_timeout, block_timeout, end_timeout;
	struct vb_seconds idle_timeout;
	int per_destination;
	int messages;
};

struct route {
	struct vb_str domain, via, name;
	bool turn;
	struct vb_str turn_site;
};

static bool
is_name(struct vb_str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = vb_lower(text.p[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_' && c != '.')
			return false;
	}
	return text.n > 0;
}

static bool
is_literal(struct vb_str text)
{
	return text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']';
}

static const char *
check_domain(const void *field)
{
	struct vb_str text = *(const struct vb_str *)field;

	if (vb_str_eq(text, VB_STR("*")) || is_name(text) || is_literal(text))
		return NULL;
	return "want a domain, \".domain\" for all below it, or \"*\"";
}

static const char *
check_own_name(const void *field)
{
	struct vb_str text = *(const struct vb_str *)field;

	if (text.n == 0)
		return NULL;
	if (!is_name(text) || text.n > 255)
		return "want the name of a host";
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '.' &&
		    (i == 0 || i + 1 == text.n || text.p[i - 1] == '.'))
			return "want the name of a host";
	return NULL;
}

/* Takes ":25" off the end of a next hop; false when that is no port. */
static bool
take_port(struct vb_str *text)
{
	size_t colon = text->n;
	long port = 0;

	while (
	    colon > 0 && text->p[colon - 1] != ':' && text->p[colon - 1] != ']')
		colon--;
	if (colon == 0 || text->p[colon - 1] == ']')
		return colon == 0 || colon == text->n;
	for (size_t i = colon; i < text->n; i++) {
		if (text->p[i] < '0' || text->p[i] > '9' || port > 65535)
			return false;
		port = port * 10 + (text->p[i] - '0');
	}
	text->n = colon - 1;
	return port > 0 && port <= 65535;
}

/* mx, or [ "mx:" ] host [ ":" port ], where host may stand in brackets */
static bool
is_next_hop(struct vb_str text)
{
	if (vb_str_eq(text, VB_STR("mx")))
		return true;
	if (text.n > 3 && memcmp(text.p, "mx:", 3) == 0) {
		text.p += 3;
		text.n -= 3;
	}
	if (!take_port(&text))
		return false;
	if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
		return memchr(text.p + 1, ']', text.n - 2) == NULL;
	return is_name(text);
}

static const char *
check_via(const void *field)
{
	struct vb_str rest = *(const struct vb_str *)field;
	bool is_good = false;

	while (rest.n > 0) {
		struct vb_str word = rest;

		for (word.n = 0; word.n < rest.n && rest.p[word.n] != ' ';)
			word.n++;
		if (word.n > 0 && !is_next_hop(word))
			return "want \"mx\", \"mx:domain\", \"host\", "
			       "\"address:port\" or \"[IPv6]:port\"";
		is_good = is_good || word.n > 0;
		if (word.n < rest.n)
			word.n++;
		rest.p += word.n;
		rest.n -= word.n;
	}
	return is_good ? NULL : "want a next hop";
}

static const char *
check_bind(const void *field)
{
	const struct vb_str *text = field;
	char copy[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;

	if (text->n > 0 && text->n < sizeof(copy))
		memcpy(copy, text->p, text->n);
	if (text->n == 0 || inet_pton(AF_INET, copy, &address) == 1 ||
	    inet_pton(AF_INET6, copy, &address) == 1)
		return NULL;
	return "want an IPv4 or IPv6 address";
}

static const char *
check_route(const void *item)
{
	const struct route *route = item;

	return route->turn && route->turn_site.n == 0
	           ? "turn wants turn_site, a site that takes what comes"
	           : NULL;
}

static const struct vb_option route_options[] = {
	VB_OPTION(struct route, domain, "",
	    "For which mail: a domain, \".domain\" for all below it, \"*\" for "
	    "all. The first route that fits is taken.",
	    .is_required = true, .check = check_domain),
	VB_OPTION(struct route, via, "",
	    "Where to: \"mx\" for the mail exchangers of the domain, "
	    "\"mx:domain\" for another's, or a host or address with or without "
	    "a port. Several, parted by blanks, are tried in this order.",
	    .is_required = true, .check = check_via),
	VB_OPTION(struct route, name, "",
	    "What this server is called there: EHLO says it, and where source "
	    "routes are followed it stands in the way back. By default that is "
	    "`hostname`.",
	    .check = check_own_name),
	VB_OPTION(struct route, turn, "false",
	    "Whether the next hop, once it has our mail and idle_timeout is over, "
	    "is asked with TURN for the mail that it has for us."),
	VB_OPTION(struct route, turn_site, "",
	    "The site that takes what comes with turn: as from any client, but "
	    "only what is for the site's own domains.",
	    .names_site = true),
	{ 0 },
};

static const struct vb_option options[] = {
	VB_OPTION(struct relay_conf, routes, "",
	    "Where mail for domains of others goes. Without a route that fits "
	    "it is refused.",
	    .group = route_options, .item_size = sizeof(struct route),
	    .check_item = check_route),
	VB_OPTION(struct relay_conf, bind, "",
	    "The address to send from. Next hops of the other family (IPv4, "
	    "IPv6) are not bound.",
	    .check = check_bind),
	VB_OPTION(struct relay_conf, connect_timeout, "30s",
	    "How long to wait for a connection.", .min = 1, .max = 3600),
	VB_OPTION(struct relay_conf, greeting_timeout, "5m",
	    "How long to wait for the greeting.", .min = 1, .max = 3600),
	VB_OPTION(struct relay_conf, command_timeout, "5m",
	    "How long to wait for the reply to EHLO, MAIL, RCPT and RSET.",
	    .min = 1, .max = 3600),
	VB_OPTION(struct relay_conf, data_timeout, "2m",
	    "How long to wait for the reply to DATA.", .min = 1, .max = 3600),
	VB_OPTION(struct relay_conf, block_timeout, "3m",
	    "How long the other side may take no octets of a message.",
	    .min = 1, .max = 3600),
	VB_OPTION(struct relay_conf, end_timeout, "10m",
	    "How long to wait for the reply to a message. To give up early "
	    "makes duplicates.",
	    .min = 1, .max = 86400),
	VB_OPTION(struct relay_conf, idle_timeout, "5s",
	    "How long to keep a connection that has nothing to send.", .min = 0,
	    .max = 300),
	VB_OPTION(struct relay_conf, per_destination, "10",
	    "Connections that one worker has to one next hop.", .min = 1,
	    .max = 1000),
	VB_OPTION(struct relay_conf, messages, "100",
	    "Messages over one connection.", .min = 1, .max = 1000000),
	{ 0 },
};

static bool
fits(struct vb_str pattern, struct vb_str domain)
{
	struct vb_str tail = domain;

	if (vb_str_eq(pattern, VB_STR("*")))
		return true;
	if (pattern.p[0] != '.')
		return vb_str_ieq(pattern, domain);
	if (domain.n <= pattern.n)
		return false;
	tail.p += domain.n - pattern.n;
	tail.n = pattern.n;
	return vb_str_ieq(pattern, tail);
}

/* A route that has this for our name, or else the first that fits. */
static const struct route *
find(const struct relay_conf *c, struct vb_str domain)
{
	const struct route *routes = c->routes.items;

	for (size_t i = 0; i < c->routes.n; i++)
		if (vb_str_ieq(routes[i].name, domain))
			return &routes[i];
	for (size_t i = 0; i < c->routes.n; i++)
		if (fits(routes[i].domain, domain))
			return &routes[i];
	return NULL;
}

static enum vb_known
route(struct vb_route *r, const void *conf)
{
	const struct relay_conf *c = conf;
	const struct route *found = find(c, r->domain);

	if (found == NULL)
		return VB_UNKNOWN;
	r->via = found->via;
	r->name = found->name;
	if (found->turn)
		r->turn_site = found->turn_site;
	r->bind = c->bind;
	r->connect_timeout = c->connect_timeout;
	r->greeting_timeout = c->greeting_timeout;
	r->command_timeout = c->command_timeout;
	r->data_timeout = c->data_timeout;
	r->block_timeout = c->block_timeout;
	r->end_timeout = c->end_timeout;
	r->idle_timeout = c->idle_timeout;
	r->per_destination = c->per_destination;
	r->messages = c->messages;
	return VB_KNOWN;
}

VB_MODULE(relay, "1.0"){
	.about = "where mail for domains of others goes",
	.conf_size = sizeof(struct relay_conf),
	.options = options,
	.route = route,
};
