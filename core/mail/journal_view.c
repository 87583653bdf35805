/* The journal, for whoever only looks. */
#include "core/mail/journal_view.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/file.h"

/* Opens a segment at its first record. False, without errno when it is not in
   use or has gone. */
static bool
open_reader(int dir, const char *name, struct segment_reader *reader)
{
	char head[SEGMENT_BLOCK];

	*reader = (struct segment_reader){ .at = SEGMENT_BLOCK };
	reader->fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (reader->fd < 0) {
		errno = errno == ENOENT ? 0 : errno;
		return false;
	}
	if (file_read(reader->fd, head, sizeof(head), 0) == SEGMENT_BLOCK &&
	    segment_head_read(head, &reader->incarnation) &&
	    reader->incarnation != 0)
		return true;
	close(reader->fd);
	errno = 0;
	return false;
}

static void
close_reader(struct segment_reader *reader)
{
	close(reader->fd);
	buffer_finish(&reader->in);
}

static bool
list(struct journal_view *v)
{
	int fd = openat(v->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || n >= SEGMENT_NAME)
			continue;
		v->segments = must_resize(
		    v->segments, (v->n + 1) * sizeof(*v->segments));
		memcpy(v->segments[v->n++], entry->d_name, n + 1);
	}
	closedir(dir);
	return true;
}

static bool
read_marks(struct journal_view *v, const char *name)
{
	struct segment_reader reader;
	enum segment_read result;
	struct record r;
	struct vb_str head;
	uint64_t body_at;

	if (!open_reader(v->dir, name, &reader))
		return errno == 0;
	while ((result = segment_next(&reader, 0, &r, &head, &body_at)) ==
	       SEGMENT_RECORD)
		if (r.type == RECORD_DONE || r.type == RECORD_VOID)
			marks_add(&v->marks, r.id, head);
	close_reader(&reader);
	return result == SEGMENT_END;
}

bool
journal_view_open(struct journal_view *v, int dir)
{
	int error = 0;

	*v = (struct journal_view){ .dir = dir };
	if (!list(v))
		return false;
	for (size_t i = 0; i < v->n; i++)
		if (!read_marks(v, v->segments[i]))
			error = errno;
	errno = error;
	return error == 0;
}

void
journal_view_finish(struct journal_view *v)
{
	marks_finish(&v->marks);
	free(v->segments);
	*v = (struct journal_view){ .dir = -1 };
}

static bool
is_open(const struct journal_view *v, const struct journal_message *m)
{
	if (m->is_faulty)
		return !marks_has(&v->marks, m->record.id, 0);
	for (size_t i = 0; i < m->envelope.n_recipients; i++)
		if (!marks_has(&v->marks, m->record.id, (unsigned)i))
			return true;
	return false;
}

/* How far a passing is. */
struct passing {
	const struct journal_view *view;
	bool (*each)(void *data, const struct journal_message *m);
	void *data;
	struct arena *arena; /* for one envelope after the other */
	bool has_enough;
	int error;
};

static void
pass_record(struct passing *p, struct journal_message *m, struct vb_str head)
{
	struct unpack from = { head.p, head.n, false };

	if (m->record.type != RECORD_MESSAGE && m->record.type != RECORD_LARGE)
		return;
	m->at = m->body_at - m->record.head - RECORD_HEAD;
	arena_reset(p->arena);
	m->is_faulty = !envelope_unpack(&from, p->arena, &m->envelope);
	if (is_open(p->view, m))
		p->has_enough = !p->each(p->data, m);
}

static void
pass_segment(struct passing *p, const char *name)
{
	struct journal_message m = { .marks = &p->view->marks,
		.segment = name };
	enum segment_read result = SEGMENT_RECORD;
	struct segment_reader reader;
	struct vb_str head;

	if (!open_reader(p->view->dir, name, &reader)) {
		p->error = errno == 0 ? p->error : errno;
		return;
	}
	m.fd = reader.fd;
	while (result == SEGMENT_RECORD && !p->has_enough) {
		result = segment_next(&reader, 0, &m.record, &head, &m.body_at);
		if (result == SEGMENT_RECORD)
			pass_record(p, &m, head);
	}
	if (result == SEGMENT_BROKEN)
		p->error = errno;
	close_reader(&reader);
}

bool
journal_view_each(const struct journal_view *v,
    bool (*each)(void *data, const struct journal_message *m), void *data)
{
	struct passing p = {
		.view = v, .each = each, .data = data, .arena = arena_create()
	};

	for (size_t i = 0; i < v->n && !p.has_enough; i++)
		pass_segment(&p, v->segments[i]);
	arena_destroy(p.arena);
	errno = p.error;
	return p.error == 0;
}
