/* What the journal says is done. */
#include "core/mail/marks.h"

#include <limits.h>
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

/* Of a record, so the id is no longer than RECORD_ID. */
static struct mark *
find(struct marks *m, struct vb_str id)
{
	struct mark *mark = (struct mark *)map_find(&m->by_id, id);

	if (mark != NULL)
		return mark;
	mark = must_alloc(sizeof(*mark));
	memcpy(mark->id, id.p, id.n);
	map_add(&m->by_id, &mark->by_id, (struct vb_str){ mark->id, id.n });
	return mark;
}

static void
add_numbers(struct mark *mark, struct unpack *from)
{
	size_t n = from->n / sizeof(uint64_t);

	mark->numbers = must_resize(
	    mark->numbers, (mark->n + n) * sizeof(*mark->numbers));
	while (n-- > 0) {
		uint64_t number = unpack_number(from);

		if (number <= UINT_MAX)
			mark->numbers[mark->n++] = (unsigned)number;
	}
}

void
marks_add(struct marks *m, struct vb_str id, struct vb_str head)
{
	struct unpack from = { head.p, head.n, false };

	if (head.n % sizeof(uint64_t) != 0)
		return;
	if (head.n == 0)
		find(m, id)->all = true;
	else
		add_numbers(find(m, id), &from);
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
	struct map_node *node, *next = map_next(&m->by_id, NULL);

	while ((node = next) != NULL) {
		struct mark *mark = (struct mark *)node;

		next = map_next(&m->by_id, node);
		free(mark->numbers);
		free(mark);
	}
	map_finish(&m->by_id);
}
