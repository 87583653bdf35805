/* What a session asks the queue about mail that is kept: a queue that answers,
   one that answers nonsense, one that is gone, one that is slow. */
#include "core/process/kept_asks.h"

#include "tests/unit/session_fixture.h"

#include "core/io/packet.h"
#include "core/mail/kept_ask.h"

static struct vb_str both[] = { { "one.test", 8 }, { "two.test", 8 } };
static const struct vb_strings domains = { both, 2 };

static int ends[2]; /* the worker's and the queue's */
static struct notices *notices;
static struct kept_asks asks;
static struct talk *talk;
static struct session_host host;
static int n_answered;

static void
kept(void *data, unsigned number, const struct vb_strings *of, bool lets_go)
{
	(void)data;
	kept_asks_ask(&asks, number, of, lets_go);
}

static void
has_answered(void *data)
{
	(void)data;
	n_answered++;
}

/* PLAY and PLAY go. */
static enum vb_verdict
play(struct vb_session *s, const struct vb_argument *a, bool more)
{
	const struct vb_kept *k = vb_str_eq(a->text, VB_STR("go"))
	                              ? vb_let_go(s, &domains)
	                              : vb_kept(s, &domains);

	(void)more;
	if (k->state == VB_KEPT_PENDING)
		return VB_WAIT;
	if (k->state == VB_KEPT_UNSURE)
		return vb_reply(s, 451, NULL, "unsure");
	return vb_reply(s, 250, NULL, "%d messages, %d octets",
	    (int)k->messages, (int)k->octets);
}

static struct lab *
begin(void)
{
	struct lab *lab = lab_open("", false);

	if (notices == NULL) {
		assert_true(packet_pair(ends));
		notices = notices_create(uv_default_loop(), ends[0]);
	}
	lab->puppet->verb = play;
	talk = talk_open(lab, MODERN);
	host = *talk->session->host;
	host.kept = kept;
	talk->session->host = &host;
	asks = (struct kept_asks){
		.loop = uv_default_loop(),
		.notices = notices,
		.id = VB_STR("SESSION"),
		.session = &talk->session,
		.answered = has_answered,
	};
	n_answered = 0;
	return lab;
}

static void
end(struct lab *lab)
{
	kept_asks_forget(&asks);
	talk_close(talk);
	lab_close(lab);
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

/* The question, as the queue reads it; where the answer goes. */
static int
take_question(enum kept_what what)
{
	static char octets[PACKET_MOST];
	struct arena *arena = arena_create();
	int fds[PACKET_FDS];
	ssize_t n = packet_receive(ends[1], octets, fds);
	struct unpack from = { octets, n < 0 ? 0 : (size_t)n, false };
	struct kept_ask ask;

	assert_true(kept_ask_unpack(&from, arena, &ask));
	assert_int_equal(ask.what, what);
	assert_true(vb_str_eq(ask.session, VB_STR("SESSION")));
	assert_int_equal(ask.domains.n, 2);
	assert_true(vb_str_eq(ask.domains.items[1], VB_STR("two.test")));
	arena_destroy(arena);
	return fds[0];
}

static void
answer(int fd, struct vb_kept kept)
{
	struct buffer packed = { 0 };

	kept_answer_pack(&packed, &kept);
	assert_true(packet_send(fd, buffer_str(&packed), NULL, 0));
	close(fd);
	buffer_finish(&packed);
}

static void
wait_for_answer(void)
{
	for (int i = 0; i < 1000 && n_answered == 0; i++)
		uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	assert_int_equal(n_answered, 1);
	n_answered = 0;
}

static void
the_session_hears_what_the_queue_says(void **state)
{
	static const struct vb_kept kept = {
		.state = VB_KEPT_KNOWN, .messages = 7, .octets = 1234
	};
	struct lab *lab = begin();

	(void)state;
	assert_talk(talk, "PLAY\r\n", "");
	answer(take_question(KEPT_COUNT), kept);
	wait_for_answer();
	assert_talk(talk, "", "250 7 messages, 1234 octets\r\n");
	assert_talk(talk, "PLAY go\r\n", "");
	answer(take_question(KEPT_LET_GO), kept);
	wait_for_answer();
	assert_talk(talk, "", "250 7 messages, 1234 octets\r\n");
	end(lab);
}

static void
a_queue_that_is_gone_makes_it_unsure(void **state)
{
	struct lab *lab = begin();

	(void)state;
	assert_talk(talk, "PLAY\r\n", "");
	close(take_question(KEPT_COUNT));
	wait_for_answer();
	assert_talk(talk, "", "451 unsure\r\n");
	end(lab);
}

static void
nonsense_makes_it_unsure(void **state)
{
	struct lab *lab = begin();
	int fd;

	(void)state;
	assert_talk(talk, "PLAY\r\n", "");
	fd = take_question(KEPT_COUNT);
	assert_true(packet_send(fd, VB_STR("nonsense"), NULL, 0));
	close(fd);
	wait_for_answer();
	assert_talk(talk, "", "451 unsure\r\n");
	end(lab);
}

static void
an_answer_to_a_session_that_is_gone_is_dropped(void **state)
{
	struct lab *lab = begin();
	int fd;

	(void)state;
	assert_talk(talk, "PLAY\r\n", "");
	fd = take_question(KEPT_COUNT);
	end(lab);
	assert_false(packet_send(fd, VB_STR("late"), NULL, 0));
	close(fd);
	assert_int_equal(n_answered, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_session_hears_what_the_queue_says),
		cmocka_unit_test(a_queue_that_is_gone_makes_it_unsure),
		cmocka_unit_test(nonsense_makes_it_unsure),
		cmocka_unit_test(
		    an_answer_to_a_session_that_is_gone_is_dropped),
	};

	return cmocka_run_group_tests_name("kept_asks", tests, NULL, NULL);
}
