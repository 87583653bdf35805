#ifndef CORE_PROCESS_SETTINGS_H
#define CORE_PROCESS_SETTINGS_H

#include <stdbool.h>

#include <verbena/option.h>

#include "core/base/memory.h"
#include "core/base/problems.h"
#include "core/io/conf.h"
#include "core/mail/segment.h"
#include "core/module/options.h"
#include "core/smtp/settings.h"

/* The settings at the top of the file: about processes, not about mail. */
struct log_conf {
	struct vb_str to;
	struct vb_choice level;  /* enum vb_level */
	struct vb_choice format; /* enum log_format */
};

struct process_conf {
	struct vb_str hostname;
	struct vb_str user;
	struct vb_file state_dir, run_dir, module_dir;
	int workers, worker_nice, couriers, courier_nice, lookups;
	struct vb_seconds stall_timeout;
	struct vb_bytes journal, reserve;
	struct vb_strings resolver;
	struct log_conf log;
	struct vb_strings modules;
};

/* All the top of the file may hold, but for groups of modules and `sites`. */
struct top_conf {
	struct process_conf process;
	struct scope_conf scope;
};

extern const struct vb_option process_options[];

/*
 * Reads the top of the file. The names in `others` are allowed besides; with
 * NULL unknown names are nobody's business. Empty settings that the machine
 * answers (hostname, user, workers) are filled in.
 */
void settings_read(const struct conf *conf, const struct options_others *others,
    struct arena *arena, struct problems *problems, struct top_conf *top);

/* Opens the log of this process, on stderr unless it goes elsewhere. */
void settings_open_log(const struct log_conf *log);

/* Does the log go to a file of its own? */
bool settings_logs_to_file(const struct log_conf *log);

/* How much the journal may take. What is done must be marked also where no more
   can be accepted, or it is done again: the queue has some segments more than
   workers, a start may take a new one each time, and no reserve holds for it.
 */
struct segment_limits settings_segments(const struct process_conf *conf);
struct segment_limits settings_queue_segments(const struct process_conf *conf);

/* Is this the name of a setting of the core? */
bool settings_has(const char *name);

#endif
