#ifndef CORE_IO_URGENCY_H
#define CORE_IO_URGENCY_H

#include <stdbool.h>

#include <verbena/attr.h>

/*
 * Whom the kernel is to run first when there are fewer processors than work.
 *
 * What everybody waits for (a session, the commit of a batch) takes moments,
 * and should not wait for the end of the slice of somebody who works through a
 * thousand files.
 */
struct urgency {
	int nice;          /* -20 ... 19, as nice(1) has it */
	unsigned slice_us; /* how long it runs at a time, 100 ... 100000; who
	                      asks for little gets it soon (EEVDF, Linux 6.12
	                      and later). 0: as the system has it */
};

/*
 * For this thread, and what it starts from now on. False and errno when less
 * than the present nice value is asked for without the right to it; the slice
 * is set all the same.
 */
VB_MUST_USE bool urgency_set(struct urgency urgency);

/* The nice value of this thread. */
int urgency_nice(void);

#endif
