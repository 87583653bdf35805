#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include <verbena/attr.h>
#include <verbena/core.h>
#include <verbena/str.h>

/*
 * The log: one line an event, written with one write().
 *
 *	2026-11-24T03:58:27.123Z info worker[812] stored id=4KQ... from=<a@b>
 *	{"time":"...","level":"info","process":"worker[812]",
 *	 "event":"stored","text":"id=4KQ... from=<a@b>"}
 */
enum log_format { LOG_TEXT, LOG_JSON };

/* To stderr; to stderr with the level before each line as sd-daemon(3) has it,
   and no time, which the journal adds; or to syslog(3). */
enum log_to { LOG_TO_STDERR, LOG_TO_JOURNAL, LOG_TO_SYSLOG };

void log_open(enum log_to to, enum vb_level level, enum log_format format);

/* What this process is called in the log: "worker". Must outlive the log. */
void log_process(const char *name);

bool log_wants(enum vb_level level);

/*
 * event is a word; fmt makes key=value, key=value. What comes from a client
 * goes through buffer_add_escaped() first; in any case control characters are
 * escaped here, so that an event is always one line.
 */
void log_event(enum vb_level level, const char *event, const char *fmt, ...)
    VB_PRINTF(3, 4);
void log_vevent(enum vb_level level, const char *event, const char *fmt,
    va_list ap) VB_PRINTF(3, 0);

#endif
