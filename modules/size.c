/*
 * SIZE: how large a message may be, told before it is sent (RFC 1870).
 *
 *	EHLO	SIZE <octets>: the site's limits.message
 *	MAIL	SIZE=<octets>, 1 to 20 digits
 *
 *	552	it is larger than that
 *	501	it is no number
 *
 * RCPT then finds out whether a mailbox has room for so many.
 */
#include <verbena/module.h>

enum { DIGITS = 20 };

static struct vb_str
value(struct vb_session *s, const void *conf)
{
	(void)conf;
	return vb_print(s, "%llu", (unsigned long long)vb_client(s)->largest);
}

/* A number that does not fit is the largest there is. */
static bool
parse(struct vb_str text, uint64_t *octets)
{
	*octets = 0;
	if (text.n < 1 || text.n > DIGITS)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		uint64_t digit = (uint64_t)(text.p[i] - '0');

		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*octets = *octets > (UINT64_MAX - digit) / 10
		              ? UINT64_MAX
		              : *octets * 10 + digit;
	}
	return true;
}

static enum vb_verdict
look(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	const struct vb_parameter *size = vb_parameter(event->argument, "SIZE");
	uint64_t octets;

	(void)conf;
	if (size == NULL)
		return VB_NEXT;
	if (!parse(size->value, &octets))
		return vb_reply(s, 501, "5.5.4", "Syntax: SIZE=<octets>");
	if (octets > vb_client(s)->largest)
		return vb_reply(s, 552, "5.3.4",
		    "Messages may have %llu octets",
		    (unsigned long long)vb_client(s)->largest);
	vb_expect(s, octets);
	return VB_NEXT;
}

static const struct vb_extension extensions[] = {
	{ VB_EXTENSION, .keyword = "SIZE", .parameter = "SIZE",
	    .point = VB_AT_MAIL, .value = value },
	{ 0 },
};

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_MAIL, .run = look },
	{ 0 },
};

VB_MODULE(size, "1.0"){
	.about = "the extension SIZE (RFC 1870)",
	.extensions = extensions,
	.hooks = hooks,
};
