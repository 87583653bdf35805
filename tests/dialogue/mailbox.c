/* What a transcript says of a mailbox. */
#include "tests/dialogue/mailbox.h"

#include <string.h>
#include <time.h>

#include "tests/dialogue/files.h"
#include "tests/dialogue/text.h"

/* Mail is delivered after it was accepted: waits for it. */
static size_t
count(const char *maildir, struct vb_str text, size_t want)
{
	enum { PATIENCE = 500, TICK_MS = 10 };
	struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	size_t n = mailbox_count(maildir, text);

	for (int i = 0; n < want && i < PATIENCE; i++) {
		nanosleep(&tick, NULL);
		n = mailbox_count(maildir, text);
	}
	return n;
}

static void
find_maildir(
    const struct server *server, struct vb_str mailbox, struct buffer *to)
{
	const char *at = memchr(mailbox.p, '@', mailbox.n);
	struct vb_str user = mailbox, domain = VB_STR("lab.test");

	if (at != NULL) {
		user.n = (size_t)(at - mailbox.p);
		domain = (struct vb_str){ at + 1, mailbox.n - user.n - 1 };
	}
	buffer_printf(to, "%s/mail/%.*s/%.*s", server->directory,
	    VB_FMT(domain), VB_FMT(user));
	buffer_add(to, "", 1);
}

bool
mailbox_is_as(
    const struct server *server, struct vb_str rest, struct buffer *told)
{
	struct buffer maildir = { 0 }, text = { 0 };
	struct vb_str whole = rest, mailbox = text_word(&rest);
	struct vb_str how = text_word(&rest);
	bool counts = vb_str_eq(how, VB_STR("count"));
	size_t want = counts ? text_number(&rest) : 1;
	size_t got;
	bool is_good;

	text_unescape(rest, &text);
	find_maildir(server, mailbox, &maildir);
	if (vb_str_eq(how, VB_STR("lacks")))
		want = 0;
	got = count(maildir.p, buffer_str(&text), want);
	is_good = counts || want == 0 ? got == want : got >= want;
	if (!is_good) {
		buffer_printf(told,
		    "expected mailbox %.*s\ngot %zu such messages of %zu\n",
		    VB_FMT(whole), got, mailbox_count(maildir.p, VB_STR("")));
		mailbox_show(maildir.p, told);
	}
	buffer_finish(&maildir);
	buffer_finish(&text);
	return is_good;
}
