/* Segments as files: made, claimed, freed, and found again after a crash. */
#include "tests/unit/segment_fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Closed at once, as by a writer that died. */
static uint64_t
claim_and_leave(int dir)
{
	struct segment s;

	assert_true(segment_claim(dir, &segment_plenty, &s));
	close(s.fd);
	return s.incarnation;
}

static const char *
name_of(const char *prefix, uint64_t incarnation)
{
	static char path[64];
	char name[SEGMENT_NAME];

	segment_name(incarnation, name);
	snprintf(path, sizeof(path), "j/%s%s", prefix, name);
	return path;
}

/* What segments_list() found. A segment it tells of must not be locked by the
   one who lists: whether it has a writer is the next question. */
struct found {
	int dir;
	uint64_t lives[8];
	bool has_writer[8];
	size_t n;
};

static void
find(void *data, uint64_t incarnation)
{
	struct found *found = data;
	int fd = segment_open(found->dir, incarnation);

	assert_true(found->n < N(found->lives));
	found->lives[found->n] = incarnation;
	if (fd >= 0) {
		found->has_writer[found->n] = segment_has_writer(fd);
		close(fd);
	}
	found->n++;
}

static struct found
list(int dir)
{
	struct found found = { .dir = dir };

	assert_true(segments_list(dir, find, &found));
	return found;
}

static void
makes_one_of_zeros(void **state)
{
	static char octets[SEGMENT_SIZE];
	int dir = segment_directory();
	struct segment s;
	uint64_t got;

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &s));
	assert_int_equal(pread(s.fd, octets, sizeof(octets), 0), SEGMENT_SIZE);
	assert_true(segment_head_read(octets, &got));
	assert_int_equal(got, s.incarnation);
	assert_int_not_equal(got, 0);
	for (size_t i = SEGMENT_BLOCK; i < SEGMENT_SIZE; i++)
		assert_int_equal(octets[i], 0);
	assert_int_equal(access(name_of("", got), F_OK), 0);
	assert_int_equal(segment_files("*"), 2);
	assert_int_equal(fcntl(s.fd, F_GETFD), FD_CLOEXEC);
	close(s.fd);
	close(dir);
}

static void
has_a_writer_until_that_is_closed(void **state)
{
	int dir = segment_directory(), fd;
	struct segment s;

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &s));
	fd = segment_open(dir, s.incarnation);
	assert_true(fd >= 0);
	assert_true(segment_has_writer(fd));
	close(s.fd);
	assert_false(segment_has_writer(fd));
	assert_false(segment_has_writer(fd)); /* and did not become one */
	close(fd);
	close(dir);
}

static void
uses_a_free_one_again_in_another_life(void **state)
{
	static const struct segment_sample sample = { RECORD_MESSAGE, "A", 9,
		100 };
	int dir = segment_directory();
	uint64_t old = claim_and_leave(dir), got;
	int fd = segment_open(dir, old);
	struct segment_reader reader = { .at = SEGMENT_BLOCK };
	struct segment s;
	struct record r;
	struct vb_str head;

	(void)state;
	segment_write(fd, old, SEGMENT_BLOCK, &sample, 1);
	close(fd);
	assert_true(segment_free(dir, old));
	assert_int_equal(access(name_of("free-", old), F_OK), 0);
	assert_int_equal(segment_open(dir, old), -1);
	assert_true(segment_claim(dir, &segment_plenty, &s));
	assert_int_not_equal(s.incarnation, old);
	assert_int_equal(segment_files("*"), 2);
	reader.fd = s.fd;
	reader.incarnation = s.incarnation;
	assert_int_equal(
	    segment_next(&reader, 0, &r, &head, &got), SEGMENT_END);
	reader.incarnation = old; /* it is still there, from its old life */
	assert_int_equal(
	    segment_next(&reader, 0, &r, &head, &got), SEGMENT_RECORD);
	buffer_finish(&reader.in);
	close(s.fd);
	close(dir);
}

