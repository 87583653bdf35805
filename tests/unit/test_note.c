/* What note.c finds in files, good, bad and broken. */
#include "core/module/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <elf.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The smallest module file: a header, two segments, and our note in the second,
   after one of somebody else's. */
struct image {
	Elf64_Ehdr h;
	Elf64_Phdr segments[2];
	struct {
		Elf64_Nhdr h;
		char owner[4], body[4];
	} other;
	struct vb_note note;
};

static struct image
image(void)
{
	static const Elf64_Ehdr native = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 },
		.e_type = ET_DYN,
		.e_phoff = offsetof(struct image, segments),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};
	struct image i = { .h = native };
	FILE *self = fopen("/proc/self/exe", "rb");
	Elf64_Ehdr ours;

	assert_non_null(self);
	assert_int_equal(fread(&ours, sizeof(ours), 1, self), 1);
	fclose(self);
	i.h.e_ident[EI_DATA] = ours.e_ident[EI_DATA];
	i.h.e_machine = ours.e_machine;
	i.segments[0].p_type = PT_LOAD;
	i.segments[0].p_filesz = sizeof(i);
	i.segments[1].p_type = PT_NOTE;
	i.segments[1].p_offset = offsetof(struct image, other);
	i.segments[1].p_filesz = sizeof(i) - offsetof(struct image, other);
	i.segments[1].p_align = 4;
	i.other.h = (Elf64_Nhdr){ 4, 4, VB_NOTE_TYPE };
	memcpy(i.other.owner, "GNU", 4);
	i.note = (struct vb_note){ 8, 64, VB_NOTE_TYPE, "Verbena", 1, 0, "toy",
		"2.5" };
	return i;
}

static void
finds_the_note_behind_another(void **state)
{
	struct image i = image();
	struct note note;

	(void)state;
	assert_null(note_parse(&i, sizeof(i), &note));
	assert_int_equal(note.major, 1);
	assert_int_equal(note.minor, 0);
	assert_string_equal(note.name, "toy");
	assert_string_equal(note.version, "2.5");
}

/* So the body of ours does not begin at 20 but at 24. */
static void
pads_to_8_where_notes_are_aligned_to_8(void **state)
{
	struct {
		Elf64_Ehdr h;
		Elf64_Phdr segments[2];
		Elf64_Nhdr note;
		char owner[8], padding[4];
		struct {
			uint32_t major, minor;
			char name[32], version[24];
		} body;
	} i = { .h = image().h, .segments[1] = image().segments[1] };
	struct note note;

	(void)state;
	i.note = (Elf64_Nhdr){ 8, 64, VB_NOTE_TYPE };
	memcpy(i.owner, VB_NOTE_OWNER, 8);
	i.body.major = 3;
	memcpy(i.body.name, "toy", 4);
	i.segments[1].p_filesz = 12 + 8 + 4 + 64;
	i.segments[1].p_align = 8;
	assert_null(note_parse(&i, sizeof(i), &note));
	assert_int_equal(note.major, 3);
	assert_string_equal(note.name, "toy");
}

static void
takes_a_note_that_has_grown(void **state)
{
	struct {
		struct image i;
		char more[8];
	} grown = { .i = image() };
	struct note note;

	(void)state;
	grown.i.note.body_size += 8;
	grown.i.segments[1].p_filesz += 8;
	assert_null(note_parse(&grown, sizeof(grown), &note));
	assert_string_equal(note.name, "toy");
}

/* One field is set to a value. */
struct spoilt {
	size_t at, size;
	uint64_t value;
	const char *says;
};

/* clang-format off */

#define SPOIL(member, value_, says_) {					\
	.at = offsetof(struct image, member),				\
	.size = sizeof(((struct image *)0)->member),			\
	.value = value_,						\
	.says = says_							\
}

/* clang-format on */

