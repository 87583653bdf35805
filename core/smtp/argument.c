/*
 * The argument of a command, taken apart as the form in the verb's row says.
 * What does not fit is answered here, 501.
 */
#include "core/smtp/address.h"
#include "core/smtp/state.h"

struct vb_str
argument_word(struct vb_str *text)
{
	struct vb_str word = *text;

	while (text->n > 0 && text->p[0] != ' ' && text->p[0] != '\t') {
		text->p++;
		text->n--;
	}
	word.n -= text->n;
	while (text->n > 0 && (text->p[0] == ' ' || text->p[0] == '\t')) {
		text->p++;
		text->n--;
	}
	while (text->n > 0 &&
	       (text->p[text->n - 1] == ' ' || text->p[text->n - 1] == '\t'))
		text->n--;
	return word;
}

static bool
take_prefix(struct vb_str *text, struct vb_str prefix)
{
	if (text->n < prefix.n ||
	    !vb_str_ieq((struct vb_str){ text->p, prefix.n }, prefix))
		return false;
	text->p += prefix.n;
	text->n -= prefix.n;
	return true;
}

/* FROM:<path> and TO:<path>. False when it was answered. */
static bool
parse_path(struct session *s, bool from)
{
	struct vb_argument *a = &s->command.argument;
	struct vb_str rest = a->text;
	const char *status = from ? "5.1.7" : "5.1.3";
	enum address_fault fault;

	if (!take_prefix(&rest, from ? VB_STR("FROM:") : VB_STR("TO:"))) {
		say_syntax(s, "5.5.4");
		return false;
	}
	fault = (from ? address_reverse_path : address_forward_path)(
	    s->command_arena, session_profile(s), &rest, &a->path);
	if (fault != ADDRESS_GOOD || (rest.n > 0 && rest.p[0] != ' ')) {
		say_syntax(s, status);
		return false;
	}
	return parameters_parse(s, rest);
}

bool
argument_parse(struct session *s)
{
	struct vb_argument *a = &s->command.argument;

	switch (s->command.verb->is->form) {
	case VB_ARG_NONE:
		if (a->text.n == 0)
			return true;
		break;
	case VB_ARG_OPTIONAL:
		return true;
	case VB_ARG_STRING:
		if (a->text.n > 0)
			return true;
		break;
	case VB_ARG_DOMAIN:
		if (address_is_domain(session_profile(s), a->text))
			return true;
		break;
	case VB_ARG_FROM:
		return parse_path(s, true);
	case VB_ARG_TO:
		return parse_path(s, false);
	}
	say_syntax(s, "5.5.4");
	return false;
}
