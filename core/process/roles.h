#ifndef CORE_PROCESS_ROLES_H
#define CORE_PROCESS_ROLES_H

/*
 * The roles of the binary. The master executes it again for each, with "@role"
 * as first argument, its slot in shared memory as second, its number as third,
 * and these descriptors.
 */
enum role_fd {
	FD_CONTROL = 3, /* to the master; its end means the master is gone */
	FD_CONF,        /* the snapshot of the configuration */
	FD_SHARED,      /* struct shared */
	FD_PAIRS,       /* our end of each pair, by enum pair, or none */
	FD_LISTEN = FD_PAIRS + 6, /* worker: the first listening socket;
	                             others follow */

	/* In the places of pairs, for a courier that became the recipient: */
	FD_JOB = FD_PAIRS,
	FD_BODY,
	FD_REPLY,
};

/*
 * Sockets between processes. Of each pair one end is for who asks or tells, the
 * other for who serves or is told; all processes of a kind share an end.
 */
enum pair {
	PAIR_DELIVERIES, /* the queue asks couriers: local delivery */
	PAIR_RECIPIENTS, /* the same, of couriers that become the recipient */
	PAIR_ANSWERS,    /* workers and the queue ask couriers: slow lookups */
	PAIR_TERMINALS,  /* workers ask the courier that has the terminals */
	PAIR_REMOTE,     /* the queue asks workers: delivery to others */
	PAIR_NOTICES,    /* workers tell the queue of the journal */
	PAIRS,
};

static inline int
fd_pair(enum pair pair)
{
	return FD_PAIRS + (int)pair;
}

/* One octet messages on the control socket. */
enum control {
	CONTROL_READY = 'R',  /* to the master: I am at work */
	CONTROL_STOP = 'S',   /* now, with 421 where it must be */
	CONTROL_FINISH = 'F', /* finish what is there, begin nothing new */
	CONTROL_LOG = 'L',    /* with a descriptor: write the log there */
	CONTROL_DROP = 'D',   /* to a worker: the queue is gone, and with it
	                         what it asked for */
	CONTROL_TELL = 'T',   /* to a worker: a new queue wants your notices */
	CONTROL_ASK = 'A',    /* to the queue: somebody asks, with words and
	                         their connection */
	CONTROL_GONE = 'G',   /* to the queue: a worker has died */
};

/* What the checker says first, one octet; a module that ends the process says
   none. */
enum verdict {
	VERDICT_BAD = ' ', /* and why stands on stderr */
	VERDICT_GOOD = '@',
	VERDICT_RECIPIENTS = 1, /* or'ed: couriers must become recipients */
	VERDICT_TERMINALS = 2,  /* a module knows of terminals */
};

/* Each runs until the process is to exit with what it returns. */
int role_worker(unsigned slot, unsigned number);
int role_queue(unsigned slot);
int role_courier(unsigned slot, enum pair serves); /* goes as argument */
int role_recipient(unsigned slot); /* one job, as its recipient */
int role_checker(void);            /* says its verdict on FD_CONTROL */

/* "@worker" and so on; -1 when it is no role. */
int role_run(int argc, char **argv);

#endif
