/*
 * note_parse() on any bytes: it must not read outside of them, and what it
 * takes for a note must be one. The corpus is a module, stripped.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "core/module/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct note note;
	const char *wrong = note_parse(bytes, n, &note);

	if (wrong != NULL) {
		assert(*wrong != '\0');
		return 0;
	}
	assert(memchr(note.name, '\0', sizeof(note.name)) != NULL);
	assert(memchr(note.version, '\0', sizeof(note.version)) != NULL);
	assert(note.name[0] != '\0' && strchr(note.name, '/') == NULL);
	return 0;
}
