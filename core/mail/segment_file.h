#ifndef CORE_MAIL_SEGMENT_FILE_H
#define CORE_MAIL_SEGMENT_FILE_H

#include <dirent.h>

#include "core/mail/segment.h"

/* A segment as a file; for segment.c and segment_list.c. */
#define SEGMENT_FREE "free-"

void segment_name_as(
    const char *prefix, uint64_t incarnation, char name[SEGMENT_NAME]);

/* By its name. */
bool segment_says_free(const char *name);

/* False: it is no segment's; or, with errno, it cannot be read. */
bool segment_read_head(int fd, uint64_t *incarnation);

/* NULL and errno when it cannot be listed. */
DIR *segments_open(int dir);

#endif
