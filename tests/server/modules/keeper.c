/*
 * Keeps the mail of some domains. XKEPT says how much that is, and XLETGO lets
 * it go:
 *
 *	XKEPT SP domain CRLF	250 "2 of 18 octets", 451 not known just now
 *	XLETGO SP domain CRLF	the same
 */
#include <verbena/module.h>

struct keeper_conf {
	struct vb_strings domains;
	struct vb_seconds age;
	struct vb_str visit;
};

static const struct vb_option options[] = {
	VB_OPTION(struct keeper_conf, domains, "", "Whose mail is kept."),
	VB_OPTION(struct keeper_conf, age, "30d", "How long it is."),
	VB_OPTION(struct keeper_conf, visit, "",
	    "The server of visit.test, which keeps mail for us."),
	{ 0 },
};

static enum vb_known
route(struct vb_route *r, const void *conf)
{
	const struct keeper_conf *c = conf;

	for (size_t i = 0; i < c->domains.n; i++)
		if (vb_str_eq(c->domains.items[i], r->domain)) {
			r->keeps = true;
			r->keeper = VB_STR("XKEPT");
			r->keep_age = c->age;
		}
	if (!vb_str_eq(r->domain, VB_STR("visit.test")))
		return VB_UNKNOWN;
	r->via = c->visit;
	r->turn_site = VB_STR("main");
	return VB_KNOWN;
}

static enum vb_verdict
answer(struct vb_session *s, const struct vb_kept *kept)
{
	if (kept->state == VB_KEPT_PENDING)
		return VB_WAIT;
	if (kept->state == VB_KEPT_UNSURE)
		return vb_reply(s, 451, "4.3.0", "not known just now");
	return vb_reply(s, 250, "2.0.0", "%llu of %llu octets",
	    (unsigned long long)kept->messages,
	    (unsigned long long)kept->octets);
}

static enum vb_verdict
xkept(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct vb_strings domains = { &a->text, 1 };

	(void)conf;
	return answer(s, vb_kept(s, &domains));
}

static enum vb_verdict
xletgo(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct vb_strings domains = { &a->text, 1 };

	(void)conf;
	return answer(s, vb_let_go(s, &domains));
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "XKEPT",
	    .syntax = "XKEPT <domain>",
	    .when = VB_GREETED,
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250 451", .rfc821 = "250 451" },
	    .run = xkept,
	},
	{
	    VB_VERB,
	    .name = "XLETGO",
	    .syntax = "XLETGO <domain>",
	    .when = VB_GREETED,
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250 451", .rfc821 = "250 451" },
	    .run = xletgo,
	},
	{ 0 },
};

VB_MODULE(keeper, "1.0"){
	.about = "keeps mail until it is asked for",
	.conf_size = sizeof(struct keeper_conf),
	.options = options,
	.verbs = verbs,
	.route = route,
};
