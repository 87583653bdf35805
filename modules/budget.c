/*
 * One budget for finding out who is here, by whatever verb: VRFY and EXPN that
 * told something, and RCPT that was refused for its address, or, after SEND, as
 * the user is not active. Otherwise VRFY would only be the slower way (RFC 5321
 * §7.3).
 *
 * It is counted for each client, over all its sessions. When it is used up VRFY
 * and EXPN tell nothing (252; 504 in profile rfc821), and RCPT is answered 450
 * whoever it is for, but for postmaster, so that nothing can be learnt from it
 * either.
 */
#include <verbena/module.h>

struct budget_conf {
	int answers;
	struct vb_seconds window;
};

static const struct vb_option options[] = {
	VB_OPTION(struct budget_conf, answers, "50",
	    "How many answers that tell who is here, or is not, one client gets "
	    "in the window: of VRFY and EXPN all, of RCPT those that refuse an "
	    "address, and 450 after SEND. Then VRFY and EXPN are answered 252 (504 in profile "
	    "rfc821) and RCPT 450. 0: any number.",
	    .max = 1000000000),
	VB_OPTION(struct budget_conf, window, "1h",
	    "How long an answer counts.", .min = 1, .max = 604800),
	{ 0 },
};

static bool
asks_who(struct vb_str verb)
{
	return vb_str_eq(verb, VB_STR("VRFY")) ||
	       vb_str_eq(verb, VB_STR("EXPN"));
}

/* RCPT after SEND says with 450 that somebody is not at a terminal; unless we
   said it. */
static bool
tells_absence(struct vb_session *s, struct vb_str verb, int code)
{
	const struct vb_transaction *t = vb_transaction(s);
	const bool *is_ours = vb_session_data(s);

	return code == 450 && t != NULL && !*is_ours &&
	       vb_str_eq(vb_str(t->kind), VB_STR("send")) &&
	       vb_str_eq(verb, VB_STR("RCPT"));
}

/* 550 and the like tell of the address: 4yz, 501, 503 and 252 do not. */
static bool
tells(struct vb_str verb, int code)
{
	bool refuses = code == 550 || code == 551 || code == 553;

	if (asks_who(verb))
		return refuses || code == 250 || code == 251;
	return refuses && vb_str_eq(verb, VB_STR("RCPT"));
}

/* RFC 5321 §4.5.1: everybody has one, and mail to it must arrive. */
static bool
is_to_postmaster(const struct vb_argument *a)
{
	return vb_str_ieq(a->path.local, VB_STR("postmaster"));
}

static enum vb_verdict
refuse(struct vb_session *s, bool is_rcpt)
{
	if (is_rcpt)
		return vb_reply(
		    s, 450, "4.7.1", "Too many unknown recipients, try later");
	if (vb_client(s)->is_rfc821)
		return vb_reply(s, 504, NULL, "You have asked often enough");
	return vb_reply(s, 252, "2.5.0", "You have asked often enough");
}

static enum vb_verdict
guard(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	const struct budget_conf *c = conf;
	bool is_rcpt = vb_str_eq(event->verb, VB_STR("RCPT"));
	bool *is_ours = vb_session_data(s);

	*is_ours = false;
	if (c->answers == 0 || (!is_rcpt && !asks_who(event->verb)) ||
	    (is_rcpt && is_to_postmaster(event->argument)))
		return VB_NEXT;
	if (vb_count(s, "answers", c->window, 0) < (uint64_t)c->answers)
		return VB_NEXT;
	*is_ours = true;
	vb_log(s, VB_NOTICE, "budget-spent", "verb=%.*s", VB_FMT(event->verb));
	return refuse(s, is_rcpt);
}

static enum vb_verdict
count(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	const struct budget_conf *c = conf;

	if (c->answers > 0 && (tells(event->verb, event->code) ||
				  tells_absence(s, event->verb, event->code)))
		vb_count(s, "answers", c->window, 1);
	return VB_NEXT;
}

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_COMMAND, .run = guard },
	{ VB_HOOK, .point = VB_AT_REPLY, .run = count },
	{ 0 },
};

VB_MODULE(budget, "1.0"){
	.about = "one budget for each client of VRFY, EXPN and refused RCPT",
	.conf_size = sizeof(struct budget_conf),
	.options = options,
	.session_size = sizeof(bool), /* this command was refused by us */
	.hooks = hooks,
};
