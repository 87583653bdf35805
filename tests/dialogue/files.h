#ifndef TESTS_DIALOGUE_FILES_H
#define TESTS_DIALOGUE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/str.h>

#include "core/base/buffer.h"

/* Files and mailboxes of the server under test. */

/* A new directory that others may enter; free() the name. */
char *files_temporary(void);

/* Makes a directory in which everyone may write. */
bool files_open_to_all(const char *directory, const char *name);

/* Adds the file to the buffer; false and errno when it cannot be read. */
bool files_read(int at, const char *name, struct buffer *to);
bool files_read_in(const char *directory, const char *name, struct buffer *to);

/* Writes a new file, readable for everyone. */
bool files_write(const char *directory, const char *name, struct vb_str text);

/* Removes one file. */
bool files_remove_in(const char *directory, struct vb_str name);

/* Removes a directory with all that is in it. */
void files_remove(const char *directory);

/* Empties new/ and cur/ of all maildirs below. */
void mailboxes_empty(const char *directory);

/* How many messages of a maildir hold the text, in which * stands for anything;
   an empty text is in all. */
size_t mailbox_count(const char *maildir, struct vb_str text);

/* Adds one of the messages of a maildir, if there is any. */
void mailbox_show(const char *maildir, struct buffer *to);

#endif
