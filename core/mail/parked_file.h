#ifndef CORE_MAIL_PARKED_FILE_H
#define CORE_MAIL_PARKED_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/mail/parked_text.h"

/* The file of a parked message, open: for those functions of parked.h that look
   into one. */
struct parked_file {
	int fd;
	uint64_t size; /* when it was opened; it has a log, at least an empty
	                  one */
	struct parked_first first;
};

/* False and errno; EBADMSG when its first line is none or what that tells is
   not there. Then nothing is open. */
bool parked_file_open(
    struct parked_file *file, int dir, const char *path, int flags);

/* Reads the log. False and errno; EBADMSG when a line is at fault, which
   log->fault tells. */
bool parked_file_log(const struct parked_file *file, struct parked_log *log);

/* Where the last whole line of the log ends. False and errno. */
bool parked_file_end(const struct parked_file *file, uint64_t *end);

#endif
