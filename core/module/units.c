/* Sizes and times, as people write them. */
#include "core/module/units.h"

#include <inttypes.h>
#include <stddef.h>

struct unit {
	char letter; /* as it is printed; 0 for none */
	int64_t value;
};

/* The largest first. */
static const struct unit sizes[] = {
	{ 'G', INT64_C(1) << 30 },
	{ 'M', INT64_C(1) << 20 },
	{ 'k', INT64_C(1) << 10 },
	{ 0, 1 },
};

static const struct unit times[] = {
	{ 'w', INT64_C(7) * 24 * 60 * 60 },
	{ 'd', INT64_C(24) * 60 * 60 },
	{ 'h', INT64_C(60) * 60 },
	{ 'm', 60 },
	{ 's', 1 },
	{ 0, 1 },
};

static char
first(struct vb_str rest)
{
	return rest.n > 0 ? *rest.p : '\0';
}

static void
skip(struct vb_str *rest)
{
	rest->p++;
	rest->n--;
}

/* Takes digits off the beginning: false when there are none. A number that does
   not fit is -1. */
static bool
take_digits(struct vb_str *rest, int64_t *value)
{
	const size_t before = rest->n;

	*value = 0;
	for (; first(*rest) >= '0' && first(*rest) <= '9'; skip(rest)) {
		int digit = first(*rest) - '0';

		if (*value < 0 || *value > (INT64_MAX - digit) / 10)
			*value = -1;
		else
			*value = *value * 10 + digit;
	}
	return rest->n < before;
}

/* Takes the letter of a unit, or none, which is the last row. */
static const struct unit *
take_unit(struct vb_str *rest, const struct unit *units)
{
	const struct unit *u = units;

	while (u->letter != 0 && vb_lower(u->letter) != vb_lower(first(*rest)))
		u++;
	if (u->letter != 0)
		skip(rest);
	return u;
}

bool
units_number(struct vb_str text, int64_t *value)
{
	const bool is_negative = first(text) == '-';
	int64_t digits;

	if (is_negative)
		skip(&text);
	if (!take_digits(&text, &digits) || digits < 0 || text.n > 0)
		return false;
	*value = is_negative ? -digits : digits;
	return true;
}

const char *
units_size(struct vb_str text, int64_t *octets)
{
	static const char wrong[] = "is not a size (such as 512, 64k, 25M, 1G)";
	const struct unit *unit;
	int64_t value;

	if (!take_digits(&text, &value))
		return wrong;
	unit = take_unit(&text, sizes);
	if (vb_lower(first(text)) == 'b')
		skip(&text);
	if (text.n > 0)
		return wrong;
	if (value < 0 || value > INT64_MAX / unit->value)
		return "is too large";
	*octets = value * unit->value;
	return NULL;
}

/* Reads one number and its unit, which must be smaller than the last. */
static const char *
add_time(struct vb_str *rest, int64_t *sum, int64_t *last)
{
	const struct unit *unit;
	int64_t value;

	if (!take_digits(rest, &value))
		return "is not a time (such as 30s, 5m, 1h30m, 4d)";
	unit = take_unit(rest, times);
	if (unit->letter == 0 && rest->n == 0)
		return "has no unit (write \"30s\", \"5m\", \"1h\" or \"4d\")";
	if (unit->letter == 0 || unit->value >= *last)
		return "is not a time (such as 30s, 5m, 1h30m, 4d)";
	if (value < 0 || value > (INT64_MAX - *sum) / unit->value)
		return "is too long";
	*sum += value * unit->value;
	*last = unit->value;
	return NULL;
}

const char *
units_time(struct vb_str text, int64_t *seconds)
{
	int64_t sum = 0, last = INT64_MAX;

	if (vb_str_eq(text, VB_STR("0"))) {
		*seconds = 0;
		return NULL;
	}
	do {
		const char *wrong = add_time(&text, &sum, &last);

		if (wrong != NULL)
			return wrong;
	} while (text.n > 0);
	*seconds = sum;
	return NULL;
}

static void
print(struct buffer *b, int64_t value, const struct unit *unit)
{
	while (unit->letter != 0 && value % unit->value != 0)
		unit++;
	if (unit->letter == 0 || value == 0)
		buffer_printf(b, "%" PRId64, value);
	else
		buffer_printf(
		    b, "%" PRId64 "%c", value / unit->value, unit->letter);
}

void
units_print_size(struct buffer *b, int64_t octets)
{
	print(b, octets, sizes);
}

void
units_print_time(struct buffer *b, int64_t seconds)
{
	print(b, seconds, times);
}
