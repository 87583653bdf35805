#ifndef CORE_MAIL_SYNCS_H
#define CORE_MAIL_SYNCS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * What has to be on disk before a batch may go on. A few files and directories
 * are synced one by one, each once; when they are many, their file system is,
 * at once.
 */
enum { SYNCS_SINGLY = 4, SYNCS_FILE_SYSTEMS = 16 };

struct sync_fs {
	dev_t device;
	int fds[SYNCS_SINGLY]; /* copies of ours */
	ino_t inodes[SYNCS_SINGLY];
	size_t n;  /* how many there were in all */
	int error; /* of the last syncs_run() */
};

/* Zero-initialised is empty. */
struct syncs {
	struct sync_fs fs[SYNCS_FILE_SYSTEMS];
	size_t n;
};

/* Notes a file or directory. False and errno when it cannot: then the caller
   has to sync it. */
bool syncs_add(struct syncs *s, int fd, dev_t *device);

/* Syncs all, and is empty then but for what failed. 0, or the errno value of
   one of those. */
int syncs_run(struct syncs *s);

/* What came of the last run on that device: 0 or an errno value. */
int syncs_error(const struct syncs *s, dev_t device);

#endif
