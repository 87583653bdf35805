#ifndef CORE_PROCESS_STEPDOWN_H
#define CORE_PROCESS_STEPDOWN_H

/*
 * Couriers for `as = "recipient"` run as root and load no module: a batch,
 * which is for one recipient, is handed to a process of its own that becomes
 * the recipient before it loads anything. It gets the octets of these messages,
 * and nothing else of the journal.
 */
int stepdown_serve(unsigned slot);

#endif
