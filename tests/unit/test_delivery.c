/* A batch of deliveries: what the module reads, what is synced when, and how
   each ends. */
#include "tests/unit/segment_fixture.h"

#include <errno.h>

#include "core/mail/delivery.h"

static const char message[] = "Return-Path: <evil@x.test>\r\n"
			      "Subject: hello\r\n\r\nReturn-Path: stays\r\n";
static const char stored[] = "Return-Path: <@one.test:ann@a.test>\n"
			     "Received: from a.test\n"
			     "Subject: hello\n\nReturn-Path: stays\n";

/* What the module did, one letter for each call: d, p and x (abandon); and s
   when anything was synced. */
static struct buffer course;
static int sync_error;

int
fsync(int fd)
{
	(void)fd;
	buffer_add(&course, "s", 1);
	errno = sync_error;
	return sync_error == 0 ? 0 : -1;
}

static const char *
took_course(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)course.n, course.p);
	buffer_finish(&course);
	return text;
}

/* Reads all there is, so many octets at once. */
static struct vb_str
read_all(struct vb_delivery *d, size_t at_once)
{
	static char text[1024];
	size_t n = 0;
	ptrdiff_t got;

	while ((got = delivery_read(d, text + n, at_once)) > 0)
		n += (size_t)got;
	assert_int_equal(got, 0);
	return (struct vb_str){ text, n };
}

static enum vb_outcome
deliver(struct vb_delivery *d, const void *conf)
{
	int *file = delivery_data(d);

	(void)conf;
	assert_int_equal(*file, 0);
	buffer_add(&course, "d", 1);
	for (size_t at_once = 1; at_once < 100; at_once += 7) {
		assert_true(vb_str_eq(read_all(d, at_once), vb_str(stored)));
		assert_true(delivery_rewind(d));
	}
	*file = open("some", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(*file >= 0);
	assert_true(delivery_sync(d, *file));
	close(*file);
	return delivery_delivered(d, "stored as %s", "some");
}

/* The message can be read again, if it has to be. */
static enum vb_outcome
publish(struct vb_delivery *d, const void *conf)
{
	(void)conf;
	assert_int_not_equal(*(int *)delivery_data(d), 0);
	buffer_add(&course, "p", 1);
	assert_int_equal(read_all(d, 10).n, 0);
	assert_true(delivery_rewind(d));
	assert_true(vb_str_eq(read_all(d, 10), vb_str(stored)));
	assert_true(delivery_rewind(d));
	return delivery_delivered(d, "published");
}

static void
abandon(struct vb_delivery *d, const void *conf)
{
	(void)conf;
	assert_int_not_equal(*(int *)delivery_data(d), 0);
	buffer_add(&course, "x", 1);
}

static struct module
whole_module(void)
{
	return (struct module){ .name = "test",
		.is = { .deliver = deliver,
		    .publish = publish,
		    .abandon = abandon,
		    .delivery_size = sizeof(int) } };
}

static struct job
sample(void)
{
	return (struct job){ .to = { .size = sizeof(struct vb_delivery),
				 .id = VB_STR("06CK0V4Q8R2M1"),
				 .sender = VB_STR("ann@a.test"),
				 .user = VB_STR("smith"),
				 .domain = VB_STR("lab.test"),
				 .home = VB_STR("/home/smith") },
		.return_path = VB_STR("@one.test:ann@a.test"),
		.trace = VB_STR("Received: from a.test\r\n"),
		.at = 3,
		.octets = sizeof(message) - 1 };
}

/* The message, three octets in. */
static int
message_file(void)
{
	int fd = open("message", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "xyz", 3), 3);
	assert_int_equal(
	    write(fd, message, sizeof(message) - 1), sizeof(message) - 1);
	assert_int_equal(write(fd, "more", 4), 4);
	return fd;
}

static struct report all[8];
static size_t n_all;

static void
keep(void *data, const struct report *report)
{
	(void)data;
	all[n_all++] = *report;
}

/* A batch of n messages. */
static void
run(const struct module *module, const struct job *job, size_t n,
    struct arena *arena)
{
	struct delivery_batch b;
	int file = message_file(), before = open_descriptors();

	delivery_batch_open(&b, arena);
	for (size_t i = 0; i < n; i++)
		assert_non_null(delivery_add(&b, job, file, module, NULL));
	delivery_batch_run(&b);
	n_all = 0;
	delivery_batch_reports(&b, keep, NULL);
	assert_int_equal(n_all, n);
	assert_int_equal(open_descriptors(), before);
	close(file);
}

