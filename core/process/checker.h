#ifndef CORE_PROCESS_CHECKER_H
#define CORE_PROCESS_CHECKER_H

#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/io/process.h"

/*
 * The checker: a process without rights that loads a configuration with its
 * modules, judges it, and has the modules look at what it names. Only that last
 * part is not about the configuration: a server starts whatever its end is.
 */
struct checked {
	bool is_good; /* the configuration; what is wrong stands on stderr */
	bool needs_recipients; /* couriers that become the recipient */
	bool needs_terminals;  /* a courier that writes to terminals */
	struct buffer wrong;   /* with what it names: lines */
};

/* Runs it with the rights of `become`, or ours when that is NULL. */
void checker_run(int snapshot, const struct account *become, struct checked *c);

#endif
