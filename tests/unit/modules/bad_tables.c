/* Something is wrong in every table. */
#include <verbena/module.h>

static const struct vb_option options[] = {
	{ .size = sizeof(struct vb_option), .type = VB_OPTION_BOOL },
	{ 0 },
};

static const struct vb_verb verbs[] = {
	{ VB_VERB, .name = "LAME", .syntax = "LAME" },
	{ 0 },
};

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_RCPT },
	{ 0 },
};

static const struct vb_lookup lookup = { VB_LOOKUP, .blocks = true };

VB_MODULE(bad_tables, "1.0"){
	.about = "a broken toy",
	.options = options,
	.verbs = verbs,
	.hooks = hooks,
	.lookup = &lookup,
};
