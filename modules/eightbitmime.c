/*
 * 8BITMIME: octets above 0x7f in messages (RFC 6152).
 *
 *	MAIL	BODY=7BIT, BODY=8BITMIME
 *
 *	501	it is neither
 *
 * What is taken is kept octet for octet, whatever it was said to be.
 */
#include <verbena/module.h>

static enum vb_verdict
look(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	const struct vb_parameter *body = vb_parameter(event->argument, "BODY");

	(void)conf;
	if (body == NULL || vb_str_ieq(body->value, VB_STR("7BIT")) ||
	    vb_str_ieq(body->value, VB_STR("8BITMIME")))
		return VB_NEXT;
	return vb_reply(s, 501, "5.5.4", "Syntax: BODY=7BIT or BODY=8BITMIME");
}

static const struct vb_extension extensions[] = {
	{ VB_EXTENSION, .keyword = "8BITMIME", .parameter = "BODY",
	    .point = VB_AT_MAIL },
	{ 0 },
};

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_MAIL, .run = look },
	{ 0 },
};

VB_MODULE(eightbitmime, "1.0"){
	.about = "the extension 8BITMIME (RFC 6152)",
	.extensions = extensions,
	.hooks = hooks,
};
