/* The accounts of a machine of the test's own: it is the system's functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "fake.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct account {
	const char *login;
	uid_t uid;
	const char *gecos, *home;
} accounts[] = {
	{ "root", 0, "root", "/root" },
	{ "daemon", 1, "daemon", "/usr/sbin" },
	{ "nobody", 65534, "nobody", "/nonexistent" },
	{ "ann", 1000, "Ann &,Room 5,,", "/home/ann" },
	{ "fred", 1001, "Fred Smith", "/home/fred" },
	{ "john", 1002, "John \"Jack\"  Smith,", "/home/john" },
	{ "Bob", 1003, "&", "/home/Bob" },
	{ "bob", 1004, NULL, "/home/bob" },
	{ "high", 60000, "Top Most", "/home/high" },
	{ "higher", 60001, "Too Much", "/home/higher" },
};

/* How the system is today. */
static struct {
	int error;        /* what each function ends with */
	size_t room;      /* that getpwnam_r() wants */
	size_t at, asked; /* how far it is read; how often it was asked */
	bool is_open;
} machine;

static void
describe(const struct account *a, struct passwd *into)
{
	static char login[64], gecos[64], home[64];

	snprintf(login, sizeof(login), "%s", a->login);
	snprintf(home, sizeof(home), "%s", a->home);
	*into = (struct passwd){
		.pw_name = login,
		.pw_uid = a->uid,
		.pw_gecos = a->gecos != NULL ? gecos : NULL,
		.pw_dir = home,
	};
	if (a->gecos != NULL)
		snprintf(gecos, sizeof(gecos), "%s", a->gecos);
}

int
getpwnam_r(const char *restrict name, struct passwd *restrict account,
    char *restrict buffer, size_t n, struct passwd **restrict found)
{
	(void)buffer;
	machine.asked++;
	*found = NULL;
	if (machine.error != 0)
		return machine.error;
	for (size_t i = 0; i < COUNT(accounts); i++)
		if (strcmp(accounts[i].login, name) == 0) {
			if (n < machine.room)
				return ERANGE;
			describe(&accounts[i], account);
			*found = account;
		}
	return 0;
}

void
setpwent(void)
{
	machine.at = 0;
	machine.is_open = true;
}

struct passwd *
getpwent(void)
{
	static struct passwd account;

	assert_true(machine.is_open);
	if (machine.at == COUNT(accounts) || machine.error != 0) {
		errno = machine.error;
		return NULL;
	}
	describe(&accounts[machine.at++], &account);
	return &account;
}

void
endpwent(void)
{
	machine.is_open = false;
	errno = EIO;
}

/* What was found, one line each: "match login home full_name". */
static char told[1024];

static void
tell(const struct fake_query *q)
{
	size_t at;

	told[0] = '\0';
	for (size_t i = 0; i < q->n; i++) {
		at = strlen(told);
		snprintf(told + at, sizeof(told) - at,
		    "%d %.*s %.*s \"%.*s\"\n", (int)q->found[i].match,
		    VB_FMT(q->found[i].user), VB_FMT(q->found[i].home),
		    VB_FMT(q->found[i].full_name));
		assert_int_equal(q->found[i].kind, VB_MAILBOX);
		assert_int_equal(q->found[i].mailbox.n, 0);
	}
}

/* With a setting changed, "name" to "value". */
static enum vb_known
find_with(struct vb_str text, bool by_text, const char *name, const char *value)
{
	struct fake_query q = {
		.q.name = text,
		.q.domain = VB_STR("lab.test"),
		.q.by_text = by_text,
	};
	void *conf = fake_conf(&q.memory);
	enum vb_known known;

	fake_set(&q.memory, conf, name, value);
	machine.asked = 0;
	known = fake_find(&q, conf);
	tell(&q);
	fake_forget(&q.memory);
	assert_false(machine.is_open);
	return known;
}

static enum vb_known
find(const char *text, bool by_text)
{
	return find_with(vb_str(text), by_text, "min_uid", "1000");
}

static int
works(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof(machine));
	return 0;
}

struct asked {
	const char *text;
	enum vb_known known;
	const char *told;
};

static void
check(const struct asked *cases, size_t n, bool by_text)
{
	enum vb_known known;

	for (size_t i = 0; i < n; i++) {
		known = find(cases[i].text, by_text);
		assert_string_equal(told, cases[i].told);
		assert_int_equal(known, cases[i].known);
	}
}

#define ANN(by)  #by " ann /home/ann \"Ann Ann\"\n"
#define FRED(by) #by " fred /home/fred \"Fred Smith\"\n"
#define JOHN(by) #by " john /home/john \"John \"Jack\"  Smith\"\n"

static void
finds_a_recipient_by_login_name_only(void **state)
{
	static const struct asked cases[] = {
		{ "ann", VB_KNOWN, ANN(0) },
		{ "fred", VB_KNOWN, FRED(0) },
		{ "Fred Smith", VB_UNKNOWN, "" },
		{ "nosuch", VB_UNKNOWN, "" },
		{ "fred@lab.test", VB_UNKNOWN, "" },
		{ "", VB_UNKNOWN, "" },
	};

	(void)state;
	check(cases, COUNT(cases), false);
}

