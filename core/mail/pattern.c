/* The name of a mailbox, from a pattern and the recipient. */
#include "core/mail/pattern.h"

#include <string.h>

#include "core/base/buffer.h"

static bool
is_safe(struct vb_str value, bool is_home)
{
	if (value.n == 0 || memchr(value.p, '\0', value.n) != NULL)
		return false;
	if (is_home)
		return value.p[0] == '/';
	return value.p[0] != '.' && memchr(value.p, '/', value.n) == NULL;
}

/* Takes "{name}" off the pattern and adds its value. */
static bool
add_value(
    const struct vb_delivery *d, struct vb_str *pattern, struct buffer *to)
{
	const struct {
		struct vb_str name, value;
	} values[] = {
		{ VB_STR("{user}"), d->user },
		{ VB_STR("{domain}"), d->domain },
		{ VB_STR("{home}"), d->home },
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct vb_str name = values[i].name;

		if (pattern->n < name.n ||
		    memcmp(pattern->p, name.p, name.n) != 0)
			continue;
		if (!is_safe(values[i].value, name.p[1] == 'h'))
			return false;
		buffer_add_str(to, values[i].value);
		pattern->p += name.n;
		pattern->n -= name.n;
		return true;
	}
	return false;
}

const char *
pattern_fill(
    struct arena *arena, struct vb_str pattern, const struct vb_delivery *d)
{
	struct buffer path = { 0 };
	const char *copy = NULL;
	bool ok = pattern.n > 0;

	while (ok && pattern.n > 0) {
		if (pattern.p[0] == '{') {
			ok = add_value(d, &pattern, &path);
			continue;
		}
		buffer_add(&path, pattern.p++, 1);
		pattern.n--;
	}
	if (ok)
		copy = arena_string(arena, buffer_str(&path));
	buffer_finish(&path);
	return copy;
}