static const struct spoilt spoilt[] = {
	SPOIL(h.e_ident[0], 0, "is not an ELF shared object"),
	SPOIL(h.e_type, ET_EXEC, "is not an ELF shared object"),
	SPOIL(h.e_type, ET_REL, "is not an ELF shared object"),
	SPOIL(h.e_ident[EI_CLASS], ELFCLASS32, "is for another machine"),
	SPOIL(h.e_ident[EI_DATA], 3, "is for another machine"),
	SPOIL(h.e_machine, EM_S390, "is for another machine"),
	SPOIL(h.e_phentsize, 55, "has malformed program headers"),
	SPOIL(h.e_phoff, UINT64_MAX, "is truncated"),
	SPOIL(h.e_phoff, UINT64_MAX - 111, "is truncated"),
	SPOIL(h.e_phnum, UINT16_MAX, "is truncated"),
	SPOIL(h.e_phnum, 0, "has no Verbena note"),
	SPOIL(h.e_shoff, UINT64_MAX, "is truncated"),
	SPOIL(segments[0].p_offset, 1, "is truncated"),
	SPOIL(segments[0].p_filesz, UINT64_MAX, "is truncated"),
	SPOIL(segments[1].p_offset, UINT64_MAX, "is truncated"),
	SPOIL(segments[1].p_filesz, UINT64_MAX, "is truncated"),
	SPOIL(segments[1].p_filesz, 24, "has no Verbena note"),
	SPOIL(segments[1].p_filesz, 50, "has a malformed note"),
	SPOIL(segments[1].p_type, PT_NULL, "has no Verbena note"),
	SPOIL(other.h.n_namesz, UINT32_MAX, "has a malformed note"),
	SPOIL(other.h.n_descsz, UINT32_MAX, "has a malformed note"),
	SPOIL(note.owner_size, 7, "has no Verbena note"),
	SPOIL(note.type, 2, "has no Verbena note"),
	SPOIL(note.owner[0], 'v', "has no Verbena note"),
	SPOIL(note.owner[7], '!', "has no Verbena note"),
	SPOIL(note.body_size, 65, "has a malformed note"),
	SPOIL(note.body_size, 63, "has a Verbena note that is too short"),
	SPOIL(note.body_size, 0, "has a Verbena note that is too short"),
	SPOIL(note.name[0], 0,
	    "has a note whose name is none (a-z 0-9 _, at most 31)"),
	SPOIL(note.name[1], '/',
	    "has a note whose name is none (a-z 0-9 _, at most 31)"),
	SPOIL(note.name[0], 'T',
	    "has a note whose name is none (a-z 0-9 _, at most 31)"),
	SPOIL(
	    note.version[1], 27, "has a note whose version cannot be printed"),
	SPOIL(
	    note.version[1], 127, "has a note whose version cannot be printed"),
};

static void
tells_each_thing_that_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spoilt) / sizeof(spoilt[0]); i++) {
		const struct spoilt *it = &spoilt[i];
		struct image bytes = image();
		struct note note;
		const char *says;

		/* The low octets; the tests run on such machines. */
		memcpy((char *)&bytes + it->at, &it->value, it->size);
		says = note_parse(&bytes, sizeof(bytes), &note);
		if (says == NULL || strcmp(says, it->says) != 0)
			fail_msg("case %zu: wants \"%s\", has \"%s\"", i,
			    it->says, says == NULL ? "" : says);
	}
}

static void
wants_a_name_that_ends(void **state)
{
	struct image i = image();
	struct note note;

	(void)state;
	memset(i.note.name, 'a', 32);
	assert_non_null(note_parse(&i, sizeof(i), &note));
	i.note.name[31] = '\0';
	assert_null(note_parse(&i, sizeof(i), &note));
	memset(i.note.version, '1', 24);
	assert_null(note_parse(&i, sizeof(i), &note));
	assert_int_equal(strlen(note.version), 24);
}

static char *
read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *bytes;
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*n = (size_t)st.st_size;
	bytes = malloc(*n);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *n, f), *n);
	fclose(f);
	return bytes;
}

static void
write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

/* Each length in memory of just that size, so that one octet too far is seen
   by the sanitizer. */
static void
tells_a_file_cut_at_any_length(void **state)
{
	size_t n;
	char *whole = read_file("good.so", &n);
	struct note note;

	(void)state;
	assert_null(note_parse(whole, n, &note));
	for (size_t cut = 0; cut < n; cut++) {
		char *part = malloc(cut == 0 ? 1 : cut);

		memcpy(part, whole, cut);
		assert_string_equal(
		    note_parse(part, cut, &note), "is truncated");
		free(part);
	}
	free(whole);
}

static void
tells_a_text_from_a_cut_module(void **state)
{
	struct note note;

	(void)state;
	assert_string_equal(note_parse("#!/bin/sh\n", 10, &note),
	    "is not an ELF shared object");
}

/* A copy of good.so in a folder of its own, to be spoilt. */
struct copy {
	char dir[32], path[64];
};

