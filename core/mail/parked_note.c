/* A parked message's log grows, and its file goes. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/io/file.h"
#include "core/mail/parked_file.h"

/* Adds a line, in the place of one that is torn; or else nothing. */
static bool
append(const struct parked_file *f, struct vb_str line)
{
	uint64_t end;
	int error;

	if (!parked_file_end(f, &end))
		return false;
	if (end < f->size && ftruncate(f->fd, (off_t)end) != 0)
		return false;
	if (file_write(f->fd, line.p, line.n, end))
		return true;
	error = errno;
	if (ftruncate(f->fd, (off_t)end) != 0)
		error = errno;
	errno = error;
	return false;
}

static bool
open_file(struct parked_file *f, int dir, struct vb_str id)
{
	char path[PARKED_PATH_SIZE];

	if (parked_path(id, path))
		return parked_file_open(f, dir, path, O_RDWR);
	errno = EINVAL;
	return false;
}

/* Adds the line, and gives back both it and the file. */
static bool
finish(struct parked_file *f, struct buffer *line, bool sync)
{
	int error = 0;

	if (!append(f, buffer_str(line)) || (sync && fdatasync(f->fd) != 0))
		error = errno;
	buffer_finish(line);
	close(f->fd);
	errno = error;
	return error == 0;
}

bool
parked_note(
    int dir, struct vb_str id, const struct parked_note *note, bool sync)
{
	struct parked_file f;
	struct buffer line = { 0 };

	if (!open_file(&f, dir, id))
		return false;
	assert(note->number < f.first.recipients);
	parked_log_state(&line, note->number, &note->state);
	return finish(&f, &line, sync);
}

bool
parked_hold(int dir, struct vb_str id, bool is_held, int64_t now)
{
	struct parked_file f;
	struct buffer line = { 0 };

	if (!open_file(&f, dir, id))
		return false;
	parked_log_hold(&line, is_held, now);
	return finish(&f, &line, true);
}

bool
parked_remove(int dir, struct vb_str id, bool sync)
{
	char path[PARKED_PATH_SIZE];

	if (!parked_path(id, path)) {
		errno = EINVAL;
		return false;
	}
	if (unlinkat(dir, path, 0) != 0)
		return false;
	path[3] = '\0';
	return !sync || file_sync_directory(dir, path);
}
