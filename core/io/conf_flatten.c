/*
 * Includes, and what must be refused before libconfig sees it.
 *
 * Each file is taken apart into words and copied, and files are put in where
 * they are included. On the way is told, in all files and at once:
 *
 *	an integer that libconfig 1.5 would truncate without a word
 *	a string that it would cut at \x00
 *	a string or comment without end, which would swallow the file around it
 *	an @include that does not begin its line
 *
 * One thing is moved: a list's comma or bracket on a line below a string goes
 * up, right behind the string. libconfig takes the line of the word that
 *follows for the line of a string in a list; so it is the string's own.
 */
#include "core/io/conf_text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/io/conf_scan.h"

enum {
	MOST_OCTETS = 16 << 20,
	MOST_FILES = 1000,
	MOST_DEPTH = 16,
	SHOWN = 40, /* of a literal in a message */
};

static const char too_large[] = "is too large, with all it includes";

/* A file being read. */
struct source {
	const struct source *above; /* who includes it */
	const char *name;
	int depth;
	dev_t device;
	ino_t inode;
	struct buffer bytes;
	int line;
};

struct flattening {
	struct conf_text *text;
	struct problems *problems;
	int line;            /* of the text, where the next word goes */
	size_t files;        /* how many were opened */
	size_t after_string; /* 0, or where in the text a string has just
	                        ended, with only blanks since */
};

