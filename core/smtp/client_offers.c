/* What the other offers in its reply to EHLO. */
#include "core/smtp/client_state.h"

/* The first word of one line of the reply to EHLO, and what follows it. */
static void
take_offer(struct client *c, struct vb_str line)
{
	struct vb_str word = line;

	for (word.n = 0; word.n < line.n && line.p[word.n] != ' ';)
		word.n++;
	if (vb_str_ieq(word, VB_STR("PIPELINING")))
		c->has_pipelining = true;
	if (vb_str_ieq(word, VB_STR("8BITMIME")))
		c->has_8bitmime = true;
	if (!vb_str_ieq(word, VB_STR("SIZE")))
		return;
	c->has_size = true;
	c->size = 0;
	for (size_t i = word.n + 1; i < line.n && c->size < UINT64_MAX / 16;
	     i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			break;
		c->size = c->size * 10 + (uint64_t)(line.p[i] - '0');
	}
}

/* All lines but the first, which is a greeting (RFC 5321 §4.1.1.1). */
void
client_take_offers(struct client *c)
{
	struct vb_str rest = buffer_str(&c->reply.text);
	bool is_first = true;

	while (rest.n > 0) {
		struct vb_str line = rest;

		for (line.n = 0; line.n < rest.n && rest.p[line.n] != '\n';)
			line.n++;
		if (!is_first)
			take_offer(c, line);
		is_first = false;
		line.n += line.n < rest.n;
		rest.p += line.n;
		rest.n -= line.n;
	}
}
