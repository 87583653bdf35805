/* A pool: how long those who answer may take. */
#include "core/process/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/pack.h"
#include "core/io/packet.h"

enum { TIMEOUT_MS = 20, LONG_MS = 300, NOTHING_YET = -1 };

static struct pool *pool; /* lives as long as its process */
static int theirs;
static int result;

static void
done(void *data, enum pool_result is, struct vb_str answer)
{
	(void)data, (void)answer;
	result = (int)is;
}

static void
ask(void)
{
	struct buffer request = { 0 };

	result = NOTHING_YET;
	buffer_add(&request, "?", 1);
	assert_non_null(pool_ask(pool, &request, -1, TIMEOUT_MS, done, NULL));
}

/* Its end of the answer's socket. */
static int
take(void)
{
	static char octets[PACKET_MOST];
	int fds[PACKET_FDS];

	assert_int_equal(packet_receive(theirs, octets, fds), 1);
	assert_int_equal(fds[1], -1);
	return fds[0];
}

static void
say_who(int reply, pid_t pid)
{
	struct buffer who = { 0 };

	pack_number(&who, (uint64_t)pid);
	assert_true(packet_send(reply, buffer_str(&who), NULL, 0));
	buffer_finish(&who);
}

static void
pass(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

/* Until an answer has come, or so much time is over. */
static void
run(unsigned ms)
{
	uv_timer_t timer;

	uv_timer_init(uv_default_loop(), &timer);
	uv_timer_start(&timer, pass, ms, 0);
	while (result == NOTHING_YET && !uv_is_closing((uv_handle_t *)&timer))
		uv_run(uv_default_loop(), UV_RUN_ONCE);
	if (!uv_is_closing((uv_handle_t *)&timer))
		pass(&timer);
	uv_run(uv_default_loop(), UV_RUN_NOWAIT);
}

static void
who_must_not_be_ended_may_take_as_long_as_it_needs(void **state)
{
	int reply;

	(void)state;
	ask();
	reply = take();
	say_who(reply, 0);
	run(LONG_MS);
	assert_int_equal(result, NOTHING_YET);
	assert_int_equal(pool_taken(pool), 1);
	assert_true(packet_send(reply, VB_STR("!"), NULL, 0));
	run(10000);
	assert_int_equal(result, POOL_ANSWERED);
	assert_int_equal(pool_taken(pool), 0);
	close(reply);
}

static void
who_dies_is_known_at_once(void **state)
{
	int reply;

	(void)state;
	ask();
	reply = take();
	say_who(reply, 0);
	close(reply);
	run(10000);
	assert_int_equal(result, POOL_DIED);
}

static void
who_takes_too_long_is_killed(void **state)
{
	int reply, status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	ask();
	reply = take();
	say_who(reply, pid);
	run(10000);
	assert_int_equal(result, POOL_TIMED_OUT);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	close(reply);
}

static void
what_nobody_took_in_time_nobody_begins_with(void **state)
{
	int reply;

	(void)state;
	ask();
	run(10000);
	assert_int_equal(result, POOL_TIMED_OUT);
	reply = take();
	assert_false(packet_send(reply, VB_STR("?"), NULL, 0));
	assert_int_equal(errno, EPIPE);
	close(reply);
}

static int
open_pool(void **state)
{
	int ends[2];

	(void)state;
	if (!packet_pair(ends))
		return -1;
	pool = pool_create(uv_default_loop(), ends[0]);
	theirs = ends[1];
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    who_must_not_be_ended_may_take_as_long_as_it_needs),
		cmocka_unit_test(who_dies_is_known_at_once),
		cmocka_unit_test(who_takes_too_long_is_killed),
		cmocka_unit_test(what_nobody_took_in_time_nobody_begins_with),
	};

	return cmocka_run_group_tests_name("pool", tests, open_pool, NULL);
}
