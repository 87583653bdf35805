#ifndef TESTS_SERVER_MODULES_CRASH_H
#define TESTS_SERVER_MODULES_CRASH_H

/* Reads what nobody may. */
static inline void
crash(void)
{
	*(volatile int *)16 = 1;
}

#endif
