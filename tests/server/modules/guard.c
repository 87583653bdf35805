/*
 * Guards that do wrong. What they do at MAIL and at the end of the message says
 * the sender, <mail-WHAT@x> or <message-WHAT@x>; at RCPT the recipient,
 * <rcpt-WHAT@x>; at HELO the name, WHAT.
 */
#include <verbena/module.h>

#include "crash.h"

static enum vb_verdict
do_wrong(struct vb_session *s, struct vb_str what)
{
	if (vb_str_eq(what, VB_STR("fails")))
		return VB_FAIL;
	if (vb_str_eq(what, VB_STR("waits")))
		return VB_WAIT;
	if (vb_str_eq(what, VB_STR("silent")))
		return VB_DONE;
	if (vb_str_eq(what, VB_STR("illegal")))
		return vb_reply(s, 999, NULL, "no such code");
	if (vb_str_eq(what, VB_STR("lets-in")))
		return vb_reply(s, 250, "2.0.0", "a guard does not say yes");
	if (vb_str_eq(what, VB_STR("mixed"))) {
		vb_reply_more(s, 451, "4.0.0", "one line");
		return vb_reply(s, 550, "5.0.0", "and another");
	}
	if (vb_str_eq(what, VB_STR("crashes")))
		crash();
	return VB_NEXT;
}

/* What is behind the word, if the text begins with it. */
static struct vb_str
behind(struct vb_str text, struct vb_str word)
{
	if (text.n < word.n || memcmp(text.p, word.p, word.n) != 0)
		return VB_STR("");
	return (struct vb_str){ text.p + word.n, text.n - word.n };
}

static enum vb_verdict
at_helo(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)conf;
	return do_wrong(s, event->argument->text);
}

static enum vb_verdict
at_mail(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)conf;
	return do_wrong(
	    s, behind(event->argument->path.local, VB_STR("mail-")));
}

static enum vb_verdict
at_rcpt(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)conf;
	return do_wrong(
	    s, behind(event->argument->path.local, VB_STR("rcpt-")));
}

static enum vb_verdict
at_message(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	const struct vb_path *from = vb_transaction(s)->reverse_path;

	(void)event, (void)conf;
	return do_wrong(s, behind(from->local, VB_STR("message-")));
}

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_HELO, .run = at_helo },
	{ VB_HOOK, .point = VB_AT_MAIL, .run = at_mail },
	{ VB_HOOK, .point = VB_AT_RCPT, .run = at_rcpt },
	{ VB_HOOK, .point = VB_AT_MESSAGE, .run = at_message },
	{ 0 },
};

VB_MODULE(guard, "1.0"){
	.about = "guards that do wrong",
	.hooks = hooks,
};
