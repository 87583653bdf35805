/*
 * XBAD does wrong what its argument says. XDATA takes a message and then does.
 */
#include <unistd.h>

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
	if (vb_str_eq(what, VB_STR("nothing")))
		return VB_NEXT;
	if (vb_str_eq(what, VB_STR("illegal")))
		return vb_reply(s, 354, NULL, "go ahead");
	if (vb_str_eq(what, VB_STR("takes")))
		return vb_take_message(s, 250, "out of turn");
	if (vb_str_eq(what, VB_STR("commits")))
		return vb_commit(s);
	if (vb_str_eq(what, VB_STR("crashes")))
		crash();
	while (vb_str_eq(what, VB_STR("sleeps")))
		pause();
	if (vb_str_eq(what, VB_STR("twice")))
		vb_reply(s, 250, "2.0.0", "Good");
	if (vb_str_eq(what, VB_STR("logs")))
		vb_log(s, VB_INFO, "talk", "one\ntwo\r%s", "\x1b[2Jthree");
	return vb_reply(s, 250, "2.0.0", "Good");
}

static enum vb_verdict
xbad(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return do_wrong(s, a->text);
}

static enum vb_verdict
xdata(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)a, (void)conf;
	return vb_take_message(s, 354, "Go ahead");
}

static enum vb_verdict
end_of_xdata(
    struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	(void)conf;
	return do_wrong(s, a->text);
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "XBAD",
	    .syntax = "XBAD <what>",
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250 451", .rfc821 = "250 451" },
	    .run = xbad,
	},
	{
	    VB_VERB,
	    .name = "XWORSE",
	    .syntax = "XWORSE <what>",
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "250", .rfc821 = "250" },
	    .failure = 421,
	    .run = xbad,
	},
	{
	    VB_VERB,
	    .name = "XDATA",
	    .syntax = "XDATA <what>",
	    .when = VB_RECIPIENT,
	    .form = VB_ARG_STRING,
	    .codes = { .rfc5321 = "354 451", .rfc821 = "354 451" },
	    .more_codes = { .rfc5321 = "250 451", .rfc821 = "250 451" },
	    .run = xdata,
	    .more = end_of_xdata,
	},
	{ 0 },
};

VB_MODULE(xbad, "1.0"){
	.about = "verbs that do wrong",
	.verbs = verbs,
};
