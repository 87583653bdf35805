/* A module with something of everything, and nothing wrong. */
#include <verbena/module.h>

struct good_item {
	struct vb_str name;
};

struct good_limits {
	int most;
};

struct good_conf {
	bool loud;
	struct good_limits limits;
	struct vb_list items;
};

static const struct vb_option limits[] = {
	VB_OPTION(struct good_limits, most, "3", "How many at most."),
	{ 0 },
};

static const struct vb_option items[] = {
	VB_OPTION(struct good_item, name, "", "What it is called."),
	{ 0 },
};

static const struct vb_option options[] = {
	VB_OPTION(struct good_conf, loud, "false", "Whether to shout."),
	VB_GROUP(struct good_conf, limits, limits, "What is too much."),
	VB_OPTION(struct good_conf, items, "", "Some things.", .group = items,
	    .item_size = sizeof(struct good_item)),
	{ 0 },
};

static enum vb_verdict
toy(struct vb_session *s, const struct vb_argument *argument, const void *conf)
{
	(void)argument, (void)conf;
	return vb_reply(s, 250, "2.0.0", "Played");
}

static enum vb_verdict
look(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)s, (void)event, (void)conf;
	return VB_NEXT;
}

static enum vb_known
find(struct vb_query *q, const void *conf)
{
	(void)q, (void)conf;
	return VB_UNKNOWN;
}

static const struct vb_verb verbs[] = {
	{ VB_VERB, .name = "TOY", .syntax = "TOY", .codes.rfc5321 = "250 550",
	    .run = toy },
	{ VB_VERB, .name = "X-TOY", .syntax = "X-TOY", .run = toy },
	{ 0 },
};

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_RCPT, .run = look, .before = "other" },
	{ 0 },
};

static const struct vb_lookup lookup = { VB_LOOKUP, .find = find };

VB_MODULE(good, "1.2"){
	.about = "a toy",
	.conf_size = sizeof(struct good_conf),
	.options = options,
	.verbs = verbs,
	.hooks = hooks,
	.lookup = &lookup,
};
