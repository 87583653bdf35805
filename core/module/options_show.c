/*
 * What settings are, a line each: name, value, where it was set.
 *
 *	    vrfy.disclose             full                conf/lab.conf:39
 *	    vrfy.candidates           0                   by default
 */
#include "core/module/options.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/module/option_form.h"
#include "core/module/setting.h"

/* To whom, and what stands before the names: "vrfy." */
struct showing {
	const char *before;
	const struct options_place *place;
	FILE *to;
};

static void
add_text(struct buffer *b, struct vb_str text)
{
	buffer_printf(b, "\"");
	buffer_add_escaped(b, text);
	buffer_printf(b, "\"");
}

static void
add_choice(struct buffer *b, const struct vb_option *o, int value)
{
	const char *rest = o->choices;
	struct vb_str choice = option_choice(&rest);

	while (value-- > 0)
		choice = option_choice(&rest);
	buffer_add_str(b, choice);
}

static void
add_network(struct buffer *b, const struct vb_network *network)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool is_four = network->bits >= 96 &&
	               memcmp(network->address, mapped, sizeof(mapped)) == 0;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(is_four ? AF_INET : AF_INET6,
	    network->address + (is_four ? 12 : 0), text, sizeof(text));
	buffer_printf(b, "\"%s/%u\"", text, network->bits - (is_four ? 96 : 0));
}

static void
add_list(struct buffer *b, const struct vb_option *o, const void *field)
{
	const struct vb_strings *strings = field;
	const struct vb_networks *networks = field;
	const struct vb_list *list = field;

	if (o->type == VB_OPTION_LIST) {
		buffer_printf(b, "(%zu)", list->n);
		return;
	}
	buffer_printf(b, "[");
	for (size_t i = 0; i < list->n; i++) {
		buffer_printf(b, i > 0 ? ", " : " ");
		if (o->type == VB_OPTION_STRINGS)
			add_text(b, strings->items[i]);
		else
			add_network(b, &networks->items[i]);
	}
	buffer_printf(b, " ]");
}

static void
add_value(struct buffer *b, const struct vb_option *o, const void *field)
{
	const struct vb_file *file = field;

	switch (o->type) {
	case VB_OPTION_BOOL:
		buffer_printf(b, *(const bool *)field ? "true" : "false");
		return;
	case VB_OPTION_INT:
		option_print(b, o, *(const int *)field);
		return;
	case VB_OPTION_SECONDS:
		option_print(b, o, ((const struct vb_seconds *)field)->value);
		return;
	case VB_OPTION_BYTES:
		option_print(
		    b, o, (int64_t)((const struct vb_bytes *)field)->value);
		return;
	case VB_OPTION_STRING:
		add_text(b, *(const struct vb_str *)field);
		return;
	case VB_OPTION_FILE:
		add_text(b, vb_str(file->name));
		return;
	case VB_OPTION_CHOICE:
		add_choice(b, o, ((const struct vb_choice *)field)->value);
		return;
	case VB_OPTION_NETWORK:
		add_network(b, field);
		return;
	case VB_OPTION_STRINGS:
	case VB_OPTION_NETWORKS:
	case VB_OPTION_LIST:
		add_list(b, o, field);
		return;
	case VB_OPTION_GROUP:
		return;
	}
}

static void
show_one(const struct showing *s, const struct vb_option *o, const void *field)
{
	struct buffer name = { 0 }, value = { 0 };

	buffer_printf(&name, "%s%s", s->before, o->name);
	buffer_add(&name, "", 1);
	if (o->is_secret)
		buffer_printf(&value, "(secret)");
	else
		add_value(&value, o, field);
	fprintf(s->to, "    %-24s  %-18.*s  %s\n", name.p,
	    VB_FMT(buffer_str(&value)), s->place->tell(s->place->data, name.p));
	buffer_finish(&name);
	buffer_finish(&value);
}

static void
show_group(const struct showing *s, const struct vb_option *o, const void *from)
{
	struct buffer name = { 0 };

	buffer_printf(&name, "%s%s", s->before, o->name);
	buffer_add(&name, "", 1);
	options_show(name.p, o->group, from, s->place, s->to);
	buffer_finish(&name);
}

void
options_show(const char *name, const struct vb_option *table, const void *from,
    const struct options_place *place, FILE *to)
{
	struct buffer before = { 0 };
	struct showing s = { .place = place, .to = to };

	buffer_printf(&before, "%s%s", name, *name == '\0' ? "" : ".");
	buffer_add(&before, "", 1);
	s.before = before.p;
	for (const struct vb_option *o = table; o->size != 0;
	     o = option_next(table, o)) {
		const void *field = (const char *)from + o->offset;

		if (o->type == VB_OPTION_GROUP)
			show_group(&s, o, field);
		else
			show_one(&s, o, field);
	}
	buffer_finish(&before);
}