static void
leaves_alone_what_somebody_has_locked(void **state)
{
	int dir = segment_directory(), fd;
	uint64_t old = claim_and_leave(dir);
	struct segment s;

	(void)state;
	assert_true(segment_free(dir, old));
	fd = open(name_of("free-", old), O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_true(segment_claim(dir, &segment_plenty, &s));
	assert_int_equal(access(name_of("free-", old), F_OK), 0);
	assert_int_equal(segment_files("*"), 3);
	close(s.fd);
	close(fd);
	close(dir);
}

static void
respects_its_limits(void **state)
{
	const struct segment_limits few = { .most = 2 };
	const struct segment_limits full = { .most = 9,
		.reserve = UINT64_MAX - SEGMENT_SIZE };
	int dir = segment_directory(), before;
	uint64_t first = claim_and_leave(dir), second = claim_and_leave(dir);
	struct segment s;

	(void)state;
	before = open_descriptors();
	errno = 0;
	assert_false(segment_claim(dir, &few, &s));
	assert_int_equal(errno, ENOSPC);
	errno = 0;
	assert_false(segment_claim(dir, &full, &s));
	assert_int_equal(errno, ENOSPC);
	assert_true(segment_free(dir, second));
	assert_true(
	    segment_claim(dir, &few, &s)); /* a free one is no new one */
	close(s.fd);
	assert_true(segment_free(dir, first));
	assert_true(segment_claim(dir, &full, &s));
	close(s.fd);
	assert_int_equal(open_descriptors(), before);
	close(dir);
}

/* Others have more: what they leave free does not make it more for us. */
static void
takes_no_free_one_beyond_its_limit(void **state)
{
	const struct segment_limits two = { .most = 2 };
	int dir = segment_directory();
	uint64_t first = claim_and_leave(dir), second = claim_and_leave(dir);
	uint64_t third = claim_and_leave(dir);
	struct segment s;

	(void)state;
	assert_true(segment_free(dir, third));
	errno = 0;
	assert_false(segment_claim(dir, &two, &s));
	assert_int_equal(errno, ENOSPC);
	assert_true(segment_free(dir, second));
	assert_true(segment_claim(dir, &two, &s));
	close(s.fd);
	assert_true(segment_free(dir, first));
	close(dir);
}

static void
leaves_nothing_when_it_cannot_be_made(void **state)
{
	int dir = segment_directory(), before = open_descriptors();
	struct rlimit old, small = { 0, 0 };
	struct segment s;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	for (rlim_t size = 0; size < SEGMENT_SIZE; size += 5000000) {
		small.rlim_cur = size;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		errno = 0;
		assert_false(segment_claim(dir, &segment_plenty, &s));
		assert_int_not_equal(errno, 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_int_equal(segment_files("*"), 1);
		assert_int_equal(open_descriptors(), before);
	}
	assert_true(segment_claim(dir, &segment_plenty, &s));
	close(s.fd);
	assert_int_equal(rmdir("j"), -1);
	assert_int_equal(system("rm -r j"), 0);
	assert_false(segment_claim(dir, &segment_plenty, &s));
	assert_int_equal(open_descriptors(), before);
	close(dir);
}

static void
frees_what_is_there_only(void **state)
{
	int dir = segment_directory();

	(void)state;
	errno = 0;
	assert_false(segment_free(dir, 12345));
	assert_int_equal(errno, ENOENT);
	close(dir);
}

static void
lists_those_in_use_and_who_has_a_writer(void **state)
{
	int dir = segment_directory(), before;
	uint64_t dead = claim_and_leave(dir);
	struct segment live;
	struct found found;

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &live));
	before = open_descriptors();
	found = list(dir);
	assert_int_equal(found.n, 2);
	for (size_t i = 0; i < found.n; i++) {
		assert_true(found.lives[i] == dead ||
			    found.lives[i] == live.incarnation);
		assert_int_equal(found.has_writer[i], found.lives[i] != dead);
	}
	assert_int_not_equal(found.lives[0], found.lives[1]);
	assert_int_equal(open_descriptors(), before);
	close(live.fd);
	close(dir);
}

static void
copy_file(const char *from, const char *to)
{
	char command[160];

	snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
	assert_int_equal(system(command), 0);
}

