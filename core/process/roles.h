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
	FD_DELIVERIES,  /* pool of couriers: local delivery */
	FD_RECIPIENTS, /* pool of couriers that become the recipient, or none */
	FD_ANSWERS,    /* pool of couriers: slow lookups */
	FD_LISTEN,     /* worker: the first listening socket; others follow */

	/* In their places, for a courier that became the recipient: */
	FD_JOB = FD_DELIVERIES,
	FD_BODY = FD_RECIPIENTS,
	FD_REPLY = FD_ANSWERS,
};

/* One octet messages on the control socket. */
enum control {
	CONTROL_READY = 'R',  /* to the master: I am at work */
	CONTROL_STOP = 'S',   /* now, with 421 where it must be */
	CONTROL_FINISH = 'F', /* finish what is there, begin nothing new */
	CONTROL_LOG = 'L',    /* with a descriptor: write the log there */
};

/* Which courier pool. The numbers go as argument. */
enum pool_kind { POOL_DELIVERIES, POOL_RECIPIENTS, POOL_ANSWERS, POOLS };

/* Each runs until the process is to exit with what it returns. */
int role_worker(unsigned slot, unsigned number);
int role_courier(unsigned slot, enum pool_kind kind);
int role_recipient(unsigned slot); /* one job, as its recipient */
int role_checker(void);            /* says 'R' or 'S' on FD_CONTROL: good */

/* "@worker" and so on; -1 when it is no role. */
int role_run(int argc, char **argv);

#endif
