/* A parked message is read: all but its octets. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/io/file.h"
#include "core/mail/parked_file.h"

/* What is read from, and where to. */
struct reading {
	const char *path;
	struct parked_file file;
	struct arena *arena;
};

static const char *
failed(struct arena *arena, const char *path)
{
	int error = errno;
	const char *why = error == EBADMSG ? "is no parked message, or cut off"
	                                   : strerror(error);
	const char *said = arena_printf(arena, "%s: %s", path, why).p;

	errno = error;
	return said;
}

/* n octets at an offset, which is within the file. NULL and errno. */
static const char *
octets_at(const struct reading *r, uint64_t at, size_t n)
{
	char *p = arena_alloc(r->arena, n);
	ptrdiff_t got = file_read(r->file.fd, p, n, at);

	if (got >= 0 && (size_t)got < n)
		errno = EIO;
	return got == (ptrdiff_t)n ? p : NULL;
}

static const char *
read_header(const struct reading *r, struct envelope *e)
{
	const struct parked_first *first = &r->file.first;
	size_t n = (size_t)first->header;
	struct vb_str text = { octets_at(r, 0, n), n };
	struct parked_fault fault = { 0 };
	const char *said;

	if (text.p == NULL)
		return failed(r->arena, r->path);
	if (!parked_header_read(text, r->arena, e, &fault)) {
		said = arena_printf(
		    r->arena, "%s:%u: want %s", r->path, fault.line, fault.what)
		           .p;
		errno = EBADMSG;
		return said;
	}
	e->trace.p = octets_at(r, first->header, e->trace.n);
	return e->trace.p == NULL ? failed(r->arena, r->path) : NULL;
}

static const char *
read_log(const struct reading *r, struct parked *p)
{
	size_t n = p->envelope.n_recipients;
	struct parked_log log = { .arena = r->arena, .n = n };
	const char *said;

	log.states = arena_alloc(r->arena, n * sizeof(*log.states));
	if (parked_file_log(&r->file, &log)) {
		p->states = log.states;
		p->is_held = log.is_held;
		return NULL;
	}
	if (errno != EBADMSG)
		return failed(r->arena, r->path);
	said = arena_printf(r->arena, "%s: line %u of the log %s", r->path,
	    log.fault.line, log.fault.what)
	           .p;
	errno = EBADMSG;
	return said;
}

static const char *
read_all(const struct reading *r, struct vb_str id, struct parked *p)
{
	const char *wrong = read_header(r, &p->envelope);

	if (wrong != NULL)
		return wrong;
	if (!vb_str_eq(p->envelope.id, id)) {
		wrong = arena_printf(
		    r->arena, "%s:2: is about another message", r->path)
		            .p;
		errno = EBADMSG;
		return wrong;
	}
	p->at = r->file.first.header + p->envelope.trace.n;
	return read_log(r, p);
}

const char *
parked_read(int dir, struct vb_str id, struct arena *arena, struct parked *p)
{
	char path[PARKED_PATH_SIZE];
	struct reading r = { .path = path, .arena = arena };
	const char *wrong;
	int error;

	*p = (struct parked){ 0 };
	if (!parked_path(id, path)) {
		errno = EINVAL;
		return "that is no id of a message";
	}
	if (!parked_file_open(&r.file, dir, path, O_RDONLY))
		return failed(arena, path);
	wrong = read_all(&r, id, p);
	error = errno;
	close(r.file.fd);
	errno = error;
	return wrong;
}
