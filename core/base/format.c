/* Texts made of texts, without the machinery of printf. */
#include "core/base/format.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The octets that were made, and how many of them there is room for. */
struct made {
	char *p;
	size_t n, room;
};

static void
put(struct made *made, const char *text, size_t n)
{
	const size_t left = made->n < made->room ? made->room - made->n : 0;

	if (n > 0 && left > 0)
		memcpy(made->p + made->n, text, n < left ? n : left);
	made->n += n;
}

/* The text of a conversion, of `most` octets at most. */
static void
put_text(struct made *made, const char *text, int most)
{
	if (most != 0)
		put(made, text,
		    most < 0 ? strlen(text) : strnlen(text, (size_t)most));
}

/* False: a conversion is another. */
static bool
put_all(struct made *made, const char *fmt, va_list ap)
{
	const char *percent = strchr(fmt, '%');

	for (; percent != NULL; percent = strchr(fmt, '%')) {
		int most = -1;

		put(made, fmt, (size_t)(percent - fmt));
		fmt = percent + 1;
		if (strncmp(fmt, ".*", 2) == 0) {
			most = va_arg(ap, int);
			fmt += 2;
		}
		if (*fmt++ != 's')
			return false;
		put_text(made, va_arg(ap, const char *), most);
	}
	put(made, fmt, strlen(fmt));
	return true;
}

int
format(char *to, size_t size, const char *fmt, va_list ap)
{
	struct made made = { .p = to, .room = size };
	va_list again;
	bool is_made;

	va_copy(again, ap);
	is_made = put_all(&made, fmt, again);
	va_end(again);
	if (!is_made)
		return vsnprintf(to, size, fmt, ap);
	if (size > 0)
		to[made.n < size ? made.n : size - 1] = '\0';
	return (int)made.n;
}
