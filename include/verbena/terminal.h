#ifndef VERBENA_TERMINAL_H
#define VERBENA_TERMINAL_H

#include <verbena/core.h>
#include <verbena/delivery.h>

/*
 * Reaching people where they are now: at terminals (RFC 821 §3.4).
 *
 * The first half is for those who ask, in a session; the second for modules
 * that know of terminals. These are asked in a process of its own, a courier
 * that alone has the group `tty`.
 */

/*
 * Whether somebody whom vb_lookup() found can be written to now. Asking the
 * same again in one command costs nothing. VB_PRESENCE_AWAY where no module
 * knows of terminals.
 */
static inline enum vb_presence
vb_presence(struct vb_session *s, const struct vb_found *whom)
{
	return vb_core->presence(s, whom);
}

/*
 * Keeps how the message of the open transaction begins, 64 KiB of it, at hand
 * for vb_show(). For the verb that opened it.
 */
static inline void
vb_keep(struct vb_session *s)
{
	vb_core->keep(s);
}

/*
 * Shows the message to the n-th recipient of the open transaction. For hooks at
 * VB_AT_MESSAGE, which wait for the answer, and at VB_AT_STORED, which cannot:
 * there it goes on alone, and its end is in the log. It is shown once; who asks
 * again gets the same answer. `is_mailed` says that what does not fit on a
 * terminal is in the mailbox, which the reader is told then.
 */
static inline enum vb_shown
vb_show(struct vb_session *s, size_t n, bool is_mailed)
{
	return vb_core->show(s, n, is_mailed);
}

/*
 * For modules that know of terminals (struct vb_module, .terminals). All are
 * asked, in the order of `modules`, each about every person; one that can reach
 * them is enough. They may block, but there is one process for all: a terminal
 * that takes nothing must not hold it.
 *
 * show		Writes the message to the terminals of d->user. vb_read() gives
 *		how it begins, as it is stored. What cannot be known just now is
 *		VB_SHOWN_NOT. vb_terminal() says where it was shown, or why not.
 * presence	Whether it would be shown. There is nothing to vb_read().
 *
 * The other two, both or neither, are for modules with sockets of their own:
 *
 * open		Once for the settings of each site and class of clients, when
 *the process starts: `directory` is run_dir/tty, which belongs to the process.
 *A descriptor that can be read from whenever .attend is to be called, always
 *the same; -1 for none. What goes wrong stands in *wrong, for the log. attend
 *Does what is to be done, and does not block.
 */
struct vb_terminals {
	size_t size;
	enum vb_shown (*show)(struct vb_delivery *d, const void *conf);
	enum vb_presence (*presence)(struct vb_delivery *d, const void *conf);
	int (*open)(int directory, const void *conf, const char **wrong);
	void (*attend)(void);
};

#define VB_TERMINALS .size = sizeof(struct vb_terminals)

/* Words for the log: "pts/3", "mesg n". */
#define vb_terminal(d, ...) ((void)vb_core->delivered(d, __VA_ARGS__))

#endif