/* Whatever moment a process died at. */
static void
puts_right_what_a_crash_left(void **state)
{
	int dir = segment_directory();
	uint64_t used = claim_and_leave(dir), spare;
	struct found found;

	(void)state;
	/* Between the head's zero and the name. */
	spare = claim_and_leave(dir);
	assert_true(segment_free(dir, spare));
	copy_file(name_of("free-", spare), "j/0123456789abcdef");
	/* Between the name and the head; no head. */
	assert_int_equal(rename(name_of("", used), "j/1111111111111111"), 0);
	write_file("j/2222222222222222", "");
	write_file("j/4444444444444444", "garbage");
	found = list(dir);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.lives[0], used);
	assert_false(found.has_writer[0]);
	assert_int_equal(access(name_of("", used), F_OK), 0);
	assert_int_equal(access("j/free-0123456789abcdef", F_OK), 0);
	assert_int_equal(access(name_of("free-", spare), F_OK), 0);
	assert_int_equal(segment_files("*"), 4);
	found = list(dir);
	assert_int_equal(found.n, 1);
	assert_int_equal(segment_files("*"), 4);
	close(dir);
}

static void
a_head_counts_for_more_than_a_name(void **state)
{
	static const char *const names[] = { "j/new-5555555555555555",
		"j/free-5555555555555555", "j/5555555555555555" };
	int dir = segment_directory();

	(void)state;
	for (size_t i = 0; i < N(names); i++) {
		uint64_t life = claim_and_leave(dir);
		struct found found;

		assert_int_equal(rename(name_of("", life), names[i]), 0);
		found = list(dir);
		assert_int_equal(found.n, 1);
		assert_int_equal(found.lives[0], life);
		assert_int_equal(access(name_of("", life), F_OK), 0);
		assert_int_equal(unlink(name_of("", life)), 0);
	}
	close(dir);
}

/* Too short to be used: it would stand against the limit for ever. */
static void
removes_what_has_the_wrong_size(void **state)
{
	int dir = segment_directory();
	uint64_t life = claim_and_leave(dir);

	(void)state;
	assert_true(segment_free(dir, life));
	assert_int_equal(truncate(name_of("free-", life), 100000), 0);
	assert_int_equal(list(dir).n, 0);
	assert_int_equal(segment_files("*"), 1);
	close(dir);
}

