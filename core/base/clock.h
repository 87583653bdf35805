#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970; may step. */
int64_t clock_wall_us(void);

/* Milliseconds since some moment; never steps back. */
int64_t clock_steady_ms(void);

/* "Tue, 24 Nov 2026 03:58:27 +0000" (RFC 5322 §3.3) in local time. */
enum { CLOCK_RFC5322_SIZE = 40 };
void clock_rfc5322(int64_t seconds, char text[CLOCK_RFC5322_SIZE]);

/* "24 NOV 2026 03:58:27 UT" (RFC 821 §4.1.1, the year as RFC 1123 §5.2.14). */
void clock_rfc821(int64_t seconds, char text[CLOCK_RFC5322_SIZE]);

/* "2026-11-24T03:58:27.123Z" (RFC 3339). */
void clock_rfc3339(int64_t us, char text[CLOCK_RFC5322_SIZE]);

#endif
