/* One queue at a time, and none beside couriers of an earlier one. */
#include "tests/unit/segment_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "core/io/queue_lock.h"

enum { SOON_US = 150 * 1000 };

/* A process that takes the lock, says so with an octet, and keeps it. */
struct holder {
	pid_t pid;
	int says;
};

static struct holder
begin(bool (*take)(int dir))
{
	struct holder h;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	h.pid = fork();
	assert_true(h.pid >= 0);
	if (h.pid == 0) {
		int dir = open("j", O_RDONLY | O_DIRECTORY);

		if (dir < 0 || !take(dir) || write(ends[1], "!", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	h.says = ends[0];
	assert_int_equal(fcntl(h.says, F_SETFL, O_NONBLOCK), 0);
	return h;
}

static bool
has_it(const struct holder *h)
{
	char octet;

	return read(h->says, &octet, 1) == 1;
}

static bool
gets_it(const struct holder *h)
{
	for (int i = 0; i < 5000; i++) {
		if (has_it(h))
			return true;
		usleep(1000);
	}
	return false;
}

static void
kill_it(const struct holder *h)
{
	assert_int_equal(kill(h->pid, SIGKILL), 0);
	assert_int_equal(waitpid(h->pid, NULL, 0), h->pid);
	close(h->says);
}

static void
a_queue_shares_it_with_its_couriers_alone(void **state)
{
	struct holder queue, couriers[2], other;

	(void)state;
	close(segment_directory());
	queue = begin(queue_lock_alone);
	assert_true(gets_it(&queue));
	for (int i = 0; i < 2; i++) {
		couriers[i] = begin(queue_lock_share);
		assert_true(gets_it(&couriers[i]));
	}
	other = begin(queue_lock_alone);
	usleep(SOON_US);
	assert_false(has_it(&other));
	kill_it(&queue);
	usleep(SOON_US);
	assert_false(has_it(&other));
	kill_it(&couriers[0]);
	usleep(SOON_US);
	assert_false(has_it(&other));
	kill_it(&couriers[1]);
	assert_true(gets_it(&other));
	kill_it(&other);
}

static void
of_many_queues_one_has_it(void **state)
{
	enum { QUEUES = 6 };
	struct holder queues[QUEUES];
	bool is_over[QUEUES] = { 0 };

	(void)state;
	close(segment_directory());
	for (int i = 0; i < QUEUES; i++)
		queues[i] = begin(queue_lock_alone);
	for (int round = 0; round < QUEUES; round++) {
		int has = -1, n = 0;

		for (int ms = 0; ms < 5000 && has < 0; ms++) {
			usleep(1000);
			for (int i = 0; i < QUEUES; i++)
				if (!is_over[i] && has_it(&queues[i]))
					has = i;
		}
		assert_true(has >= 0);
		usleep(20000);
		for (int i = 0; i < QUEUES; i++)
			n += !is_over[i] && i != has && has_it(&queues[i]);
		assert_int_equal(n, 0);
		kill_it(&queues[has]);
		is_over[has] = true;
	}
}

static void
tells_that_there_is_nothing_to_lock(void **state)
{
	(void)state;
	assert_false(queue_lock_alone(-1));
	assert_false(queue_lock_share(-1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_shares_it_with_its_couriers_alone),
		cmocka_unit_test(of_many_queues_one_has_it),
		cmocka_unit_test(tells_that_there_is_nothing_to_lock),
	};

	return cmocka_run_group_tests_name(
	    "queue_lock", tests, enter_new_directory, remove_directory);
}
