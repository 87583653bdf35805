#ifndef CORE_BASE_FORMAT_H
#define CORE_BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include <verbena/attr.h>

/*
 * As vsnprintf(3), and several times as fast where the format has no conversion
 * but %s and %.*s, as that of nearly every reply.
 */
int format(char *to, size_t size, const char *fmt, va_list ap) VB_PRINTF(3, 0);

#endif
