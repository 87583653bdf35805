/* One setting of a file, and the row of a table that it is read as. */
#include "core/module/setting.h"

#include "core/base/buffer.h"
#include "core/module/option_form.h"

const struct vb_option *
option_next(const struct vb_option *table, const struct vb_option *row)
{
	return (const void *)((const char *)row + table->size);
}

const char *
setting_name(const struct options_reader *r, const char *name, const char *key)
{
	if (*name == '\0')
		return key;
	return arena_printf(r->arena, "%s.%s", name, key).p;
}

bool
setting_tell(const struct setting *s, const char *sentence)
{
	struct conf_place place = conf_place(s->reader->conf, s->at);

	problems_add(s->reader->problems, place.file, place.line, "%s%s%s",
	    s->name, *s->name == '\0' ? "" : ": ", sentence);
	return false;
}

bool
setting_tell_want(const struct setting *s)
{
	struct buffer b = { 0 };

	buffer_printf(&b, "want ");
	option_want(&b, s->row);
	buffer_add(&b, "", 1);
	setting_tell(s, b.p);
	buffer_finish(&b);
	return false;
}

bool
setting_is_held(const struct setting *s)
{
	enum {
		STRING = 1 << CONFIG_TYPE_STRING,
		NUMBER = 1 << CONFIG_TYPE_INT | 1 << CONFIG_TYPE_INT64,
		ITEMS = 1 << CONFIG_TYPE_ARRAY | 1 << CONFIG_TYPE_LIST,
	};
	static const int holders[] = {
		[VB_OPTION_BOOL] = 1 << CONFIG_TYPE_BOOL,
		[VB_OPTION_INT] = NUMBER,
		[VB_OPTION_STRING] = STRING,
		[VB_OPTION_SECONDS] = STRING | NUMBER,
		[VB_OPTION_BYTES] = STRING | NUMBER,
		[VB_OPTION_CHOICE] = STRING,
		[VB_OPTION_FILE] = STRING,
		[VB_OPTION_NETWORK] = STRING,
		[VB_OPTION_STRINGS] = ITEMS,
		[VB_OPTION_NETWORKS] = ITEMS,
		[VB_OPTION_LIST] = ITEMS,
		[VB_OPTION_GROUP] = 1 << CONFIG_TYPE_GROUP,
	};

	return holders[s->row->type] >> config_setting_type(s->at) & 1;
}

struct vb_str
setting_text(const struct setting *s)
{
	switch (config_setting_type(s->at)) {
	case CONFIG_TYPE_BOOL:
		return config_setting_get_bool(s->at) ? VB_STR("true")
		                                      : VB_STR("false");
	case CONFIG_TYPE_STRING:
		return vb_str(config_setting_get_string(s->at));
	default:
		return arena_printf(
		    s->reader->arena, "%lld", config_setting_get_int64(s->at));
	}
}
