#ifndef TESTS_DIALOGUE_HOSTS_H
#define TESTS_DIALOGUE_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include <verbena/str.h>

#include "core/base/buffer.h"
#include "tests/dialogue/server.h"
#include "tests/dialogue/wire.h"

/* The name of the port that each of them listens on. */
#define HOSTS_PORT VB_STR("smtp")

/*
 * A server that one transcript has for itself: tests/dialogue/host.conf with
 * its name and settings. All of a transcript's know the way to each other.
 */
struct host {
	struct vb_str names; /* parted by commas; the first is its own */
	struct buffer settings, domains, routes;
	struct server_word words[6];
	struct server server;
	struct wire wire;
};

struct hosts {
	struct host items[8];
	size_t n;
	bool are_up;
};

/* Adds settings to a host, which is a new one if there is none of that name.
   Settings and names must stay. False when there are too many. */
bool hosts_add(
    struct hosts *hosts, struct vb_str names, struct vb_str settings);

/* By any of its names; NULL when there is none. */
struct host *hosts_find(struct hosts *hosts, struct vb_str name);

/* Starts them all, in a profile, unless they are up. False: `told` says why. */
bool hosts_start(struct hosts *hosts, const char *build, const char *profile,
    struct buffer *told);

/* Stops them all. False, and why in `told`, unless they do it well. */
bool hosts_stop(struct hosts *hosts, struct buffer *told);

/* Removes all they left, and kills those that still run. */
void hosts_finish(struct hosts *hosts);

#endif
