/*
 * EHLO: says who the client is, and is told what there is (RFC 5321 §4.1.1.1).
 *
 *	EHLO SP domain
 *
 *	250	our name, then each extension with its parameters
 *
 * The keywords are those of the verbs and extensions that this client may use
 * (vb_keyword()): what it would be answered 500 or 502 is not among them
 * (§4.2.4), and SEND, SOML and SAML are where they work (§F.6). RFC 821 has no
 * EHLO: in that profile it cannot be enabled.
 */
#include <verbena/module.h>

static enum vb_verdict
ehlo(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	struct vb_str line = vb_client(s)->hostname, next;

	(void)conf;
	vb_greet(s, a->text, true);
	for (size_t n = 0; (next = vb_keyword(s, n)).n > 0; n++) {
		vb_reply_more(s, 250, NULL, "%.*s", VB_FMT(line));
		line = next;
	}
	return vb_reply(s, 250, NULL, "%.*s", VB_FMT(line));
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "EHLO",
	    .syntax = "EHLO <domain>",
	    .form = VB_ARG_DOMAIN,
	    .point = VB_AT_HELO,
	    .codes = { .rfc5321 = "250 504 550" },
	    .failure = 421,
	    .ehlo = "",
	    .help = "Says who you are, and asks what this server can do. Drops "
		    "a transaction that is open.",
	    .reference = "RFC 5321 §4.1.1.1",
	    .run = ehlo,
	},
	{ 0 },
};

/* Replies have status codes in this profile, as RFC 2034 has them. */
static const struct vb_extension extensions[] = {
	{ VB_EXTENSION, .keyword = "ENHANCEDSTATUSCODES" },
	{ 0 },
};

VB_MODULE(ehlo, "1.0"){
	.about = "the EHLO verb: what this server can do (RFC 5321 §4.1.1.1)",
	.verbs = verbs,
	.extensions = extensions,
};
