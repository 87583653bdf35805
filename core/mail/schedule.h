#ifndef CORE_MAIL_SCHEDULE_H
#define CORE_MAIL_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

/*
 * What is parked, by when it is due: an id and a time for each, so that a
 * million of them take little memory. A heap: the next is always at hand.
 */
enum { SCHEDULE_ID = 16 };

struct scheduled {
	int64_t due; /* seconds since 1970 */
	char id[SCHEDULE_ID];
};

/* Zero-initialised is empty. */
struct schedule {
	struct scheduled *items;
	size_t n, room;
};

void schedule_add(struct schedule *s, struct vb_str id, int64_t due);

/* The next is due: takes it out. False when none is, by now. */
bool schedule_take(struct schedule *s, int64_t now, struct scheduled *next);

/* When the next is due; INT64_MAX when there is none. */
int64_t schedule_next(const struct schedule *s);

/* All are due at 0, but those that are due before. */
void schedule_flush(struct schedule *s);

/* The same for these, those of the n ids that are in it: "an id and a NUL",
   sorted by strcmp(3). How many there were. */
size_t schedule_hurry(
    struct schedule *s, const char (*ids)[SCHEDULE_ID], size_t n);

/* Takes it out, wherever it is, once. False when it is not there. */
bool schedule_remove(struct schedule *s, struct vb_str id);

void schedule_finish(struct schedule *s);

#endif
