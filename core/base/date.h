#ifndef CORE_BASE_DATE_H
#define CORE_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include <verbena/str.h>

/*
 * Dates as files of ours hold them: "2026-11-24T03:58:27Z", RFC 3339 in UTC to
 * the second, always twenty octets.
 */
enum { DATE_LENGTH = 20 };

/* Seconds since 1970. Outside of the years 1970 to 9999 it is the nearest
   second within. A NUL stands behind it. */
void date_write(int64_t seconds, char text[DATE_LENGTH + 1]);

/* False when the text is no such date within those years. */
bool date_read(struct vb_str text, int64_t *seconds);

#endif
