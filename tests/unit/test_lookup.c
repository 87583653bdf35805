/* Who is this? What several modules know, put together. */
#include "tests/unit/session_fixture.h"

/* Two more of that name, the puppet's. */
static enum vb_known
find_two(struct vb_query *q)
{
	struct vb_found whom = { .kind = VB_MAILBOX, .match = VB_BY_FULL_NAME };

	whom.user = VB_STR("john1");
	vb_found(q, &whom);
	whom.user = VB_STR("john2");
	vb_found(q, &whom);
	return VB_UNKNOWN;
}

static enum vb_verdict
list(struct vb_session *s, const struct vb_argument *a, bool more)
{
	const struct vb_found *whom = vb_lookup_text(s, a->text);
	struct vb_str text = VB_STR("");

	(void)more;
	if (whom->kind == VB_PENDING)
		return VB_WAIT;
	for (size_t i = 0; i < whom->n_items; i++)
		text = vb_print(s, "%.*s %.*s:%.*s", VB_FMT(text),
		    VB_FMT(whom->items[i].module), VB_FMT(whom->items[i].user));
	return vb_reply(s, 250, "2.0.0", "known:%.*s", VB_FMT(text));
}

static void
gathers_what_all_know_and_says_who_knew_it(void **state)
{
	const struct vb_found last = {
		.size = sizeof(last),
		.kind = VB_MAILBOX,
		.match = VB_BY_FULL_NAME,
		.module = VB_STR("slow"),
		.user = VB_STR("john3"),
	};
	struct lab *lab = lab_open("", true);
	struct talk *t = talk_open(lab, MODERN);

	(void)state;
	lab->puppet->verb = list;
	lab->puppet->find = find_two;
	t->found = &last;
	t->n_found = 1;
	assert_talk(t, "PLAY John Smith\r\n",
	    "250 2.0.0 known: directory:jsmith puppet:john1 puppet:john2 "
	    "slow:john3\r\n");
	t->n_found = 0;
	assert_talk(t, "PLAY John Smith\r\n",
	    "250 2.0.0 known: directory:jsmith puppet:john1 puppet:john2\r\n");
	talk_close(t);
	lab_close(lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gathers_what_all_know_and_says_who_knew_it),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
