/* Next hops, as routes write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>

#include "core/io/next_hop.h"

static void
reads_what_a_route_may_say(void **state)
{
	static const struct {
		const char *word, *host;
		uint16_t port;
		bool is_mx, is_address;
	} cases[] = {
		{ "gate.test", "gate.test", 25, false, false },
		{ "gate.test:2526", "gate.test", 2526, false, false },
		{ "192.0.2.1", "192.0.2.1", 25, false, true },
		{ "192.0.2.1:65535", "192.0.2.1", 65535, false, true },
		{ "[192.0.2.1]", "192.0.2.1", 25, false, true },
		{ "[2001:db8::1]", "2001:db8::1", 25, false, true },
		{ "[::1]:26", "::1", 26, false, true },
		{ "mx:isi.test", "isi.test", 25, true, false },
		{ "MX:isi.test:26", "isi.test", 26, true, false },
		{ "mx:[192.0.2.1]", "192.0.2.1", 25, true, true },
		{ "mx:[IPv6:::1]", "::1", 25, true, true },
		{ "mx:[ipv6:::1]:26", "::1", 26, true, true },
		{ "mx", "mx", 25, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct next_hop hop;

		if (!next_hop_parse(vb_str(cases[i].word), &hop))
			fail_msg("%s is none", cases[i].word);
		assert_string_equal(hop.host, cases[i].host);
		assert_int_equal(hop.port, cases[i].port);
		assert_int_equal(hop.is_mx, cases[i].is_mx);
		assert_int_equal(hop.is_address, cases[i].is_address);
	}
}

static void
refuses_what_is_no_next_hop(void **state)
{
	static const char *const words[] = { "", ":25", "mx:", "mx::25",
		"a.test:", "a.test:0", "a.test:65536", "a.test:999999",
		"a.test:x", "[::1", "::1", "[]", "[a.test]", "[::1]x", "a b",
		"a,b", "a@b.test", "a/b", "[Tag:x]" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct next_hop hop;

		if (next_hop_parse(vb_str(words[i]), &hop))
			fail_msg("\"%s\" is one", words[i]);
	}
}

static void
keeps_the_port_with_the_address(void **state)
{
	struct next_hop hop;

	(void)state;
	assert_true(next_hop_parse(VB_STR("[::1]:26"), &hop));
	assert_int_equal(hop.address.ss_family, AF_INET6);
	assert_int_equal(
	    ntohs(((struct sockaddr_in6 *)&hop.address)->sin6_port), 26);
	assert_int_equal(hop.size, sizeof(struct sockaddr_in6));
}

static void
parts_a_list_at_its_blanks(void **state)
{
	struct vb_str list = VB_STR("  a.test  mx:b.test "), word;

	(void)state;
	assert_true(next_hop_word(&list, &word));
	assert_true(vb_str_eq(word, VB_STR("a.test")));
	assert_true(next_hop_word(&list, &word));
	assert_true(vb_str_eq(word, VB_STR("mx:b.test")));
	assert_false(next_hop_word(&list, &word));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_a_route_may_say),
		cmocka_unit_test(refuses_what_is_no_next_hop),
		cmocka_unit_test(keeps_the_port_with_the_address),
		cmocka_unit_test(parts_a_list_at_its_blanks),
	};

	return cmocka_run_group_tests_name("next_hop", tests, NULL, NULL);
}
