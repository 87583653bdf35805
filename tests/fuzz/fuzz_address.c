/*
 * Addresses from any bytes. The first says the profile; what is taken must keep
 * to the limits, be a part of what was given, and be the same when it is
 * written and read again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/smtp/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
check_octets(struct vb_str text)
{
	for (size_t i = 0; i < text.n; i++)
		assert(text.p[i] >= ' ' && text.p[i] < 0x7f);
}

/* Within `all`, or empty. */
static void
check_slice(struct vb_str all, struct vb_str slice)
{
	assert(slice.n == 0 ||
	       (slice.p >= all.p && slice.p + slice.n <= all.p + all.n));
}

static void
check_same(struct vb_path a, struct vb_path b)
{
	assert(vb_str_eq(a.local, b.local));
	assert(vb_str_eq(a.domain, b.domain));
	assert(vb_str_eq(a.mailbox, b.mailbox));
}

/* What was written reads as what it was made of, in both profiles unless the
   domain is too long for the older. */
static void
check_again(struct arena *arena, const struct vb_path *path)
{
	struct vb_str written = arena_printf(
	    arena, "<%.*s>\r", VB_FMT(path->mailbox));
	struct vb_str text = written;
	struct vb_path again;

	assert(address_mailbox(arena, PROFILE_RFC5321, path->mailbox, &again) ==
	       ADDRESS_GOOD);
	check_same(*path, again);
	assert(address_forward_path(arena, PROFILE_RFC5321, &text, &again) ==
	       ADDRESS_GOOD);
	check_same(*path, again);
	assert(text.n == 1 && text.p == written.p + written.n - 1);
	if (path->domain.n > 64)
		return;
	assert(address_mailbox(arena, PROFILE_RFC821, path->mailbox, &again) ==
	       ADDRESS_GOOD);
	check_same(*path, again);
}

static void
check(struct arena *arena, enum profile profile, const struct vb_path *path)
{
	assert(path->local.n >= 1 && path->local.n <= 64);
	assert(path->domain.n <= (profile == PROFILE_RFC821 ? 64u : 255u));
	assert(path->mailbox.n + 2 <= 256);
	check_octets(path->route);
	check_octets(path->local);
	check_octets(path->domain);
	check_octets(path->mailbox);
	for (size_t i = 0; i < path->domain.n; i++)
		assert(path->domain.p[i] == vb_lower(path->domain.p[i]));
	if (path->domain.n > 0)
		assert(address_is_domain(profile, path->domain));
	assert(vb_str_eq(
	    path->mailbox, address_write(arena, path->local, path->domain)));
	check_again(arena, path);
}

static void
check_path(
    struct arena *arena, enum profile profile, struct vb_str all, bool reverse)
{
	struct vb_str text = all;
	struct vb_path path;
	enum address_fault fault;

	fault = (reverse ? address_reverse_path : address_forward_path)(
	    arena, profile, &text, &path);
	if (fault != ADDRESS_GOOD) {
		assert(text.p == all.p && text.n == all.n);
		return;
	}
	assert(text.n < all.n && text.p + text.n == all.p + all.n);
	assert(all.n - text.n <= 256 && text.p[-1] == '>');
	check_slice(all, path.route);
	if (reverse && vb_path_is_null(&path)) {
		assert(path.local.n + path.domain.n + path.route.n == 0);
		return;
	}
	assert(!reverse || path.domain.n > 0);
	check(arena, profile, &path);
}

static void
check_mailbox(struct arena *arena, enum profile profile, struct vb_str all)
{
	struct vb_path path;

	if (address_mailbox(arena, profile, all, &path) != ADDRESS_GOOD)
		return;
	assert(path.route.n == 0);
	check(arena, profile, &path);
}

static bool
is_fit(struct vb_str local)
{
	for (size_t i = 0; i < local.n; i++)
		if (local.p[i] < ' ' || local.p[i] == 0x7f)
			return false;
	return local.n > 0 && local.n <= 31;
}

/* Any local part can be written; one that has a place in SMTP, and is not too
   long with all of it escaped, is read again. */
static void
check_write(struct arena *arena, struct vb_str local)
{
	struct vb_str written = address_write(arena, local, VB_STR("a.test"));
	struct vb_path path;
	enum address_fault fault = address_mailbox(
	    arena, PROFILE_RFC5321, written, &path);

	assert(fault == ADDRESS_GOOD || !is_fit(local));
	if (fault == ADDRESS_GOOD)
		assert(vb_str_eq(path.local, local));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct arena *arena;
	enum profile profile;
	struct vb_str text;
	char *copy;

	if (n == 0)
		return 0;
	arena = arena_create();
	profile = bytes[0] & 1 ? PROFILE_RFC821 : PROFILE_RFC5321;
	copy = malloc(n);
	assert(copy != NULL);
	memcpy(copy, bytes, n);
	text = (struct vb_str){ copy + 1, n - 1 };
	check_path(arena, profile, text, true);
	check_path(arena, profile, text, false);
	check_mailbox(arena, profile, text);
	check_write(arena, text);
	if (address_is_domain(profile, text))
		check_octets(text);
	free(copy);
	arena_destroy(arena);
	return 0;
}
