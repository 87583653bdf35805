/* Names of sites, where a setting must be one. The sites themselves are read
   later, as they hold the settings of modules. */
#include "core/module/site_name.h"

#include "core/module/nearest.h"

/* The name of the n-th site; NULL where it has none, or is no group. */
static const char *
name_of(const config_setting_t *sites, int n)
{
	const config_setting_t *site = config_setting_get_elem(
	    sites, (unsigned)n);
	const char *name = NULL;

	if (site == NULL || !config_setting_is_group(site))
		return NULL;
	config_setting_lookup_string(site, "name", &name);
	return name;
}

const char *
site_name_check(const struct options_reader *r, struct vb_str name)
{
	const config_setting_t *sites = config_setting_get_member(
	    conf_root(r->conf), "sites");
	int n = sites == NULL ? 0 : config_setting_length(sites);
	struct nearest nearest = nearest_begin(name);

	for (int i = 0; i < n; i++) {
		const char *one = name_of(sites, i);

		if (one == NULL)
			continue;
		if (vb_str_eq(vb_str(one), name))
			return NULL;
		nearest_try(&nearest, one);
	}
	if (nearest.best == NULL)
		return arena_printf(
		    r->arena, "there is no site \"%.*s\"", VB_FMT(name))
		    .p;
	return arena_printf(r->arena,
	    "there is no site \"%.*s\"; did you mean \"%s\"?", VB_FMT(name),
	    nearest.best)
	    .p;
}
