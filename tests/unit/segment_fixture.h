#ifndef TESTS_UNIT_SEGMENT_FIXTURE_H
#define TESTS_UNIT_SEGMENT_FIXTURE_H

#include "tests/unit/conf_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/mail/batch.h"
#include "core/mail/segment.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Segments of the journal for tests: they lie in the directory `j` below the
 * one that the group's setup has entered.
 */
static const struct segment_limits segment_plenty = { .most = 1000 };

/* The directory, empty. */
static inline int
segment_directory(void)
{
	int dir;

	assert_int_equal(system("rm -rf j && mkdir j"), 0);
	dir = open("j", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	return dir;
}

/* How many files there are whose names fit a pattern of the shell. */
static inline int
segment_files(const char *pattern)
{
	char command[80];
	FILE *f;
	int n = -1;

	snprintf(
	    command, sizeof(command), "find j -name '%s' | wc -l", pattern);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

/* What ends up in a segment, whoever holds it: heads and bodies that begin and
   end with octets that are neither 0 nor 0xff. */
struct segment_sample {
	enum record_type type;
	const char *id;
	size_t head, body;
};

static inline struct vb_str
segment_octets(size_t n, unsigned seed)
{
	static char octets[SEGMENT_SIZE];

	if (octets[0] == 0)
		for (size_t i = 0; i < sizeof(octets); i++)
			octets[i] = (char)(1 + (i * 31 + i / 250) % 250);
	return (struct vb_str){ octets + seed % 97, n };
}

static inline struct journal_entry
segment_entry(const struct segment_sample *s)
{
	return (struct journal_entry){
		.type = s->type,
		.id = vb_str(s->id),
		.head = segment_octets(s->head, 1),
		.body = segment_octets(s->body, 2),
	};
}

/* Writes a batch of these; where it ends. */
static inline uint64_t
segment_write(int fd, uint64_t incarnation, uint64_t at,
    const struct segment_sample *samples, size_t n)
{
	static struct batch b;

	batch_begin(&b, incarnation, at);
	for (size_t i = 0; i < n; i++) {
		struct journal_entry entry = segment_entry(&samples[i]);

		assert_true(batch_add(&b, &entry));
	}
	batch_end(&b);
	batch_commit(&b, fd);
	assert_int_equal(b.error, 0);
	return b.end;
}

/* A segment's file without a name, of zeros. */
static inline int
segment_nameless(void)
{
	int fd = open("nameless", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(unlink("nameless"), 0);
	assert_int_equal(ftruncate(fd, SEGMENT_SIZE), 0);
	return fd;
}

/* How many descriptors are open. */
static inline int
open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

#endif
