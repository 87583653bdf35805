#ifndef CORE_MAIL_RECORD_H
#define CORE_MAIL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

/*
 * The form of the journal, to the octet.
 *
 * A segment is a file of SEGMENT_SIZE octets, written with zeros when it is
 * made. Numbers are in the byte order of the machine.
 *
 *	segment  0  8  "VBSEGM01"
 *	         8  8  incarnation: random, another each time the file is used
 *	               anew; 0: the segment is free
 *	        16  4  CRC-32C of the sixteen octets before
 *	               zeros up to 4096
 *	      4096     records
 *
 *	record   0  4  CRC-32C of: the segment's incarnation and the record's
 *	               offset, eight octets each, and all of the record that
 *	               follows this field
 *	         4  4  type
 *	         8  8  length of the content
 *	        16  4  length of the head, the first part of the content
 *	        20  4  0
 *	        24 16  id of the message, padded with NULs
 *	        40     content: the head, then the octets of the message
 *
 * Since the CRC covers incarnation and offset, what a segment held in an
 * earlier life is never valid in a later one.
 *
 * Records follow each other; a batch begins at a multiple of 4096, so that no
 * block is written again that holds what was acknowledged. Between batches
 * stands a record RECORD_PAD, or zeros where fewer than 40 octets are left. The
 * first record that is not valid ends the segment: it was never acknowledged.
 */
enum {
	SEGMENT_SIZE = 16 * 1024 * 1024,
	SEGMENT_BLOCK = 4096,
	RECORD_HEAD = 40,
	RECORD_ID = 16,
};

enum record_type {
	RECORD_MESSAGE = 1, /* head: the envelope; then the message */
	RECORD_LARGE,       /* head: the envelope; the message is a file of its
	                       own, named as the id */
	RECORD_VOID,        /* the message of this id is not to be: an earlier
	                       record of it was not acknowledged */
	RECORD_DONE,        /* head: what came of some of its recipients */
	RECORD_PAD,
};

struct record {
	enum record_type type;
	struct vb_str id;
	uint64_t length; /* of the content */
	uint32_t head;   /* of that, the head */
};

/* Makes the first octets of a segment. */
void segment_head_write(char head[SEGMENT_BLOCK], uint64_t incarnation);

/* False when it is not one of ours. */
bool segment_head_read(const char head[SEGMENT_BLOCK], uint64_t *incarnation);

/* Where a record that begins at `at` has its successor. */
uint64_t record_end(uint64_t at, uint64_t length);

/* Makes the head of a record whose content is these parts. */
void record_write(char to[RECORD_HEAD], const struct record *r,
    uint64_t incarnation, uint64_t at, const struct vb_str *parts,
    size_t n_parts);

/*
 * Reads the head of a record: false when it cannot be one, whatever its CRC.
 * The id points into what is read.
 */
bool record_read(const char from[RECORD_HEAD], uint64_t at, struct record *r);

/* The CRC in a record's head, and what it should be so far: the content is to
   be added with crc32c(). */
uint32_t record_crc(const char from[RECORD_HEAD]);
uint32_t record_crc_begin(
    const char from[RECORD_HEAD], uint64_t incarnation, uint64_t at);

#endif