static struct copy
copy_good(const char *name)
{
	struct copy c = { .dir = "/tmp/verbena-note-XXXXXX" };
	size_t n;
	char *bytes = read_file("good.so", &n);

	assert_non_null(mkdtemp(c.dir));
	snprintf(c.path, sizeof(c.path), "%s/%s", c.dir, name);
	write_file(c.path, bytes, n);
	free(bytes);
	return c;
}

static void
copy_remove(const struct copy *c)
{
	assert_int_equal(remove(c->path), 0);
	assert_int_equal(rmdir(c->dir), 0);
}

static void
assert_says(const char *path, const char *says)
{
	struct note note;
	char why[128];
	const char *got = note_check(path, &note, why, sizeof(why));

	if (got == NULL || strcmp(got, says) != 0)
		fail_msg("%s: wants \"%s\", has \"%s\"", path, says,
		    got == NULL ? "" : got);
}

static void
takes_a_fit_file(void **state)
{
	struct note note;
	char why[128];

	(void)state;
	assert_null(note_check("good.so", &note, why, sizeof(why)));
	assert_string_equal(note.name, "good");
	assert_string_equal(note.version, "1.2");
}

static void
wants_no_newer_minor_and_no_other_major(void **state)
{
	(void)state;
	assert_says(
	    "newer_minor.so", "wants module interface 1.7; this is 1.0");
	assert_says(
	    "other_major.so", "wants module interface 9.0; this is 1.0");
}

static void
wants_the_note_of_a_module(void **state)
{
	(void)state;
	assert_says("no_note.so", "has no Verbena note");
}

static void
wants_the_file_named_as_the_module(void **state)
{
	const char says[] =
	    "says it is \"good\": the file must be named good.so";
	const char *const names[] = { "other.so", "goods.so", "good.so.1",
		"good", "Good.so", "xgood.so" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct copy c = copy_good(names[i]);

		assert_says(c.path, says);
		copy_remove(&c);
	}
}

static void
refuses_what_others_can_write(void **state)
{
	const mode_t modes[] = { 0664, 0646, 0666, 0622 };
	struct copy c = copy_good("good.so");

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(c.path, modes[i]), 0);
		assert_says(c.path, "can be written by others than its owner");
	}
	copy_remove(&c);
}

static void
refuses_what_others_own(void **state)
{
	struct copy c = copy_good("good.so");

	(void)state;
	if (geteuid() != 0 || chown(c.path, 65534, 65534) != 0) {
		copy_remove(&c);
		skip();
	}
	assert_says(c.path, "is owned by neither root nor this user");
	copy_remove(&c);
}

static void
refuses_what_is_no_file(void **state)
{
	struct copy c = copy_good("good.so");

	(void)state;
	assert_says(c.dir, "is not a regular file");
	assert_int_equal(remove(c.path), 0);
	assert_says(c.path, "cannot be read: No such file or directory");
	assert_int_equal(mkfifo(c.path, 0600), 0);
	assert_says(c.path, "is not a regular file");
	copy_remove(&c);
}

static void
tells_a_truncated_file(void **state)
{
	struct copy c = copy_good("good.so");
	struct stat st;

	(void)state;
	assert_int_equal(stat(c.path, &st), 0);
	assert_int_equal(truncate(c.path, st.st_size - 1), 0);
	assert_says(c.path, "is truncated");
	assert_int_equal(truncate(c.path, 0), 0);
	assert_says(c.path, "is truncated");
	assert_int_equal(truncate(c.path, (off_t)1 << 40), 0);
	assert_says(c.path, "is too large for a module");
	copy_remove(&c);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_note_behind_another),
		cmocka_unit_test(pads_to_8_where_notes_are_aligned_to_8),
		cmocka_unit_test(takes_a_note_that_has_grown),
		cmocka_unit_test(tells_each_thing_that_is_wrong),
		cmocka_unit_test(wants_a_name_that_ends),
		cmocka_unit_test(tells_a_file_cut_at_any_length),
		cmocka_unit_test(tells_a_text_from_a_cut_module),
		cmocka_unit_test(takes_a_fit_file),
		cmocka_unit_test(wants_no_newer_minor_and_no_other_major),
		cmocka_unit_test(wants_the_note_of_a_module),
		cmocka_unit_test(wants_the_file_named_as_the_module),
		cmocka_unit_test(refuses_what_others_can_write),
		cmocka_unit_test(refuses_what_others_own),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(tells_a_truncated_file),
	};

	/* The toys are built into modules/, beside this program. */
	(void)argc;
	if (chdir(dirname(argv[0])) != 0 || chdir("modules") != 0)
		return 1;
	return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}
