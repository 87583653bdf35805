/*
 * What the rows of a module's tables must hold.
 *
 * Each rule is a function that looks at one row and returns NULL or the rest of
 * the sentence; a row is told with the first rule it breaks.
 */
#include "core/module/rules.h"

#include <string.h>

/* Where a row is: `verbs, row 2 (VRFY): has no .run`. */
struct place {
	const struct module *module;
	struct faults *faults;
	const char *table;
};

static void
tell(const struct place *at, size_t row, const char *name, const char *wrong)
{
	if (wrong == NULL)
		return;
	fault(at->faults, at->module, "%s, row %zu%s%s%s: %s", at->table,
	    row + 1, name == NULL ? "" : " (", name == NULL ? "" : name,
	    name == NULL ? "" : ")", wrong);
}

static bool
is_verb_name(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return n >= 1 && n <= 16 && name[n] == '\0';
}

/* RFC 5321 §4.1.1.1, §4.1.2; the limit is ours. */
static bool
is_keyword(const char *name)
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

	return n >= 1 && n <= 32 && name[n] == '\0' && name[0] != '-';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_code(const char *p)
{
	return p[0] >= '2' && p[0] <= '5' && is_digit(p[1]) && is_digit(p[2]);
}

/* "250 251 550"; NULL and "" are lists of none. */
static bool
is_codes(const char *p)
{
	if (p == NULL || *p == '\0')
		return true;
	for (; is_code(p); p += 4) {
		if (p[3] == '\0')
			return true;
		if (p[3] != ' ')
			return false;
	}
	return false;
}

static bool
is_point(enum vb_point point)
{
	return point >= VB_AT_CONNECT && point <= VB_AT_SESSION_END;
}

static const char *
judge_codes(const struct vb_verb *v)
{
	if (!is_codes(v->codes.rfc5321))
		return "its .codes.rfc5321 are not \"250 550\"";
	if (!is_codes(v->codes.rfc821))
		return "its .codes.rfc821 are not \"250 550\"";
	if (!is_codes(v->more_codes.rfc5321))
		return "its .more_codes.rfc5321 are not \"250 550\"";
	if (!is_codes(v->more_codes.rfc821))
		return "its .more_codes.rfc821 are not \"250 550\"";
	if (v->failure != 0 && (v->failure < 400 || v->failure > 599))
		return "its .failure is not a code from 400 to 599";
	return NULL;
}

static const char *
judge_verb(const struct vb_verb *v)
{
	const unsigned whens = VB_GREETED | VB_NO_TRANSACTION | VB_TRANSACTION |
	                       VB_RECIPIENT | VB_LAST;

	if (v->name == NULL || !is_verb_name(v->name))
		return "its name is not 1 to 16 of A-Z 0-9 -";
	if (v->run == NULL)
		return "has no .run";
	if (v->syntax == NULL)
		return "has no .syntax";
	if ((v->when & ~whens) != 0)
		return "its .when is none we know";
	if (v->form > VB_ARG_TO)
		return "its .form is none we know";
	if (v->point != 0 && !is_point(v->point))
		return "its .point is none we know";
	return judge_codes(v);
}

static const char *
judge_hook(const struct vb_hook *h)
{
	if (!is_point(h->point))
		return "its .point is none we know";
	if (h->run == NULL)
		return "has no .run";
	return NULL;
}

static const char *
judge_extension(const struct vb_extension *e)
{
	if (e->keyword == NULL || !is_keyword(e->keyword))
		return "its keyword is not 1 to 32 of A-Z 0-9 -";
	if (e->parameter == NULL)
		return NULL;
	if (!is_keyword(e->parameter))
		return "its parameter is not 1 to 32 of A-Z 0-9 -";
	if (e->point != VB_AT_MAIL && e->point != VB_AT_RCPT)
		return "its parameter is for neither MAIL nor RCPT (.point)";
	return NULL;
}

