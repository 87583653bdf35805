/* The settings of sites, as tables: parsed, checked and documented from here.
 */
#include "core/smtp/settings.h"

#include <string.h>

#include "core/module/units.h"
#include "core/smtp/address.h"

const char *
settings_rate(struct vb_str text, struct verb_rate *rate)
{
	static const char want[] =
	    "want how many times in which time, \"10/1m\"";
	const char *slash = memchr(text.p, '/', text.n);
	struct vb_str number, time;
	int64_t most;

	*rate = (struct verb_rate){ 0 };
	if (text.n == 0)
		return NULL;
	if (slash == NULL)
		return want;
	number = (struct vb_str){ text.p, (size_t)(slash - text.p) };
	time = (struct vb_str){ slash + 1, text.n - number.n - 1 };
	if (!units_number(number, &most) || most < 1 || most > INT32_MAX ||
	    units_time(time, &rate->window.value) != NULL ||
	    rate->window.value < 1 || rate->window.value > 604800)
		return want;
	rate->most = (uint64_t)most;
	return NULL;
}

static const char *
check_rate(const void *field)
{
	struct verb_rate rate;

	return settings_rate(*(const struct vb_str *)field, &rate);
}

static unsigned
requirement(struct vb_str word)
{
	if (vb_str_eq(word, VB_STR("auth")))
		return REQUIRES_AUTH;
	return vb_str_eq(word, VB_STR("tls")) ? REQUIRES_TLS : 0;
}

unsigned
settings_requires(const struct vb_strings *words)
{
	unsigned all = 0;

	for (size_t i = 0; i < words->n; i++)
		all |= requirement(words->items[i]);
	return all;
}

static const char *
check_require(const void *field)
{
	const struct vb_strings *words = field;

	for (size_t i = 0; i < words->n; i++)
		if (requirement(words->items[i]) == 0)
			return "want \"auth\", \"tls\" or both";
	return NULL;
}

static const struct vb_option policy_options[] = {
	VB_OPTION(struct policy_conf, verbs, "",
	    "The verbs it is about. Of several entries that name a verb the "
	    "last counts, and that nearest to the client, with all it says.",
	    .is_required = true),
	VB_OPTION(struct policy_conf, rate, "",
	    "How often one client may use each of them, \"10/1m\": ten times "
	    "in a minute. More are answered 252, 450 or 451, as the verb has "
	    "it, or as its failure is.",
	    .check = check_rate),
	VB_OPTION(struct policy_conf, require, "",
	    "What must be there: \"auth\", \"tls\" or both. Otherwise the "
	    "verb is neither advertised nor documented, and answered 530; in "
	    "profile rfc821 as if it was disabled.",
	    .check = check_require),
	{ 0 },
};

static const char *
check_disabled_reply(const void *field)
{
	const int *code = field;

	if (*code == 502 || *code == 500 || *code == 550 || *code == 252)
		return NULL;
	return "want 502, 500, 550 or 252";
}

static const char *
check_domains(const void *field)
{
	const struct vb_strings *domains = field;

	for (size_t i = 0; i < domains->n; i++)
		if (!address_is_domain(PROFILE_RFC5321, domains->items[i]))
			return "want names of domains";
	return NULL;
}

static const struct vb_option limits_options[] = {
	VB_OPTION(struct limits_conf, message, "25M",
	    "The largest message. A larger one is read to its end and "
	    "answered 552.",
	    .min = 1, .max = INT64_MAX),
	VB_OPTION(struct limits_conf, recipients, "1000",
	    "Recipients of one message. The next is answered 452, in profile "
	    "rfc821 552.",
	    .min = 1, .max = 1000000),
	VB_OPTION(struct limits_conf, connections, "1000",
	    "Connections to the site at one time. The next is answered 421.",
	    .min = 1, .max = 1000000),
	VB_OPTION(struct limits_conf, per_client, "50",
	    "Connections from one address at one time. The next is answered "
	    "421.",
	    .min = 1, .max = 1000000),
	VB_OPTION(struct limits_conf, errors, "20",
	    "Commands of one session that may be refused with a 5yz reply, "
	    "other than for verbs that are disabled. After more the session "
	    "ends with 421.",
	    .min = 1, .max = 1000000000),
	VB_OPTION(struct limits_conf, junk, "100",
	    "Commands that bring no message nearer (NOOP, RSET, VRFY and the "
	    "like), since the last message. After more the session ends with "
	    "421.",
	    .min = 1, .max = 1000000000),
	VB_OPTION(struct limits_conf, line, "2048",
	    "Octets of a command line with its CR LF. A longer one is answered "
	    "500.",
	    .min = 512, .max = 1048576),
	VB_OPTION(struct limits_conf, received, "50",
	    "Received fields a message may bring along; with more it is going "
	    "round in circles and is answered 554.",
	    .min = 1, .max = 10000),
	VB_OPTION(struct limits_conf, command_timeout, "5m",
	    "How long a client may take for a command. Then 421.", .min = 1,
	    .max = 86400),
	VB_OPTION(struct limits_conf, data_timeout, "10m",
	    "How long a client may pause within a message. Then 421.", .min = 1,
	    .max = 86400),
	VB_OPTION(struct limits_conf, session_timeout, "1h",
	    "How long a session may last in all. Then 421.", .min = 1,
	    .max = 604800),
	VB_OPTION(struct limits_conf, wait_timeout, "30s",
	    "How long a module may wait for an answer. Then the command is "
	    "answered 451.",
	    .min = 1, .max = 3600),
	VB_OPTION(struct limits_conf, delivery_timeout, "2m",
	    "How long one delivery may take. Then its courier is killed and "
	    "the delivery tried once more, and after that the message answered "
	    "451.",
	    .min = 1, .max = 3600),
	{ 0 },
};