static int
lines_in(struct vb_str text)
{
	int n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

static void
add(struct flattening *f, struct vb_str text)
{
	buffer_add_str(&f->text->bytes, text);
	f->line += lines_in(text);
}

/* Directories, and files that cannot be read, are told by errno. */
static bool
open_source(struct source *s)
{
	struct stat status;
	bool is_read;
	int fd = open(s->name, O_RDONLY | O_CLOEXEC | O_NOCTTY), reason;

	if (fd < 0)
		return false;
	is_read = fstat(fd, &status) == 0 && conf_text_slurp(fd, &s->bytes);
	reason = errno;
	close(fd);
	if (is_read) {
		s->device = status.st_dev;
		s->inode = status.st_ino;
	}
	errno = reason;
	return is_read;
}

static bool
is_above(const struct source *s)
{
	const struct source *o = s->above;

	while (o != NULL && (o->device != s->device || o->inode != s->inode))
		o = o->above;
	return o != NULL;
}

/* NULL, or why the file cannot be put in; empty when that has been told. */
static const char *
enter(struct flattening *f, struct source *s)
{
	if (s->depth > MOST_DEPTH)
		return "files include each other too deeply";
	if (++f->files > MOST_FILES)
		return f->files == MOST_FILES + 1
		           ? "too many files are included"
		           : "";
	if (!open_source(s))
		return strerror(errno);
	if (is_above(s))
		return "this file leads back to itself";
	if (f->text->bytes.n + s->bytes.n > MOST_OCTETS)
		return too_large;
	return NULL;
}

static void flatten(struct flattening *f, struct source *s);

/* What the quotes of an @include hold; relative to the file it stands in. */
static void
include_name(const struct source *s, struct vb_str word, struct buffer *name)
{
	const char *quote = memchr(word.p, '"', word.n);
	const char *end = word.p + word.n - 1;
	const char *slash = strrchr(s->name, '/');

	if (slash != NULL && quote[1] != '/')
		buffer_add(name, s->name, (size_t)(slash - s->name) + 1);
	for (const char *p = quote + 1; p < end; p++) {
		if (*p == '\\' && (p[1] == '\\' || p[1] == '"'))
			p++;
		buffer_add(name, p, 1);
	}
	buffer_add(name, "", 1);
}

static void
take_include(struct flattening *f, struct source *s, struct vb_str word)
{
	struct buffer name = { 0 };
	struct source inner = { .above = s, .depth = s->depth + 1 };
	const char *wrong;

	include_name(s, word, &name);
	inner.name = name.p;
	wrong = enter(f, &inner);
	if (wrong == NULL) {
		add(f, VB_STR("\n"));
		flatten(f, &inner);
		add(f, VB_STR("\n"));
		conf_text_origin(
		    f->text, (struct conf_origin){ f->line, s->line, s->name });
	} else if (*wrong != '\0') {
		problems_add(f->problems, s->name, s->line,
		    "@include \"%s\": %s", inner.name, wrong);
	}
	buffer_finish(&inner.bytes);
	buffer_finish(&name);
}

static void
take_integer(struct flattening *f, struct source *s, struct vb_str word)
{
	unsigned bits = conf_integer_bits(word);
	int n = (int)(word.n < SHOWN ? word.n : SHOWN);
	const char *cut = word.n > SHOWN ? "..." : "";

	if (bits == 0)
		problems_add(f->problems, s->name, s->line,
		    "%.*s%s does not fit into 64 bits", n, word.p, cut);
	else if (bits == 64 && !conf_integer_is_long(word))
		problems_add(f->problems, s->name, s->line,
		    "%.*s%s does not fit into 32 bits; write %.*s%sL", n,
		    word.p, cut, n, word.p, cut);
	add(f, word);
}

static void
take_string(struct flattening *f, struct source *s, struct vb_str word)
{
	if (conf_string_has_nul(word))
		problems_add(f->problems, s->name, s->line,
		    "a string cannot hold \\x00");
	add(f, word);
	f->after_string = f->text->bytes.n;
}

static void
take_sign(struct flattening *f, struct source *s, struct vb_str word)
{
	struct buffer *bytes = &f->text->bytes;
	char *gap;

	if (*word.p == '@')
		problems_add(f->problems, s->name, s->line,
		    "\"@\" out of place; an @include \"file\" must begin its "
		    "line");
	if (f->after_string == 0 || strchr(",])", *word.p) == NULL) {
		add(f, word);
		return;
	}
	buffer_room(bytes, 1);
	gap = bytes->p + f->after_string;
	memmove(gap + 1, gap, bytes->n - f->after_string);
	*gap = *word.p;
	bytes->n++;
}

static void
take_open(struct flattening *f, struct source *s, struct vb_str word)
{
	problems_add(f->problems, s->name, s->line, "%s has no end",
	    *word.p == '"'   ? "this string"
	    : *word.p == '/' ? "this comment"
			     : "the name behind @include");
}

static void
take_other(struct flattening *f, struct source *s, struct vb_str word)
{
	(void)s;
	add(f, word);
}

static bool
has_nul(struct flattening *f, const struct source *s)
{
	const char *nul = s->bytes.n == 0
	                      ? NULL
	                      : memchr(s->bytes.p, '\0', s->bytes.n);
	struct vb_str before = { s->bytes.p, 0 };

	if (nul == NULL)
		return false;
	before.n = (size_t)(nul - s->bytes.p);
	problems_add(f->problems, s->name, 1 + lines_in(before),
	    "holds an octet 0; is this a text?");
	return true;
}

static void
flatten(struct flattening *f, struct source *s)
{
	static void (*const take[])(
	    struct flattening * f, struct source * s, struct vb_str word) = {
		[CONF_BLANK] = take_other,
		[CONF_STRING] = take_string,
		[CONF_INCLUDE] = take_include,
		[CONF_NAME] = take_other,
		[CONF_INTEGER] = take_integer,
		[CONF_FLOAT] = take_other,
		[CONF_SIGN] = take_sign,
		[CONF_OPEN] = take_open,
	};
	struct vb_str rest = buffer_str(&s->bytes);
	bool begins_line = true;

	s->line = 1;
	conf_text_origin(
	    f->text, (struct conf_origin){ f->line, s->line, s->name });
	if (has_nul(f, s))
		return;
	while (rest.n > 0) {
		struct conf_word word = conf_scan(rest, begins_line);

		take[word.kind](f, s, word.text);
		if (word.kind != CONF_BLANK && word.kind != CONF_STRING)
			f->after_string = 0;
		s->line += lines_in(word.text);
		rest.p += word.text.n;
		rest.n -= word.text.n;
		begins_line = rest.p[-1] == '\n';
	}
}

void
conf_text_read(struct conf_text *t, const char *file, struct problems *problems)
{
	struct flattening f = { t, problems, .line = 1 };
	struct source top = { .name = file };
	const char *wrong = enter(&f, &top);

	if (wrong == NULL)
		flatten(&f, &top);
	else
		problems_add(problems, file, 0, "%s", wrong);
	if (t->bytes.n > MOST_OCTETS)
		problems_add(problems, file, 0, "%s", too_large);
	buffer_finish(&top.bytes);
}
