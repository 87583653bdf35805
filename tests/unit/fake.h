/*
 * A core that remembers what a module said, for tests of one module. A test
 * hands it over with fake_use() before anything else.
 *
 * Three things a module may be given, all zero-initialised by the test and
 * finished by it with fake_forget():
 *
 *	struct vb_session s = { .client.helo = VB_STR("mx.example") };
 *	struct fake_query q = { .q.name = VB_STR("ann") };
 *	struct fake_delivery f = { .text = "Subject: hi\n\nhi\n" };
 *
 * It does as include/verbena/ tells, but asks less of its caller: it checks
 * neither reply codes nor phases.
 */
#ifndef TESTS_UNIT_FAKE_H
#define TESTS_UNIT_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <verbena/module.h>

extern const struct vb_core fake_core;
extern const struct vb_export vb_module; /* the one under test */

struct fake_block;
struct fake_open;

/* What is freed together. */
struct fake_memory {
	struct fake_block *blocks;
};

void fake_forget(struct fake_memory *m);

/* A session: set the first half, look at the second. */
struct vb_session {
	struct fake_memory memory;
	struct vb_client client;
	struct vb_transaction transaction; /* there when .is_open */
	bool is_open;
	bool is_full;      /* vb_add_recipient() will say false */
	enum vb_room room; /* what vb_room() will say; 0: that there is */
	const struct vb_found *found; /* what a lookup will say */
	enum vb_verdict committed;    /* what vb_commit() will say */
	const struct vb_verb *usable; /* a table: what vb_usable() gives */
	const char *const *keywords;  /* vb_keyword(); NULL behind the last */
	enum vb_presence presence;    /* what vb_presence() will say */
	struct vb_kept kept;          /* what vb_kept() will say */
	struct vb_kept let_go;        /* what vb_let_go() will say */
	bool is_near;                 /* what vb_is_from() will say */
	const struct vb_found *to;  /* recipients, of transaction.recipients */
	const enum vb_shown *shows; /* what vb_show() will say of each */
	max_align_t data[64];       /* vb_session_data() */
	max_align_t more_data[64];  /* vb_transaction_data() */

	int code;             /* of the reply; 0 while there is none */
	char status[16];      /* of the reply; empty for NULL */
	char text[512];       /* of the reply, or of its last line */
	char lines[4096];     /* "250-2.1.5 one\n250 2.1.5 two\n" */
	char logged[1024];    /* "event words\n" each */
	char fields[1024];    /* vb_add_field(), a line each */
	char written[4096];   /* vb_write() */
	char looked_up[256];  /* what was asked, a path's mailbox or the text */
	char greeted_as[256]; /* vb_greet() */
	bool is_closed;
	int resets, recipients, taken; /* taken: the code, 354 */
	unsigned counted;              /* vb_count(), whatever the name */
	uint64_t expected;             /* vb_expect() */
	char remark[256];              /* vb_remark() */
	bool keeps;                    /* vb_keep() */
	char shown[256];      /* "smith@lab.test mailed\n" each vb_show() */
	char asked_kept[512]; /* "a.test,b.test\n", "a.test!\n" let go */
	char turned[256];     /* "a.test,b.test\n", "a.test back\n" */
	char settled[512];    /* "0 delivered\n1 never 5.2.1 words\n" */
};

/* A query, and the matches that were reported, copied. */
struct fake_query {
	struct fake_memory memory;
	struct vb_query q;
	struct vb_found found[64];
	size_t n;
	char logged[1024]; /* "event words\n" each */
};

/* Asks the module under test. */
enum vb_known fake_find(struct fake_query *q, const void *conf);

/* What a module finds wrong with what its settings name. */
struct vb_check {
	char told[4096]; /* "file:3: words\nfile: words\n" */
};

/* Has the module under test look; what it told. */
const char *fake_check(struct vb_check *c, const void *conf);

/*
 * A delivery, in both its halves. vb_path() puts .root before what the pattern
 * makes, so that a module with its default path writes below it;
 * fake_root_create() makes a fresh one, with mode 0700, and fake_root_remove()
 * takes it away with all in it.
 *
 * What the module hands to vb_sync() is written down, a path below .root each,
 * and synced when the half is over. As in the core a failure then makes it
 * VB_LATER, and .abandon is called in the second half.
 */
enum { FAKE_DELIVER, FAKE_PUBLISH, FAKE_HALVES };

struct fake_delivery {
	struct fake_memory memory;
	struct vb_delivery d;
	const char *text;   /* the message */
	size_t n;           /* of text; 0: up to its NUL */
	size_t step;        /* the most that one vb_read() gives; 0: any */
	int error;          /* errno that reading ends with, or 0 ... */
	size_t error_after; /* ... when so many octets were read */
	bool is_once;       /* vb_rewind() fails, with ESPIPE */
	const char *root;
	bool dies_between;        /* there is no second half, for any */
	bool cannot_sync;         /* vb_sync() fails, with EIO */
	int bad_sync;             /* of that half, 1 or 2; 0: none */
	max_align_t data[64];     /* vb_delivery_data() */
	struct fake_open *opened; /* vb_directory() */

	int half;                       /* FAKE_DELIVER, FAKE_PUBLISH */
	char synced[FAKE_HALVES][1024]; /* "/var/mail/ann/new\n" each */
	size_t at;                      /* how far it was read */
	char status[16];                /* "4.2.0"; empty when delivered */
	char said[512];                 /* the last words */
	enum vb_outcome outcome;
};

/* How many descriptors this process has: what a delivery leaves open shows. */
int fake_open_files(void);

/* Both halves, or as many as come to pass. */
enum vb_outcome fake_deliver(struct fake_delivery *f, const void *conf);

/* A batch of several; what came of each is in its .outcome. */
void fake_deliver_batch(struct fake_delivery *f, size_t n, const void *conf);

/* Asks the module's .room. */
enum vb_outcome fake_room(
    struct fake_delivery *f, uint64_t octets, const void *conf);

char *fake_root_create(void); /* free() it */
void fake_root_remove(const char *root);

/*
 * Asks the module's .route about a domain.
 */
enum vb_known fake_route(
    struct vb_route *r, const char *domain, const void *conf);

/*
 * The configuration of the module under test, with its defaults, in memory of
 * the caller's. Lists and networks stay empty: put what you need there with
 * fake_field(). Texts are not copied. An option that the module does not have
 * fails the test.
 */
void *fake_conf(struct fake_memory *m);
void fake_set(
    struct fake_memory *m, void *conf, const char *name, const char *text);
void *fake_field(void *conf, const char *name);

/* Zeroed, until fake_forget(). */
void *fake_alloc(struct fake_memory *m, size_t size);

/* Hands the core to the module. */
void fake_use(void);

#endif
