/* Where in the file a scope has its settings from. */
#include "core/smtp/origin.h"

/* The member of that name, of a group in a group where it has dots. */
static const config_setting_t *
member(const config_setting_t *group, const char *name)
{
	struct vb_str rest = vb_str(name);
	char word[64];

	while (group != NULL && rest.n > 0) {
		const char *dot = memchr(rest.p, '.', rest.n);
		size_t n = dot == NULL ? rest.n : (size_t)(dot - rest.p);

		if (n >= sizeof(word) || !config_setting_is_group(group))
			return NULL;
		memcpy(word, rest.p, n);
		word[n] = '\0';
		group = config_setting_get_member(group, word);
		n += dot == NULL ? 0 : 1;
		rest.p += n;
		rest.n -= n;
	}
	return group;
}

const config_setting_t *
origin_setting(const struct scope *scope, const char *name)
{
	const config_setting_t *at = NULL;

	for (size_t i = scope->n_groups; i > 0 && at == NULL; i--)
		at = member(scope->groups[i - 1], name);
	return at;
}

/* The last item of a list of names that is this one. */
static const config_setting_t *
item(const config_setting_t *list, struct vb_str name)
{
	int n = list == NULL ? 0 : config_setting_length(list);

	for (int i = n; i > 0; i--) {
		const config_setting_t *one = config_setting_get_elem(
		    list, (unsigned)i - 1);

		if (vb_str_ieq(vb_str(config_setting_get_string(one)), name))
			return one;
	}
	return NULL;
}

const config_setting_t *
origin_verb(const struct scope *scope, struct vb_str name)
{
	const config_setting_t *at = NULL;

	for (size_t i = scope->n_groups; i > 0 && at == NULL; i--) {
		at = item(member(scope->groups[i - 1], "disable"), name);
		if (at == NULL)
			at = item(member(scope->groups[i - 1], "enable"), name);
	}
	return at;
}

/* The last entry of a `policy` that names the verb. */
static const config_setting_t *
entry(const config_setting_t *list, struct vb_str name)
{
	int n = list == NULL ? 0 : config_setting_length(list);

	for (int i = n; i > 0; i--) {
		const config_setting_t *one = config_setting_get_elem(
		    list, (unsigned)i - 1);

		if (item(member(one, "verbs"), name) != NULL)
			return one;
	}
	return NULL;
}

const config_setting_t *
origin_policy(const struct scope *scope, struct vb_str name)
{
	const config_setting_t *at = NULL;

	for (size_t i = scope->n_groups; i > 0 && at == NULL; i--)
		at = entry(member(scope->groups[i - 1], "policy"), name);
	return at;
}
