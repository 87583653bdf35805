/*
 * What the disk can do: the two ceilings a mail server works under.
 *
 *	probe append DIRECTORY WRITERS COUNT SECONDS
 *	probe rename DIRECTORY WRITERS COUNT SECONDS
 *
 * `append` puts records of 4 KiB into one file that was filled with zeros and
 * synced before. Whoever finds no sync under way writes all records that wait,
 * with one pwritev, and syncs them with one fdatasync; meanwhile the next ones
 * gather. `rename` makes a file of 4 KiB for each record: write, fsync, rename
 * into another directory, fsync of that. Each writer is a thread with one
 *record under way. It ends after COUNT records or SECONDS, whichever is first,
 *and prints how many records a second became durable. Nothing is deleted: who
 *made the directory removes it.
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/bench/tool.h"

#define RECORD  4096
#define RECORDS 16384 /* in the log; then it begins anew */
#define WRITERS 1000  /* at most: pwritev takes no more than 1024 pieces */

/* `taken` records are or were under way, `durable` of them are synced. */
struct log {
	pthread_mutex_t lock;
	pthread_cond_t synced;
	int fd;
	bool syncing;
	uint64_t taken;
	uint64_t durable;
};

struct run {
	struct log log;
	int directory;
	uint64_t count; /* records for each writer */
	double until;
};

struct writer {
	pthread_t thread;
	struct run *run;
	unsigned number;
	uint64_t done;
};

static char record[RECORD];

/* Writes records [from, to), as the ring of the file has them. */
static void
write_records(int fd, uint64_t from, uint64_t to)
{
	struct iovec pieces[WRITERS];
	int n = 0;

	for (uint64_t at = from; at < to; at++) {
		pieces[n++] = (struct iovec){ record, RECORD };
		if (at + 1 < to && (at + 1) % RECORDS != 0)
			continue;
		off_t where = (off_t)((at + 1 - (uint64_t)n) % RECORDS) *
		              RECORD;
		if (pwritev(fd, pieces, n, where) != (ssize_t)n * RECORD)
			err(1, "pwritev");
		n = 0;
	}
}

/* Makes all that wait durable. The lock is held on entry and on return. */
static void
commit(struct log *log)
{
	uint64_t from = log->durable, to = log->taken;

	log->syncing = true;
	pthread_mutex_unlock(&log->lock);
	write_records(log->fd, from, to);
	if (fdatasync(log->fd) != 0)
		err(1, "fdatasync");
	pthread_mutex_lock(&log->lock);
	log->durable = to;
	log->syncing = false;
	pthread_cond_broadcast(&log->synced);
}

static void
append_one(struct writer *w)
{
	struct log *log = &w->run->log;

	pthread_mutex_lock(&log->lock);
	uint64_t mine = ++log->taken;
	while (log->durable < mine) {
		if (log->syncing)
			pthread_cond_wait(&log->synced, &log->lock);
		else
			commit(log);
	}
	pthread_mutex_unlock(&log->lock);
}

static void
write_file(int directory, const char *name)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		err(1, "%s", name);
	if (write(fd, record, RECORD) != RECORD || fsync(fd) != 0)
		err(1, "%s", name);
	close(fd);
}

static void
rename_one(struct writer *w)
{
	int top = w->run->directory;
	int directory = openat(top, "new", O_RDONLY | O_DIRECTORY);
	char from[64], to[64];

	snprintf(
	    from, sizeof(from), "tmp/%u.%ju", w->number, (uintmax_t)w->done);
	snprintf(to, sizeof(to), "new/%u.%ju", w->number, (uintmax_t)w->done);
	write_file(top, from);
	if (renameat(top, from, top, to) != 0)
		err(1, "%s", to);
	if (directory < 0 || fsync(directory) != 0)
		err(1, "new");
	close(directory);
}

static void *
append_all(void *arg)
{
	struct writer *w = arg;

	for (; w->done < w->run->count && now() < w->run->until; w->done++)
		append_one(w);
	return NULL;
}

static void *
rename_all(void *arg)
{
	struct writer *w = arg;

	for (; w->done < w->run->count && now() < w->run->until; w->done++)
		rename_one(w);
	return NULL;
}

/* A log whose blocks are written already, so that a sync is of data alone. */
static void
prepare_append(struct run *run)
{
	static const char zeros[64 * RECORD];
	int fd = openat(run->directory, "log", O_RDWR | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		err(1, "log");
	for (size_t n = 0; n < (size_t)RECORDS * RECORD; n += sizeof(zeros))
		if (write(fd, zeros, sizeof(zeros)) != (ssize_t)sizeof(zeros))
			err(1, "log");
	if (fsync(fd) != 0 || fsync(run->directory) != 0)
		err(1, "log");
	run->log.fd = fd;
}

static void
prepare_rename(struct run *run)
{
	if (mkdirat(run->directory, "tmp", 0700) != 0 ||
	    mkdirat(run->directory, "new", 0700) != 0)
		err(1, "tmp, new");
	if (fsync(run->directory) != 0)
		err(1, "fsync");
}

static const struct kind {
	const char *name;
	void (*prepare)(struct run *run);
	void *(*all)(void *writer);
} kinds[] = {
	{ "append", prepare_append, append_all },
	{ "rename", prepare_rename, rename_all },
	{ 0 },
};

static double
run_all(const struct kind *kind, struct run *run, unsigned writers)
{
	static struct writer all[WRITERS];
	double began = now();
	uint64_t done = 0;

	for (unsigned i = 0; i < writers; i++) {
		all[i] = (struct writer){ .run = run, .number = i };
		if (pthread_create(&all[i].thread, NULL, kind->all, &all[i]))
			errx(1, "no thread for writer %u", i);
	}
	for (unsigned i = 0; i < writers; i++) {
		pthread_join(all[i].thread, NULL);
		done += all[i].done;
	}
	return (double)done / (now() - began);
}

int
main(int argc, char **argv)
{
	struct run run = { .log = { .lock = PTHREAD_MUTEX_INITIALIZER,
			       .synced = PTHREAD_COND_INITIALIZER } };
	const struct kind *kind = kinds;

	while (
	    argc == 6 && kind->name != NULL && strcmp(kind->name, argv[1]) != 0)
		kind++;
	if (argc != 6 || kind->name == NULL)
		errx(2, "append|rename DIRECTORY WRITERS COUNT SECONDS");
	unsigned writers = (unsigned)number(argv[3], WRITERS);
	run.count = number(argv[4], UINT32_MAX) / writers;
	run.directory = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (run.directory < 0)
		err(1, "%s", argv[2]);
	memset(record, 'x', sizeof(record));
	kind->prepare(&run);
	run.until = now() + (double)number(argv[5], 3600);
	printf("%.0f\n", run_all(kind, &run, writers));
	return 0;
}