static const struct vb_option retry_options[] = {
	VB_OPTION(struct retry_conf, first, "5m",
	    "How long to wait after the first attempt that failed. Each "
	    "further wait is twice as long as the one before.",
	    .min = 1, .max = 86400),
	VB_OPTION(struct retry_conf, most, "4h",
	    "The longest wait between two attempts.", .min = 1, .max = 604800),
	VB_OPTION(struct retry_conf, expire, "5d",
	    "How long to try. Then the sender gets the message back.", .min = 1,
	    .max = 31536000),
	VB_OPTION(struct retry_conf, warning, "4h",
	    "When to tell the sender, once, that a message is late; \"0s\" is "
	    "never.",
	    .max = 31536000),
	VB_OPTION(struct retry_conf, double_bounce, "discard",
	    "What becomes of a notification that cannot be delivered itself: "
	    "it is discarded, or goes to the postmaster of the site's first "
	    "domain.",
	    .choices = "discard|postmaster"),
	{ 0 },
};

const struct vb_option scope_options[] = {
	VB_OPTION(struct scope_conf, deliver, "",
	    "The module that puts mail for the site's domains into mailboxes. "
	    "Where none is named, it is the first in `modules` that can."),
	VB_OPTION(struct scope_conf, enable,
	    "HELO MAIL RCPT DATA RSET NOOP QUIT",
	    "Verbs that clients may use, besides those enabled already.",
	    .adds_up = true),
	VB_OPTION(struct scope_conf, disable, "",
	    "Verbs that clients may not use, whoever enabled them, and keywords "
	    "of EHLO not to advertise.",
	    .adds_up = true),
	VB_OPTION(struct scope_conf, disabled_reply, "502",
	    "What a known verb that is not enabled is answered: 502, 500, 550 "
	    "or 252.",
	    .check = check_disabled_reply),
	VB_OPTION(struct scope_conf, policy, "",
	    "How often verbs may be used, and what they require.",
	    .group = policy_options, .item_size = sizeof(struct policy_conf)),
	VB_OPTION(struct scope_conf, may_relay, "false",
	    "Whether clients may send mail to domains of others, where a "
	    "module says how it gets there. Otherwise it is answered 550."),
	VB_OPTION(struct scope_conf, source_routes, "profile",
	    "What becomes of the hosts before a recipient, as in "
	    "\"@one.test,@two.test:joe@three.test\". strip: they are ignored. "
	    "follow: the mail is sent to the first that is not this server. "
	    "reject: such a recipient is answered 553. profile: follow in "
	    "profile rfc821, strip in rfc5321. Whoever may not relay gets "
	    "nowhere by any of them.",
	    .choices = "profile|strip|follow|reject"),
	VB_OPTION(struct scope_conf, forwards, "tell",
	    "Whether clients are told where those are who have moved. tell: "
	    "251 or 551, with the address. hide: 250, and the mail is "
	    "forwarded all the same; or 550, as if there was nobody.",
	    .choices = "tell|hide"),
	VB_GROUP(struct scope_conf, limits, limits_options,
	    "What one client, one session and one message may use."),
	VB_GROUP(struct scope_conf, retry, retry_options,
	    "What becomes of mail that cannot be delivered at once."),
	{ 0 },
};

const struct vb_option site_options[] = {
	VB_OPTION(struct site_conf, name, "default",
	    "What the site is called in the log and on the command line."),
	VB_OPTION(struct site_conf, listen, "",
	    "Where to listen: \"0.0.0.0:25\", \"[::]:25\", "
	    "\"unix:/run/verbena/smtp.sock\"."),
	VB_OPTION(struct site_conf, domains, "",
	    "The local domains: looked up and delivered here. A bare name is "
	    "taken to be in the first.",
	    .check = check_domains),
	VB_OPTION(struct site_conf, profile, "rfc5321",
	    "Whose manners and reply codes the site keeps.",
	    .choices = "rfc5321|rfc821"),
	{ 0 },
};

const struct vb_option clients_options[] = {
	VB_OPTION(struct clients_conf, match, "",
	    "Which clients: networks (\"10.0.0.0/8\", \"::1\"; the longest "
	    "wins), \"unix\", \"tls\", \"authenticated\"."),
	{ 0 },
};

const struct vb_option delivery_options[] = {
	VB_OPTION(struct delivery_conf, as, "service",
	    "As whom to deliver: as the service user, or as the recipient, for "
	    "which the server must be started by root.",
	    .choices = "service|recipient"),
	{ 0 },
};

static size_t
rows(const struct vb_option *table)
{
	size_t n = 0;

	while (table[n].size != 0)
		n++;
	return n;
}

const struct vb_option *
settings_join(struct arena *arena, const struct vb_option *a,
    const struct vb_option *b, size_t shift)
{
	size_t n = rows(a), m = rows(b);
	struct vb_option *joined = arena_alloc(
	    arena, (n + m + 1) * sizeof(*joined));

	memcpy(joined, a, n * sizeof(*joined));
	memcpy(joined + n, b, m * sizeof(*joined));
	for (size_t i = n; i < n + m; i++)
		joined[i].offset += shift;
	return joined;
}
