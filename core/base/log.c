/* The log: one line an event. */
#include "core/base/log.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/clock.h"

static struct {
	enum log_to to;
	enum vb_level level;
	enum log_format format;
	const char *process;
	long pid;
} sink = { .level = VB_INFO, .process = "verbena" };

static const char *const level_names[] = {
	[VB_ERROR] = "error",
	[VB_WARNING] = "warning",
	[VB_NOTICE] = "notice",
	[VB_INFO] = "info",
	[VB_DEBUG] = "debug",
};

static const int level_syslog[] = {
	[VB_ERROR] = LOG_ERR,
	[VB_WARNING] = LOG_WARNING,
	[VB_NOTICE] = LOG_NOTICE,
	[VB_INFO] = LOG_INFO,
	[VB_DEBUG] = LOG_DEBUG,
};

void
log_open(enum log_to to, enum vb_level level, enum log_format format)
{
	sink.to = to;
	sink.level = level;
	sink.format = format;
	if (to == LOG_TO_SYSLOG)
		openlog("verbena", LOG_PID, LOG_MAIL);
}

void
log_process(const char *name)
{
	sink.process = name;
}

bool
log_wants(enum vb_level level)
{
	return level <= sink.level;
}

static bool
is_plain_text(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

static bool
is_plain_json(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* What is plain goes as it is, run by run. */
static void
add_escaped(struct buffer *line, struct vb_str text,
    bool (*is_plain)(unsigned char c),
    void (*escape)(struct buffer *line, unsigned char c))
{
	size_t i = 0, from;

	while (i < text.n) {
		for (from = i; i < text.n; i++)
			if (!is_plain((unsigned char)text.p[i]))
				break;
		buffer_add(line, text.p + from, i - from);
		if (i < text.n)
			escape(line, (unsigned char)text.p[i++]);
	}
}

static void
escape_text(struct buffer *line, unsigned char c)
{
	buffer_printf(line, "\\x%02X", c);
}

static void
escape_json(struct buffer *line, unsigned char c)
{
	if (c == '"' || c == '\\')
		buffer_printf(line, "\\%c", c);
	else
		buffer_printf(line, "\\u%04x", c);
}

/* As text keeps an event on one line, but leaves UTF-8 readable. */
static void
add_line_safe(struct buffer *line, struct vb_str text)
{
	add_escaped(line, text, is_plain_text, escape_text);
}

static void
add_json(struct buffer *line, struct vb_str text)
{
	add_escaped(line, text, is_plain_json, escape_json);
}

static long
own_pid(void)
{
	if (sink.pid == 0)
		sink.pid = (long)getpid();
	return sink.pid;
}

static void
make_line(struct buffer *line, enum vb_level level, const char *event,
    struct vb_str text)
{
	char now[CLOCK_RFC5322_SIZE] = "";

	if (sink.to == LOG_TO_JOURNAL)
		buffer_printf(line, "<%d>", level_syslog[level]);
	else
		clock_rfc3339(clock_wall_us(), now);
	if (sink.format == LOG_JSON) {
		buffer_printf(line,
		    "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"%s[%ld]\","
		    "\"event\":\"%s\",\"text\":\"",
		    now, level_names[level], sink.process, own_pid(), event);
		add_json(line, text);
		buffer_printf(line, "\"}\n");
		return;
	}
	buffer_printf(line, "%s%s%s %s[%ld] %s ", now,
	    now[0] == '\0' ? "" : " ", level_names[level], sink.process,
	    own_pid(), event);
	add_line_safe(line, text);
	buffer_printf(line, "\n");
}

void
log_vevent(enum vb_level level, const char *event, const char *fmt, va_list ap)
{
	struct buffer text = { 0 }, line = { 0 };

	if (!log_wants(level))
		return;
	buffer_vprintf(&text, fmt, ap);
	if (sink.to == LOG_TO_SYSLOG) {
		add_line_safe(&line, buffer_str(&text));
		syslog(level_syslog[level], "%s: %s %.*s", sink.process, event,
		    VB_FMT(buffer_str(&line)));
	} else {
		make_line(&line, level, event, buffer_str(&text));
		if (write(STDERR_FILENO, line.p, line.n) < 0) {
			/* Nowhere is left to say it. */
		}
	}
	buffer_finish(&text);
	buffer_finish(&line);
}

void
log_event(enum vb_level level, const char *event, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vevent(level, event, fmt, ap);
	va_end(ap);
}
