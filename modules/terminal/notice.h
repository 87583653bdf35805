/*
 * A message as it stands on a terminal:
 *
 *	Message from <ann@a.test> at 192.0.2.7, 14:05
 *	From: Ann <ann@a.test>
 *	Subject: lunch
 *
 *	In ten minutes?
 *	EOF
 *
 * Who the sender is, nobody has proved: so the first line says where it came
 * from.
 *
 * For the modules that include it.
 */
#ifndef MODULES_TERMINAL_NOTICE_H
#define MODULES_TERMINAL_NOTICE_H

#include <stdio.h>
#include <time.h>

#include <verbena/delivery.h>

#include "modules/terminal/letter.h"
#include "modules/terminal/page.h"

/* The core keeps that much of a message. */
enum { NOTICE_OCTETS = 65536, NOTICE_FIELD = 150 };

static inline void
notice_field(struct page *p, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	page_add(p, vb_str(name));
	page_add_line(p, vb_str(value), NOTICE_FIELD);
}

static inline void
notice_begin(struct page *p, const struct vb_delivery *d)
{
	char line[512];
	time_t now = (time_t)d->arrived;
	struct tm tm;

	localtime_r(&now, &tm);
	snprintf(line, sizeof(line), "Message from <%.*s> at %.*s, %02d:%02d",
	    d->sender.n < 200 ? (int)d->sender.n : 200, d->sender.p,
	    VB_FMT(d->client), tm.tm_hour, tm.tm_min);
	page_add_line(p, vb_str(line), sizeof(line));
}

/* The text without what is empty at its end. */
static inline struct vb_str
notice_text(const struct letter *l)
{
	struct vb_str text = { 0 };

	if (l->text != NULL)
		text = (struct vb_str){ (const char *)l->text->data,
			l->text->len };
	while (text.n > 0 && text.p[text.n - 1] != '\0' &&
	       strchr(" \t\r\n", text.p[text.n - 1]) != NULL)
		text.n--;
	return text;
}

static inline void
notice_fill(struct page *p, const struct vb_delivery *d, const struct letter *l)
{
	const struct vb_str text = notice_text(l);

	notice_begin(p, d);
	notice_field(p, "From: ", l->from);
	notice_field(p, "Subject: ", l->subject);
	page_put_any(p, '\n');
	page_add(p, text);
	p->is_cut = p->is_cut || l->has_more;
	if (p->is_cut)
		page_finish(
		    p, d->is_mailed ? "[more in your mailbox]" : "[cut off]");
	page_finish(p, "EOF");
}

/* Makes the page; p->is_cut says that there is more. False when the message
   cannot be read. */
static inline bool
notice_make(struct page *p, struct vb_delivery *d)
{
	static char octets[NOTICE_OCTETS + 1];
	struct letter letter;
	size_t n = 0, header;
	ptrdiff_t got;

	while ((got = vb_read(d, octets + n, NOTICE_OCTETS - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		return false;
	header = letter_header((struct vb_str){ octets, n });
	if (header == n || octets[header] != '\n') {
		memmove(octets + header + 1, octets + header, n++ - header);
		octets[header] = '\n';
	}
	letter_read(&letter, (struct vb_str){ octets, n });
	notice_fill(p, d, &letter);
	letter_finish(&letter);
	return true;
}

#endif
