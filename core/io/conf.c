/*
 * A configuration: read once, as text, and from then on the same for all.
 *
 * The snapshot is the text with a head that tells where its lines came from:
 *
 *	#verbena configuration
 *	#line 1 1 conf/verbena.conf
 *	#line 13 1 conf/sites.conf
 *	#line 40 12 conf/verbena.conf
 *	#text
 *	hostname = ...
 *
 * Each "#line" has a line of the text, counted from behind "#text", then that
 * line's number in its file, and the file, escaped. A person can read it, and
 *so can libconfig.
 */
#include "core/io/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/conf_text.h"

static const char magic[] = "#verbena configuration\n";
static const char line_word[] = "#line ";
static const char text_word[] = "#text\n";

struct conf {
	config_t tree;
	struct conf_text text;
};

static struct conf *
conf_create(void)
{
	struct conf *c = must_alloc(sizeof(*c));

	config_init(&c->tree);
	return c;
}

void
conf_destroy(struct conf *c)
{
	if (c == NULL)
		return;
	config_destroy(&c->tree);
	conf_text_finish(&c->text);
	free(c);
}

/* libconfig's words, where ours are clearer. */
static const char *
clearer(const char *error)
{
	static const struct {
		const char *theirs, *ours;
	} errors[] = {
		{ "duplicate setting name",
		    "a setting on this line is in its group already" },
		{ "mismatched element type in array",
		    "an array, [ ... ], has values of one type; use a list, "
		    "( ... )" },
		{ "memory exhausted", "groups are nested too deeply" },
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].theirs, error) == 0)
			return errors[i].ours;
	return error;
}

/* Takes the configuration when there is anything wrong. */
static struct conf *
parse(struct conf *c, struct problems *problems)
{
	struct conf_origin place;

	buffer_add(&c->text.bytes, "", 1);
	c->text.bytes.n--;
	if (config_read_string(&c->tree, c->text.bytes.p) == CONFIG_TRUE)
		return c;
	place = conf_text_place(&c->text, config_error_line(&c->tree));
	problems_add(problems, place.file, place.line, "%s",
	    clearer(config_error_text(&c->tree)));
	conf_destroy(c);
	return NULL;
}

struct conf *
conf_read(const char *file, struct problems *problems)
{
	struct conf *c = conf_create();
	size_t before = problems->n;

	conf_text_read(&c->text, file, problems);
	if (problems->n == before)
		return parse(c, problems);
	conf_destroy(c);
	return NULL;
}

static bool
write_all(int fd, struct vb_str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return true;
}

bool
conf_write(const struct conf *c, int fd)
{
	struct buffer head = { 0 };
	bool is_written;

	buffer_add_str(&head, vb_str(magic));
	for (size_t i = 0; i < c->text.n; i++) {
		const struct conf_origin *o = &c->text.origins[i];

		buffer_printf(&head, "%s%d %d ", line_word, o->at, o->line);
		buffer_add_escaped(&head, vb_str(o->file));
		buffer_add(&head, "\n", 1);
	}
	buffer_add_str(&head, vb_str(text_word));
	is_written = write_all(fd, buffer_str(&head)) &&
	             write_all(fd, buffer_str(&c->text.bytes));
	buffer_finish(&head);
	return is_written;
}

/* Takes `word` off the beginning. */
static bool
take(struct vb_str *rest, const char *word)
{
	size_t n = strlen(word);

	if (rest->n < n || memcmp(rest->p, word, n) != 0)
		return false;
	rest->p += n;
	rest->n -= n;
	return true;
}

/* A number and the space behind it; 0 when there is none. */
static int
take_number(struct vb_str *rest)
{
	int value = 0;

	for (; rest->n > 0; rest->p++, rest->n--) {
		int digit = *rest->p - '0';

		if (digit < 0 || digit > 9 || value > (INT_MAX - digit) / 10)
			break;
		value = value * 10 + digit;
	}
	return take(rest, " ") ? value : 0;
}

/* One octet of an escaped name. */
static char
unescape(struct vb_str *rest)
{
	static const char letters[] = "nrt\\", octets[] = "\n\r\t\\";
	const char *letter;
	char hex[3] = { 0 };

	if (!take(rest, "\\")) {
		rest->n--;
		return *rest->p++;
	}
	letter = rest->n > 0 ? strchr(letters, *rest->p) : NULL;
	if (letter != NULL) {
		take(rest, (char[]){ *letter, '\0' });
		return octets[letter - letters];
	}
	if (!take(rest, "x") || rest->n < 2)
		return '\\';
	memcpy(hex, rest->p, 2);
	rest->p += 2;
	rest->n -= 2;
	return (char)strtol(hex, NULL, 16);
}

/* To the end of the line. */
static bool
take_name(struct vb_str *rest, struct buffer *name)
{
	while (rest->n > 0) {
		char c;

		if (take(rest, "\n")) {
			buffer_add(name, "", 1);
			return true;
		}
		c = unescape(rest);
		buffer_add(name, &c, 1);
	}
	return false;
}

static bool
take_line(struct vb_str *rest, struct conf_text *text)
{
	const int above = text->n == 0 ? 0 : text->origins[text->n - 1].at;
	struct conf_origin origin = { .at = take_number(rest) };
	struct buffer name = { 0 };
	bool is_good;

	origin.line = take_number(rest);
	is_good = origin.at > above && origin.line > 0 &&
	          (above > 0 || origin.at == 1) && take_name(rest, &name);
	origin.file = name.p;
	if (is_good)
		conf_text_origin(text, origin);
	buffer_finish(&name);
	return is_good;
}

static bool
take_snapshot(struct vb_str rest, struct conf_text *text)
{
	if (!take(&rest, magic))
		return false;
	while (take(&rest, line_word))
		if (!take_line(&rest, text))
			return false;
	if (!take(&rest, text_word) || text->n == 0)
		return false;
	buffer_add_str(&text->bytes, rest);
	return true;
}

struct conf *
conf_read_snapshot(int fd, struct problems *problems)
{
	struct conf *c = conf_create();
	struct buffer bytes = { 0 };
	bool is_read = conf_text_slurp(fd, &bytes);

	if (!is_read) {
		problems_add(problems, NULL, 0,
		    "the configuration's snapshot: %s", strerror(errno));
	} else if (!take_snapshot(buffer_str(&bytes), &c->text)) {
		problems_add(problems, NULL, 0,
		    "the configuration's snapshot is not one");
		is_read = false;
	}
	buffer_finish(&bytes);
	if (is_read)
		return parse(c, problems);
	conf_destroy(c);
	return NULL;
}

const config_setting_t *
conf_root(const struct conf *c)
{
	return config_root_setting(&c->tree);
}

struct conf_place
conf_place(const struct conf *c, const config_setting_t *s)
{
	struct conf_origin place = conf_text_place(
	    &c->text, (int)config_setting_source_line(s));

	return (struct conf_place){ place.file, place.line };
}
