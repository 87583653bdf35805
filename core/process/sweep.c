/*
 * Large messages that nobody knows of: their worker died after it had made the
 * file, and before the journal said so. They were never acknowledged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/process/queue.h"

/* A worker may have one that it is just about to tell of. */
enum { OLD_SECONDS = 600 };

static bool
is_old(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       clock_wall_us() / 1000000 - st.st_mtime > OLD_SECONDS;
}

static void
look_at(struct queue *q, int dir, const char *name)
{
	if (name[0] == '.' || map_find(&q->mails, vb_str(name)) != NULL ||
	    !is_old(dir, name))
		return;
	log_event(
	    VB_NOTICE, "queue", "id=%s was never accepted: removed", name);
	if (unlinkat(dir, name, 0) != 0)
		log_event(
		    VB_ERROR, "queue", "id=%s error=%s", name, strerror(errno));
}

/* What cannot be read may speak of large messages, too; and so may what the
   writer of a segment that was there before us has not told yet. */
static bool
is_all_read(const struct queue *q)
{
	const struct ledger_segment *s = q->ledger.first;

	while (s != NULL && !ledger_has_more(s) && !s->is_broken &&
	       (s->is_read || s->number >= q->intray.first_new))
		s = s->next;
	return s == NULL && q->ledger.error == 0;
}

void
queue_sweep(struct queue *q)
{
	const struct dirent *entry;
	DIR *list;
	int fd;

	if (q->is_swept || q->intray.has_marks || !is_all_read(q))
		return;
	q->is_swept = true;
	fd = openat(q->large_dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	list = fd < 0 ? NULL : fdopendir(fd);
	if (list == NULL)
		return;
	while ((entry = readdir(list)) != NULL)
		look_at(q, fd, entry->d_name);
	closedir(list);
}
