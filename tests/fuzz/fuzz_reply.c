/*
 * A server that answers with any bytes, cut into parts whose sizes are bytes of
 * the input too, while the client has a mail for it. Whatever it says, the
 * client holds little, says only what it may, and every recipient gets a
 * result.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/smtp/client.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct client_patience patience = { 1000000, 1000000, 1000000,
	1000000, 1000000 };

static void
check_results(const struct client_result *r, size_t n, bool *is_out)
{
	for (size_t i = 0; i < n; i++) {
		assert(r[i].outcome != VB_FAILED);
		assert(r[i].status.n >= 5 && r[i].text.n > 0);
		for (size_t k = 0; k < r[i].text.n; k++)
			assert(r[i].text.p[k] >= ' ' && r[i].text.p[k] <= '~');
	}
	*is_out = false;
}

/* Whole lines, and no CR or LF but at their ends. */
static void
check_output(struct buffer *output)
{
	bool after_cr = false;

	for (size_t i = 0; i < output->n; i++) {
		assert(!after_cr || output->p[i] == '\n');
		assert(output->p[i] != '\n' || after_cr);
		after_cr = output->p[i] == '\r';
	}
	assert(!after_cr);
	output->n = 0;
}

static void
pump(struct client *c, const struct client_mail *mail, bool *is_out)
{
	static const char body[] = "Hi\r\n.\r\rdot\n\n";
	const struct client_result *results = client_take_results(c);

	if (results != NULL)
		check_results(results, mail->n_recipients, is_out);
	if (client_wants_body(c)) {
		client_body(c, vb_str(body));
		client_body_end(c);
	}
	if (client_is_ready(c)) {
		client_send(c, mail);
		*is_out = true;
	}
	check_output(client_output(c));
}

static void
feed(struct client *c, const uint8_t *bytes, size_t n)
{
	char *copy = malloc(n);

	assert(copy != NULL);
	memcpy(copy, bytes, n);
	client_input(c, (struct vb_str){ copy, n });
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct vb_str to[] = { VB_STR("a@b.test"), VB_STR("c@d.test") };
	const struct client_mail mail = { .reverse_path = VB_STR("x@y.test"),
		.recipients = to,
		.n_recipients = 2,
		.octets = 20,
		.has_8bit = n % 2 == 0 };
	struct client *c = client_create(VB_STR("us.test"), &patience);
	const struct client_result *results;
	bool is_out = false;

	for (size_t at = 0; at < n && !client_is_over(c);) {
		size_t part = 1 + bytes[n - 1 - at] % 64;

		part = part < n - at ? part : n - at;
		feed(c, bytes + at, part);
		pump(c, &mail, &is_out);
		at += part;
	}
	client_lost(c, "lost");
	results = client_take_results(c);
	if (results != NULL)
		check_results(results, mail.n_recipients, &is_out);
	assert(client_is_over(c) && !is_out);
	client_destroy(c);
	return 0;
}
