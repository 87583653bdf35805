/* The settings at the top of the file. */
#include "core/process/settings.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/listen.h"
#include "core/smtp/address.h"

/* Segments of the journal that workers leave to the queue, and how many more it
   may have where it is started again and again beside a full journal. */
enum { FOR_MARKS = 2, FOR_MARKS_AT_MOST = 64 };

static const char *
check_hostname(const void *field)
{
	const struct vb_str *name = field;

	if (name->n == 0 || address_is_domain(PROFILE_RFC5321, *name))
		return NULL;
	return "is not a domain name";
}

static const char *
check_resolver(const void *field)
{
	const struct vb_strings *servers = field;
	struct listen_address address;

	for (size_t i = 0; i < servers->n; i++)
		if (listen_parse(servers->items[i], &address) != NULL ||
		    address.address.ss_family == AF_UNIX)
			return "want addresses with ports, \"192.0.2.1:53\", "
			       "\"[2001:db8::1]:53\"";
	return NULL;
}

static const struct vb_option log_options[] = {
	VB_OPTION(struct log_conf, to, "stderr",
	    "Where the log goes: stderr, syslog, journal, or a file name. A "
	    "file is opened again on SIGUSR1."),
	VB_OPTION(struct log_conf, level, "info",
	    "The least that is worth a line.",
	    .choices = "error|warning|notice|info|debug"),
	VB_OPTION(struct log_conf, format, "text",
	    "Lines for people, or one JSON object a line.",
	    .choices = "text|json"),
	{ 0 },
};

const struct vb_option process_options[] = {
	VB_OPTION(struct process_conf, hostname, "",
	    "The name of this server, in greetings and trace fields. Default: "
	    "the machine's name.",
	    .check = check_hostname),
	VB_OPTION(struct process_conf, user, "",
	    "The account to become when started by root. Default: verbena if "
	    "there is such an account, else nobody."),
	VB_OPTION(struct process_conf, state_dir, "/var/lib/verbena",
	    "Where mail is kept that is not delivered yet."),
	VB_OPTION(struct process_conf, run_dir, "/run/verbena",
	    "Where the process id is written, and the control socket lies: one "
	    "server has it."),
	VB_OPTION(struct process_conf, module_dir, "/usr/lib/verbena/modules",
	    "Where the names in `modules` are looked up."),
	VB_OPTION(struct process_conf, workers, "1",
	    "Processes that hold sessions, each with a journal of its own. One "
	    "is the fastest where the disk is the limit. 0: one for each "
	    "processor.",
	    .min = 0, .max = 64),
	VB_OPTION(struct process_conf, worker_nice, "-20",
	    "How urgent workers are, as nice(1) has it. With fewer processors "
	    "than work, sessions and the commits they wait for should not "
	    "wait for deliveries. Less than 0 takes effect when started by "
	    "root.",
	    .min = -20, .max = 19),
	VB_OPTION(struct process_conf, couriers, "8",
	    "Processes that deliver to mailboxes. The last quarter of them is "
	    "for sites that have no delivery under way, where there are such.",
	    .min = 1, .max = 256),
	VB_OPTION(struct process_conf, courier_nice, "10",
	    "The same for couriers, and the programs that they start.",
	    .min = -20, .max = 19),
	VB_OPTION(struct process_conf, lookups, "2",
	    "Processes that answer slow lookups.", .min = 1, .max = 256),
	VB_OPTION(struct process_conf, stall_timeout, "10s",
	    "How long one call of a module may hold a worker. Then the worker "
	    "is killed and another started.",
	    .min = 1, .max = 3600),
	VB_OPTION(struct process_conf, journal, "1G",
	    "How much the journal may take: what was accepted and is not yet "
	    "delivered or in the queue's files. When that is used up messages "
	    "are answered 452. What is done is still marked then, which takes "
	    "a little more with each start of the queue, 1G at the most.",
	    .min = 96 * 1048576, .max = INT64_MAX),
	VB_OPTION(struct process_conf, reserve, "64M",
	    "How much to leave free in the file system of state_dir, for marks "
	    "of what is done. Messages that would need it are answered 452."),
	VB_OPTION(struct process_conf, resolver, "",
	    "The name servers to ask where mail for other domains goes: "
	    "\"192.0.2.1:53\", \"[2001:db8::1]:53\". Default: the machine's.",
	    .check = check_resolver),
	VB_GROUP(struct process_conf, log, log_options, "The log."),
	VB_OPTION(struct process_conf, modules, "",
	    "The modules to load, in the order in which they are asked. A name "
	    "with a slash is the path of a file."),
	{ 0 },
};

static bool
is_row(const struct vb_option *table, const char *name)
{
	for (; table->size != 0; table++)
		if (strcmp(table->name, name) == 0)
			return true;
	return false;
}

bool
settings_has(const char *name)
{
	return is_row(process_options, name) || is_row(scope_options, name) ||
	       is_row(site_options, name) || is_row(clients_options, name) ||
	       strcmp(name, "sites") == 0 || strcmp(name, "clients") == 0;
}

static void
ask_machine(struct process_conf *process, struct arena *arena)
{
	char name[256] = "";

	if (process->hostname.n == 0) {
		gethostname(name, sizeof(name) - 1);
		process->hostname = arena_copy(
		    arena, vb_str(name[0] != '\0' ? name : "localhost"));
	}
	if (process->user.n == 0)
		process->user = getpwnam("verbena") != NULL ? VB_STR("verbena")
		                                            : VB_STR("nobody");
	if (process->workers == 0)
		process->workers = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (process->workers < 1)
		process->workers = 1;
	if (process->workers > 64)
		process->workers = 64;
}

void
settings_read(const struct conf *conf, const struct options_others *others,
    struct arena *arena, struct problems *problems, struct top_conf *top)
{
	struct problems ignored = { 0 };
	const struct options_reader reader = { conf, arena,
		others == NULL ? &ignored : problems };
	const struct vb_option *table = settings_join(arena, process_options,
	    scope_options, offsetof(struct top_conf, scope));

	options_defaults(&reader, "verbena", table, top);
	options_read(&reader, "", table, others, conf_root(conf), top);
	ask_machine(&top->process, arena);
	problems_finish(&ignored);
}

struct segment_limits
settings_segments(const struct process_conf *conf)
{
	return (struct segment_limits){
		.most = (unsigned)(conf->journal.value / SEGMENT_SIZE) -
		        FOR_MARKS,
		.reserve = conf->reserve.value,
	};
}

struct segment_limits
settings_queue_segments(const struct process_conf *conf)
{
	return (struct segment_limits){
		.most = (unsigned)(conf->journal.value / SEGMENT_SIZE) +
		        FOR_MARKS_AT_MOST,
	};
}

static enum log_to
where(const struct log_conf *log)
{
	if (vb_str_eq(log->to, VB_STR("syslog")))
		return LOG_TO_SYSLOG;
	if (vb_str_eq(log->to, VB_STR("journal")))
		return LOG_TO_JOURNAL;
	return LOG_TO_STDERR;
}

void
settings_open_log(const struct log_conf *log)
{
	log_open(where(log), (enum vb_level)log->level.value,
	    (enum log_format)log->format.value);
}

bool
settings_logs_to_file(const struct log_conf *log)
{
	return where(log) == LOG_TO_STDERR &&
	       !vb_str_eq(log->to, VB_STR("stderr"));
}
