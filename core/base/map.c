/* A map from text to things: chains of nodes, twice as many when it grows. */
#include "core/base/map.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/memory.h"

enum { FEWEST = 64 };

/* FNV-1a. Keys come from our own tables or pass through limits before; they
   are not chosen freely. */
static uint64_t
hash(struct vb_str key)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < key.n; i++)
		h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3;
	return h;
}

static struct map_node **
bucket(const struct map *m, uint64_t h)
{
	return &m->buckets[h & (m->n_buckets - 1)];
}

struct map_node *
map_find(const struct map *m, struct vb_str key)
{
	uint64_t h = hash(key);
	struct map_node *node = m->n == 0 ? NULL : *bucket(m, h);

	while (node != NULL && (node->hash != h || !vb_str_eq(node->key, key)))
		node = node->next;
	return node;
}

static void
put(struct map *m, struct map_node *node)
{
	struct map_node **first = bucket(m, node->hash);

	node->next = *first;
	*first = node;
}

static void
grow(struct map *m)
{
	struct map old = *m;

	m->n_buckets = old.n_buckets == 0 ? FEWEST : old.n_buckets * 2;
	m->buckets = must_alloc(m->n_buckets * sizeof(struct map_node *));
	for (size_t i = 0; i < old.n_buckets; i++)
		while (old.buckets[i] != NULL) {
			struct map_node *node = old.buckets[i];

			old.buckets[i] = node->next;
			put(m, node);
		}
	free(old.buckets);
}

void
map_add(struct map *m, struct map_node *node, struct vb_str key)
{
	if (m->n == m->n_buckets)
		grow(m);
	node->key = key;
	node->hash = hash(key);
	put(m, node);
	m->n++;
}

void
map_remove(struct map *m, struct map_node *node)
{
	struct map_node **p = bucket(m, node->hash);

	while (*p != node) {
		assert(*p != NULL);
		p = &(*p)->next;
	}
	*p = node->next;
	m->n--;
}

struct map_node *
map_next(const struct map *m, const struct map_node *node)
{
	size_t i = 0;

	if (node != NULL && node->next != NULL)
		return node->next;
	if (node != NULL)
		i = (node->hash & (m->n_buckets - 1)) + 1;
	while (i < m->n_buckets && m->buckets[i] == NULL)
		i++;
	return i < m->n_buckets ? m->buckets[i] : NULL;
}

void
map_finish(struct map *m)
{
	free(m->buckets);
	*m = (struct map){ 0 };
}
