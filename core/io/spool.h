#ifndef CORE_IO_SPOOL_H
#define CORE_IO_SPOOL_H

#include <stdbool.h>
#include <uv.h>

#include <verbena/str.h>

/*
 * The octets of one message while it comes in: in memory as long as they are
 * few, then in a file without a name. Writing to it happens off the loop.
 */
struct spool;

/* `dir` is a descriptor of the directory for files. Calls `ready` with `data`
   whenever what was added has been written. */
struct spool *spool_create(
    uv_loop_t *loop, int dir, void (*ready)(void *data), void *data);

/* From now on somebody else is told. */
void spool_tell(struct spool *s, void (*ready)(void *data), void *data);

/* Adds octets. False: they are being written, wait for ready() before adding
   more. Errors show in spool_file(). */
bool spool_add(struct spool *s, struct vb_str octets);

/* Is anything still being written? */
bool spool_is_busy(const struct spool *s);

/* All of it, while it is still in memory; false when it is in a file, or could
   not be written there. It stays the spool's. */
bool spool_octets(const struct spool *s, struct vb_str *octets);

/* A descriptor to read all of it with pread(2); it stays the spool's. -1 and
   errno when something could not be written. Not while it is busy. */
int spool_file(struct spool *s);

uv_loop_t *spool_loop(const struct spool *s);

/* Takes NULL. When it is busy, it goes when that is over. */
void spool_destroy(struct spool *s);

#endif
