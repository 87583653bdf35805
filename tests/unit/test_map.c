/* A map finds what was added, and nothing else. */
#include "core/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { MANY = 20000 };

struct thing {
	struct map_node by_key; /* first: the map knows us by it */
	char key[16];
};

static struct thing things[MANY];

/* Keys of all lengths, which differ at the end or at the beginning. */
static struct vb_str
name(struct thing *t, unsigned i)
{
	snprintf(t->key, sizeof(t->key), i % 2 == 0 ? "%u" : "%09uxyz", i);
	return vb_str(t->key);
}

static void
fill(struct map *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct vb_str key = name(&things[i], i);

		assert_null(map_find(m, key));
		map_add(m, &things[i].by_key, key);
	}
	assert_int_equal(m->n, n);
}

/* Each of them can be found, but for each `step`-th when it is not 0. */
static void
assert_has(const struct map *m, unsigned n, unsigned step)
{
	for (unsigned i = 0; i < n; i++) {
		struct map_node *node = map_find(m, vb_str(things[i].key));

		if (step != 0 && i % step == 0)
			assert_null(node);
		else
			assert_ptr_equal(node, &things[i].by_key);
	}
}

static void
is_empty_when_it_is_zero(void **state)
{
	struct map m = { 0 };

	(void)state;
	assert_null(map_find(&m, VB_STR("")));
	assert_null(map_find(&m, VB_STR("a")));
	map_finish(&m);
}

static void
finds_thousands(void **state)
{
	struct map m = { 0 };

	(void)state;
	fill(&m, MANY);
	assert_has(&m, MANY, 0);
	assert_null(map_find(&m, VB_STR("none")));
	assert_null(map_find(&m, VB_STR("00000000")));
	map_finish(&m);
	assert_int_equal(m.n, 0);
	assert_null(map_find(&m, VB_STR("0")));
}

static void
has_no_more_what_was_removed(void **state)
{
	struct map m = { 0 };

	(void)state;
	fill(&m, MANY);
	for (unsigned i = 0; i < MANY; i += 3)
		map_remove(&m, &things[i].by_key);
	assert_has(&m, MANY, 3);
	for (unsigned i = 0; i < MANY; i += 3)
		map_add(&m, &things[i].by_key, vb_str(things[i].key));
	assert_has(&m, MANY, 0);
	for (unsigned i = MANY; i-- > 0;)
		map_remove(&m, &things[i].by_key);
	assert_int_equal(m.n, 0);
	assert_null(map_find(&m, vb_str(things[7].key)));
	map_finish(&m);
}

static void
tells_keys_apart_by_every_octet(void **state)
{
	static const struct vb_str keys[] = { { "", 0 }, { "\0", 1 },
		{ "\0\0", 2 }, { "a", 1 }, { "a\0", 2 }, { "a\0b", 3 },
		{ "a\0c", 3 }, { "A", 1 }, { "\xff", 1 } };
	enum { N = sizeof(keys) / sizeof(keys[0]) };
	struct thing few[N];
	struct map m = { 0 };

	(void)state;
	for (size_t i = 0; i < N; i++) {
		assert_null(map_find(&m, keys[i]));
		map_add(&m, &few[i].by_key, keys[i]);
	}
	for (size_t i = 0; i < N; i++)
		assert_ptr_equal(map_find(&m, keys[i]), &few[i].by_key);
	map_finish(&m);
}

static void
grows_no_more_than_it_must(void **state)
{
	struct map m = { 0 };

	(void)state;
	fill(&m, 1000);
	assert_int_equal(m.n_buckets, 1024);
	for (int round = 0; round < 10000; round++) {
		map_remove(&m, &things[round % 1000].by_key);
		map_add(&m, &things[round % 1000].by_key,
		    vb_str(things[round % 1000].key));
	}
	assert_int_equal(m.n_buckets, 1024);
	assert_has(&m, 1000, 0);
	map_finish(&m);
}

static void
goes_through_all_of_it_once(void **state)
{
	struct map m = { 0 };
	struct map_node *node, *next;
	size_t n = 0;

	(void)state;
	assert_null(map_next(&m, NULL));
	fill(&m, 1000);
	for (node = NULL; (node = map_next(&m, node)) != NULL; n++)
		assert_ptr_equal(map_find(&m, node->key), node);
	assert_int_equal(n, 1000);
	next = map_next(&m, NULL);
	while ((node = next) != NULL) {
		next = map_next(&m, node);
		map_remove(&m, node);
		memset(node, 0xff, sizeof(*node)); /* as if it were freed */
		n--;
	}
	assert_int_equal(n, 0);
	assert_null(map_next(&m, NULL));
	map_finish(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_empty_when_it_is_zero),
		cmocka_unit_test(finds_thousands),
		cmocka_unit_test(has_no_more_what_was_removed),
		cmocka_unit_test(tells_keys_apart_by_every_octet),
		cmocka_unit_test(grows_no_more_than_it_must),
		cmocka_unit_test(goes_through_all_of_it_once),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
