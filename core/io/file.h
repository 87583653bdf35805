#ifndef CORE_IO_FILE_H
#define CORE_IO_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/attr.h>

/*
 * Files, wholly: all octets or an error. All of these may block, and any thread
 * may call them.
 */

/* A new file in a directory that has no name yet, for reading and writing: it
   vanishes with its descriptor. -1 and errno. */
int file_unnamed(int dir);

/* Gives it a name. False and errno, EEXIST where there is one of that name. It
   is durable when the octets were synced before, and file and directory are
   synced afterwards: that a file has a name is also in the file, as its count
   of links. ext4 without a journal writes that only when the file is synced,
   and fsck(8) removes what counts 0. */
VB_MUST_USE bool file_link(int fd, int dir, const char *name);

/* The same, durably; the octets are synced before, by the caller. False and
   errno: it has no name. */
VB_MUST_USE bool file_name(int fd, int dir, const char *name);

/* Writes all of it at an offset. False and errno; some may be written then. */
VB_MUST_USE bool file_write(int fd, const void *bytes, size_t n, uint64_t at);

/* Octets read from an offset, fewer than n only at the end of the file. -1 and
   errno. */
ptrdiff_t file_read(int fd, void *bytes, size_t n, uint64_t at);

/* Makes what a directory holds durable: its names, not their files. `path` is
   relative to `dir`. False and errno. */
VB_MUST_USE bool file_sync_directory(int dir, const char *path);

#endif
