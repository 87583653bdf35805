/* Loading a generation: configuration, modules, sites. */
#include "core/process/generation.h"

#include "core/base/log.h"
#include "core/mail/delivery.h"
#include "core/module/check.h"
#include "core/module/where.h"
#include "core/smtp/api.h"
#include "core/smtp/query.h"

const struct vb_core core_table = {
	.size = sizeof(struct vb_core),
	.major = VB_MAJOR,
	.minor = VB_MINOR_NEWEST,
	.reply = core_reply,
	.reply_more = core_reply_more,
	.log = core_log,
	.alloc = core_alloc,
	.print = core_print,
	.client = core_client,
	.transaction = core_transaction,
	.session_data = core_session_data,
	.transaction_data = core_transaction_data,
	.greet = core_greet,
	.close = core_close,
	.open = core_open,
	.reset = core_reset,
	.add_recipient = core_add_recipient,
	.take_message = core_take_message,
	.commit = core_commit,
	.add_field = core_add_field,
	.write = core_write,
	.lookup = core_lookup,
	.lookup_text = core_lookup_text,
	.found = query_found,
	.read = delivery_read,
	.rewind = delivery_rewind,
	.path = delivery_path,
	.directory = delivery_directory,
	.sync = delivery_sync,
	.delivery_data = delivery_data,
	.delivered = delivery_delivered,
	.later = delivery_later,
	.never = delivery_never,
	.room = core_room,
	.expect = core_expect,
	.usable = core_usable,
	.keyword = core_keyword,
	.count = core_count,
	.query_log = query_log,
	.remark = core_remark,
	.recipient = core_recipient,
	.settle = core_settle,
	.presence = core_presence,
	.keep = core_keep,
	.show = core_show,
	.kept = core_kept,
	.let_go = core_let_go,
	.turn = core_turn,
	.lend = delivery_lend,
	.borrow = delivery_borrow,
	.is_from = core_is_from,
	.wrong = check_wrong,
};

/* The names in `modules`, each with its place in the file. */
static struct module_name *
names(
    const struct conf *conf, const struct vb_strings *list, struct arena *arena)
{
	const config_setting_t *setting = config_setting_get_member(
	    conf_root(conf), "modules");
	struct module_name *all = arena_alloc(arena, list->n * sizeof(*all));

	for (size_t i = 0; i < list->n; i++) {
		struct conf_place place = conf_place(
		    conf, config_setting_get_elem(setting, (unsigned)i));

		all[i] = (struct module_name){ list->items[i], place.file,
			place.line };
	}
	return all;
}

struct modules
generation_modules(const struct conf *conf, const struct top_conf *top,
    struct arena *arena, struct problems *problems)
{
	const struct vb_strings *list = &top->process.modules;

	return modules_load(names(conf, list, arena), list->n,
	    top->process.module_dir.name, &core_table, arena, problems);
}

static void
refuse_core_names(const struct generation *g, struct problems *problems)
{
	for (size_t i = 0; i < g->modules.n; i++) {
		const struct module *m = &g->modules.items[i];

		if (settings_has(m->name))
			problems_add(problems, m->file, m->line,
			    "module \"%s\" bears the name of a setting",
			    m->name);
	}
}

static struct options_others
others(struct generation *g)
{
	const char **all = arena_alloc(
	    g->arena, (g->modules.n + 1) * sizeof(*all));

	for (size_t i = 0; i < g->modules.n; i++)
		all[i] = g->modules.items[i].name;
	all[g->modules.n] = "sites";
	return (struct options_others){ all, g->modules.n + 1 };
}

void
generation_destroy(struct generation *g)
{
	if (g == NULL)
		return;
	conf_destroy(g->conf);
	arena_destroy(g->arena);
}

struct generation *
generation_compile(struct conf *conf, struct problems *problems)
{
	struct arena *arena = arena_create();
	struct generation *g = arena_alloc(arena, sizeof(*g));
	struct options_others known;

	g->conf = conf;
	g->arena = arena;
	settings_read(conf, NULL, arena, problems, &g->top);
	g->modules = generation_modules(conf, &g->top, arena, problems);
	refuse_core_names(g, problems);
	if (g->modules.n < g->top.process.modules.n) {
		generation_destroy(g);
		return NULL;
	}
	known = others(g);
	settings_read(conf, &known, arena, problems, &g->top);
	g->sites = sites_build(
	    conf, &g->modules, &g->top.scope, arena, problems);
	return g;
}

struct generation *
generation_load(struct conf *conf, struct problems *problems)
{
	struct generation *g = generation_compile(conf, problems);

	if (problems->n == 0)
		return g;
	generation_destroy(g);
	return NULL;
}

bool
generation_start(const struct generation *g)
{
	for (size_t i = 0; i < g->modules.n; i++) {
		const struct module *m = &g->modules.items[i];
		uint64_t before;
		bool ok;

		if (m->is.start == NULL)
			continue;
		before = where_enter(m, WHERE_START, 0, VB_STR(""));
		ok = m->is.start();
		where_leave(before);
		if (!ok) {
			log_event(VB_ERROR, "module-failed",
			    "module=%s at=start", m->name);
			return false;
		}
	}
	return true;
}

bool
generation_needs_terminals(const struct generation *g)
{
	for (size_t i = 0; i < g->modules.n; i++)
		if (g->modules.items[i].is.terminals != NULL)
			return true;
	return false;
}

bool
generation_needs_root(const struct generation *g)
{
	for (size_t i = 0; i < g->sites->n_scopes; i++) {
		const struct scope *scope = g->sites->scopes[i];

		if (scope->deliver != NULL &&
		    scope->delivery[scope->deliver->index].as.value ==
			AS_RECIPIENT)
			return true;
	}
	return false;
}