static void
syncs_between_the_halves_for_all_at_once(void **state)
{
	struct arena *arena = arena_create();
	const struct module m = whole_module();
	const struct job job = sample();

	(void)state;
	run(&m, &job, 3, arena);
	assert_string_equal(took_course(), "dddsppp");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(all[i].outcome, VB_DELIVERED);
		assert_true(vb_str_eq(all[i].text, VB_STR("published")));
		assert_int_equal(all[i].status.n, 0);
	}
	arena_destroy(arena);
}

static void
publishes_nothing_that_is_not_on_disk(void **state)
{
	static const struct {
		int error;
		const char *status, *text;
	} cases[] = {
		{ EIO, "4.3.0", "sync: Input/output error" },
		{ ENOSPC, "4.3.1", "sync: No space left on device" },
	};
	const struct module m = whole_module();
	const struct job job = sample();

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		struct arena *arena = arena_create();

		sync_error = cases[i].error;
		run(&m, &job, 2, arena);
		sync_error = 0;
		assert_string_equal(took_course(), "ddsxx");
		assert_int_equal(all[0].outcome, VB_LATER);
		assert_true(vb_str_eq(all[0].status, vb_str(cases[i].status)));
		assert_true(vb_str_eq(all[0].text, vb_str(cases[i].text)));
		arena_destroy(arena);
	}
}

static void
need_not_be_told_that_it_is_not_on_disk(void **state)
{
	struct arena *arena = arena_create();
	struct module m = whole_module();
	const struct job job = sample();

	(void)state;
	m.is.abandon = NULL;
	sync_error = EIO;
	run(&m, &job, 1, arena);
	sync_error = 0;
	assert_string_equal(took_course(), "ds");
	assert_int_equal(all[0].outcome, VB_LATER);
	arena_destroy(arena);
}

static enum vb_outcome
publish_on_a_bad_disk(struct vb_delivery *d, const void *conf)
{
	int file = open("some", O_RDWR | O_CLOEXEC);

	(void)conf;
	buffer_add(&course, "p", 1);
	assert_true(delivery_sync(d, file));
	close(file);
	sync_error = EIO;
	return delivery_delivered(d, "published");
}

static void
abandons_nothing_that_was_published(void **state)
{
	struct arena *arena = arena_create();
	struct module m = whole_module();
	const struct job job = sample();

	(void)state;
	m.is.publish = publish_on_a_bad_disk;
	run(&m, &job, 2, arena);
	sync_error = 0;
	assert_string_equal(took_course(), "ddspps");
	assert_int_equal(all[0].outcome, VB_LATER);
	assert_int_equal(all[1].outcome, VB_LATER);
	arena_destroy(arena);
}

static enum vb_outcome answers;

static enum vb_outcome
answer(struct vb_delivery *d, const void *conf)
{
	(void)conf;
	buffer_add(&course, "a", 1);
	if (answers == VB_LATER)
		return delivery_later(d, "4.2.0", "busy");
	if (answers == VB_NEVER)
		return delivery_never(d, "5.2.0", "no");
	return answers;
}

static void
publishes_only_what_was_delivered(void **state)
{
	static const enum vb_outcome cases[][2] = {
		{ VB_LATER, VB_LATER },
		{ VB_NEVER, VB_NEVER },
		{ VB_FAILED, VB_FAILED },
		{ (enum vb_outcome)(VB_NEVER + 1), VB_FAILED },
	};
	struct module m = whole_module();
	const struct job job = sample();

	(void)state;
	m.is.deliver = answer;
	for (size_t i = 0; i < N(cases); i++) {
		struct arena *arena = arena_create();

		answers = cases[i][0];
		run(&m, &job, 1, arena);
		assert_string_equal(took_course(), "a");
		assert_int_equal(all[0].outcome, cases[i][1]);
		arena_destroy(arena);
	}
}

static enum vb_outcome
read_too_much(struct vb_delivery *d, const void *conf)
{
	char text[1024];
	ptrdiff_t n = 1;

	(void)conf;
	while (n > 0)
		n = delivery_read(d, text, sizeof(text));
	return n == 0 ? VB_DELIVERED
	              : delivery_later(d, "4.3.0", "%s", strerror(errno));
}

/* A message that is cut off is not delivered as if it were whole. */
static void
tells_that_the_message_is_cut_off(void **state)
{
	struct arena *arena = arena_create();
	struct module m = whole_module();
	struct job job = sample();

	(void)state;
	m.is.deliver = read_too_much;
	m.is.publish = NULL;
	job.octets += 5; /* one more than there are */
	run(&m, &job, 1, arena);
	assert_int_equal(all[0].outcome, VB_LATER);
	assert_true(vb_str_eq(all[0].text, vb_str(strerror(EIO))));
	arena_destroy(arena);
}

