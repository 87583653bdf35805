/*
 * The text of an aliases(5) file, taken apart.
 *
 *	file    = *( entry / comment / empty line )
 *	entry   = name ":" member *( "," member ), continued on lines that begin
 *	          with a blank
 *	comment = "#" and the rest of the line, where a line begins
 *	member  = address / full name "<" address ">" / "\" name
 *	          / "|" command / "/" path / ":include:" path
 *
 * Names, and members as a whole, may stand in quotes; "(...)" in a member is a
 * comment. Nothing is copied: all that is given out are slices of the text.
 *
 * For the one module that includes it, and for its fuzz target.
 */
#ifndef MODULES_ALIAS_FILE_H
#define MODULES_ALIAS_FILE_H

#include <stdbool.h>
#include <string.h>

#include <verbena/str.h>

/* A text on its way through the parser. */
struct alias_text {
	struct vb_str rest;
	int line; /* of what rest begins with, counted from 1 */
};

struct alias_entry {
	struct vb_str name;    /* without quotes; empty when there is none */
	struct vb_str members; /* not yet taken apart */
	int line;
	const char *wrong; /* why it cannot be used; NULL when it can */
	bool leads_out;    /* to others than aliases; for alias_loops.h */
};

enum alias_kind {
	ALIAS_ADDRESS,
	ALIAS_FINAL, /* "\smith": an address not to be looked up here again */
	ALIAS_INCLUDE,
	ALIAS_PROGRAM,
	ALIAS_FILE,
	ALIAS_WRONG,
};

struct alias_member {
	enum alias_kind kind;
	struct vb_str text; /* the address, or the path of an include */
	struct vb_str full_name;
};

