/*
 * What a person wants to see of a message: whom it is from, what it is about,
 * and its text. MIME (RFC 2045) and encoded words (RFC 2047) are GMime's to
 * decode. All of it is UTF-8, or nearly, and not fit for a terminal yet.
 *
 * For the modules that include it.
 */
#ifndef MODULES_TERMINAL_LETTER_H
#define MODULES_TERMINAL_LETTER_H

#include <stdbool.h>
#include <string.h>

#include <gmime/gmime.h>

#include <verbena/str.h>

/* Members may be NULL. */
struct letter {
	char *from, *subject;
	GByteArray *text;
	bool has_more; /* than this text: other parts */
};

static inline void
letter_finish(struct letter *l)
{
	g_free(l->from);
	g_free(l->subject);
	if (l->text != NULL)
		g_byte_array_unref(l->text);
}

static inline bool
letter_is_text(GMimeObject *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(part);
	const char *how = g_mime_object_get_disposition(part);

	return GMIME_IS_TEXT_PART(part) &&
	       g_mime_content_type_is_type(type, "text", "plain") &&
	       (how == NULL || g_ascii_strcasecmp(how, "attachment") != 0);
}

/* Its octets as UTF-8; in a character set that nobody knows, as they are. */
static inline GByteArray *
letter_decode(GMimeObject *part)
{
	GMimeDataWrapper *content = g_mime_part_get_content(
	    (GMimePart *)(void *)part);
	const char *charset = g_mime_object_get_content_type_parameter(
	    part, "charset");
	GMimeFilter *filter = charset == NULL
	                          ? NULL
	                          : g_mime_filter_charset_new(charset, "utf-8");
	GByteArray *text = g_byte_array_new();
	GMimeStream *to = g_mime_stream_mem_new();
	GMimeStream *through = g_mime_stream_filter_new(to);

	g_mime_stream_mem_set_byte_array((GMimeStreamMem *)(void *)to, text);
	if (filter != NULL) {
		g_mime_stream_filter_add(
		    (GMimeStreamFilter *)(void *)through, filter);
		g_object_unref(filter);
	}
	if (content != NULL)
		g_mime_data_wrapper_write_to_stream(content, through);
	g_mime_stream_flush(through);
	g_object_unref(through);
	g_object_unref(to);
	return text;
}

/* The first text that is not attached; all else is more. */
static inline void
letter_find_text(struct letter *l, GMimeMessage *message)
{
	GMimePartIter *parts = g_mime_part_iter_new(
	    (GMimeObject *)(void *)message);

	do {
		GMimeObject *part = g_mime_part_iter_get_current(parts);

		if (part == NULL || GMIME_IS_MULTIPART(part))
			continue;
		if (l->text == NULL && letter_is_text(part))
			l->text = letter_decode(part);
		else
			l->has_more = true;
	} while (g_mime_part_iter_next(parts));
	g_mime_part_iter_free(parts);
}

static inline void
letter_take(struct letter *l, GMimeMessage *message)
{
	InternetAddressList *from = g_mime_message_get_from(message);
	const char *subject = g_mime_message_get_subject(message);

	if (from != NULL && internet_address_list_length(from) > 0)
		l->from = internet_address_list_to_string(from, NULL, FALSE);
	l->subject = g_strdup(subject);
	letter_find_text(l, message);
}

/* How many octets at the beginning are header fields; the empty line behind
   them may be missing (RFC 821 wants no header at all). */
static inline size_t
letter_header(struct vb_str octets)
{
	size_t at = 0;

	while (at < octets.n) {
		const char *line = octets.p + at;
		const char *end = memchr(line, '\n', octets.n - at);
		size_t n = end == NULL ? octets.n - at
		                       : (size_t)(end + 1 - line);
		size_t name = 0;

		while (name < n && line[name] > ' ' && line[name] < 0x7f &&
		       line[name] != ':')
			name++;
		if ((name == 0 || name == n || line[name] != ':') &&
		    (at == 0 || (*line != ' ' && *line != '\t')))
			break;
		at += n;
	}
	return at;
}

static inline void
letter_read(struct letter *l, struct vb_str octets)
{
	static bool is_ready;
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;

	*l = (struct letter){ 0 };
	if (!is_ready)
		g_mime_init();
	is_ready = true;
	stream = g_mime_stream_mem_new_with_buffer(octets.p, octets.n);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message != NULL) {
		letter_take(l, message);
		g_object_unref(message);
	}
	g_object_unref(parser);
	g_object_unref(stream);
}

#endif
