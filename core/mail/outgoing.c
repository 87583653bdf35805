/* Reading a message that goes to another server. */
#include "core/mail/outgoing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool
outgoing_open(
    struct outgoing *o, const struct errand *errand, const char *state_dir)
{
	struct arena *arena = arena_create();
	struct vb_str path = arena_printf(
	    arena, "%s/%.*s", state_dir, VB_FMT(errand->file));

	*o = (struct outgoing){
		.trace = errand->trace,
		.file = open(path.p, O_RDONLY | O_CLOEXEC | O_NOFOLLOW),
		.at = errand->at,
		.octets = errand->octets,
	};
	arena_destroy(arena);
	return o->file >= 0;
}

static ptrdiff_t
read_file(struct outgoing *o, char *octets, size_t n, uint64_t at)
{
	ptrdiff_t got;

	if (n > o->octets - at)
		n = (size_t)(o->octets - at);
	do
		got = pread(o->file, octets, n, (off_t)(o->at + at));
	while (got < 0 && errno == EINTR);
	if (got == 0) { /* it is shorter than it was said to be */
		errno = EIO;
		return -1;
	}
	return got;
}

ptrdiff_t
outgoing_read(struct outgoing *o, char *octets, size_t n)
{
	ptrdiff_t got;

	if (o->read >= outgoing_octets(o))
		return 0;
	if (o->read < o->trace.n) {
		size_t left = o->trace.n - (size_t)o->read;

		got = (ptrdiff_t)(n < left ? n : left);
		memcpy(octets, o->trace.p + o->read, (size_t)got);
	} else
		got = read_file(o, octets, n, o->read - o->trace.n);
	if (got > 0)
		o->read += (uint64_t)got;
	return got;
}

void
outgoing_close(struct outgoing *o)
{
	if (o->file >= 0)
		close(o->file);
	o->file = -1;
}

uint64_t
outgoing_octets(const struct outgoing *o)
{
	return o->trace.n + o->octets;
}
