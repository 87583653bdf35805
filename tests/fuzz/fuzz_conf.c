/*
 * conf_read() on any text, then options_read() on what it made of it.
 *
 * Of the input, what stands before the first octet 0xff is file "a", the rest
 * file "b", which "a" may include. What is read must come back from a snapshot
 * as it was, values and places; and our idea of where an @include stands must
 * be libconfig's, which would open files behind our back.
 */
#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/io/conf.h"
#include "core/module/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets a string that stands before a syntax error. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

struct item {
	struct vb_str name;
	int reply;
};

struct all {
	bool b;
	int i;
	struct vb_str s;
	struct vb_seconds t;
	struct vb_bytes z;
	struct vb_choice c;
	struct vb_file f;
	struct vb_network n;
	struct vb_strings ss;
	struct vb_networks ns;
	struct vb_list l;
	struct item g;
};

static const char *
check_name(const void *field)
{
	const struct vb_str *name = field;

	return name->n > 0 && *name->p != '.' ? NULL : "want a good name";
}

static const struct vb_option item_options[] = {
	VB_OPTION(struct item, name, "", "A name.", .is_required = true,
	    .check = check_name),
	VB_OPTION(struct item, reply, "251", "A code.", .max = 999),
	{ 0 },
};

static const struct vb_option all_options[] = {
	VB_OPTION(struct all, b, "false", "A truth."),
	VB_OPTION(struct all, i, "-1", "A number.", .min = -5, .max = 5),
	VB_OPTION(struct all, s, "text", "A text.", .is_secret = true),
	VB_OPTION(struct all, t, "1h30m", "A time.", .max = 86400),
	VB_OPTION(struct all, z, "25M", "A size."),
	VB_OPTION(
	    struct all, c, "none", "A choice.", .choices = "none|local|full"),
	VB_OPTION(struct all, f, "", "A file."),
	VB_OPTION(struct all, n, "::1", "A network."),
	VB_OPTION(struct all, ss, "a b", "Texts.", .adds_up = true),
	VB_OPTION(struct all, ns, "10.0.0.0/8", "Networks."),
	VB_OPTION(struct all, l, "", "Items.", .group = item_options,
	    .item_size = sizeof(struct item)),
	VB_GROUP(struct all, g, item_options, "An item."),
	{ 0 },
};

/* Where the files are, in a directory made once and removed at the end. */
static char file_a[] = "/tmp/fuzz-conf-XXXXXX/a";
static char file_b[sizeof(file_a)], file_snapshot[sizeof(file_a)];
enum { SLASH = sizeof(file_a) - 3 };

static void
remove_directory(void)
{
	unlink(file_a);
	unlink(file_b);
	file_a[SLASH] = '\0';
	rmdir(file_a);
}

static void
make_directory(void)
{
	if (file_b[0] != '\0')
		return;
	file_a[SLASH] = '\0';
	if (mkdtemp(file_a) == NULL || atexit(remove_directory) != 0)
		abort();
	snprintf(file_b, sizeof(file_b), "%.*s/b", SLASH, file_a);
	snprintf(file_snapshot, sizeof(file_snapshot), "%.*s/s", SLASH, file_a);
	file_a[SLASH] = '/';
}

static void
write_file(const char *name, const uint8_t *bytes, size_t n)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	close(fd);
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_same_scalar(const config_setting_t *a, const config_setting_t *b)
{
	double x = config_setting_get_float(a), y = config_setting_get_float(b);
	bool neither = isnan(x) && isnan(y);

	return config_setting_get_int64(a) == config_setting_get_int64(b) &&
	       config_setting_get_bool(a) == config_setting_get_bool(b) &&
	       (x == y || neither) &&
	       is_same_text(
		   config_setting_get_string(a), config_setting_get_string(b));
}

struct both {
	const struct conf *a, *b;
};

static void
compare(struct both both, const config_setting_t *a, const config_setting_t *b)
{
	struct conf_place at = conf_place(both.a, a);
	struct conf_place again = conf_place(both.b, b);

	assert(strcmp(at.file, again.file) == 0 && at.line == again.line);
	assert(strcmp(at.file, file_a) == 0 || strcmp(at.file, file_b) == 0);
	assert(is_same_text(config_setting_name(a), config_setting_name(b)));
	assert(config_setting_type(a) == config_setting_type(b));
	if (!config_setting_is_aggregate(a)) {
		assert(is_same_scalar(a, b));
		return;
	}
	assert(config_setting_length(a) == config_setting_length(b));
	for (int i = 0; i < config_setting_length(a); i++)
		compare(both, config_setting_get_elem(a, (unsigned)i),
		    config_setting_get_elem(b, (unsigned)i));
}

static void
check_snapshot(const struct conf *c)
{
	struct problems problems = { 0 };
	int fd = open(file_snapshot, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct conf *again;

	unlink(file_snapshot); /* the next input may include what is there */
	assert(fd >= 0 && conf_write(c, fd));
	again = conf_read_snapshot(fd, &problems);
	assert(again != NULL && problems.n == 0);
	compare((struct both){ c, again }, conf_root(c), conf_root(again));
	conf_destroy(again);
	close(fd);
}

static void
check_options(const struct conf *c, struct problems *problems)
{
	struct arena *arena = arena_create();
	struct options_reader reader = { c, arena, problems };
	struct all all;

	options_defaults(&reader, "table", all_options, &all);
	assert(problems->n == 0);
	for (int i = 0; i < 2; i++)
		options_read(
		    &reader, "x", all_options, NULL, conf_root(c), &all);
	assert(all.i >= -5 && all.i <= 5);
	assert(all.t.value >= 0 && all.t.value <= 86400);
	assert(all.c.value >= 0 && all.c.value <= 2);
	assert(all.n.bits <= 128 && all.ss.n >= 2);
	arena_destroy(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint8_t *cut = n == 0 ? NULL : memchr(bytes, 0xff, n);
	size_t first = cut == NULL ? n : (size_t)(cut - bytes);
	struct problems problems = { 0 };
	struct conf *c;

	make_directory();
	write_file(file_a, bytes, first);
	write_file(
	    file_b, bytes + first + (cut != NULL), n - first - (cut != NULL));
	c = conf_read(file_a, &problems);
	assert((c != NULL) == (problems.n == 0));
	for (size_t i = 0; i < problems.n; i++)
		assert(strcmp(problems.items[i].text,
			   "cannot open include file") != 0);
	if (c != NULL) {
		check_snapshot(c);
		check_options(c, &problems);
	}
	conf_destroy(c);
	problems_finish(&problems);
	return 0;
}
