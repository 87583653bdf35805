/*
 * Filters and observers that do wrong to a message from <POINT-fails@x>, and
 * one that writes a message from <doubles@x> twice, piece by piece.
 */
#include <verbena/module.h>

static bool
is_from(struct vb_session *s, struct vb_str name)
{
	const struct vb_transaction *t = vb_transaction(s);

	return t != NULL && vb_str_eq(t->reverse_path->local, name);
}

static enum vb_verdict
at_body(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)conf;
	if (is_from(s, VB_STR("body-fails")))
		return VB_FAIL;
	if (is_from(s, VB_STR("body-waits")))
		return VB_WAIT;
	if (!is_from(s, VB_STR("doubles")))
		return VB_NEXT;
	vb_write(s, event->bytes);
	vb_write(s, event->bytes);
	return VB_DONE;
}

static enum vb_verdict
at_header(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)event, (void)conf;
	if (is_from(s, VB_STR("header-fails")))
		return VB_FAIL;
	vb_add_field(s, "X-Filter: one\r\ntwo");
	return VB_NEXT;
}

static enum vb_verdict
at_stored(struct vb_session *s, const struct vb_event *event, const void *conf)
{
	(void)event, (void)conf;
	return is_from(s, VB_STR("stored-fails")) ? VB_FAIL : VB_NEXT;
}

static const struct vb_hook hooks[] = {
	{ VB_HOOK, .point = VB_AT_BODY, .run = at_body },
	{ VB_HOOK, .point = VB_AT_HEADER, .run = at_header },
	{ VB_HOOK, .point = VB_AT_STORED, .run = at_stored },
	{ 0 },
};

VB_MODULE(filter, "1.0"){
	.about = "filters that do wrong",
	.hooks = hooks,
};
