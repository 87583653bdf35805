/*
 * XECHO: says what it is told, behind a word of the operator's choice.
 *
 *	XECHO SP string CRLF	250
 */
#include <verbena/module.h>

struct xecho_conf {
	struct vb_str before;
};

static const struct vb_option options[] = {
	VB_OPTION(struct xecho_conf, before, "echo:", "What is said first."),
	{ 0 },
};

static enum vb_verdict
xecho(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct xecho_conf *c = conf;

	return vb_reply(
	    s, 250, "2.0.0", "%.*s %.*s", VB_FMT(c->before), VB_FMT(a->text));
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "XECHO",
	    .syntax = "XECHO <string>",
	    .when = VB_GREETED,
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250", .rfc821 = "250" },
	    .run = xecho,
	},
	{ 0 },
};

VB_MODULE(xecho, "1.0"){
	.about = "the XECHO verb",
	.conf_size = sizeof(struct xecho_conf),
	.options = options,
	.verbs = verbs,
};
