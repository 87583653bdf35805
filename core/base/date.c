/*
 * Dates of the form of RFC 3339, in UTC.
 *
 * Reckoned here and not by timegm(3), which takes a lock and looks for time
 * zones: at a start, millions of them are read.
 */
#include "core/base/date.h"

#include <stdio.h>
#include <time.h>

enum { DAY = 86400 };

static const int64_t last = INT64_C(253402300799); /* of the year 9999 */

void
date_write(int64_t seconds, char text[DATE_LENGTH + 1])
{
	time_t t = seconds < 0 ? 0 : (time_t)(seconds < last ? seconds : last);
	struct tm utc = { 0 };

	gmtime_r(&t, &utc);
	snprintf(text, DATE_LENGTH + 1, "%04u-%02u-%02uT%02u:%02u:%02uZ",
	    (unsigned)(utc.tm_year + 1900) % 10000,
	    (unsigned)(utc.tm_mon + 1) % 100, (unsigned)utc.tm_mday % 100,
	    (unsigned)utc.tm_hour % 100, (unsigned)utc.tm_min % 100,
	    (unsigned)utc.tm_sec % 100);
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from the first of 1970 to the first of a year. */
static int64_t
days_before(int year)
{
	int past = year - 1;

	return 365 * (int64_t)(year - 1970) + (past / 4 - 1969 / 4) -
	       (past / 100 - 1969 / 100) + (past / 400 - 1969 / 400);
}

/* The number of n digits at p, or -1. */
static int
number(const char *p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static bool
day_read(const char *p, int64_t *days)
{
	int year = number(p, 4), month = number(p + 5, 2);
	int day = number(p + 8, 2);

	if (year < 1970 || month < 1 || month > 12)
		return false;
	if (day < 1 || day > days_of(year, month))
		return false;
	*days = days_before(year) + day - 1;
	for (int i = 1; i < month; i++)
		*days += days_of(year, i);
	return true;
}

static bool
time_read(const char *p, int64_t *seconds)
{
	int hour = number(p, 2), minute = number(p + 3, 2);
	int second = number(p + 6, 2);

	if (hour < 0 || hour > 23 || minute < 0 || minute > 59)
		return false;
	*seconds = (hour * 60 + minute) * 60 + second;
	return second >= 0 && second <= 59;
}

bool
date_read(struct vb_str text, int64_t *seconds)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	int64_t days, rest;

	if (text.n != DATE_LENGTH)
		return false;
	for (size_t i = 0; i < DATE_LENGTH; i++)
		if (form[i] != '0' && text.p[i] != form[i])
			return false;
	if (!day_read(text.p, &days) || !time_read(text.p + 11, &rest))
		return false;
	*seconds = days * DAY + rest;
	return true;
}
