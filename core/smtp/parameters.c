/*
 * What may stand behind the path of MAIL and RCPT (RFC 5321 §4.1.2):
 *
 *	parameters    = parameter *( SP parameter )
 *	parameter     = keyword [ "=" value ]
 *	keyword       = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
 *	value         = 1*( %d33-60 / %d62-126 )	; no "=", space, control
 *
 * A client may use what EHLO advertised to it, and nothing else: 555. RFC 821
 * has no parameters: 501.
 */
#include <string.h>

#include "core/smtp/scan.h"
#include "core/smtp/state.h"

/* More cannot all be known. */
enum { MOST = 32 };

static bool
is_value(char c)
{
	return c > ' ' && c < 0x7f && c != '=';
}

static bool
is_keyword(char c)
{
	c = vb_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static struct vb_str
upper(struct arena *arena, struct vb_str word)
{
	char *copy = arena_string(arena, word);

	for (size_t i = 0; i < word.n; i++)
		if (copy[i] >= 'a' && copy[i] <= 'z')
			copy[i] = (char)(copy[i] - 'a' + 'A');
	return (struct vb_str){ copy, word.n };
}

/* Takes one parameter off the front; false when none stands there. */
static bool
take(struct session *s, struct vb_str *rest, struct vb_parameter *p)
{
	p->size = sizeof(*p);
	p->name = scan_while(rest, is_keyword);
	p->value = (struct vb_str){ rest->p, 0 };
	if (p->name.n == 0 || p->name.p[0] == '-')
		return false;
	p->name = upper(s->command_arena, p->name);
	if (scan_octet(rest, '=')) {
		p->value = scan_while(rest, is_value);
		if (p->value.n == 0)
			return false;
	}
	return rest->n == 0 || rest->p[0] == ' ';
}

static bool
refuse(struct session *s, const char *why, struct vb_str name)
{
	bool is_old = session_profile(s) == PROFILE_RFC821;

	say(s, is_old || !codes_has(&s->command.verb->codes, 555) ? 501 : 555,
	    "5.5.4", "%s: %.*s", why, VB_FMT(name));
	return false;
}

/* Adds it to those there are; false when it was answered instead. */
static bool
add(struct session *s, struct vb_parameter *all, const struct vb_parameter *p)
{
	struct vb_argument *a = &s->command.argument;

	if (!s->client.is_extended)
		return refuse(s, "Parameters are not for HELO", p->name);
	if (!extensions_bring(
		&s->scope->extensions, s->command.verb->is->point, p->name))
		return refuse(s, "Parameter not known here", p->name);
	if (vb_parameter(a, p->name.p) != NULL || a->n_parameters == MOST) {
		say(s, 501, "5.5.4", "This comes twice: %.*s", VB_FMT(p->name));
		return false;
	}
	all[a->n_parameters++] = *p;
	return true;
}

bool
parameters_parse(struct session *s, struct vb_str rest)
{
	struct vb_argument *a = &s->command.argument;
	struct vb_parameter *all, p;

	while (scan_octet(&rest, ' '))
		continue;
	if (rest.n == 0)
		return true;
	all = arena_alloc(s->command_arena, MOST * sizeof(*all));
	a->parameters = all;
	while (rest.n > 0) {
		if (!take(s, &rest, &p)) {
			say_syntax(s, "5.5.4");
			return false;
		}
		if (!add(s, all, &p))
			return false;
		while (scan_octet(&rest, ' '))
			continue;
	}
	return true;
}
