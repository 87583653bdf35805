#ifndef CORE_MAIL_TURNS_H
#define CORE_MAIL_TURNS_H

#include <stddef.h>

/*
 * Rings of those that may go, and take turns. A ring may itself be one that
 * takes turns in another: it is in there while anything is in it. Each function
 * costs the same however many there are.
 */
struct turn {
	struct turn *next, *prev; /* NULL: not in its ring */
	struct turns *of;         /* its ring; NULL for the outermost */
};

struct turns {
	struct turn self;
	struct turn *first; /* has the next turn; NULL: none may go */
	size_t n;
};

/* Into its ring, if it is not there: as the last or, first, as the first. The
   ring goes into its own in the same way, and so on. */
void turn_enter(struct turn *t);
void turn_enter_first(struct turn *t);

/* Out of its ring, if it is there; a ring that is empty then leaves, too. */
void turn_leave(struct turn *t);

/* The first had its turn: it is the last now. It may have left. */
void turn_is_over(struct turn *t);

#endif
