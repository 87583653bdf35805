#ifndef TESTS_UNIT_PEERS_H
#define TESTS_UNIT_PEERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include <verbena/peer.h>

#include "fake.h"

/*
 * For tests of modules with peers. Three are written down: by network and name,
 * by identity, and by all of it.
 */
static const struct vb_str peers_one[] = { { "One.test", 8 },
	{ "in.one.test", 11 }, { "alone.test", 10 } };
static const struct vb_str peers_two[] = { { "two.test", 8 } };
static const struct vb_str peers_three[] = { { "three.test", 10 } };
static const struct vb_network peers_network = { { 0 }, 96 };

static const struct vb_peer peers_all[] = {
	{ .match = { &peers_network, 1 },
	    .helo = { "One.Test", 8 },
	    .domains = { peers_one, 3 } },
	{ .identity = { "two", 3 }, .domains = { peers_two, 1 } },
	{ .identity = { "three", 5 },
	    .match = { &peers_network, 1 },
	    .helo = { "three.test", 10 },
	    .domains = { peers_three, 1 } },
};

/* The module's settings with these peers, until fake_forget(). */
static inline void *
peers_conf(struct vb_session *s)
{
	void *conf;

	fake_use();
	conf = fake_conf(&s->memory);
	*(struct vb_list *)fake_field(
	    conf, "peers") = (struct vb_list){ peers_all, 3 };
	return conf;
}

/* Who says the verb: what it is called, who it has proved to be, whether it
   comes from the network. */
struct peers_client {
	const char *helo, *identity;
	bool is_near;
};

static inline struct vb_session
peers_session(const struct peers_client *client)
{
	return (struct vb_session){ .client.helo = vb_str(client->helo),
		.client.identity = vb_str(client->identity),
		.is_near = client->is_near };
}

/* The module's only verb. */
static inline enum vb_verdict
peers_say(struct vb_session *s, const char *text, const void *conf)
{
	const struct vb_argument a = { .size = sizeof(a),
		.text = vb_str(text) };

	s->code = 0;
	return vb_module.module->verbs[0].run(s, &a, conf);
}

/* Whose mail is kept, and how. */
static inline void
peers_assert_route(const char *keeper)
{
	static const struct {
		const char *domain;
		bool keeps;
	} cases[] = {
		{ "one.test", true },
		{ "in.one.test", true },
		{ "two.test", true },
		{ "three.test", true },
		{ "x.two.test", false },
		{ "test", false },
		{ "four.test", false },
	};
	struct vb_session s = { 0 };
	const void *conf = peers_conf(&s);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vb_route r;

		assert_int_equal(
		    fake_route(&r, cases[i].domain, conf), VB_UNKNOWN);
		assert_int_equal(r.keeps, cases[i].keeps);
		assert_int_equal(r.via.n, 0);
		if (!r.keeps)
			continue;
		assert_true(vb_str_eq(r.keeper, vb_str(keeper)));
		assert_int_equal(r.keep_age.value, 14 * 86400);
		assert_int_equal(r.keep_most.value, 1 << 30);
	}
	fake_forget(&s.memory);
}

#endif
