/* Time, and the forms mail writes it in. Names are English in any locale. */
#include "core/base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri",
	"Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const old_months[] = { "JAN", "FEB", "MAR", "APR", "MAY",
	"JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC" };

/* A time that is too far off for a date is taken for the first of 1970. */
static struct tm
date_of(int64_t seconds, struct tm *(*convert)(const time_t *, struct tm *))
{
	time_t t = (time_t)seconds;
	struct tm date;

	if (convert(&t, &date) == NULL)
		date = (struct tm){ .tm_mday = 1, .tm_year = 70 };
	return date;
}

int64_t
clock_wall_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
clock_steady_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
clock_rfc5322(int64_t seconds, char text[CLOCK_RFC5322_SIZE])
{
	struct tm here = date_of(seconds, localtime_r);
	long minutes = here.tm_gmtoff / 60;

	snprintf(text, CLOCK_RFC5322_SIZE,
	    "%s, %d %s %04d %02d:%02d:%02d %c%02ld%02ld",
	    days[here.tm_wday % 7], here.tm_mday, months[here.tm_mon % 12],
	    (here.tm_year + 1900) % 10000, here.tm_hour, here.tm_min,
	    here.tm_sec, minutes < 0 ? '-' : '+', labs(minutes) / 60 % 100,
	    labs(minutes) % 60);
}

void
clock_rfc821(int64_t seconds, char text[CLOCK_RFC5322_SIZE])
{
	struct tm utc = date_of(seconds, gmtime_r);

	snprintf(text, CLOCK_RFC5322_SIZE, "%d %s %04d %02d:%02d:%02d UT",
	    utc.tm_mday, old_months[utc.tm_mon % 12],
	    (utc.tm_year + 1900) % 10000, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

void
clock_rfc3339(int64_t us, char text[CLOCK_RFC5322_SIZE])
{
	const bool is_before_1970 = us % 1000000 < 0;
	int64_t part = us % 1000000 + (is_before_1970 ? 1000000 : 0);
	struct tm utc = date_of(
	    us / 1000000 - (is_before_1970 ? 1 : 0), gmtime_r);

	snprintf(text, CLOCK_RFC5322_SIZE,
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (utc.tm_year + 1900) % 10000,
	    utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	    (int)(part / 1000));
}
