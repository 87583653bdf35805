#ifndef VERBENA_ATTR_H
#define VERBENA_ATTR_H

/*
 * The compiler attributes Verbena uses: all of them, and only here. The first
 * two may be defined away and the program still means the same; the others
 * make a module loadable.
 */
#if !defined(__GNUC__)
#error "Verbena modules want gcc or clang"
#endif

#define VB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define VB_MUST_USE          __attribute__((warn_unused_result))
#define VB_EXPORT            __attribute__((visibility("default")))
#define VB_HIDDEN            __attribute__((visibility("hidden")))
#define VB_SECTION(name)     __attribute__((section(name), used, aligned(4)))

#endif