static void
takes_lower_case_where_the_exact_case_is_nobody(void **state)
{
	static const struct asked cases[] = {
		{ "FRED", VB_KNOWN, FRED(0) },
		{ "Bob", VB_KNOWN, "0 Bob /home/Bob \"Bob\"\n" },
		{ "bob", VB_KNOWN, "0 bob /home/bob \"\"\n" },
		{ "BOB", VB_KNOWN, "0 bob /home/bob \"\"\n" },
	};

	(void)state;
	check(cases, COUNT(cases), false);
}

static void
finds_a_text_by_full_name_and_surname_too(void **state)
{
	static const struct asked cases[] = {
		{ "Fred  smith", VB_UNKNOWN, FRED(1) },
		{ "\"John Jack Smith\"", VB_UNKNOWN, JOHN(1) },
		{ "SMITH", VB_UNKNOWN, FRED(2) JOHN(2) },
		{ "ann ann", VB_UNKNOWN, ANN(1) },
		{ "ann", VB_KNOWN, ANN(0) ANN(2) },
		{ "Room 5", VB_UNKNOWN, "" },
		{ "", VB_UNKNOWN, "" },
		{ "fred@LAB.test", VB_KNOWN, FRED(0) },
		{ "fred@else.test", VB_UNKNOWN, "" },
	};

	(void)state;
	check(cases, COUNT(cases), true);
}

static void
walks_the_accounts_only_when_it_may(void **state)
{
	(void)state;
	assert_int_equal(
	    find_with(VB_STR("Fred Smith"), true, "full_names", "false"),
	    VB_UNKNOWN);
	assert_string_equal(told, "");
	assert_int_equal(
	    find_with(VB_STR("fred"), true, "full_names", "false"), VB_KNOWN);
}

static void
knows_no_account_of_the_system(void **state)
{
	static const struct {
		const char *login, *name, *value;
		enum vb_known known;
	} cases[] = {
		{ "root", "min_uid", "0", VB_UNKNOWN },
		{ "nobody", "max_uid", "70000", VB_UNKNOWN },
		{ "daemon", "min_uid", "1000", VB_UNKNOWN },
		{ "daemon", "min_uid", "1", VB_KNOWN },
		{ "ann", "min_uid", "1000", VB_KNOWN },
		{ "ann", "min_uid", "1001", VB_UNKNOWN },
		{ "high", "max_uid", "60000", VB_KNOWN },
		{ "higher", "max_uid", "60000", VB_UNKNOWN },
		{ "higher", "max_uid", "60001", VB_KNOWN },
	};
	enum vb_known known;

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		known = find_with(vb_str(cases[i / 2].login), i % 2 == 0,
		    cases[i / 2].name, cases[i / 2].value);
		assert_int_equal(known, cases[i / 2].known);
		assert_int_equal(told[0] != '\0', known == VB_KNOWN);
	}
}

static void
denies_nobody_because_something_is_broken(void **state)
{
	static const struct {
		int error;
		enum vb_known known;
	} cases[] = {
		{ 0, VB_UNKNOWN },
		{ ENOENT, VB_UNKNOWN },
		{ ESRCH, VB_UNKNOWN },
		{ EBADF, VB_UNKNOWN },
		{ EPERM, VB_UNKNOWN },
		{ EIO, VB_UNSURE },
		{ EINTR, VB_UNSURE },
		{ EMFILE, VB_UNSURE },
		{ ENOMEM, VB_UNSURE },
		{ ERANGE, VB_UNSURE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		machine.error = cases[i].error;
		assert_int_equal(find("nosuch", false), cases[i].known);
		assert_int_equal(find("No Such", true), cases[i].known);
		assert_int_equal(find("a@else.test", true), cases[i].known);
	}
}

static void
reads_an_account_of_any_length(void **state)
{
	(void)state;
	machine.room = 100000;
	assert_int_equal(find("fred", false), VB_KNOWN);
	assert_string_equal(told, FRED(0));
	machine.room = SIZE_MAX;
	assert_int_equal(find("fred", false), VB_UNSURE);
}

static void
asks_the_system_for_no_name_that_cannot_be_one(void **state)
{
	char longest[258];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	find_with((struct vb_str){ longest, 256 }, false, "min_uid", "1");
	assert_int_equal(machine.asked, 1);
	find_with((struct vb_str){ longest, 257 }, false, "min_uid", "1");
	assert_int_equal(machine.asked, 0);
	find_with(VB_STR("fred\0x"), false, "min_uid", "1");
	assert_int_equal(machine.asked, 0);
	find_with(VB_STR(""), false, "min_uid", "1");
	assert_int_equal(machine.asked, 0);
}

static void
says_that_it_blocks(void **state)
{
	(void)state;
	assert_true(vb_module.module->lookup->blocks);
}

#define TEST(name) cmocka_unit_test_setup(name, works)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_a_recipient_by_login_name_only),
		TEST(takes_lower_case_where_the_exact_case_is_nobody),
		TEST(finds_a_text_by_full_name_and_surname_too),
		TEST(walks_the_accounts_only_when_it_may),
		TEST(knows_no_account_of_the_system),
		TEST(denies_nobody_because_something_is_broken),
		TEST(reads_an_account_of_any_length),
		TEST(asks_the_system_for_no_name_that_cannot_be_one),
		TEST(says_that_it_blocks),
	};

	fake_use();
	return cmocka_run_group_tests_name("passwd", tests, NULL, NULL);
}
