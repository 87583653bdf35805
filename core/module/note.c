/*
 * Reads the ELF note of a module file, and judges the file, without running
 * anything in it.
 *
 * The file may be anything: every offset and size in it is compared with what
 * is there before it is used. The note is found through the program headers of
 * type PT_NOTE. The section headers, which no loader reads, are the end of the
 * file and so tell whether it is whole.
 */
#include "core/module/note.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <verbena/attr.h>

#include "core/base/memory.h"

/* Larger is no module: do not read it into memory. */
enum { LARGEST = 256 << 20 };

/* The header of this very program, as the linker names it: a module is for the
   same machine. */
extern VB_HIDDEN const Elf64_Ehdr __ehdr_start;

/* A part of the file. */
struct part {
	const unsigned char *p;
	uint64_t n;
};

static bool
part_has(struct part whole, uint64_t offset, uint64_t n)
{
	return offset <= whole.n && n <= whole.n - offset;
}

static const char *
header_judge(const Elf64_Ehdr *h, struct part file)
{
	const Elf64_Ehdr *ours = &__ehdr_start;

	if (h->e_ident[EI_CLASS] != ours->e_ident[EI_CLASS] ||
	    h->e_ident[EI_DATA] != ours->e_ident[EI_DATA] ||
	    h->e_machine != ours->e_machine)
		return "is for another machine";
	if (h->e_type != ET_DYN)
		return "is not an ELF shared object";
	if (h->e_phnum > 0 && h->e_phentsize != sizeof(Elf64_Phdr))
		return "has malformed program headers";
	if (!part_has(file, h->e_phoff, h->e_phnum * sizeof(Elf64_Phdr)) ||
	    !part_has(file, h->e_shoff, (uint64_t)h->e_shnum * h->e_shentsize))
		return "is truncated";
	return NULL;
}

static const char *
header_read(struct part file, Elf64_Ehdr *h)
{
	size_t magic = file.n < SELFMAG ? (size_t)file.n : SELFMAG;

	if (memcmp(file.p, ELFMAG, magic) != 0)
		return "is not an ELF shared object";
	if (file.n < sizeof(*h))
		return "is truncated";
	memcpy(h, file.p, sizeof(*h));
	return header_judge(h, file);
}

static const char *
body_read(struct part body, struct note *note)
{
	const size_t head = offsetof(struct vb_note, major);
	struct vb_note raw = { 0 };
	const size_t n = sizeof(raw) - head;

	if (body.n < n)
		return "has a Verbena note that is too short";
	memcpy((char *)&raw + head, body.p, n);
	note->major = raw.major;
	note->minor = raw.minor;
	memcpy(note->name, raw.name, sizeof(raw.name));
	memcpy(note->version, raw.version, sizeof(raw.version));
	return NULL;
}

static uint64_t
round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

static bool
is_ours(const Elf64_Nhdr *h, struct part rest)
{
	const char owner[] = VB_NOTE_OWNER;

	return h->n_type == VB_NOTE_TYPE && h->n_namesz == sizeof(owner) &&
	       memcmp(rest.p + sizeof(*h), owner, sizeof(owner)) == 0;
}

/*
 * Looks through the notes of one segment for ours. A segment whose notes are
 * aligned to 8 pads to that (gABI), any other to 4, whatever it says.
 */
static const char *
segment_search(struct part rest, uint64_t align, struct part *body)
{
	align = align == 8 ? 8 : 4;
	while (rest.n >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;
		uint64_t at, next;

		memcpy(&h, rest.p, sizeof(h));
		at = round_up(sizeof(h) + (uint64_t)h.n_namesz, align);
		if (!part_has(rest, at, h.n_descsz))
			return "has a malformed note";
		if (is_ours(&h, rest)) {
			*body = (struct part){ rest.p + at, h.n_descsz };
			return NULL;
		}
		next = round_up(at + h.n_descsz, align);
		if (next > rest.n)
			next = rest.n;
		rest.p += next;
		rest.n -= next;
	}
	return NULL;
}

