/* Notices: however far the queue lags, the newest of each segment reaches it.
 */
#include "core/process/notices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "core/io/packet.h"

enum { SEGMENTS = 3000, QUESTIONS = 20 };

static struct notices *notices; /* lives as long as its process */
static int ends[2];
static struct notice last[SEGMENTS];
static size_t received;

/* All that is there; whether there was anything. */
static bool
receive(void)
{
	static char octets[PACKET_MOST];
	int fds[PACKET_FDS];
	struct notice n;
	ssize_t got;
	bool any = false;

	while ((got = packet_receive(ends[1], octets, fds)) > 0) {
		assert_true(
		    notice_read((struct vb_str){ octets, (size_t)got }, &n));
		assert_true(n.incarnation < SEGMENTS);
		assert_true(n.end > last[n.incarnation].end);
		assert_false(last[n.incarnation].is_sealed);
		last[n.incarnation] = n;
		received++;
		any = true;
	}
	return any;
}

static void
the_newest_of_each_segment_arrives(void **state)
{
	(void)state;
	assert_true(packet_pair(ends));
	notices = notices_create(uv_default_loop(), ends[0]);
	for (uint64_t end = 1; end <= 3; end++)
		for (uint64_t i = 0; i < SEGMENTS; i++)
			notices_tell(
			    notices, &(struct notice){ i, end, end == 3 });
	while (receive())
		uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	for (size_t i = 0; i < SEGMENTS; i++) {
		assert_int_equal(last[i].end, 3);
		assert_int_equal(last[i].is_sealed, 1);
	}
	assert_in_range(received, SEGMENTS, 3 * SEGMENTS - 1);
	assert_int_equal(uv_run(uv_default_loop(), UV_RUN_NOWAIT), 0);
}

/* Asks; where the answer will come. */
static int
ask(const char *what)
{
	struct buffer question = { 0 };
	int answer[2];

	assert_true(packet_pair(answer));
	buffer_printf(&question, "%s", what);
	notices_ask(notices, &question, answer[1]);
	assert_int_equal(question.n, 0);
	return answer[0];
}

/* Answers a question with itself. */
static void
answer(struct vb_str question, int fd)
{
	assert_true(fd >= 0);
	assert_true(packet_send(fd, question, NULL, 0));
	close(fd);
}

static void
hear(int from, const char *what)
{
	static char octets[PACKET_MOST];
	int fds[PACKET_FDS];

	assert_int_equal(packet_receive(from, octets, fds), strlen(what));
	assert_memory_equal(octets, what, strlen(what));
	assert_int_equal(packet_receive(from, octets, fds), 0);
	close(from);
}

/* The queue reads nothing at first; then it has been told all before it is
   asked, whatever had to wait. */
static void
what_was_told_before_comes_before_a_question(void **state)
{
	static char octets[PACKET_MOST];
	int asked[QUESTIONS], fds[PACKET_FDS];
	size_t told = 0, answered = 0;

	(void)state;
	for (uint64_t i = 0; i < SEGMENTS; i++)
		notices_tell(notices, &(struct notice){ i, 1, 0 });
	for (size_t i = 0; i < QUESTIONS; i++)
		asked[i] = ask(i % 2 == 0 ? "even" : "odd");
	while (answered < QUESTIONS) {
		struct notice n;
		ssize_t got = packet_receive(ends[1], octets, fds);
		struct vb_str packet = { octets, got < 0 ? 0 : (size_t)got };

		if (got < 0) {
			uv_run(uv_default_loop(), UV_RUN_NOWAIT);
		} else if (notice_read(packet, &n)) {
			assert_int_equal(answered, 0);
			told++;
		} else {
			assert_int_equal(told, SEGMENTS);
			answer(packet, fds[0]);
			answered++;
		}
	}
	for (size_t i = 0; i < QUESTIONS; i++)
		hear(asked[i], i % 2 == 0 ? "even" : "odd");
}

static void
other_octets_are_no_notice(void **state)
{
	static const char octets[100];
	struct notice n;

	(void)state;
	for (size_t size = 0; size < sizeof(octets); size++)
		assert_int_equal(
		    notice_read((struct vb_str){ octets, size }, &n),
		    size == sizeof(n));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_of_each_segment_arrives),
		cmocka_unit_test(what_was_told_before_comes_before_a_question),
		cmocka_unit_test(other_octets_are_no_notice),
	};

	return cmocka_run_group_tests_name("notices", tests, NULL, NULL);
}
