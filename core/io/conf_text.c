/* The text of a configuration, and where its lines came from. */
#include "core/io/conf_text.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Of a file, and of a snapshot: twice what a configuration may have. */
enum { MOST_OCTETS = 32 << 20, CHUNK = 1 << 14 };

void
conf_text_finish(struct conf_text *t)
{
	buffer_finish(&t->bytes);
	free(t->origins);
	arena_destroy(t->names);
	*t = (struct conf_text){ 0 };
}

void
conf_text_origin(struct conf_text *t, struct conf_origin origin)
{
	if (t->names == NULL)
		t->names = arena_create();
	origin.file = arena_string(t->names, vb_str(origin.file));
	t->origins = must_resize(t->origins, (t->n + 1) * sizeof(*t->origins));
	t->origins[t->n++] = origin;
}

struct conf_origin
conf_text_place(const struct conf_text *t, int line)
{
	size_t i = t->n - 1;
	struct conf_origin place;

	while (i > 0 && t->origins[i].at > line)
		i--;
	place = t->origins[i];
	place.line += line - place.at;
	return place;
}

/* What has no beginning to go back to, a pipe say, is read as it comes. */
static ssize_t
read_at(int fd, void *bytes, size_t n, size_t offset)
{
	ssize_t got = pread(fd, bytes, n, (off_t)offset);

	return got < 0 && errno == ESPIPE ? read(fd, bytes, n) : got;
}

bool
conf_text_slurp(int fd, struct buffer *bytes)
{
	for (;;) {
		ssize_t got = read_at(
		    fd, buffer_room(bytes, CHUNK), CHUNK, bytes->n);

		if (got == 0)
			return true;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return false;
		bytes->n += (size_t)got;
		if (bytes->n > MOST_OCTETS) {
			errno = EFBIG;
			return false;
		}
	}
}
