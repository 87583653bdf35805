/* What the journal says is done. */
#include "core/mail/marks.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/pack.h"
#include "core/mail/record.h"

struct mark {
	struct map_node by_id; /* first: the map knows us by it */
	char id[RECORD_ID];
	bool all;
	unsigned *numbers;
	size_t n;
};

void
mark_pack(struct buffer *to, const unsigned *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pack_number(to, numbers[i]);
}

static struct mark *
find(struct marks *m, struct vb_str id)
{
	struct mark *mark = (struct mark *)map_find(&m->by_id, id);

	if (mark != NULL)
		return mark;
	mark = must_alloc(sizeof(*mark));
	if (id.n > RECORD_ID)
		id.n = RECORD_ID;
	memcpy(mark->id, id.p, id.n);
	map_add(&m->by_id, &mark->by_id, (struct vb_str){ mark->id, id.n });
	return mark;
}

void
marks_add(struct marks *m, struct vb_str id, struct vb_str head)
{
	struct unpack from = { head.p, head.n, false };
	size_t n = head.n / sizeof(uint64_t);
	struct mark *mark = find(m, id);

	if (n == 0) {
		mark->all = true;
		return;
	}
	mark->numbers = must_resize(
	    mark->numbers, (mark->n + n) * sizeof(*mark->numbers));
	for (size_t i = 0; i < n; i++)
		mark->numbers[mark->n++] = (unsigned)unpack_number(&from);
}

bool
marks_has(const struct marks *m, struct vb_str id, unsigned number)
{
	const struct mark *mark = (const struct mark *)map_find(&m->by_id, id);

	if (mark == NULL)
		return false;
	for (size_t i = 0; i < mark->n; i++)
		if (mark->numbers[i] == number)
			return true;
	return mark->all;
}

void
marks_finish(struct marks *m)
{
	for (size_t i = 0; i < m->by_id.n_buckets; i++)
		while (m->by_id.buckets[i] != NULL) {
			struct mark *mark = (struct mark *)m->by_id.buckets[i];

			m->by_id.buckets[i] = mark->by_id.next;
			free(mark->numbers);
			free(mark);
		}
	map_finish(&m->by_id);
}