static inline bool
alias_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline struct vb_str
alias_trim(struct vb_str text)
{
	while (text.n > 0 && alias_is_blank(text.p[text.n - 1]))
		text.n--;
	while (text.n > 0 && alias_is_blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	return text;
}

/* The first line of a text, with its line end. */
static inline struct vb_str
alias_line(struct vb_str text)
{
	const char *end = text.n == 0 ? NULL : memchr(text.p, '\n', text.n);

	if (end != NULL)
		text.n = (size_t)(end - text.p) + 1;
	return text;
}

/* An empty line, or one that is a comment. */
static inline bool
alias_is_nothing(struct vb_str line)
{
	line = alias_trim(line);
	return line.n == 0 || line.p[0] == '#';
}

/* Takes the first line, and those that continue it. False at the end. */
static inline bool
alias_take_lines(struct alias_text *t, struct vb_str *lines, int *number)
{
	struct vb_str line = alias_line(t->rest);

	*lines = (struct vb_str){ t->rest.p, 0 };
	for (; line.n > 0; line = alias_line(t->rest)) {
		bool is_nothing = alias_is_nothing(line);

		if (!is_nothing && lines->n > 0 && !alias_is_blank(line.p[0]))
			return true;
		if (!is_nothing && lines->n == 0) {
			lines->p = line.p;
			*number = t->line;
		}
		if (!is_nothing)
			lines->n = (size_t)(line.p + line.n - lines->p);
		t->rest.p += line.n;
		t->rest.n -= line.n;
		t->line++;
	}
	return lines->n > 0;
}

static inline bool
alias_is_one_of(char c, const char *letters)
{
	return c != '\0' && strchr(letters, c) != NULL;
}

/* How far it is to the first of these letters that stands in no quotes, angle
   brackets, parentheses or comment line; or to the end. */
static inline size_t
alias_until(struct vb_str text, const char *letters)
{
	bool is_quoted = false;
	int deep = 0;
	size_t i;

	for (i = 0; i < text.n; i++) {
		struct vb_str rest = { text.p + i, text.n - i };

		if (i > 0 && text.p[i - 1] == '\n' && !is_quoted &&
		    alias_is_nothing(alias_line(rest))) {
			i += alias_line(rest).n - 1;
			continue;
		}
		if (!is_quoted && deep == 0 &&
		    alias_is_one_of(text.p[i], letters))
			return i;
		if (text.p[i] == '\\' && is_quoted && i + 1 < text.n)
			i++;
		else if (text.p[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && alias_is_one_of(text.p[i], "(<"))
			deep++;
		else if (!is_quoted && deep > 0 &&
			 alias_is_one_of(text.p[i], ")>"))
			deep--;
	}
	return i;
}

/* All of it in one pair of quotes: what is in them. */
static inline bool
alias_unquote(struct vb_str *text)
{
	if (text->n < 2 || text->p[0] != '"' || text->p[text->n - 1] != '"' ||
	    memchr(text->p + 1, '"', text->n - 2) != NULL)
		return false;
	text->p++;
	text->n -= 2;
	return true;
}

/* Takes the next entry off the text. False at the end. */
static inline bool
alias_next(struct alias_text *t, struct alias_entry *e)
{
	struct vb_str lines;
	size_t colon;

	*e = (struct alias_entry){ .wrong = NULL };
	if (!alias_take_lines(t, &lines, &e->line))
		return false;
	colon = alias_until(lines, ":");
	e->name = alias_trim((struct vb_str){ lines.p, colon });
	alias_unquote(&e->name);
	if (alias_is_blank(lines.p[0]) || colon == lines.n) {
		e->name.n = 0;
		e->wrong = "want \"name: members\"";
		return true;
	}
	e->members = (struct vb_str){ lines.p + colon + 1,
		lines.n - colon - 1 };
	if (e->name.n == 0)
		e->wrong = "want a name before the \":\"";
	else if (memchr(e->name.p, '@', e->name.n) != NULL)
		e->wrong = "want a local name, without \"@\"";
	else if (alias_is_nothing(e->members))
		e->wrong = "has no members";
	return true;
}

/* Takes a comment in parentheses off the end. */
static inline struct vb_str
alias_without_comment(struct vb_str text)
{
	if (text.n > 0 && text.p[0] != '"' && text.p[text.n - 1] == ')' &&
	    memchr(text.p, '(', text.n) != NULL)
		text.n = (size_t)((const char *)memchr(text.p, '(', text.n) -
				  text.p);
	return alias_trim(text);
}

static inline bool
alias_take_prefix(struct vb_str *text, struct vb_str prefix)
{
	if (text->n < prefix.n ||
	    !vb_str_ieq((struct vb_str){ text->p, prefix.n }, prefix))
		return false;
	text->p += prefix.n;
	text->n -= prefix.n;
	return true;
}

/* Could this be an address? Whoever looks it up asks more of it. */
static inline bool
alias_is_address(struct vb_str text)
{
	bool is_quoted = false, is_escaped = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if ((unsigned char)c < ' ' || c == 0x7f ||
		    (!is_quoted && alias_is_one_of(c, " <>()")))
			return false;
		if (c == '"' && !is_escaped)
			is_quoted = !is_quoted;
		is_escaped = c == '\\' && is_quoted && !is_escaped;
	}
	return text.n > 0 && !is_quoted;
}

/* An address, perhaps with a name before it: Joe Foo <joe@foo.test>. */
static inline void
alias_address(struct alias_member *m)
{
	size_t bracket = alias_until(m->text, "<");

	if (bracket < m->text.n && m->text.p[m->text.n - 1] == '>') {
		m->full_name = alias_trim(
		    (struct vb_str){ m->text.p, bracket });
		alias_unquote(&m->full_name);
		m->text.p += bracket + 1;
		m->text.n -= bracket + 2;
	}
	m->kind = alias_is_address(m->text) ? ALIAS_ADDRESS : ALIAS_WRONG;
}

static inline void
alias_judge(struct alias_member *m)
{
	struct vb_str inner = m->text;

	alias_unquote(&inner);
	if (alias_take_prefix(&inner, VB_STR(":include:"))) {
		m->text = alias_trim(inner);
		m->kind = m->text.n > 0 ? ALIAS_INCLUDE : ALIAS_WRONG;
	} else if (alias_take_prefix(&inner, VB_STR("|"))) {
		m->kind = ALIAS_PROGRAM;
	} else if (alias_take_prefix(&inner, VB_STR("/"))) {
		m->kind = ALIAS_FILE;
	} else if (alias_take_prefix(&inner, VB_STR(":"))) {
		m->kind = ALIAS_WRONG;
	} else if (alias_take_prefix(&inner, VB_STR("\\"))) {
		m->text = inner;
		alias_address(m);
		if (m->kind == ALIAS_ADDRESS)
			m->kind = ALIAS_FINAL;
	} else {
		alias_address(m);
	}
}

/* The text without the comment lines it begins with. */
static inline struct vb_str
alias_skip_nothing(struct vb_str text)
{
	text = alias_trim(text);
	while (text.n > 0 && text.p[0] == '#') {
		struct vb_str line = alias_line(text);

		text.p += line.n;
		text.n -= line.n;
		text = alias_trim(text);
	}
	return text;
}

/* Takes the next member off those of an entry, or off the text of an included
   file, where a line end parts them as well. False at the end. */
static inline bool
alias_member_next(struct vb_str *rest, bool is_included, struct alias_member *m)
{
	do {
		size_t n;

		*rest = alias_skip_nothing(*rest);
		if (rest->n == 0)
			return false;
		n = alias_until(*rest, is_included ? ",\n" : ",");
		*m = (struct alias_member){ .text = { rest->p, n } };
		n = n < rest->n ? n + 1 : n;
		rest->p += n;
		rest->n -= n;
		m->text = alias_without_comment(alias_trim(m->text));
	} while (m->text.n == 0);
	alias_judge(m);
	return true;
}

#endif
