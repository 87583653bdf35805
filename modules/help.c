/*
 * HELP: what this client may use, and how (RFC 5321 §4.1.1.8; RFC 821 §4.1.1).
 *
 *	HELP [ SP <topic> ]
 *
 *	214	the verbs; or of one: its syntax, what it does, where it is
 *written 211	HELP STATUS: this session 504	there is no such topic
 *
 * The text is that of the modules' own rows. A verb that the client may not use
 * is no topic, so HELP does not tell it from one that does not exist.
 */
#include <string.h>

#include <verbena/module.h>

enum { WIDTH = 70 };

/* A reply of several lines, of which the last one is known only at its end. */
struct text {
	struct vb_session *s;
	int code;
	struct vb_str line; /* not yet said; empty: there is none */
};

static void
add(struct text *t, struct vb_str line)
{
	if (t->line.n > 0)
		vb_reply_more(t->s, t->code, "2.0.0", "%.*s", VB_FMT(t->line));
	t->line = line;
}

static enum vb_verdict
end(const struct text *t)
{
	return vb_reply(t->s, t->code, "2.0.0", "%.*s", VB_FMT(t->line));
}

/* How much of the text fits into a line: words, or one that is too long. */
static size_t
line_length(struct vb_str text)
{
	size_t n = WIDTH;

	if (text.n <= WIDTH)
		return text.n;
	while (n > 0 && text.p[n] != ' ')
		n--;
	return n > 0 ? n : WIDTH;
}

static void
add_wrapped(struct text *t, struct vb_str text)
{
	while (text.n > 0) {
		struct vb_str line = { text.p, line_length(text) };

		add(t, vb_print(t->s, "  %.*s", VB_FMT(line)));
		text.p += line.n;
		text.n -= line.n;
		while (text.n > 0 && *text.p == ' ') {
			text.p++;
			text.n--;
		}
	}
}

/* Replies are ASCII: "RFC 5321 §4" is "RFC 5321, section 4". */
static struct vb_str
in_words(struct vb_session *s, const char *reference)
{
	const char *sign = strstr(reference, " \xc2\xa7");

	if (sign == NULL)
		return vb_str(reference);
	return vb_print(s, "%.*s, section %s", (int)(sign - reference),
	    reference, sign + 3);
}

static enum vb_verdict
tell_verb(struct vb_session *s, const struct vb_verb *verb)
{
	struct text t = { .s = s, .code = 214 };

	add(&t, vb_str(verb->syntax));
	if (verb->help != NULL)
		add_wrapped(&t, vb_str(verb->help));
	if (verb->reference != NULL)
		add_wrapped(&t, in_words(s, verb->reference));
	return end(&t);
}

/* "verbs: HELO MAIL ...", as many lines as it takes. */
static void
add_verbs(struct text *t)
{
	const struct vb_verb *verb;
	struct vb_str line = { 0 };

	for (size_t n = 0; (verb = vb_usable(t->s, n)) != NULL; n++) {
		if (line.n > 0 && line.n + strlen(verb->name) >= WIDTH) {
			add(t, line);
			line.n = 0;
		}
		line = vb_print(t->s, "%.*s %s", VB_FMT(line), verb->name);
	}
	if (line.n > 0)
		add(t, line);
}

static enum vb_verdict
tell_all(struct vb_session *s)
{
	struct text t = { .s = s, .code = 214 };

	add(&t, VB_STR("You may use"));
	add_verbs(&t);
	add(&t, VB_STR("HELP and one of these tells more; HELP STATUS of this "
		       "session."));
	return end(&t);
}

static enum vb_verdict
tell_status(struct vb_session *s)
{
	const struct vb_client *c = vb_client(s);
	const struct vb_transaction *t = vb_transaction(s);
	struct text text = { .s = s, .code = 211 };

	add(&text,
	    vb_print(s, "%.*s, site %.*s, profile %s", VB_FMT(c->hostname),
		VB_FMT(c->site), c->is_rfc821 ? "rfc821" : "rfc5321"));
	add(&text,
	    vb_print(s, "Session %.*s with %.*s%s%.*s", VB_FMT(c->session),
		VB_FMT(c->address), c->helo.n > 0 ? ", calling itself " : "",
		VB_FMT(c->helo)));
	if (t == NULL)
		add(&text, VB_STR("No message is begun"));
	else
		add(&text, vb_print(s,
			       "A message (%s) is begun, with %zu "
			       "recipients",
			       t->kind, t->recipients));
	return end(&text);
}

static enum vb_verdict
help(struct vb_session *s, const struct vb_argument *a, const void *conf)
{
	const struct vb_verb *verb;

	(void)conf;
	if (a->text.n == 0)
		return tell_all(s);
	if (vb_str_ieq(a->text, VB_STR("STATUS")))
		return tell_status(s);
	for (size_t n = 0; (verb = vb_usable(s, n)) != NULL; n++)
		if (vb_str_ieq(vb_str(verb->name), a->text))
			return tell_verb(s, verb);
	return vb_reply(s, 504, "5.5.4", "There is no help for that");
}

static const struct vb_verb verbs[] = {
	{
	    VB_VERB,
	    .name = "HELP",
	    .syntax = "HELP [<verb> | STATUS]",
	    .form = VB_ARG_OPTIONAL,
	    .codes = { .rfc5321 = "211 214 504", .rfc821 = "211 214 504" },
	    .failure = 504,
	    .help = "Tells what you may use, how a verb is used, or how this "
		    "session stands.",
	    .reference = "RFC 5321 §4.1.1.8",
	    .run = help,
	},
	{ 0 },
};

VB_MODULE(help, "1.0"){
	.about = "the HELP verb (RFC 5321 §4.1.1.8)",
	.verbs = verbs,
};
