#ifndef CORE_MAIL_STORED_FORM_H
#define CORE_MAIL_STORED_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"

/*
 * A message as it is stored, made from the message as it came: CR LF becomes
 * LF, and Return-Path fields that came in are left out, since the server that
 * makes the final delivery adds its own (RFC 5321 §4.4).
 *
 * Zero-initialised, at the beginning of a message.
 */
struct stored_form {
	bool in_body;    /* the header is over */
	bool is_dropped; /* this field is left out */
	bool in_line;    /* not at the beginning of a line */
	char held[16];   /* the beginning of a line, until it is decided */
	size_t n_held;
};

/* Adds what n octets become to `to`. */
void stored_form_add(
    struct stored_form *f, const char *octets, size_t n, struct buffer *to);

/* The message is over: adds what was held back. */
void stored_form_end(struct stored_form *f, struct buffer *to);

#endif