/* Every segment must be whole, so that the loader finds what it maps. */
static const char *
note_search(struct part file, const Elf64_Ehdr *h, struct part *body)
{
	for (uint64_t i = 0; i < h->e_phnum; i++) {
		Elf64_Phdr s;
		struct part segment;
		const char *wrong;

		memcpy(&s, file.p + h->e_phoff + i * sizeof(s), sizeof(s));
		if (!part_has(file, s.p_offset, s.p_filesz))
			return "is truncated";
		if (s.p_type != PT_NOTE || body->p != NULL)
			continue;
		segment = (struct part){ file.p + s.p_offset, s.p_filesz };
		wrong = segment_search(segment, s.p_align, body);
		if (wrong != NULL)
			return wrong;
	}
	return body->p == NULL ? "has no Verbena note" : NULL;
}

static bool
is_name(const char *name)
{
	const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t n = strspn(name, letters);

	return n > 0 && n < sizeof(((struct vb_note *)0)->name) &&
	       name[n] == '\0';
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

const char *
note_parse(const void *bytes, size_t n, struct note *note)
{
	struct part file = { bytes, n }, body = { 0 };
	Elf64_Ehdr header;
	const char *wrong;

	*note = (struct note){ 0 };
	wrong = header_read(file, &header);
	if (wrong == NULL)
		wrong = note_search(file, &header, &body);
	if (wrong == NULL)
		wrong = body_read(body, note);
	if (wrong != NULL)
		return wrong;
	if (!is_name(note->name))
		return "has a note whose name is none (a-z 0-9 _, at most 31)";
	if (!is_printable(note->version))
		return "has a note whose version cannot be printed";
	return NULL;
}

static const char *
file_judge(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is not a regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "is owned by neither root nor this user";
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "can be written by others than its owner";
	if (st->st_size > LARGEST)
		return "is too large for a module";
	return NULL;
}

/* Reads up to n octets; fewer when the file ends, -1 when it cannot be read. */
static ssize_t
read_all(int fd, char *bytes, size_t n)
{
	size_t have = 0;
	ssize_t got = 1;

	while (have < n && got > 0) {
		got = read(fd, bytes + have, n - have);
		have += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? -1 : (ssize_t)have;
}

static const char *
refused(char *why, size_t why_size)
{
	snprintf(why, why_size, "cannot be read: %s", strerror(errno));
	return why;
}

static const char *
file_read(int fd, struct note *note, char *why, size_t why_size)
{
	struct stat st;
	const char *wrong;
	char *bytes;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return refused(why, why_size);
	wrong = file_judge(&st);
	if (wrong != NULL)
		return wrong;
	bytes = must_alloc((size_t)st.st_size);
	n = read_all(fd, bytes, (size_t)st.st_size);
	wrong = n < 0 ? refused(why, why_size)
	              : note_parse(bytes, (size_t)n, note);
	free(bytes);
	return wrong;
}

static bool
is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	size_t n = strlen(name);

	return strncmp(base, name, n) == 0 && strcmp(base + n, ".so") == 0;
}

static const char *
note_judge(
    const struct note *note, const char *path, char *why, size_t why_size)
{
	if (note->major != VB_MAJOR || note->minor > VB_MINOR_NEWEST)
		snprintf(why, why_size,
		    "wants module interface %u.%u; this is %d.%d", note->major,
		    note->minor, VB_MAJOR, VB_MINOR_NEWEST);
	else if (!is_named(path, note->name))
		snprintf(why, why_size,
		    "says it is \"%s\": the file must be named %s.so",
		    note->name, note->name);
	else
		return NULL;
	return why;
}

const char *
note_check(const char *path, struct note *note, char *why, size_t why_size)
{
	/* O_NONBLOCK: a FIFO must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *wrong;

	*note = (struct note){ 0 };
	if (fd < 0)
		return refused(why, why_size);
	wrong = file_read(fd, note, why, why_size);
	close(fd);
	if (wrong != NULL)
		return wrong;
	return note_judge(note, path, why, why_size);
}
