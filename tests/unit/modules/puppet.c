/* A module whose every function is the test's: see puppet.h. */
#include "tests/unit/puppet.h"

extern VB_EXPORT struct puppet puppet_strings;
struct puppet puppet_strings;

static enum vb_verdict
first(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)conf;
	return puppet_strings.hook == NULL ? VB_NEXT
	                                   : puppet_strings.hook(s, event, 0);
}

static enum vb_verdict
second(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)conf;
	return puppet_strings.hook == NULL ? VB_NEXT
	                                   : puppet_strings.hook(s, event, 1);
}

static enum vb_verdict
run(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return puppet_strings.verb == NULL ? VB_FAIL
	                                   : puppet_strings.verb(s, a, false);
}

static enum vb_verdict
more(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return puppet_strings.verb == NULL ? VB_FAIL
	                                   : puppet_strings.verb(s, a, true);
}

static enum vb_known
find(struct vb_query *q, const void *conf)
{
	(void)conf;
	return puppet_strings.find == NULL ? VB_UNKNOWN
	                                   : puppet_strings.find(q);
}

static enum vb_known
route(struct vb_route *r, const void *conf)
{
	(void)conf;
	return puppet_strings.route == NULL ? VB_UNKNOWN
	                                    : puppet_strings.route(r);
}

#define BOTH(at)                                    \
	{ VB_HOOK, .point = at, .run = first },     \
	{                                           \
		VB_HOOK, .point = at, .run = second \
	}

static const struct vb_hook hooks[] = {
	BOTH(VB_AT_CONNECT),
	BOTH(VB_AT_BANNER),
	BOTH(VB_AT_HELO),
	BOTH(VB_AT_COMMAND),
	BOTH(VB_AT_MAIL),
	BOTH(VB_AT_RCPT),
	BOTH(VB_AT_DATA),
	BOTH(VB_AT_HEADER),
	BOTH(VB_AT_BODY),
	BOTH(VB_AT_MESSAGE),
	BOTH(VB_AT_STORED),
	BOTH(VB_AT_REPLY),
	BOTH(VB_AT_UNKNOWN),
	BOTH(VB_AT_TRANSACTION_END),
	BOTH(VB_AT_SESSION_END),
	{ 0 },
};

static const struct vb_verb verbs[] = {
	{ VB_VERB, .name = "PLAY", .syntax = "PLAY [<string>]",
	    .form = VB_ARG_OPTIONAL,
	    .codes = { .rfc5321 = "250 252 354 451 550",
		.rfc821 = "250 354 451 550" },
	    .more_codes = { .rfc5321 = "250 451 554", .rfc821 = "250 554" },
	    .run = run, .more = more },
	{ VB_VERB, .name = "STRICT", .syntax = "STRICT <string>",
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250", .rfc821 = "250" }, .run = run },
	{ VB_VERB, .name = "NARROW", .syntax = "NARROW", .failure = 550,
	    .when = VB_NO_TRANSACTION,
	    .codes = { .rfc5321 = "250 550", .rfc821 = "250 550" },
	    .run = run },
	{ VB_VERB, .name = "SWAP", .syntax = "SWAP [<string>]", .ehlo = "",
	    .form = VB_ARG_OPTIONAL,
	    .when = VB_GREETED | VB_NO_TRANSACTION | VB_LAST,
	    .codes = { .rfc5321 = "250 451 503", .rfc821 = "250 451 503" },
	    .run = run },
	{ 0 },
};

static const struct vb_lookup lookup = { VB_LOOKUP, .find = find };

VB_MODULE(puppet, "1.0"){
	.about = "a puppet",
	.session_size = PUPPET_SLOT,
	.transaction_size = PUPPET_SLOT,
	.verbs = verbs,
	.hooks = hooks,
	.lookup = &lookup,
	.route = route,
};