/* A file that is not whole, and that nobody is at work on. */
static void
removes_what_is_none_and_not_locked(void **state)
{
	int dir = segment_directory(), fd;

	(void)state;
	fd = open("j/6666666666666666", O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(list(dir).n, 0);
	assert_int_equal(segment_files("6*"), 1);
	close(fd);
	assert_int_equal(list(dir).n, 0);
	assert_int_equal(segment_files("*"), 1);
	close(dir);
}

/* It may have messages. Whoever can open a FIFO still cannot pread(2) it. */
static void
leaves_what_cannot_be_read(void **state)
{
	int dir = segment_directory();
	struct segment s;
	struct found found = { .dir = dir };

	(void)state;
	assert_true(segment_claim(dir, &segment_plenty, &s));
	assert_int_equal(mkfifo(name_of("", 7), 0600), 0);
	assert_false(segments_list(dir, find, &found));
	assert_int_equal(errno, ESPIPE);
	assert_int_equal(found.n, 1);
	assert_int_equal(found.lives[0], s.incarnation);
	assert_int_equal(unlink(name_of("", 7)), 0);
	close(s.fd);
	close(dir);
}

static void
is_gone_when_it_cannot_be_written(void **state)
{
	int dir = segment_directory();
	uint64_t life = claim_and_leave(dir);
	struct rlimit old, none = { 0, 0 };

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_true(segment_free(dir, life)); /* its head cannot be written */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(segment_files("*"), 1);
	close(dir);
}

enum { CLAIMERS = 4, CLAIMS = 3 };

struct claimer {
	pthread_t thread;
	int dir;
	struct segment mine[CLAIMS];
	bool ok;
};

static void *
claim_some(void *data)
{
	struct claimer *c = data;

	c->ok = true;
	for (size_t i = 0; i < CLAIMS; i++)
		c->ok = segment_claim(c->dir, &segment_plenty, &c->mine[i]) &&
		        c->ok;
	return NULL;
}

static void
assert_all_differ(const struct claimer *claimers)
{
	for (size_t i = 0; i < CLAIMERS * CLAIMS; i++)
		for (size_t k = 0; k < i; k++) {
			const struct segment *a =
			    &claimers[i / CLAIMS].mine[i % CLAIMS];
			const struct segment *b =
			    &claimers[k / CLAIMS].mine[k % CLAIMS];
			struct stat sa, sb;

			assert_int_equal(fstat(a->fd, &sa), 0);
			assert_int_equal(fstat(b->fd, &sb), 0);
			assert_int_not_equal(sa.st_ino, sb.st_ino);
			assert_int_not_equal(a->incarnation, b->incarnation);
		}
}

/* Six free ones for twelve claims, and somebody who lists all the while. */
static void
no_two_claim_the_same(void **state)
{
	int dir = segment_directory();
	struct claimer claimers[CLAIMERS];
	uint64_t spare[6];

	(void)state;
	for (size_t i = 0; i < N(spare); i++)
		spare[i] = claim_and_leave(dir);
	for (size_t i = 0; i < N(spare); i++)
		assert_true(segment_free(dir, spare[i]));
	for (size_t i = 0; i < CLAIMERS; i++) {
		claimers[i].dir = dir;
		assert_int_equal(pthread_create(&claimers[i].thread, NULL,
				     claim_some, &claimers[i]),
		    0);
	}
	for (size_t i = 0; i < CLAIMERS; i++) {
		assert_int_equal(pthread_join(claimers[i].thread, NULL), 0);
		assert_true(claimers[i].ok);
	}
	assert_all_differ(claimers);
	assert_int_equal(segment_files("*"), 1 + CLAIMERS * CLAIMS);
	for (size_t i = 0; i < CLAIMERS * CLAIMS; i++)
		close(claimers[i / CLAIMS].mine[i % CLAIMS].fd);
	close(dir);
}

static void
ignore(void *data, uint64_t incarnation)
{
	(void)data, (void)incarnation;
}

/* Who lists holds each file's lock for a moment. */
static void
can_be_claimed_while_somebody_lists(void **state)
{
	int dir = segment_directory();
	struct claimer c = { .dir = dir };
	bool is_over = false;
	pid_t lister = fork();

	(void)state;
	if (lister == 0)
		for (;;)
			if (!segments_list(dir, ignore, NULL))
				_exit(1);
	for (int round = 0; round < 20 && !is_over; round++) {
		claim_some(&c);
		is_over = !c.ok;
		for (size_t i = 0; i < CLAIMS && c.ok; i++) {
			close(c.mine[i].fd);
			c.ok = segment_free(dir, c.mine[i].incarnation);
			is_over = !c.ok;
		}
	}
	kill(lister, SIGKILL);
	waitpid(lister, NULL, 0);
	assert_false(is_over);
	assert_in_range(segment_files("*"), 2, 1 + 2 * CLAIMS);
	close(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_one_of_zeros),
		cmocka_unit_test(has_a_writer_until_that_is_closed),
		cmocka_unit_test(uses_a_free_one_again_in_another_life),
		cmocka_unit_test(leaves_alone_what_somebody_has_locked),
		cmocka_unit_test(respects_its_limits),
		cmocka_unit_test(takes_no_free_one_beyond_its_limit),
		cmocka_unit_test(leaves_nothing_when_it_cannot_be_made),
		cmocka_unit_test(frees_what_is_there_only),
		cmocka_unit_test(lists_those_in_use_and_who_has_a_writer),
		cmocka_unit_test(puts_right_what_a_crash_left),
		cmocka_unit_test(a_head_counts_for_more_than_a_name),
		cmocka_unit_test(removes_what_has_the_wrong_size),
		cmocka_unit_test(removes_what_is_none_and_not_locked),
		cmocka_unit_test(leaves_what_cannot_be_read),
		cmocka_unit_test(is_gone_when_it_cannot_be_written),
		cmocka_unit_test(no_two_claim_the_same),
		cmocka_unit_test(can_be_claimed_while_somebody_lists),
	};

	return cmocka_run_group_tests_name(
	    "segment", tests, enter_new_directory, remove_directory);
}
