#ifndef CORE_MODULE_NOTE_H
#define CORE_MODULE_NOTE_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/module.h>

/*
 * What a module file says of itself in its ELF note, read without running
 * anything in it.
 */
struct note {
	unsigned major, minor;
	char name[sizeof(((struct vb_note *)0)->name) + 1];
	char version[sizeof(((struct vb_note *)0)->version) + 1];
};

/*
 * Reads the note from the bytes of a file. NULL when it is there, else why not:
 * "is not an ELF shared object", "is for another machine", "is truncated",
 * "has no Verbena note"...
 */
const char *note_parse(const void *bytes, size_t n, struct note *note);

/*
 * Reads and judges a file: also whether it is a regular file that no one but
 * its owner can write, owned by root or by us, made for this major version and
 * no newer minor, and named as its note says. NULL when it is fit, else why
 * not; the text is static or in `why`.
 */
const char *note_check(
    const char *path, struct note *note, char *why, size_t why_size);

#endif
