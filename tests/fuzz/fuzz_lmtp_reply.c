/*
 * Replies of an LMTP server, of any bytes. Whatever they are, what is kept is
 * bounded and printable, and a reply that is taken for one has a code.
 */
#include <assert.h>
#include <stdint.h>

#include "modules/lmtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
judge(const struct reply *r)
{
	assert(r->code >= 200 && r->code < 600);
	assert(r->lines >= 1 && r->lines <= REPLY_LINES);
	assert(strlen(r->text) <= REPLY_TEXT);
	for (const char *p = r->text; *p != '\0'; p++)
		assert(*p >= ' ' && *p < 0x7f);
	assert(r->status[0] == '0' + r->code / 100 && r->status[1] == '.');
	assert(strlen(r->status) >= 5);
	assert(strspn(r->status, "0123456789.") == strlen(r->status));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct reply r = { 0 };

	for (size_t i = 0; i < n; i++) {
		enum taken taken = reply_take(&r, (char)bytes[i]);

		assert(r.n <= REPLY_LINE);
		if (taken == TAKEN_ALL)
			judge(&r);
		if (taken != TAKEN_MORE)
			r = (struct reply){ 0 };
	}
	return 0;
}
