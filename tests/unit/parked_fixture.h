#ifndef TESTS_UNIT_PARKED_FIXTURE_H
#define TESTS_UNIT_PARKED_FIXTURE_H

#include "tests/unit/conf_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "core/mail/parked.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Parked messages for tests: they lie below the directory that the group's
 * setup has entered, and their octets come from a file there.
 */
static const char parked_octets[] =
    "Subject: hello\r\n\r\n2026-11-24T03:59:00Z 0 failed\r\n";

static const struct recipient parked_recipients[] = {
	{ RECIPIENT_LOCAL, { "smith@lab.test", 14 }, { "smith", 5 },
	    { "lab.test", 8 }, { "/home/smith", 11 } },
	{ RECIPIENT_REMOTE, { "joe@b.test", 10 }, { "", 0 }, { "b.test", 6 },
	    { "", 0 } },
};

static const struct parked_state parked_states[] = {
	{ .outcome = PARKED_DELIVERED,
	    .attempts = 1,
	    .tried = 1795492740,
	    .text = { "stored", 6 } },
	{ .outcome = PARKED_WAITING,
	    .attempts = 1,
	    .tried = 1795492742,
	    .due = 1795493029,
	    .status = { "4.2.1", 5 },
	    .remote = { "mx.b.test", 9 },
	    .text = { "450 busy", 8 } },
};

static inline struct parked
parked_sample(void)
{
	return (struct parked){
		.envelope = {
			.id = VB_STR("06CK0V4Q8R2M1"),
			.session = VB_STR("06CK0V4Q7H0M1"),
			.scope = VB_STR("public/10.0.0.0/8"),
			.reverse_path = VB_STR("ann@a.test"),
			.trace = VB_STR("Received: from a.test\r\n"),
			.octets = sizeof(parked_octets) - 1,
			.arrived = 1795492707,
			.recipients = parked_recipients,
			.n_recipients = N(parked_recipients),
		},
		.states = parked_states,
		.at = 3,
	};
}

/* The directory, with all in it that has to be, and no message. */
static inline int
parked_directory(void)
{
	int dir;

	assert_int_equal(
	    system("mkdir -p q && find q ! -type d -exec rm {} +"), 0);
	dir = open("q", O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	assert_true(parked_prepare(dir));
	return dir;
}

/* A file with the message's octets, three octets in. */
static inline int
parked_source(void)
{
	int fd = open("source", O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "xyz", 3), 3);
	assert_int_equal(write(fd, parked_octets, sizeof(parked_octets) - 1),
	    sizeof(parked_octets) - 1);
	return fd;
}

/* One message alone. False and errno when it was not written. */
static inline bool
parked_write_one(int dir, const struct parked *p, int source)
{
	struct parked_new file = { .is = *p, .source = source };
	struct parked_new *const all[] = { &file };

	parked_write(dir, all, 1);
	errno = file.error;
	return file.error == 0;
}

/* Writes the sample, and returns the directory. */
static inline int
parked_written(void)
{
	struct parked p = parked_sample();
	int dir = parked_directory(), source = parked_source();

	assert_true(parked_write_one(dir, &p, source));
	close(source);
	return dir;
}

/* The file of a message, below the directory that the group is in. */
static inline const char *
parked_file_name(struct vb_str id)
{
	static char name[PARKED_PATH_SIZE + 2] = "q/";

	assert_true(parked_path(id, name + 2));
	return name;
}

static inline struct vb_str
parked_content(const char *name, struct arena *arena)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	char *p;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	p = arena_alloc(arena, (size_t)st.st_size + 1);
	assert_int_equal(read(fd, p, (size_t)st.st_size), st.st_size);
	close(fd);
	return (struct vb_str){ p, (size_t)st.st_size };
}

#define assert_str(got, want) assert_true(vb_str_eq(got, want))

static inline void
assert_state(const struct parked_state *got, const struct parked_state *want)
{
	assert_int_equal(got->outcome, want->outcome);
	assert_int_equal(got->is_told, want->is_told);
	assert_int_equal(got->attempts, want->attempts);
	assert_int_equal(got->tried, want->tried);
	assert_int_equal(got->due, want->due);
	assert_str(got->status, want->status);
	assert_str(got->remote, want->remote);
	assert_str(got->text, want->text);
	assert_str(got->keeper, want->keeper);
}

static inline void
assert_recipient(const struct recipient *got, const struct recipient *want)
{
	assert_int_equal(got->kind, want->kind);
	assert_str(got->mailbox, want->mailbox);
	assert_str(got->user, want->user);
	assert_str(got->domain, want->domain);
	assert_str(got->home, want->home);
}

static inline void
assert_parked(const struct parked *got, const struct parked *want)
{
	const struct envelope *a = &got->envelope, *b = &want->envelope;

	assert_str(a->id, b->id);
	assert_str(a->session, b->session);
	assert_str(a->scope, b->scope);
	assert_str(a->reverse_path, b->reverse_path);
	assert_str(a->trace, b->trace);
	assert_int_equal(a->octets, b->octets);
	assert_int_equal(a->arrived, b->arrived);
	assert_int_equal(got->is_held, want->is_held);
	assert_int_equal(a->n_recipients, b->n_recipients);
	for (size_t i = 0; i < b->n_recipients; i++) {
		assert_recipient(&a->recipients[i], &b->recipients[i]);
		assert_state(&got->states[i], &want->states[i]);
	}
}

#endif
