/* One verb in the table that a client would meet. */
#include "core/command/row.h"

#include <stdio.h>

#include "core/module/units.h"
#include "core/smtp/origin.h"

static const char *
state_of(const struct verb *verb)
{
	if (!verb->is_enabled)
		return "disabled";
	return verb->requires != 0 ? "requires" : "enabled";
}

/* "enable, lab.conf:38". */
void
row_print_origin(const struct view *v, struct vb_str name)
{
	const config_setting_t *at = origin_verb(v->scope, name);

	if (at == NULL)
		printf("by default");
	else
		printf("%s, %s", config_setting_name(config_setting_parent(at)),
		    view_place(v, at));
}

static void
print_why(const struct view *v, const struct verb *verb)
{
	struct vb_str name = vb_str(verb->is->name);

	if (verb->is_foreign)
		printf("not in this profile");
	else if (!verb->is_enabled && origin_verb(v->scope, name) == NULL)
		printf("nothing enables it");
	else
		row_print_origin(v, name);
}

static void
print_policy(const struct view *v, const struct verb *verb)
{
	const config_setting_t *at = origin_policy(
	    v->scope, vb_str(verb->is->name));
	struct buffer rate = { 0 };

	if ((verb->requires & REQUIRES_AUTH) != 0)
		printf("; requires auth, %s", view_place(v, at));
	if ((verb->requires & REQUIRES_TLS) != 0)
		printf("; requires tls, %s", view_place(v, at));
	if (verb->rate.most == 0)
		return;
	units_print_time(&rate, verb->rate.window.value);
	printf("; rate %llu/%.*s, %s", (unsigned long long)verb->rate.most,
	    VB_FMT(buffer_str(&rate)), view_place(v, at));
	buffer_finish(&rate);
}

void
row_print(const struct view *v, const struct verb *verb)
{
	int answer = view_answer(v, verb);
	char code[8] = "";

	if (answer != 0)
		snprintf(code, sizeof(code), "%d", answer);
	printf("%-16s  %-8s  %-6s  %-12s  ", verb->is->name, state_of(verb),
	    code, verb->module->name);
	print_why(v, verb);
	print_policy(v, verb);
	if (answer == v->scope->conf.disabled_reply)
		printf("; disabled_reply %s",
		    view_place(v, origin_setting(v->scope, "disabled_reply")));
	printf("\n");
}