static struct job asked;

static enum vb_outcome
ask_paths(struct vb_delivery *d, const void *conf)
{
	static const struct {
		const char *pattern, *path;
	} cases[] = {
		{ "m/{domain}/{user}", "m/lab.test/smith" },
		{ "{home}/Maildir", "/home/smith/Maildir" },
		{ "{user}{user}", "smithsmith" },
		{ "", NULL },
		{ "{other}", NULL },
		{ "{user", NULL },
		{ "a}b", "a}b" },
	};
	static const char *const bad[] = { "", ".", "..", ".x", "a/b", "/" };

	(void)conf;
	for (size_t i = 0; i < N(cases); i++) {
		const char *path = delivery_path(d, vb_str(cases[i].pattern));

		if (cases[i].path == NULL)
			assert_null(path);
		else
			assert_string_equal(path, cases[i].path);
	}
	for (size_t i = 0; i < N(bad); i++) {
		d->user = vb_str(bad[i]);
		assert_null(delivery_path(d, VB_STR("m/{user}")));
		d->home = d->user;
		if (bad[i][0] != '/')
			assert_null(delivery_path(d, VB_STR("{home}/x")));
	}
	d->user = (struct vb_str){ "a\0b", 3 };
	assert_null(delivery_path(d, VB_STR("{user}")));
	return VB_DELIVERED;
}

static void
fills_in_no_name_that_leads_elsewhere(void **state)
{
	struct arena *arena = arena_create();
	struct module m = whole_module();

	(void)state;
	m.is.deliver = ask_paths;
	m.is.publish = NULL;
	asked = sample();
	run(&m, &asked, 1, arena);
	assert_int_equal(all[0].outcome, VB_DELIVERED);
	arena_destroy(arena);
}

static enum vb_outcome
make_directories(struct vb_delivery *d, const void *conf)
{
	int a = delivery_directory(d, "x/y/z"),
	    b = delivery_directory(d, "x/y/z"),
	    c = delivery_directory(d, "x//y/");

	(void)conf;
	assert_true(a >= 0 && c >= 0);
	assert_int_equal(a, b);
	assert_int_equal(fcntl(a, F_GETFD), FD_CLOEXEC);
	assert_int_equal(delivery_directory(d, "message/x"), -1);
	assert_int_equal(errno, ENOTDIR);
	return VB_DELIVERED;
}

static void
makes_and_closes_directories(void **state)
{
	struct arena *arena = arena_create();
	struct module m = whole_module();
	const struct job job = sample();

	(void)state;
	m.is.deliver = make_directories;
	m.is.publish = NULL;
	run(&m, &job, 4, arena);
	assert_string_equal(took_course(), "sss"); /* once each, when made */
	assert_int_equal(access("x/y/z", F_OK), 0);
	arena_destroy(arena);
}

static void
opens_a_file_once_for_all(void **state)
{
	struct arena *arena = arena_create();
	struct delivery_batch b;
	int before, fd;

	(void)state;
	close(message_file());
	before = open_descriptors();
	delivery_batch_open(&b, arena);
	fd = delivery_file(&b, "message");
	assert_true(fd >= 0);
	assert_int_equal(delivery_file(&b, "message"), fd);
	assert_int_equal(delivery_file(&b, "nothing"), -1);
	assert_int_equal(errno, ENOENT);
	delivery_add_failed(&b, "4.3.0", "the message cannot be read");
	delivery_batch_run(&b);
	n_all = 0;
	delivery_batch_reports(&b, keep, NULL);
	assert_int_equal(n_all, 1);
	assert_int_equal(all[0].outcome, VB_LATER);
	assert_int_equal(open_descriptors(), before);
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(syncs_between_the_halves_for_all_at_once),
		cmocka_unit_test(publishes_nothing_that_is_not_on_disk),
		cmocka_unit_test(need_not_be_told_that_it_is_not_on_disk),
		cmocka_unit_test(abandons_nothing_that_was_published),
		cmocka_unit_test(publishes_only_what_was_delivered),
		cmocka_unit_test(tells_that_the_message_is_cut_off),
		cmocka_unit_test(fills_in_no_name_that_leads_elsewhere),
		cmocka_unit_test(makes_and_closes_directories),
		cmocka_unit_test(opens_a_file_once_for_all),
	};

	return cmocka_run_group_tests_name(
	    "delivery", tests, enter_new_directory, remove_directory);
}
