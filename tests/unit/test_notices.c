/* Notices: however far the queue lags, the newest of each segment reaches it.
 */
#include "core/process/notices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/io/packet.h"

enum { SEGMENTS = 3000 };

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
		cmocka_unit_test(other_octets_are_no_notice),
	};

	return cmocka_run_group_tests_name("notices", tests, NULL, NULL);
}
