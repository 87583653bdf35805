#ifndef CORE_BASE_MAP_H
#define CORE_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <verbena/str.h>

/*
 * A map from text to things. The nodes are in the things, and the text too: it
 * must stay as long as they are in the map. Zero-initialised is empty.
 */
struct map_node {
	struct map_node *next;
	struct vb_str key;
	uint64_t hash;
};

struct map {
	struct map_node **buckets;
	size_t n, n_buckets;
};

/* NULL when there is none. */
struct map_node *map_find(const struct map *m, struct vb_str key);

/* There must be none with that key. */
void map_add(struct map *m, struct map_node *node, struct vb_str key);
void map_remove(struct map *m, struct map_node *node);

/* One after another, in no order: NULL is before the first, and behind the
   last. Meanwhile none is added, and none removed but those that were passed.
 */
struct map_node *map_next(const struct map *m, const struct map_node *node);

/* Forgets all nodes, which stay what they are. */
void map_finish(struct map *m);

#endif
