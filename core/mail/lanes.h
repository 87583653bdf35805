#ifndef CORE_MAIL_LANES_H
#define CORE_MAIL_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/map.h"
#include "core/mail/mail.h"

/*
 * What is to be delivered, in lanes: one for each mailbox, one for each next
 * hop. A lane has a limit of batches that go on in it at once; lanes that may
 * go take turns. So what is slow delays nobody else, and nobody's heap of mail
 * keeps another's letter waiting.
 */
struct lane {
	struct map_node by_key;
	char *key; /* ours, which the map points to */
	struct lanes *lanes;
	struct delivery_due *first, **last; /* wait */
	size_t n;
	unsigned going, most;
	bool is_suspect; /* went wrong or was slow: shares no batch */
	bool in_ring;
	struct lane *next; /* in the ring */
};

struct lanes {
	struct map by_key;
	struct lane *first, **last; /* the ring: those that may go */
	size_t n_ring;
	size_t n;       /* deliveries that wait */
	size_t n_empty; /* suspects that have none, but are remembered */
};

/* How many of these: whoever sends can make up any number of next hops. */
enum { LANES_REMEMBERED = 1000 };

void lanes_open(struct lanes *lanes);
void lanes_finish(struct lanes *lanes);

/* Puts a delivery into the lane of that key, behind the others or (first)
   before them. `most` is the lane's limit. */
void lanes_put(struct lanes *lanes, struct vb_str key, unsigned most,
    struct delivery_due *d, bool first);

/* How many wait in the lane of that key. */
size_t lanes_waiting(const struct lanes *lanes, struct vb_str key);

/*
 * Takes what may go: at most `most` deliveries that weigh at most `weight`, but
 * one in any case; of several lanes if `mixed`. They are PROGRESS_GOING then. 0
 * when nothing may go. For each lane it was of, lanes_back() is to be called,
 * once.
 */
struct lanes_load {
	struct delivery_due **to;
	size_t most, weight;
	bool mixed;
	bool is_one_message; /* all of them of the same */
};
size_t lanes_take(struct lanes *lanes, const struct lanes_load *load);

/* The next load will be one delivery: there is no company to wait for. */
bool lanes_first_goes_alone(const struct lanes *lanes);

/* Takes out one that waits. False when it does not wait in its lane. */
bool lanes_drop(struct delivery_due *d);

/* A batch that had something of this lane is over. */
void lanes_back(struct lane *lane, bool went_well);

#endif
