/* The octets of one message while it comes in. */
#include "core/io/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/io/file.h"
#include "core/io/process.h"

enum { IN_MEMORY = 256 * 1024 };

struct spool {
	uv_fs_t request;
	uv_loop_t *loop;
	int dir, fd, error;
	struct buffer waiting; /* not yet written */
	struct buffer writing; /* being written */
	size_t written;        /* of `writing` */
	int64_t at;            /* in the file */
	bool is_busy, is_gone;
	void (*ready)(void *data);
	void *data;
};

struct spool *
spool_create(uv_loop_t *loop, int dir, void (*ready)(void *data), void *data)
{
	struct spool *s = must_alloc(sizeof(*s));

	s->loop = loop;
	s->dir = dir;
	s->fd = -1;
	s->ready = ready;
	s->data = data;
	s->request.data = s;
	return s;
}

static void
release(struct spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	buffer_finish(&s->waiting);
	buffer_finish(&s->writing);
	free(s);
}

static void written(uv_fs_t *request);

static void
write_more(struct spool *s)
{
	uv_buf_t part = uv_buf_init(
	    s->writing.p + s->written, (unsigned)(s->writing.n - s->written));

	s->is_busy = true;
	uv_fs_write(s->loop, &s->request, s->fd, &part, 1, s->at, written);
}

static void
written(uv_fs_t *request)
{
	struct spool *s = request->data;
	ssize_t n = request->result;

	uv_fs_req_cleanup(request);
	if (n <= 0)
		s->error = n == 0 ? EIO : (int)-n;
	else {
		s->written += (size_t)n;
		s->at += n;
	}
	s->is_busy = false;
	if (s->is_gone) {
		release(s);
		return;
	}
	if (s->error == 0 && s->written < s->writing.n) {
		write_more(s);
		return;
	}
	s->writing.n = 0;
	s->ready(s->data);
}

static void
swap(struct spool *s)
{
	struct buffer empty = s->writing;

	s->writing = s->waiting;
	s->waiting = empty;
	s->written = 0;
}

static bool
open_file(struct spool *s)
{
	if (s->fd >= 0)
		return true;
	s->fd = file_unnamed(s->dir);
	if (s->fd < 0)
		s->error = errno;
	return s->fd >= 0;
}

bool
spool_add(struct spool *s, struct vb_str octets)
{
	if (s->error != 0)
		return true;
	buffer_add_str(&s->waiting, octets);
	if (s->is_busy)
		return false;
	if (s->fd < 0 && s->waiting.n <= IN_MEMORY)
		return true;
	if (!open_file(s))
		return true;
	swap(s);
	write_more(s);
	return false;
}

void
spool_tell(struct spool *s, void (*ready)(void *data), void *data)
{
	s->ready = ready;
	s->data = data;
}

uv_loop_t *
spool_loop(const struct spool *s)
{
	return s->loop;
}

bool
spool_is_busy(const struct spool *s)
{
	return s->is_busy;
}

/* What is left goes out at once: it is little, and memory takes it as fast as
   it is copied. */
static void
write_rest(struct spool *s)
{
	while (s->error == 0 && s->waiting.n > 0) {
		ssize_t n = pwrite(
		    s->fd, s->waiting.p, s->waiting.n, (off_t)s->at);

		if (n <= 0) {
			s->error = n == 0 ? EIO : errno;
			return;
		}
		s->at += n;
		buffer_drop(&s->waiting, (size_t)n);
	}
}

int
spool_file(struct spool *s)
{
	if (s->error == 0 && s->fd < 0) {
		s->fd = process_memory_file("verbena-message");
		if (s->fd < 0)
			s->error = errno;
	}
	write_rest(s);
	errno = s->error;
	return s->error == 0 ? s->fd : -1;
}

void
spool_destroy(struct spool *s)
{
	if (s == NULL)
		return;
	s->is_gone = true;
	if (!s->is_busy)
		release(s);
}
