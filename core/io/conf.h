#ifndef CORE_IO_CONF_H
#define CORE_IO_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include <libconfig.h>

#include <verbena/attr.h>

#include "core/base/problems.h"

/*
 * A configuration: one file and all it includes, read once, as text.
 *
 * Included files are put in where they are named, relative to the file that
 * names them, so that libconfig sees one text; each setting still knows the
 * file and line it came from. All processes of a generation read the same
 * snapshot of that text, whatever happens to the files meanwhile.
 */
struct conf;

/*
 * Reads a file. NULL when there is any problem: a file that cannot be read, an
 * include that leads back to itself, an integer literal that libconfig would
 * truncate (it has 32 bits, or 64 with an L suffix: all of these are told), or
 * a syntax error (told alone, since the parser stops there).
 */
struct conf *conf_read(const char *file, struct problems *problems);

/* Writes the snapshot to a descriptor / reads one from its beginning. */
VB_MUST_USE bool conf_write(const struct conf *c, int fd);
struct conf *conf_read_snapshot(int fd, struct problems *problems);

void conf_destroy(struct conf *c); /* takes NULL */

/* The outermost group. */
const config_setting_t *conf_root(const struct conf *c);

/* Where a setting stands. The name lives as long as the configuration. */
struct conf_place {
	const char *file;
	int line;
};
struct conf_place conf_place(const struct conf *c, const config_setting_t *s);

#endif