static const size_t field_sizes[] = {
	[VB_OPTION_BOOL] = sizeof(bool),
	[VB_OPTION_INT] = sizeof(int),
	[VB_OPTION_STRING] = sizeof(struct vb_str),
	[VB_OPTION_SECONDS] = sizeof(struct vb_seconds),
	[VB_OPTION_BYTES] = sizeof(struct vb_bytes),
	[VB_OPTION_CHOICE] = sizeof(struct vb_choice),
	[VB_OPTION_FILE] = sizeof(struct vb_file),
	[VB_OPTION_NETWORK] = sizeof(struct vb_network),
	[VB_OPTION_STRINGS] = sizeof(struct vb_strings),
	[VB_OPTION_NETWORKS] = sizeof(struct vb_networks),
	[VB_OPTION_LIST] = sizeof(struct vb_list),
	[VB_OPTION_GROUP] = 1,
};

static const char *
judge_type(const struct vb_option *o, size_t room)
{
	const size_t n = sizeof(field_sizes) / sizeof(field_sizes[0]);

	if (o->type < VB_OPTION_BOOL || o->type >= n)
		return "its .type is none we know";
	if (o->offset > room || field_sizes[o->type] > room - o->offset)
		return "its field lies outside of the struct (.conf_size?)";
	if (o->type == VB_OPTION_CHOICE && o->choices == NULL)
		return "has no .choices";
	if (o->type == VB_OPTION_LIST && o->item_size == 0)
		return "has no .item_size";
	if ((o->type == VB_OPTION_LIST || o->type == VB_OPTION_GROUP) &&
	    o->group == NULL)
		return "has no .group";
	return NULL;
}

/* The struct the table fills has `room` octets. */
static const char *
judge_option(const struct vb_option *o, size_t room)
{
	if (o->name == NULL || *o->name == '\0')
		return "has no name";
	if (o->initial == NULL)
		return "has no default (.initial)";
	if (o->about == NULL)
		return "has no text for the manual (.about)";
	return judge_type(o, room);
}

static void
judge_options(
    const struct place *at, const struct vb_option *table, size_t room)
{
	for (const struct vb_option *o = table; o->size != 0; o++) {
		const char *wrong = judge_option(o, room);

		tell(at, (size_t)(o - table), o->name, wrong);
		if (wrong != NULL || o->group == NULL)
			continue;
		judge_options(at, o->group,
		    o->type == VB_OPTION_LIST ? o->item_size
					      : room - o->offset);
	}
}

static void
judge_terminals(
    const struct vb_terminals *t, const struct module *m, struct faults *faults)
{
	if (t->show == NULL || t->presence == NULL)
		fault(faults, m, "terminals: has no .show or no .presence");
	if ((t->open != NULL) != (t->attend != NULL))
		fault(
		    faults, m, "terminals: has only one of .open and .attend");
}

void
rules_judge(const struct module *m, struct faults *faults)
{
	const struct vb_module *is = &m->is;
	struct place at = { m, faults, "verbs" };

	for (size_t i = 0; is->verbs != NULL && is->verbs[i].size != 0; i++)
		tell(&at, i, is->verbs[i].name, judge_verb(&is->verbs[i]));
	at.table = "hooks";
	for (size_t i = 0; is->hooks != NULL && is->hooks[i].size != 0; i++)
		tell(&at, i, NULL, judge_hook(&is->hooks[i]));
	at.table = "extensions";
	for (size_t i = 0;
	     is->extensions != NULL && is->extensions[i].size != 0; i++)
		tell(&at, i, is->extensions[i].keyword,
		    judge_extension(&is->extensions[i]));
	at.table = "options";
	if (is->options != NULL)
		judge_options(&at, is->options, is->conf_size);
	if (is->lookup != NULL && is->lookup->find == NULL)
		fault(faults, m, "lookup: has no .find");
	if (is->terminals != NULL)
		judge_terminals(is->terminals, m, faults);
	if ((is->limits != NULL) != (is->room != NULL))
		fault(faults, m, "has only one of .limits and .room");
	if (is->room != NULL && is->deliver == NULL)
		fault(faults, m, "has .room but no .deliver");
}
