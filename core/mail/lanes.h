#ifndef CORE_MAIL_LANES_H
#define CORE_MAIL_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buffer.h"
#include "core/base/map.h"
#include "core/mail/mail.h"
#include "core/mail/turns.h"

/*
 * How a next hop was the last time. One that hangs keeps a place for minutes,
 * and which will, nobody can tell before. So of all places those that were slow
 * have half, with those that were never tried three quarters; the last quarter
 * is for those that were swift. What hangs again and again keeps no new next
 * hop from being tried, and a flood to new ones keeps no mail from one that
 * works: only those that were swift, many of them at once, can take the rest.
 * The three take turns within a site, before its domains do. Sites that have
 * nothing under way may have one place each in any case: what is kept for these
 * is not shared.
 *
 * A next hop that was never tried has at most LANES_AT_FIRST batches at once: a
 * heap of mail for it takes few places before it is known what comes of one.
 */
enum lane_pace {
	LANE_SLOW,    /* took LANES_SWIFT_MS or more, and was not swift since */
	LANE_UNTRIED, /* or never delivered to, so far, but not slow */
	LANE_SWIFT,   /* the last that delivered took less */
	LANE_PACES,
};

/*
 * What is to be delivered, in lanes: for each site, one for each mailbox and
 * one for each next hop. A lane has a limit of batches that go on in it at
 * once. Lanes that may go take turns: first sites, then the paces of a site,
 * then its domains (the recipient's, or a next hop), then the lanes of a
 * domain. So what is slow delays nobody else, and nobody's heap of mail, in one
 * mailbox or in ten thousand, keeps another site's or domain's letter waiting
 * for more than one batch. To put, to take and to give back costs the same
 * however much waits.
 *
 * Two sites that deliver to the same mailbox have two lanes: the letter that
 * comes through one does not wait for what came through the other. The delivery
 * modules lock what must not be written by two.
 */
struct lane {
	struct turn turn; /* among the lanes of its domain */
	struct turn rest; /* among those remembered, while it has nothing */
	struct map_node by_key;
	struct lane_domain *domain;
	struct delivery_due *first, **last; /* wait */
	size_t n, longest; /* SIZE_MAX where it may not swell */
	struct lane *next_long, **link_long; /* while as long as may be */
	unsigned going, most;
	bool is_next_hop;
	bool is_suspect; /* went wrong or was slow: shares no batch */
	char key[];      /* which the map points to */
};

struct lane_domain {
	struct turns turns; /* its lanes; a turn in its group */
	struct map_node by_key;
	struct lane_site *site;
	enum lane_pace pace; /* of a next hop; else LANE_UNTRIED */
	size_t n;            /* lanes; it is gone when there is none */
	size_t going;        /* turns of these, in batches that go on */
	char key[];
};

/* The domains of a site that have the same pace. */
struct lane_group {
	struct turns turns; /* those; a turn among the site's groups */
	struct lane_site *site;
	struct lane_group *next; /* that was passed over, in this load */
};

struct lane_site {
	struct turns turns; /* its groups; a turn among sites */
	struct lane_group groups[LANE_PACES];
	struct lanes *lanes;
	size_t going; /* turns of lanes, in batches that go on */
};

struct lanes {
	struct turns turns; /* of sites */
	struct lane_site *sites;
	size_t n_sites;
	size_t n_busy; /* of these have something going */
	struct map by_key, domains;
	struct buffer key;        /* of what is looked for */
	size_t n;                 /* deliveries that wait */
	size_t going[LANE_PACES]; /* turns of lanes, in batches that go on */
	struct turns remembered[LANE_PACES]; /* lanes that have nothing, but are
	                                        suspect, or of a known pace */
	struct lane *first_long;
};

/* How many of each pace: whoever sends can make up any number of next hops. */
enum { LANES_REMEMBERED = 1000 };

/* Batches at once for a next hop that was never tried. */
enum { LANES_AT_FIRST = 2 };

/* A next hop is swift that took less than this. And a lane that is as long as
   may be is, when what has the next turn came into it less than this ago. */
enum { LANES_SWIFT_MS = 10000 };

void lanes_open(struct lanes *lanes, size_t n_sites);
void lanes_finish(struct lanes *lanes);

/* Which lane, and its limits. */
struct lane_name {
	size_t site;           /* below n_sites */
	struct vb_str domain;  /* or the next hop, */
	struct vb_str mailbox; /* which has only one lane */
	unsigned most;         /* batches at once */
	size_t longest;        /* that may wait in it; not 0 */
	bool may_swell;        /* beyond that, while it is swift */
	bool is_next_hop;      /* which is tried first */
};

/* Puts a delivery into its lane, behind the others or (first) before them.
   False: it does not go behind the others, for they are as many as may be. */
bool lanes_put(struct lanes *lanes, const struct lane_name *name,
    struct delivery_due *d, bool first);

/*
 * Takes what may go: at most `most` deliveries that weigh at most `weight`, but
 * one in any case; of several lanes if `mixed`. They are PROGRESS_GOING then,
 * and those of one lane stand together. 0 when nothing may go. For each lane it
 * was of, lanes_back() is to be called, once.
 */
struct lanes_load {
	struct delivery_due **to;
	size_t most, weight;
	bool mixed;
	bool is_one_message; /* all of them of the same */
	bool is_for_idle;    /* only of sites that have nothing going */
	size_t places;       /* for batches, which paces share; 0: no matter */
};
size_t lanes_take(struct lanes *lanes, const struct lanes_load *load);

/* Sites that have nothing going. */
size_t lanes_idle_sites(const struct lanes *lanes);

/* Nothing may go: it waits for lanes that are at their limit, if at all. */
bool lanes_are_still(const struct lanes *lanes);

/* The next load will be one delivery: there is no company to wait for. */
bool lanes_first_goes_alone(const struct lanes *lanes);

/* A lane that may swell is as long as may be, and swift: it will soon be
   shorter. `now_ms` is on the steady clock. */
bool lanes_are_flooded(const struct lanes *lanes, int64_t now_ms);

/* Takes out one that waits. False when it does not wait in its lane. */
bool lanes_drop(struct delivery_due *d);

/* A batch that had something of this lane is over. */
void lanes_back(struct lane *lane, bool went_well);

/* How its next hop was, before lanes_back() gives back what tells it. */
void lanes_note(struct lane *lane, enum lane_pace pace);

/* For lanes*.c: has it turns, and is it long, as it is now? */
void lane_look(struct lane *lane);

/* A domain that is new gets its place among others. */
void lane_domain_open(struct lane_domain *domain, struct lane_site *site);

/* Of so many places, is one left to those of this pace? */
bool lanes_have_place(
    const struct lanes *lanes, enum lane_pace pace, size_t places);

#endif
